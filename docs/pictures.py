"""Takes the README's pictures from a running simulated window: `python -m docs.pictures`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from simulators.demo import make_card
from simulators.world import WorldOptions, running
from tests.rigs.browser import open_browser
from tests.rigs.operator_page import sign_in

PICTURES = Path(__file__).parent / "pictures"


def main() -> int:
    """Make one card and keep what a person saw of it."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        options = WorldOptions(folder=Path(folder), speed=0.0)
        with running(options) as world, open_browser() as browser:
            person = world.people("ready")[5]
            order = world.api("POST", "/orders", json={"id_number": person["id_number"]}).json()
            world.api("POST", f"/orders/{order['id']}/steps/data-ready?wait=30")
            world.api("GET", "/station?check=true")
            browser.get(f"{world.station_page}/")
            sign_in(browser)
            time.sleep(2.0)  # the pictures inside the page
            browser.save_screenshot(str(PICTURES / "operator.png"))
            world.api("POST", f"/orders/{order['id']}/cancel")
            report = make_card(world, "ready")
            shutil.copy(world.folder / "preview-front.png", PICTURES)
            for side in ("front", "back"):
                shutil.copy(report[f"{side}_png"], PICTURES / f"printed-{side}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())

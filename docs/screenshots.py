"""Takes a picture of every page in its main states: `make screenshots`.

The window is in memory, and everybody in it is invented. Look at the pictures before a commit.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.rigs.all_pages import VIEWS, all_pages, set_media, set_size
from tests.rigs.browser import open_browser

PAGES: Final = Path(__file__).parent / "pictures" / "pages"
#: A common small screen, and a large one.
SIZES: Final = ((1366, 768), (1920, 1080))
#: Taken on a dark screen too.
DARK: Final = {
    "operator-compare", "operator-question", "operator-done", "diagnostics-blocked",
    "trace", "supervisor", "batch-confirm", "custody", "login",
}  # fmt: skip
COLOURS: Final = 128  #: enough for a page, and a third of the size


def main() -> int:
    """Take all of them anew."""
    PAGES.mkdir(parents=True, exist_ok=True)
    for old in PAGES.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as folder,
        all_pages(Path(folder)) as window,
        open_browser() as browser,
    ):
        window.begin(browser)
        for view in VIEWS:
            for width, height in SIZES:
                set_size(browser, width, height)
                window.show(browser, view)
                _keep(browser, PAGES / f"{view.name}-{width}.png")
            if view.name in DARK:
                set_media(browser, scheme="dark")
                _keep(browser, PAGES / f"{view.name}-dark.png")
                set_media(browser)
    return 0


def _keep(browser: WebDriver, file: Path) -> None:
    with Image.open(io.BytesIO(browser.get_screenshot_as_png())) as taken:
        small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(file, optimize=True)


if __name__ == "__main__":
    sys.exit(main())

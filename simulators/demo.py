"""`make demo`: a complete window on this PC that makes one card and keeps the pages running.

The card is made through the station's HTTP API over the real USB and PC/SC stacks. The last line is
one JSON object with the result, taken from the API and from the observer's record.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final

from simulators.child import ROOT, ProcessEndedError
from simulators.gateways import UnknownProvinceError, find_province
from simulators.machine.server import OptionError, find_cards, find_printer
from simulators.pcsc_service import pcsc_can_run, why_pcsc_cannot_run
from simulators.world import (
    PEOPLE,
    PEOPLE_PASSWORD,
    World,
    WorldOptions,
    running,
)

ORDER_SECONDS: Final = 120.0
PORT: Final = 8470
FACES: Final = ROOT / "config" / "faces"


class DemoFailedError(RuntimeError):
    """The card was not made; the message names the step at which it stopped."""


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def make_card(world: World, case: str = "ready") -> dict[str, Any]:
    """Make one card through the API and return the report on it.

    Raises:
        DemoFailedError: It stopped on the way.
    """
    person = world.person(case)
    before = world.observer()
    started = time.monotonic()
    order = _posted(world, "/orders", {"id_number": person["id_number"]})
    path = f"/orders/{order['id']}"
    order = _posted(world, f"{path}/steps/data-ready?wait=30", None)
    if order["step"] == "data-ready":
        _save_previews(world, path)
        order = _posted(world, f"{path}/run?wait={ORDER_SECONDS:g}", {"approved": True})
    elapsed = time.monotonic() - started
    if order["step"] != "released":
        raise DemoFailedError(f"stopped at {order['step']}: {order['problem']}")
    return _report(world, order, before, elapsed)


def _posted(world: World, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    answer = world.api("POST", path, json=body)
    if answer.is_error:
        raise DemoFailedError(answer.text)
    return dict(answer.json())


def _save_previews(world: World, path: str) -> None:
    for side in ("front", "back"):
        answer = world.api("GET", f"{path}/preview/{side}.png")
        if answer.is_success:
            (world.folder / f"preview-{side}.png").write_bytes(answer.content)


def _report(
    world: World, order: dict[str, Any], before: dict[str, Any], elapsed: float
) -> dict[str, Any]:
    after = world.observer()
    card_id = order["chip"]["AAZ501"]
    pictures = {side: world.record / f"{card_id}-{side}.png" for side in ("front", "back")}
    holder = order["holder"]
    waited = after["device_wall_seconds"] - before["device_wall_seconds"]
    reports = world.province_observer()["effects"]["reports_accepted"]
    return {
        "order": order["id"],
        "state": order["step"],
        "holder": {"AAC002": holder["AAC002"], "AAC003": holder["AAC003"]},
        "chip": {
            name: order["chip"][name]
            for name in ("AAZ501", "AAZ507", "AAZ500", "bank_number_masked")
        },
        "front_png": str(pictures["front"]),
        "back_png": str(pictures["back"]),
        "effects": {
            "feeds": after["totals"]["feeds"] - before["totals"]["feeds"],
            "chip_writes": after["totals"]["chip_write_sessions"]
            - before["totals"]["chip_write_sessions"],
            "reports": reports,
            "prints": after["totals"]["prints"] - before["totals"]["prints"],
            "releases": after["totals"]["releases"] - before["totals"]["releases"],
        },
        "device_seconds": round(after["device_seconds"] - before["device_seconds"], 3),
        "station_seconds": round(elapsed - waited, 3),
        "links": {
            "printer": world.printer_link,
            "chip": world.chip_link,
            "province": world.province_url,
        },
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--once", action="store_true", help="end after one card")
    parser.add_argument("--speed", type=float, default=4.0, help="device time is divided by this")
    parser.add_argument("--seed", type=int, default=1, help="of everything random")
    parser.add_argument("--port", type=int, default=PORT, help="of the pages; 0 takes a free one")
    parser.add_argument("--without-pcsc", action="store_true", help="reach the chip directly")
    parser.add_argument("--model", default="hiti-cs220e", help="of the machine; `machine --help`")
    parser.add_argument("--province", default="henan", help="a folder of simulators/gateways")
    parser.add_argument("--cards", default="ssc", help="a folder of simulators/cards")
    parser.add_argument(
        "--template",
        default="",
        help="face template: a path, or a name in config/faces; for a printer that prints only the "
        "front one without a back, such as henan-3-front",
    )
    parser.add_argument("--folder", type=Path, default=Path("var/demo"), help="for the record")


def run(chosen: argparse.Namespace) -> int:
    """Run the demo; returns the exit status."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        options = world_options(chosen)
    except (OptionError, UnknownProvinceError) as exc:
        say(str(exc))
        return 2
    shutil.rmtree(chosen.folder, ignore_errors=True)
    if chosen.without_pcsc or not pcsc_can_run():
        why = "as asked" if chosen.without_pcsc else why_pcsc_cannot_run()
        say(f"Without PC/SC ({why}): the chip is reached over the virtual reader's own protocol.")
    say(f"seed {chosen.seed}, device time x{chosen.speed:g}, record in {chosen.folder}")
    try:
        with running(options) as world:
            return _demo(world, stop, once=chosen.once)
    except (ProcessEndedError, TimeoutError) as exc:
        say(f"the window could not be started: {exc}")
        return 1


def world_options(chosen: argparse.Namespace) -> WorldOptions:
    """Return the parts of the chosen window.

    Raises:
        OptionError: No such model or template.
        UnknownProvinceError: No such province.
    """
    find_printer(chosen.model)
    find_province(chosen.province)
    find_cards(chosen.cards)
    return WorldOptions(
        folder=chosen.folder.resolve(),
        speed=chosen.speed,
        seed=chosen.seed,
        port=0 if chosen.once else chosen.port,
        pcsc=not chosen.without_pcsc,
        desk=True,
        rehearsals=True,
        printer=chosen.model,
        province=chosen.province,
        cards=chosen.cards,
        template=find_template(chosen.template) if chosen.template else "",
    )


def find_template(name: str) -> str:
    """Return the path of a template that is given by its path or by its name in config/faces.

    Raises:
        OptionError: There is no such file.
    """
    for path in (Path(name), FACES / f"{name}.toml"):
        if path.is_file():
            return str(path.resolve())
    known = ", ".join(sorted(path.stem for path in FACES.glob("*.toml")))
    raise OptionError(f"--template {name}: no such file; in config/faces are {known}")


def _demo(world: World, stop: threading.Event, *, once: bool) -> int:
    try:
        report = make_card(world)
    except DemoFailedError as exc:
        say(f"the card was not made: {exc}")
        return 1
    if once:
        say(json.dumps(report, ensure_ascii=False))
        return 0
    say(json.dumps(report, ensure_ascii=False))
    say("")
    say(f"operator page     {world.station_page}/")
    say(f"diagnostics page  {world.station_page}/diagnostics")
    for name, roles in PEOPLE.items():
        say(f"log in as         {name} ({', '.join(roles)}), password {PEOPLE_PASSWORD}")
    say("                  these operators are for the demonstration only")
    say(f"machine (hands)   {world.machine_page}/")
    say(f"desk (hands)      {world.desk_page}/")
    say(f"province (clerk)  {world.province_page}")
    say("Ctrl-C ends everything.")
    stop.wait()
    say("stopping")
    return 0

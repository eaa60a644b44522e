"""`station printer replay`: plays a recorded session to the site's driver, without a printer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.printer import THE_MOVE, THE_PRINT, Step, printer, session, test_card
from station.cli.table import print_table, show_json
from station.core.errors import StationError
from station.settings import Settings
from station.words import text

if TYPE_CHECKING:
    from station.bootstrap import Replay


@dataclass(frozen=True, slots=True)
class PlayedStep:
    """One step of a session that was played.

    Attributes:
        name: What the driver was to do.
        transfers: How many went as recorded.
        difference: The first thing that was not as recorded; empty for none.
    """

    name: str
    transfers: int
    difference: str


Trace = Annotated[
    Path, typer.Argument(help="A trace of `printer capture`, or usbmon's text, pcap or pcapng.")
]
Device = Annotated[
    str, typer.Option(help="Bus and device, as 1.7, in a capture of several; else the busiest.")
]
Moved = Annotated[
    bool, typer.Option("--move", help="Of a usbmon capture: `capture --move` was recorded.")
]
Printed = Annotated[
    bool, typer.Option("--print", help="Of a usbmon capture: `capture --print` was recorded.")
]


@printer.command("replay")
def replay(
    trace: Trace,
    device: Device = "",
    move: Moved = False,
    print_test_card: Printed = False,
    config: Config = CONFIG_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Play a recorded session to the driver and compare. Needs no printer, moves nothing.

    The driver does what `capture` has it do. Each transfer must be as recorded, and what the driver
    makes of it too, where the trace says it. Exit status 1 at the first difference.
    """
    settings = read_settings(config)
    with explained():
        played = list(play(settings, trace, device, move=move, prints=print_test_card))
    if as_json:
        show_json([asdict(step) for step in played], indent=2)
    else:
        same = text("printer-command.as-recorded")
        print_table([(f"{one.transfers:4}", one.name, one.difference or same) for one in played])
    if any(step.difference for step in played):
        raise typer.Exit(1)


def play(
    settings: Settings, trace: Path, device: str = "", *, move: bool = False, prints: bool = False
) -> Iterator[PlayedStep]:
    """Play a session step by step; ends after the first difference.

    Raises:
        ConfigError: The file holds no session, or the test card can't be drawn.
    """
    from station.bootstrap import open_replay

    played = open_replay(settings, trace, device)
    link, recorded = played.link, played.capture.steps
    names = [step.name for step in recorded]
    prints = prints or THE_PRINT in names
    card = test_card(settings) if prints else None
    try:
        steps = session(played.driver, move=move or THE_MOVE in names, test_card=card)
        if names == [""]:
            link.begin(recorded[0])
        for number, (name, act) in enumerate(steps):
            before = link.played
            difference = _difference(number, (name, act), played)
            yield PlayedStep(name, link.played - before, difference)
            if difference:
                return
        if link.left:
            yield PlayedStep("", 0, f"{link.left} transfers were recorded after the last step")
    finally:
        played.driver.close()


def _difference(number: int, step: Step, played: Replay) -> str:
    name, act = step
    link, recorded = played.link, played.capture.steps
    by_steps, said = bool(recorded[0].name), ""
    if by_steps:
        if number >= len(recorded) or recorded[number].name != name:
            return "this step was not recorded"
        link.begin(recorded[number])
        said = recorded[number].said
    try:
        found = str(act())
    except StationError as exc:
        return link.difference or f"{exc.code}: {exc}"
    if link.difference:
        return link.difference
    if by_steps and link.left:
        return f"{link.left} recorded transfers were not asked for"
    if said and said != found:
        return f"recorded was {said}, now it is {found}"
    return ""

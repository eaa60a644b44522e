"""`station printer`: accesses a printer directly, without a daemon, and records sessions."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import print_table, show_json
from station.clock import utc_now
from station.core.errors import ConfigError
from station.core.faces import FaceSide
from station.core.printing import CardPrinter, PrinterService, PrinterStatus
from station.core.traces import HEAD, SAID
from station.settings import Settings
from station.state_folder import held, looked_at
from station.words import explain, text

printer = typer.Typer(no_args_is_help=True, help="The card printer, without a daemon.")
_TEST_JOB: Final = 0x7FFF  # belongs to no order: those count from 1
THE_MOVE: Final = "a card to the chip station"
THE_PRINT: Final = "the test card's front"
Step = tuple[str, Callable[[], object]]


@printer.callback()
def prepare() -> None:
    """Keep the driver's log off the terminal: the commands print what is relevant."""
    logging.getLogger("station").addHandler(logging.NullHandler())


@printer.command("status")
def printer_status(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """Print IPP state, reasons, card position, supplies and counters. Moves nothing."""
    from station.bootstrap import build_equipment

    settings = read_settings(config)
    with explained(), looked_at(settings.station.state_dir, "station printer"):
        device = build_equipment(settings).printer
        try:
            shown = _look(device)
        finally:
            device.close()
    if as_json:
        show_json(shown, indent=2)
    else:
        _show_table(shown)


@printer.command("clean")
def printer_clean(config: Config = CONFIG_DEFAULT) -> None:
    """清洁: clean the card path; needs the cleaning card inserted. Moves the rollers, no blank."""
    from station.bootstrap import build_equipment

    settings = read_settings(config)
    with explained(), held(settings.station.state_dir, "station printer"):
        device = build_equipment(settings).printer
        try:
            if not isinstance(device, PrinterService):
                raise ConfigError(f"{device.model.title} is not cleaned from here: see its panel")
            device.clean()
        finally:
            device.close()
    typer.echo(text("printer-command.cleaned"))


@printer.command("capture")
def printer_capture(
    out: Annotated[
        Path | None, typer.Option("--out", help="The trace's file; one in the state folder if not.")
    ] = None,
    move: Annotated[
        bool, typer.Option("--move", help="Feed one blank to the chip station and put it out.")
    ] = False,
    print_test_card: Annotated[
        bool, typer.Option("--print", help="Print the technician's test card on that blank.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Record a session with the printer as a trace: all our transfers, with dots masked.

    Sends all queries. Moves and prints only with the corresponding options: use a test blank then,
    because nothing of this is recorded in the ledger.
    """
    settings = read_settings(config)
    with explained(), held(settings.station.state_dir, "station printer"):
        card = test_card(settings) if print_test_card else None
        file = out or _trace_file(settings)
        typer.echo(f"{file}")
        with _recorded(settings, file) as (device, note):
            for name, step in session(device, move=move, test_card=card):
                note(f"# {name}")
                note(f"{SAID}{step()}")


def _look(device: CardPrinter) -> dict[str, Any]:
    identity, status, counters = device.identity(), device.status(), device.counters()
    supplies: dict[str, Any] = {"ribbon_cards_left": status.ribbon_cards_left}
    if isinstance(device, PrinterService):
        supplies |= device.details()
    return {
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "link": device.address,
        "printer-state": status.state.name.lower(),
        "printer-state-reasons": [str(reason) for reason in status.reasons] or ["none"],
        "reasons": _reasons(status),
        "card": status.card.value if status.card else None,
        "supplies": supplies,
        "counters": {
            name: value for name, value in dataclasses.asdict(counters).items() if value is not None
        },
        "unverified": list(device.model.unverified),
    }


def _reasons(status: PrinterStatus) -> list[dict[str, str]]:
    return [
        {
            "keyword": reason.keyword.value,
            "severity": reason.severity.value,
            "native": reason.native,
            "text": explain(reason.keyword.value, {}).title,
        }
        for reason in status.reasons
    ]


def _show_table(shown: dict[str, Any]) -> None:
    lines = [
        ("printer", f"{shown['model']}  serial {shown['serial']}  firmware {shown['firmware']}"),
        ("link", shown["link"]),
        ("printer-state", shown["printer-state"]),
    ]
    lines += [
        ("reason", f"{each['keyword']}-{each['severity']}  {each['native']}  {each['text']}")
        for each in shown["reasons"]
    ] or [("reason", "none")]
    lines.append(("card", shown["card"] or "none in the path"))
    for group in ("supplies", "counters"):
        lines += [
            (name.replace("_", " "), "unknown" if value is None else str(value))
            for name, value in shown[group].items()
            if (group, name) != ("counters", "ribbon_cards_left")
        ]
    if shown["unverified"]:
        count = len(shown["unverified"])
        lines.append(("unverified", f"{count} facts, never seen on hardware: --json has them"))
    print_table(lines)


def _trace_file(settings: Settings) -> Path:
    folder = settings.station.state_dir / "traces"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"printer-{utc_now().astimezone():%Y%m%d-%H%M%S}.txt"


@contextmanager
def _recorded(
    settings: Settings, file: Path
) -> Iterator[tuple[CardPrinter, Callable[[str], None]]]:
    from station.bootstrap import open_traced_printer

    def note(line: str) -> None:
        trace.write(line + "\n")

    device = open_traced_printer(settings, note)  # opens nothing yet
    try:
        trace = file.open("x", encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}") from exc
    which, now = settings.printer, utc_now()
    with trace:
        note(f"# card station, {which.family} {which.model}, {now:%Y-%m-%dT%H:%M:%SZ}")
        note(HEAD)
        try:
            yield device, note
        finally:
            device.close()


def session(device: CardPrinter, *, move: bool, test_card: FaceSide | None) -> Iterator[Step]:
    """Yield what a recorded session consists of: each step's name, and what carries it out.

    With `move` it feeds a blank and puts it out; with a test card it prints that as well.
    """
    yield "who are you", device.identity
    yield "status", device.status
    yield "counters", device.counters
    if isinstance(device, PrinterService):
        yield "details", device.details
    if not (move or test_card):
        return
    yield THE_MOVE, device.bring_card_to_chip_station
    yield "status with a card at the chip station", device.status
    if test_card is not None:
        yield THE_PRINT, lambda: device.print_face(test_card, None, job_id=_TEST_JOB)
        yield "status after printing", device.status
        yield "counters after printing", device.counters
        yield "is the job known", lambda: device.job_printed(_TEST_JOB)
    yield "the card out", device.present_card
    yield "status with an empty path", device.status


def test_card(settings: Settings) -> FaceSide:
    """Draw the front of the technician's test card for the site's printer.

    Raises:
        ConfigError: Its template can't be used.
    """
    from station.bootstrap import printer_model
    from station.pictures import draw_technicians_card

    return draw_technicians_card(settings, printer_model(settings).geometry).front

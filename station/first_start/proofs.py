"""Proves that each chosen device does what it is there for, before anything is written.

The printer reports its status, the reader answers and reads the chip of a test card, the province
answers. Only the test card moves anything; it is a blank that no order is about, and it is put out
again whatever its chip says.
"""

from __future__ import annotations

from collections.abc import Callable

from station.bootstrap import build_equipment
from station.cli.doctor import (
    DEVICE_TITLES,
    Finding,
    finding_of,
    look_at_printer,
    look_at_province,
    look_at_reader,
)
from station.core.cards import ChipIdentity
from station.core.errors import CardLeftInsideError, PersonNeededError, StationError
from station.production.life.equipment import Equipment
from station.settings import Settings
from station.state_folder import held
from station.words import explain, text

PROGRAM = "station setup"
#: How often a person may be asked to move the card at a plain reader.
MOST_REQUESTS = 30


def prove_printer(settings: Settings) -> Finding:
    """Ask the printer for its state. Moves nothing."""
    return _with_equipment(
        settings, DEVICE_TITLES["printer"], lambda parts: look_at_printer(parts.printer)
    )


def prove_reader(settings: Settings) -> Finding:
    """Ask whether the reader is there. Powers no card."""
    return _with_equipment(
        settings, DEVICE_TITLES["reader"], lambda parts: look_at_reader(parts.encoder)
    )


def prove_province(settings: Settings) -> Finding:
    """Ask whether the province answers. Tells it nothing about anybody."""
    return _with_equipment(
        settings, DEVICE_TITLES["province"], lambda parts: look_at_province(parts.province)
    )


def prove_chip(settings: Settings, ask: Callable[[str], None]) -> Finding:
    """Bring a test card to the chip station, read its chip, and put it out. Writes nothing.

    Args:
        settings: Of the window.
        ask: Called with what a person must do at a plain reader; returns when it is done.
    """

    def read(parts: Equipment) -> str:
        status = parts.printer.status()
        if status.card is not None:
            # Nobody here knows whose card it is: only the station's own journal may.
            raise CardLeftInsideError("a card is in the machine already")
        _moved(parts.printer.bring_card_to_chip_station, ask)
        try:
            chip = parts.encoder.identify()
        finally:
            _moved(parts.printer.present_card, ask)
        return _chip_text(chip)

    return _with_equipment(settings, text("setup.chip"), read)


def _moved(move: Callable[[], None], ask: Callable[[str], None]) -> None:
    for _ in range(MOST_REQUESTS):
        try:
            move()
        except PersonNeededError as exc:
            ask(explain(exc.code, exc.details).remedy)
            continue
        return
    move()


def _chip_text(chip: ChipIdentity) -> str:
    return text("setup.chip-read", atr=chip.AAZ507, version=chip.AAZ508, region=chip.AAB301)


def _with_equipment(settings: Settings, what: str, look: Callable[[Equipment], str]) -> Finding:
    try:
        with held(settings.station.state_dir, PROGRAM):
            parts = build_equipment(settings)
            try:
                return Finding(what, True, look(parts))
            finally:
                for part in (parts.printer, parts.encoder, parts.province, parts.desk):
                    part.close()
                parts.pictures.close()
    except StationError as exc:
        return finding_of(what, exc)

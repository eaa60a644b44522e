"""The machine's picture: where the card is, what moves, and which part a message means.

A card is drawn where the last reading has it, and nowhere while it moves: then an arrow says from
where to where. A machine that does not answer, and a card that should be inside and is not seen,
are drawn as not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from station.core.errors import PrinterNotConnectedError, ReaderNotConnectedError
from station.core.orders import OrderStep
from station.core.printing import CardPosition
from station.core.printing import PrinterStateReason as R
from station.core.side_view import MachinePart as P
from station.core.side_view import SideView
from station.production.views.orders import DeviceView, StationView
from station.ui.picture_contents import (
    CardNow,
    DrawnCard,
    DrawnMove,
    DrawnPart,
    MachinePicture,
    PartState,
)
from station.words import Table, text
from station.words.tables import POSITION_TEXT

PARTS: Final = Table("machine-part")
MOVES: Final = Table("card-moves")

#: The part that a reason means; None: the machine as a whole, or the card's path.
MEANT: Final[Mapping[R, P | None]] = {
    R.MEDIA_EMPTY: P.FEEDER,
    R.MEDIA_LOW: P.FEEDER,
    R.MEDIA_NEEDED: P.FEEDER,
    R.FEED_ERROR: P.FEEDER,
    R.MEDIA_TYPE_CHANGE: P.FEEDER,
    R.MEDIA_JAM: None,
    R.COVER_OPEN: P.COVER,
    R.DOOR_OPEN: P.COVER,
    R.OUTPUT_FULL: P.OUTPUT_HOPPER,
    R.OUTPUT_MISSING: P.OUTPUT_HOPPER,
    R.REJECT_FULL: P.REJECT_BIN,
    R.REJECT_MISSING: P.REJECT_BIN,
    R.RIBBON_MISSING: P.RIBBON,
    R.RIBBON_EMPTY: P.RIBBON,
    R.RIBBON_ALMOST_EMPTY: P.RIBBON,
    R.RIBBON_CHIP_MISSING: P.RIBBON,
    R.RIBBON_UNSUPPORTED: P.RIBBON,
    R.RIBBON_FAILED: P.RIBBON,
    R.PRINT_FAILED: P.PRINT_STATION,
    R.CLEANING_DUE: P.PRINT_STATION,
    R.CLEANING_OVERDUE: P.PRINT_STATION,
    R.OVER_TEMPERATURE: P.PRINT_STATION,
    R.MOTOR_FAILURE: None,
    R.UNRECOVERABLE: None,
    R.CONNECTING: None,
    R.LOCKED: None,
    R.OTHER: None,
}
_MEANT_BY_CODE: Final[Mapping[str, P]] = {
    **{reason.value: part for reason, part in MEANT.items() if part is not None},
    PrinterNotConnectedError.code: P.PRINTER_CABLE,
    ReaderNotConnectedError.code: P.READER_CABLE,
}
#: Reasons that are no error yet, also where another one stops the machine.
WARNINGS: Final = frozenset({R.MEDIA_LOW, R.RIBBON_ALMOST_EMPTY, R.CLEANING_DUE})

#: Where a reading of the printer has the card -> the part.
_AT: Final[Mapping[str, P]] = {
    CardPosition.CHIP_STATION: P.CHIP_STATION,
    CardPosition.PRINT_STATION: P.PRINT_STATION,
    CardPosition.FLIPPER: P.FLIPPER,
    CardPosition.OUTPUT_HOPPER: P.OUTPUT_HOPPER,
    CardPosition.REJECT_BIN: P.REJECT_BIN,
}
_TO_PRINT: Final = (P.CHIP_STATION, P.PRINT_STATION)
_TO_OUTLET: Final = (P.PRINT_STATION, P.OUTPUT_HOPPER)
#: From where to where a card moves on the way to a step.
_WAYS: Final[Mapping[OrderStep, tuple[P, P]]] = {
    OrderStep.FED: (P.FEEDER, P.CHIP_STATION),
    OrderStep.PRINTED: _TO_PRINT,
    OrderStep.PRINTED_OWED: _TO_PRINT,
    OrderStep.RELEASED: _TO_OUTLET,
    OrderStep.RELEASED_OWED: _TO_OUTLET,
}


@dataclass(frozen=True, slots=True)
class _Card:
    """What is known of the card: a text, and what of it can be drawn."""

    text: str
    at: P | None = None
    told: bool = False
    way: tuple[P, P] | None = None
    unknown: bool = False
    jam: bool = False


def card_now(view: StationView) -> CardNow:
    """Return where the card is, in words and as a picture of the machine."""
    devices = {device.name: device for device in view.devices}
    printer = devices["printer"]
    card = _card(view, printer)
    until = view.at_work_until.isoformat() if view.at_work_until else ""
    if view.side_view is None:
        return CardNow(card.text, until, None)
    picture = _picture(view.side_view, card, printer, devices["reader"])
    return CardNow(card.text, until, picture)


def _card(view: StationView, printer: DeviceView) -> _Card:
    if view.at_work is OrderStep.ENCODED:
        return _Card(MOVES[OrderStep.ENCODED], at=P.CHIP_STATION)
    if view.at_work is not None:
        said = MOVES.get(view.at_work, text("picture.moving"))
        return _Card(said, way=_WAYS.get(view.at_work))
    if printer.ok is None or printer.state == "absent":
        said = text("picture.not-looked" if printer.ok is None else "picture.no-answer")
        return _Card(said, unknown=True)
    return _card_read(view, printer)


def _card_read(view: StationView, printer: DeviceView) -> _Card:
    """Return the card by the printer's last reading, and where that has none by the journal."""
    codes = {problem.code for problem in printer.problems}
    if view.card_in_path == CardPosition.JAMMED or R.MEDIA_JAM.value in codes:
        return _Card(POSITION_TEXT[CardPosition.JAMMED], jam=True)
    if view.card_in_path is not None:
        at = _AT.get(view.card_in_path)
        return _Card(POSITION_TEXT[view.card_in_path], at=at, unknown=at is None)
    if view.order_inside:
        return _Card(text("picture.not-seen"), unknown=True)
    if view.at_outlet:
        return _Card(text("picture.put-out"), at=P.OUTPUT_HOPPER, told=True)
    return _Card(POSITION_TEXT["none"])


def _picture(
    side: SideView, card: _Card, printer: DeviceView, reader: DeviceView
) -> MachinePicture:
    meant = _meant((printer, reader))
    parts = tuple(
        DrawnPart(part.value, PARTS[part], box, _state(part, card, meant))
        for part, box in side.parts.items()
    )
    named = [
        text("picture.meant", part=PARTS[part], title=title)
        for part, (_, title) in meant.items()
        if part in side.parts
    ]
    lies = side.parts.get(card.at) if card.at else None
    return MachinePicture(
        width=side.width,
        height=side.height,
        path=side.path,
        case=side.case,
        parts=parts,
        card=DrawnCard(lies.middle, "told" if card.told else "seen") if lies else None,
        move=_move(side, card),
        unknown=side.case.middle if card.unknown or (card.at and not lies) else None,
        jam=card.jam,
        connected=printer.state != "absent",
        description=text("picture.described", card=card.text, parts="".join(named)),
    )


def _move(side: SideView, card: _Card) -> DrawnMove | None:
    if card.way is None or any(part not in side.parts for part in card.way):
        return None
    start, end = (side.parts[part] for part in card.way)
    return DrawnMove(start.middle, end.middle)


def _state(part: P, card: _Card, meant: Mapping[P, tuple[PartState, str]]) -> PartState:
    if part in meant:
        return meant[part][0]
    return "here" if part is card.at or (card.way and part is card.way[1]) else "plain"


def _meant(devices: tuple[DeviceView, ...]) -> dict[P, tuple[PartState, str]]:
    """Return the parts that a problem of these devices means, each with the worst one's title."""
    found: dict[P, tuple[PartState, str]] = {}
    for device in devices:
        for problem in device.problems:
            part = _MEANT_BY_CODE.get(problem.code)
            is_warning = device.ok is not False or problem.code in WARNINGS
            state: PartState = "warn" if is_warning else "error"
            if part is not None and (part not in found or state == "error"):
                found[part] = state, problem.title
    return found

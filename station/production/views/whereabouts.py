"""Where an order's card is, as a text that rests on evidence.

The evidence, best first: the printer's own reading of its card path (while the ledger has the card
in the machine), then the ledger, whose places outside the machine were written together with a
proven effect or a person's answer. A place that neither shows is called unknown. A reading is only
used when it was taken after the order's last step: the engine reads the machine before it shows a
step as ended.
"""

from __future__ import annotations

from typing import Final

from station.core.errors import CardMissingError, WrongCardReason
from station.core.evidence import EffectRecord
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    OrderRecord,
    OrderStep,
)
from station.core.printing import Capability, CardPosition, PrinterStateReason, PrinterStatus
from station.production.life.effects import Workbench
from station.production.life.steps.which_card import NOT_SEEN as NOT_PROVEN
from station.production.machine.looks import MachineSnapshot
from station.words import Table, text, where

#: The current movement of the card: no reading of the machine is that recent.
MOVING: Final = Table("moving")
#: Possible places of a card whose last movement has no known outcome.
ON_ITS_WAY: Final = Table("on-its-way")
#: Positions at which the printer detects that a card has left it.
LEFT: Final = {CardPosition.OUTPUT_HOPPER, CardPosition.REJECT_BIN}


def whereabouts(
    bench: Workbench,
    order: OrderRecord,
    look: MachineSnapshot | None,
    running: OrderStep | None = None,
) -> str:
    """Return where the order's card is, as far as it is proven. Reads the journal."""
    if running is not None and running in MOVING:
        return MOVING[running]
    card, opened = bench.card_of(order), bench.open_effect(order)
    if card is None:
        return _of_no_card(bench, order, opened, look)
    if card.fate is CardFate.IN_MACHINE:
        return _inside(bench, order, card, opened, look)
    if opened is not None and opened.kind in ON_ITS_WAY:
        return ON_ITS_WAY[opened.kind]
    return where(card.place.value)


def jammed(status: PrinterStatus) -> bool:
    """Whether the printer reports a jam, by a card's position or as a reason."""
    reasons = {reason.keyword for reason in status.errors}
    return status.card is CardPosition.JAMMED or PrinterStateReason.MEDIA_JAM in reasons


def _of_no_card(
    bench: Workbench,
    order: OrderRecord,
    opened: EffectRecord | None,
    look: MachineSnapshot | None,
) -> str:
    status = look.printer if look else None
    unowned = status is not None and not bench.journal.cards.owned_inside()
    if opened is not None and opened.kind is EffectKind.FEED:
        return _fed_or_not(bench, look)
    if order.step is OrderStep.APPROVED and status is not None and unowned and jammed(status):
        return text("whereabouts.jammed-unread")
    cards = bench.journal.cards.of(order.id)
    if not cards:
        return where(CardPlace.FEEDER.value)
    return text("whereabouts.last-blank", place=where(cards[-1].place.value))


def _fed_or_not(bench: Workbench, look: MachineSnapshot | None) -> str:
    if look is None:
        return text("whereabouts.not-looked")
    status = look.printer
    if status is None or (status.card is None and not jammed(status)):
        return text("whereabouts.feed-unknown")
    if jammed(status):
        return text("whereabouts.jammed-unread")
    return text("whereabouts.fed-unread", place=_position(bench, status))


def _inside(
    bench: Workbench,
    order: OrderRecord,
    card: CardRecord,
    opened: EffectRecord | None,
    look: MachineSnapshot | None,
) -> str:
    if look is None:
        return text("whereabouts.not-looked")
    code = order.hold.code if order.hold else ""
    if code == WrongCardReason.NOT_THIS_ORDERS.value:
        return text("whereabouts.misplaced")
    if look.printer is None:
        return text("whereabouts.no-answer", last=where(card.place.value))
    if jammed(look.printer):
        return where(CardPosition.JAMMED.value)
    if look.printer.card is None:
        not_seen = text("whereabouts.not-seen")
        return not_seen if opened is None else ON_ITS_WAY.get(opened.kind, not_seen)
    seen = _position(bench, look.printer)
    doubtful = code == CardMissingError.code or card.place in NOT_PROVEN
    # It may be out, and the detected card another one.
    if opened is not None and opened.kind in ON_ITS_WAY:
        doubtful = doubtful or look.printer.card not in LEFT
    place = text("whereabouts.a-card-inside", seen=seen)
    return text("whereabouts.fed-unread", place=place) if doubtful else seen


def _position(bench: Workbench, status: PrinterStatus) -> str:
    by_hand = Capability.FEEDER not in bench.equipment.printer.model.capabilities
    if by_hand and status.card is CardPosition.CHIP_STATION:
        return text("whereabouts.in-reader")
    return where(status.card.value if status.card else "none")

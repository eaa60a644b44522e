"""Where an order's card is, in words that rest on evidence.

The evidence, best first: the printer's own reading of its card path (while the ledger has the card
in the machine), then the ledger, whose places outside the machine were written together with a
proven effect or a person's answer. What neither can tell is called unknown. A reading is only used
when it was taken after the order's last step: the engine looks before it shows a step as ended.
"""

from __future__ import annotations

from typing import Final

from station.core.errors import CardMissingError, WrongCardReason
from station.core.evidence import EffectRecord
from station.core.operator_text import where
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
from station.production.machine.looks import MachineSnapshot

NOT_LOOKED: Final = "正在检查制卡机，请稍候"
NO_ANSWER: Final = "制卡机没有应答，无法查看；最后的记录是：{last}"
NOT_SEEN: Final = "位置不明：制卡机没有感应到机内有卡，请打开机盖查看"
MISPLACED: Final = "位置不明：机内感应到的卡不是本任务的"
FEED_UNKNOWN: Final = "位置不明：不知道有没有卡离开进卡槽，请打开机盖查看"
FED_UNREAD: Final = "{place}（还没有读卡核对）"
JAMMED_UNREAD: Final = "有一张卡堵在机内通道中"
LAST_BLANK: Final = "刚才那张预制卡{place}；本任务还没有卡"
IN_READER: Final = "在读卡器里"
#: What is done with the card right now: no look at the machine is as young as that.
MOVING: Final = {
    OrderStep.FED: "正在进卡",
    OrderStep.ENCODED: "在机内，正在写卡",
    OrderStep.PRINTED: "在机内，正在打印",
    OrderStep.PRINTED_OWED: "在机内，正在打印",
    OrderStep.RELEASED: "正在出卡",
    OrderStep.RELEASED_OWED: "正在出卡",
}
#: Where a card may be whose last movement has no known outcome.
ON_ITS_WAY: Final = {
    EffectKind.RELEASE: "位置不明：可能已到出卡口，请查看出卡口和机内",
    EffectKind.REJECT: "位置不明：可能已退到废卡盒，请查看废卡盒和机内",
    EffectKind.RETRACT: "位置不明：可能还在出卡口，也可能已收回废卡盒",
}
#: Positions at which the printer sees that a card has left it.
LEFT: Final = {CardPosition.OUTPUT_HOPPER, CardPosition.REJECT_BIN}
#: Places in the ledger of a card that was last proven to be elsewhere than in the path.
NOT_PROVEN_INSIDE: Final = {CardPlace.UNKNOWN, CardPlace.FEEDER}


def whereabouts(
    bench: Workbench,
    order: OrderRecord,
    look: MachineSnapshot | None,
    running: OrderStep | None = None,
) -> str:
    """Return where the order's card is, as far as anything proves it. Reads the journal."""
    if running in MOVING:
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
        return JAMMED_UNREAD
    cards = bench.journal.cards.of(order.id)
    if not cards:
        return where(CardPlace.FEEDER.value)
    return LAST_BLANK.format(place=where(cards[-1].place.value))


def _fed_or_not(bench: Workbench, look: MachineSnapshot | None) -> str:
    if look is None:
        return NOT_LOOKED
    status = look.printer
    if status is None or (status.card is None and not jammed(status)):
        return FEED_UNKNOWN
    if jammed(status):
        return JAMMED_UNREAD
    return FED_UNREAD.format(place=_position(bench, status))


def _inside(
    bench: Workbench,
    order: OrderRecord,
    card: CardRecord,
    opened: EffectRecord | None,
    look: MachineSnapshot | None,
) -> str:
    if look is None:
        return NOT_LOOKED
    code = order.hold.code if order.hold else ""
    if code == WrongCardReason.NOT_THIS_ORDERS.value:
        return MISPLACED
    if look.printer is None:
        return NO_ANSWER.format(last=where(card.place.value))
    if jammed(look.printer):
        return where(CardPosition.JAMMED.value)
    if look.printer.card is None:
        return NOT_SEEN if opened is None else ON_ITS_WAY.get(opened.kind, NOT_SEEN)
    seen = _position(bench, look.printer)
    doubtful = code == CardMissingError.code or card.place in NOT_PROVEN_INSIDE
    if opened is not None and opened.kind in ON_ITS_WAY:  # it may be out, and another one be seen
        doubtful = doubtful or look.printer.card not in LEFT
    return FED_UNREAD.format(place=f"机内有一张卡，{seen}") if doubtful else seen


def _position(bench: Workbench, status: PrinterStatus) -> str:
    by_hand = Capability.FEEDER not in bench.equipment.printer.model.capabilities
    if by_hand and status.card is CardPosition.CHIP_STATION:
        return IN_READER
    return where(status.card.value if status.card else "none")

"""进卡 of a known card: a reprint's own one, a test print's blank, or a marked test card.

The feed and the reading are one effect: the ledger identifies the card as soon as it has a card
inside. A card that does not belong here is released unchanged; it may be a holder's.
"""

from __future__ import annotations

from station.core.cards import ChipIdentity
from station.core.changes import (
    AdoptCard,
    BindChip,
    CardFacts,
    Changes,
    MoveOrder,
    OpenCard,
    ReleaseChip,
    UpdateCard,
)
from station.core.errors import (
    CardLeftInsideError,
    CardMissingError,
    DefectError,
    DeviceError,
    OutcomeUnknownError,
    TransportError,
    WrongCardError,
    WrongCardReason,
)
from station.core.evidence import (
    UNREAD,
    CardRead,
    EffectRecord,
    FeedKnownCard,
    Proof,
    Proved,
    ReturnCard,
)
from station.core.life import OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectState,
    OrderRecord,
    OrderStep,
)
from station.core.printing import Capability, PrinterStatus
from station.core.recipes import CardSource, recipe_of
from station.core.rehearsal import Rehearsal
from station.production.life.blank_stock import NO_BANK, fed_bank
from station.production.life.effects import Workbench, move
from station.production.life.narrow import card_of
from station.production.life.settlement import Settled, Verdict, in_doubt
from station.production.life.steps.which_card import read_card


def run(bench: Workbench, order: OrderRecord) -> None:
    """Feed the next card and check whether it is the wanted one. Moves a card.

    Raises:
        ReaderNotConnectedError: No reader; nothing moved.
        CardLeftInsideError: A card of no order is in the path.
        WrongCardError: Another card was in the feeder; it was released.
        OutcomePendingError: Whether a card was fed, or which, is unknown.
    """
    bench.equipment.encoder.check_reader()  # before anything moves
    card = bench.card_of(order)
    if card is None or card.fate is not CardFate.IN_MACHINE:
        _feed(bench, order)
        order = bench.journal.orders.one(order.id)
    if order.step is OrderStep.APPROVED:
        _give_back(bench, order)


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish whether a feed happened, and which card it brought, by reading it.

    Raises:
        OutcomeUnknownError: The path is empty, which does not prove that nothing was fed.
    """
    printer = bench.equipment.printer
    status = printer.status()
    has_feeder = Capability.FEEDER in printer.model.capabilities
    found = read_card(bench) if status.card is not None else None
    first = first_order(bench, order)
    bank, rehearsal = fed_bank(bench, order, found), _rehearsal_of(bench, order)
    verdict = judge_feed(order, first, status, found, bank, rehearsal, has_feeder=has_feeder)
    bench.conclude(effect, verdict)


def judge_feed(
    order: OrderRecord,
    first: OrderRecord | None,
    status: PrinterStatus,
    found: ChipIdentity | None,
    bank: str = "",
    rehearsal: Rehearsal | None = None,
    *,
    has_feeder: bool,
) -> Verdict:
    """Return the outcome of the feed of a known card, from what is in the path now. Pure.

    `found` is what the chip of the card in the path shows; None when it can't be read. `bank` is
    the bank of a blank, see `fed_bank`.
    """
    if status.card is not None:
        taken = taken_in(order, first, found, bank, rehearsal)
        return Settled(EffectState.DONE, Proved(Proof.CHIP_READ), taken)
    if has_feeder:
        return in_doubt(status, "an empty path does not prove that nothing was fed")
    return Settled(EffectState.NOT_DONE, Proved(Proof.READER_EMPTY))


def given_back(order: OrderRecord, card: int, reason: str) -> Changes:
    """Return the changes that record a card that was released unchanged. Pure.

    A card with a holder's data that an order took for a blank must not be fed again; a good blank
    of another bank goes back into that bank's stock.
    """
    wants_blank = recipe_of(order.kind).card is CardSource.BANKS_BLANK
    used = reason == WrongCardReason.ALREADY_PERSONALISED
    fate = CardFate.REFUSED if wants_blank and used else CardFate.RETURNED
    out = UpdateCard(card, place=CardPlace.OUTPUT_HOPPER, fate=fate, reason=reason)
    if card != order.card:  # it was fed in place of the order's card, which remains the order's
        return (out,)
    again = MoveOrder(order.id, order.step, order.step, OrderEvent.BLANK_REFUSED.value)
    return (out, ReleaseChip(order.id), again)


def _feed(bench: Workbench, order: OrderRecord) -> None:
    bench.require_no_doubt(order)
    status = bench.ready_status()
    if status.card is not None:
        raise CardLeftInsideError(
            "a card of no order stands in the machine", details={"position": status.card.value}
        )
    with bench.effect(order, FeedKnownCard(order.kind)) as effect:
        bench.equipment.printer.bring_card_to_chip_station()
        try:
            found = read_card(bench)
        except (CardMissingError, DeviceError, TransportError) as exc:
            # The card moved: the effect must not appear as not begun.
            raise OutcomeUnknownError("the card that was fed can't be read now") from exc
        first, read = first_order(bench, order), CardRead(found.AAZ501 if found else UNREAD)
        bank, rehearsal = fed_bank(bench, order, found), _rehearsal_of(bench, order)
        effect.done(taken_in, first, found, bank, rehearsal, after=read)


def first_order(bench: Workbench, order: OrderRecord) -> OrderRecord | None:
    """Return the order that made the card of a reprint; None for a test card, which has none.

    Raises:
        DefectError: A reprint refers to no order.
    """
    if not recipe_of(order.kind).own_card:
        return None
    if order.previous is None:
        raise DefectError(f"reprint {order.id} is about no order")
    return bench.journal.orders.one(order.previous)


def taken_in(
    order: OrderRecord,
    first: OrderRecord | None,
    found: ChipIdentity | None,
    bank: str = "",
    rehearsal: Rehearsal | None = None,
) -> Changes:
    """Return the changes that follow from a card that was fed, by what its chip shows. Pure.

    Only a test print takes a blank, readable or not; only a rehearsal takes a marked test card, and
    only a reprint the card of `first`. Any other card is only recorded in the ledger, and released
    again.
    """
    if rehearsal is not None:
        if found is not None and rehearsal.is_test_card(found):
            return _marked(order, found)
    elif first is None:
        if found is None or not found.AAZ500:
            return (_opened(order, found, bank), move(order, recipe_of(order.kind).feeds))
    elif found is not None and _is_the_holders(order, first, found):
        return _own(order, first, found)
    return (_opened(order, found, bank, blank=found is None or not found.AAZ500),)


def _is_the_holders(order: OrderRecord, first: OrderRecord, found: ChipIdentity) -> bool:
    same = first.chip is not None and found.same_card(first.chip)
    if not recipe_of(order.kind).number_must_match:
        return same
    return same and first.data is not None and found.AAZ500 == first.data.chip.AAZ500


def _own(order: OrderRecord, first: OrderRecord, found: ChipIdentity) -> Changes:
    card = card_of(first)
    return (
        AdoptCard(order.id, card),
        UpdateCard(card, place=CardPlace.CHIP_STATION, fate=CardFate.IN_MACHINE),
        BindChip(order.id, found),
        move(order, recipe_of(order.kind).feeds),
    )


def _marked(order: OrderRecord, found: ChipIdentity) -> Changes:
    # The window has no such blank in its stock.
    return (
        _opened(order, found, NO_BANK, blank=False),
        BindChip(order.id, found),
        move(order, recipe_of(order.kind).feeds),
    )


def _rehearsal_of(bench: Workbench, order: OrderRecord) -> Rehearsal | None:
    rehearses = recipe_of(order.kind).card is CardSource.TEST_CARD
    return bench.equipment.set_up_rehearsal if rehearses else None


def _opened(
    order: OrderRecord, found: ChipIdentity | None, bank: str, *, blank: bool = True
) -> OpenCard:
    read = CardFacts(AAZ501=found.AAZ501) if found is not None else None
    return OpenCard(order.id, CardPlace.CHIP_STATION, blank=blank, read=read, bank=bank)


def _give_back(bench: Workbench, order: OrderRecord) -> None:
    reason = recipe_of(order.kind).refusal
    if reason is None:
        raise DefectError(f"a card of order {order.id} is put aside, not given back")
    put_out(bench, order, reason)
    raise WrongCardError(reason, "the card in the feeder is not the one; it went out again")


def put_out(bench: Workbench, order: OrderRecord, reason: WrongCardReason) -> None:
    """Release the card that was fed for the order at the outlet, unchanged. Moves the card.

    It may be a holder's: a person has to look at it.
    """
    card = card_of(order)
    bench.require_card(order)
    with bench.effect(order, ReturnCard(card, reason.value)) as effect:
        bench.equipment.printer.present_card()
        effect.done(given_back, card, reason.value)

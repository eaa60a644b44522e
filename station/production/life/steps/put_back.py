"""A card that was removed by hand goes back through the feeder and is recognised by its chip.

A person who cleared a jam holds the order's card. Put into the feeder it is fed to the chip
station, and its chip decides: the order continues with it, or the card that was fed in its place is
released unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable

from station.core.cards import ChipIdentity
from station.core.changes import CardFacts, Changes, OpenCard, UpdateCard
from station.core.errors import (
    CardMissingError,
    DeviceError,
    OutcomeUnknownError,
    ReaderNotConnectedError,
    TransportError,
    WrongCardError,
    WrongCardReason,
)
from station.core.evidence import (
    UNREAD,
    CardRead,
    EffectRecord,
    FeedBack,
    Proof,
    Proved,
    ReturnCard,
)
from station.core.orders import (
    AnyOrder,
    CardFate,
    CardPlace,
    CardRecord,
    EffectState,
    OrderRecord,
)
from station.core.printing import PrinterStatus
from station.production.life.blank_stock import fed_bank
from station.production.life.effects import ACTOR, Workbench
from station.production.life.settlement import Settled, Verdict, in_doubt
from station.production.life.steps import hand_over, own_card
from station.production.life.steps.which_card import NOT_SEEN, read_card


def run(bench: Workbench, order: OrderRecord) -> None:
    """Take the order's card in from the feeder. Moves a card.

    A card that is already in the path is read first: it may be the order's.

    Raises:
        DeviceError: The printer is stopped; nothing moved.
        ReaderNotConnectedError: No reader; nothing moved.
        CardInDoubtError: The place of another order's card is unknown.
        WrongCardError: Another card was in the feeder or in the path; it was released unchanged.
        OutcomePendingError: Whether a card was fed, or released, is unknown.
    """
    if not bench.equipment.encoder.reader_present():
        raise ReaderNotConnectedError("the chip reader is not there; nothing was fed")
    bench.require_no_doubt(order)
    if bench.ready_status().card is not None:
        bench.require_own_machine(order)
        found = read_card(bench)
        if _is_this(order, found):
            bench.apply(ACTOR, *came_in(order, found, ""))
            return
        _put_out(bench, order, found)
    with bench.effect(order, FeedBack(order.card)) as effect:
        bench.equipment.printer.bring_card_to_chip_station()
        try:
            found = read_card(bench)
        except (CardMissingError, DeviceError, TransportError) as exc:
            # The card moved: the effect must not appear as not begun.
            raise OutcomeUnknownError("the card that was fed can't be read now") from exc
        read = CardRead(found.AAZ501 if found else UNREAD)
        effect.done(came_in, found, fed_bank(bench, order, found), after=read)
    if not _is_this(order, found):
        _put_out(bench, order, found)
        raise WrongCardError(
            WrongCardReason.NOT_THE_HOLDERS, "the card in the feeder is not the one; it went out"
        )


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Establish which card was fed by a feed that was to bring the order's own, by reading it.

    Raises:
        OutcomeUnknownError: The path is empty, which does not prove that nothing was fed.
    """
    status = bench.equipment.printer.status()
    found = read_card(bench) if status.card is not None else None
    bank = fed_bank(bench, order, found)
    bench.conclude(effect, judge_feed(order, status, found, bank))


def judge_feed(
    order: OrderRecord, status: PrinterStatus, found: ChipIdentity | None, bank: str = ""
) -> Verdict:
    """Return the outcome of the feed of a card that was put back, from what is in the path. Pure.

    `found` is what the chip of the card in the path shows; None when it can't be read. `bank` is
    the bank of a blank, see `fed_bank`.
    """
    if status.card is None:
        return in_doubt(status, "an empty path does not prove that nothing was fed")
    return Settled(EffectState.DONE, Proved(Proof.CHIP_READ), came_in(order, found, bank))


def came_in(order: OrderRecord, found: ChipIdentity | None, bank: str) -> Changes:
    """Return the changes after a card came to the chip station, by its chip. Pure."""
    if not _is_this(order, found):
        return (_opened(order, found, bank),)
    return () if order.card is None else (UpdateCard(order.card, place=CardPlace.CHIP_STATION),)


def put_out_stranger(bench: Workbench, order: OrderRecord) -> None:
    """Release a card that was fed in place of the order's own, before anything else is done.

    After a power cut or a jam, a reading can leave such a card at the chip station. One that is not
    in the path any more was removed by hand: the ledger does not know where it is. Moves a card.

    Raises:
        CardMissingError: It was released, or is gone; the order's own card is still to be put back.
        DeviceError: The printer is stopped; nothing moved.
        OutcomePendingError: Whether it was released is unknown.
    """
    if not strangers(bench, order):
        return
    if bench.ready_status().card is not None:
        bench.require_own_machine(order)
        found = read_card(bench)
        if _is_this(order, found):
            bench.apply(ACTOR, *came_in(order, found, ""), *taken_out(strangers(bench, order)))
            return
        _put_out(bench, order, found)
    if bench.equipment.printer.status().card is None:
        bench.apply(ACTOR, *taken_out(strangers(bench, order)))
    raise CardMissingError("another card came in instead", details={"order": order.id})


def strangers(bench: Workbench, order: AnyOrder) -> list[CardRecord]:
    """Return the ledger rows of cards inside that were fed in place of the order's own."""
    return [row for row in bench.journal.cards.strangers_inside() if row.order == order.id]


def taken_out(rows: Iterable[CardRecord]) -> tuple[UpdateCard, ...]:
    """Return the changes for cards fed in place of the order's own that are not in the path. Pure.

    There is no evidence of their place: a person has removed them.
    """
    reason = WrongCardReason.NOT_THE_HOLDERS.value
    return tuple(
        UpdateCard(row.id, place=CardPlace.UNKNOWN, fate=CardFate.REFUSED, reason=reason)
        for row in rows
    )


def _is_this(order: OrderRecord, found: ChipIdentity | None) -> bool:
    return found is not None and order.chip is not None and found.same_card(order.chip)


def _opened(order: OrderRecord, found: ChipIdentity | None, bank: str) -> OpenCard:
    blank = found is None or not found.AAZ500
    read = CardFacts(AAZ501=found.AAZ501) if found is not None else None
    return OpenCard(order.id, CardPlace.CHIP_STATION, blank=blank, bind=False, read=read, bank=bank)


def _put_out(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> None:
    card = _row_of(bench, order, found)
    # One that was read before may be this one, which gives no answer now: it is not inside either.
    gone = taken_out(row for row in strangers(bench, order) if row.id != card)
    reason = WrongCardReason.NOT_THE_HOLDERS.value
    with bench.effect(order, ReturnCard(card, reason)) as effect:
        bench.equipment.printer.present_card()
        effect.done(_went_out, card, reason, found, gone)


def _went_out(
    order: OrderRecord,
    card: int,
    reason: str,
    found: ChipIdentity | None,
    gone: tuple[UpdateCard, ...],
) -> Changes:
    # What could not be read may have been the order's own card: nothing says where that is.
    unknown = hand_over.moved(order, CardPlace.UNKNOWN) if found is None else ()
    return (*own_card.given_back(order, card, reason), *unknown, *gone)


def _row_of(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> int:
    # The row that the feed has opened, or a new one for a card that was in the path before. A row
    # of a card that could not be read when it was fed gets the number that is read now; a row that
    # has a number is never taken for a card that can't be read.
    read = found.AAZ501 if found is not None else ""
    inside = strangers(bench, order)
    if (known := next((row for row in inside if read == row.AAZ501), None)) is not None:
        return known.id
    unread = next((row for row in inside if not row.AAZ501), None) or _anothers(bench, order, read)
    if unread is None:  # none of the rows is this card, or there is no evidence that one of them is
        (card,) = bench.apply(ACTOR, _opened(order, found, fed_bank(bench, order, found)))
        return card
    bench.apply(ACTOR, UpdateCard(unread.id, AAZ501=read))
    return unread.id


def _anothers(bench: Workbench, order: OrderRecord, read: str) -> CardRecord | None:
    """Return the row of the card in the path if another order had it fed in this printer.

    When two printers of one make are exchanged while each holds a card, the card in the path is the
    one that was fed here before and could not be read any more. With a second row for it, the
    ledger would have a card that does not exist. Its order takes another one. A row whose card was
    missed since is left out: that card is elsewhere, and another one stands in its place.
    """
    for row in bench.journal.cards.owned_inside():
        fits = row.AAZ501 in ("", read) and row.place not in NOT_SEEN
        if row.order != order.id and fits:
            other = bench.journal.orders.one(row.order)
            if bench.may_be_in_this_machine(other):
                return row
    return None

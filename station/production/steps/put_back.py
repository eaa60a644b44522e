"""A card that was taken out by hand goes back through the feeder and is recognised by its chip.

A person who cleared a jam has the order's card in the hand. Laid into the feeder it comes to the
chip station, and its chip decides: the order goes on with it, or the card that came instead goes
out again as it came.
"""

from __future__ import annotations

from typing import Final

from station.core.cards import ChipIdentity
from station.core.errors import (
    OutcomeUnknownError,
    ReaderNotConnectedError,
    TransportError,
    WrongCardError,
    WrongCardReason,
)
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
)
from station.journal import Transaction
from station.production.effects import Change, Workbench, in_doubt
from station.production.steps import own_card
from station.production.steps.which_card import read_card

BACK: Final = "back"  #: in the evidence of a feed: the ledger id of the card that was put back


def run(bench: Workbench, order: OrderRecord) -> None:
    """Take the order's card in from the feeder. Moves a card.

    A card that is in the path already is read first: it may be the one.

    Raises:
        DeviceError: The printer is stopped; nothing moved.
        ReaderNotConnectedError: No reader; nothing moved.
        CardInDoubtError: Another order's card may be on its way.
        WrongCardError: Another card was in the feeder or in the path; it went out as it came.
        OutcomePendingError: Whether a card was fed, or went out, is unknown.
    """
    if not bench.equipment.encoder.reader_present():
        raise ReaderNotConnectedError("the chip reader is not there; nothing was fed")
    bench.require_no_doubt(order)
    if bench.ready_status().card is not None:
        bench.require_own_machine(order)
        found = read_card(bench)
        if _is_this(order, found):
            _note_inside(bench, order)
            return
        _put_out(bench, order, found)
    with bench.effect(order, EffectKind.FEED, {BACK: str(order.card)}) as effect:
        bench.equipment.printer.bring_card_to_chip_station()
        try:
            found = read_card(bench)
        except TransportError as exc:  # the card moved: it must not look as if nothing had
            raise OutcomeUnknownError("the card that was fed can't be read now") from exc
        effect.after["AAZ501"] = found.AAZ501 if found else "unread"
        effect.then(_came_in(bench, order, found))
    if not _is_this(order, found):
        _put_out(bench, order, found)
        raise WrongCardError(
            WrongCardReason.NOT_THE_HOLDERS, "the card in the feeder is not the one; it went out"
        )


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Find out which card a feed brought that was to bring the order's own, by reading it.

    Raises:
        OutcomeUnknownError: The path is empty, which does not prove that nothing was fed.
    """
    status = bench.equipment.printer.status()
    if status.card is None:
        raise in_doubt(status, "an empty path does not prove that nothing was fed", {})
    found = read_card(bench)
    evidence = {"proof": "the chip of the card in the path was read"}
    bench.end(effect.id, EffectState.DONE, evidence, _came_in(bench, order, found))


def _is_this(order: OrderRecord, found: ChipIdentity | None) -> bool:
    return found is not None and order.chip is not None and found.same_card(order.chip)


def _note_inside(bench: Workbench, order: OrderRecord) -> None:
    if order.card is not None:
        with bench.journal.transaction("station") as change:
            change.update_card(order.card, place=CardPlace.CHIP_STATION)


def _came_in(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> Change:
    own = _is_this(order, found)

    def change_all(change: Transaction) -> None:
        if own and order.card is not None:
            change.update_card(order.card, place=CardPlace.CHIP_STATION)
        elif not own:
            _open_row(change, order, found)

    del bench
    return change_all


def _open_row(change: Transaction, order: OrderRecord, found: ChipIdentity | None) -> int:
    blank = found is None or not found.AAZ500
    card = change.open_card(order.id, CardPlace.CHIP_STATION, blank=blank, bind=False)
    if found is not None:
        change.update_card(card, AAZ501=found.AAZ501)
    return card


def _put_out(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> None:
    card = _row_of(bench, order, found)
    reason = WrongCardReason.NOT_THE_HOLDERS
    before = {"card": str(card), "refused": reason.value}
    with bench.effect(order, EffectKind.RELEASE, before) as effect:
        bench.equipment.printer.present_card()
        effect.then(own_card.given_back(order, card, reason.value))


def _row_of(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> int:
    # The row that the feed has opened, or a new one for a card that was in the path before.
    read = found.AAZ501 if found is not None else ""
    inside = (row for row in bench.journal.cards(order.id) if row.fate is CardFate.IN_MACHINE)
    for row in inside:
        if row.id != order.card and read == row.AAZ501:
            return row.id
    with bench.journal.transaction("station") as change:
        return _open_row(change, order, found)

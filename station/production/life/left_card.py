"""A card in the machine that belongs to no order. It may be a holder's: its chip is read first."""

from __future__ import annotations

from station.core.changes import AddEvent, CardFacts, Change, Changes, OpenCard, UpdateCard
from station.core.errors import ReaderNotConnectedError, StepNotAllowedError
from station.core.evidence import UNREAD
from station.core.orders import CardFate, CardPlace, CardRecord
from station.production.life.effects import OUTSIDE, Workbench
from station.production.life.steps.hand_over import LEFT_OUT
from station.production.life.steps.which_card import read_card

LOOKED_AT = 1000  #: newest cards among which the left one is searched
LEFT_INSIDE = "card-left-inside"  #: value of the ledger's `reason`


def put_away(bench: Workbench, actor: str) -> None:
    """Dispose of a card of no order. Moves a card.

    Only a card whose chip proves it to be a blank goes into the reject bin, and into the ledger: it
    left the feeder unrecorded. Every other card may be a holder's, and is released at the outlet.

    A card that was fed in place of one that was put back, and whose order has ended, is in the
    ledger already. When the path is empty afterwards and another card was moved, the ledger records
    its place as unknown.

    Raises:
        StepNotAllowedError: The card in the machine belongs to an order, or may belong to one.
        ReaderNotConnectedError: It can't be read, so it is not moved.
        DeviceError: The printer refused.
    """
    moving = [e for e in bench.journal.effects.open() if e.kind not in OUTSIDE]
    if moving or bench.journal.cards.owned_inside():
        raise StepNotAllowedError("the card belongs to an order", details={"step": "fed"})
    if not bench.equipment.encoder.reader_present():
        raise ReaderNotConnectedError("the chip reader is not there; nothing was moved")
    if bench.ready_status().card is None:
        bench.apply(actor, *_taken_out(bench))
        return  # pressed twice, or removed by hand meanwhile
    found = read_card(bench)
    if found is None or found.AAZ500:
        _present(bench, actor, found.AAZ501 if found else UNREAD)
    else:
        _reject(bench, actor, found.AAZ501)
    if bench.equipment.printer.status().card is None:
        bench.apply(actor, *_taken_out(bench))


def _present(bench: Workbench, actor: str, read: str) -> None:
    row = _stranger(bench, read)
    begun = () if row is None else (_in_doubt(row, read),)
    bench.apply(actor, *begun, AddEvent("", LEFT_OUT, {"AAZ501": read}))
    bench.equipment.printer.present_card()
    if row is not None:
        out = UpdateCard(row.id, place=CardPlace.OUTPUT_HOPPER, fate=CardFate.RETURNED)
        bench.apply(actor, out)


def _reject(bench: Workbench, actor: str, AAZ501: str) -> None:
    rejected = AddEvent("", "left-card-rejected", {"AAZ501": AAZ501})
    card, begun = _booked(bench, AAZ501)
    opened = bench.apply(actor, *begun, rejected)
    bench.equipment.printer.reject_card()
    for one in opened if card is None else (card,):
        bench.apply(actor, UpdateCard(one, place=CardPlace.REJECT_BIN))


def _booked(bench: Workbench, AAZ501: str) -> tuple[int | None, Changes]:
    """Return the ledger id of a blank (None for one without a row) and the changes to write."""
    stranger = _stranger(bench, AAZ501)
    newest = bench.journal.cards.newest(LOOKED_AT)
    known = next((row for row in newest if AAZ501 == row.AAZ501), stranger)
    if known is not None:
        inside = stranger is not None and stranger.id == known.id
        return known.id, (_in_doubt(known, AAZ501),) if inside else ()
    # A row belongs to an order: the newest one, whose feed brought this blank along.
    orders = bench.journal.orders.recent(1)
    if not orders:
        return None, ()
    refused = CardFacts(fate=CardFate.REFUSED, reason=LEFT_INSIDE, AAZ501=AAZ501)
    return None, (OpenCard(orders[0].id, CardPlace.UNKNOWN, bind=False, read=refused),)


def _stranger(bench: Workbench, read: str) -> CardRecord | None:
    """Return the row of the card that was fed in place of another: this one, or one never read."""
    rows = bench.journal.cards.strangers_inside()
    named = next((row for row in rows if read == row.AAZ501), None)
    return named or next((row for row in rows if not row.AAZ501), None)


def _in_doubt(row: CardRecord, read: str = UNREAD) -> Change:
    """Return the change that sets the place of a card fed in place of another to unknown."""
    return UpdateCard(
        row.id,
        place=CardPlace.UNKNOWN,
        fate=CardFate.REFUSED,
        reason=LEFT_INSIDE,
        AAZ501=read if read != UNREAD and not row.AAZ501 else None,
    )


def _taken_out(bench: Workbench) -> Changes:
    return tuple(_in_doubt(row) for row in bench.journal.cards.strangers_inside())

"""A card in the machine that belongs to no order. It may be a holder's: its chip is read first."""

from __future__ import annotations

from station.core.errors import ReaderNotConnectedError, StepNotAllowedError
from station.core.life import AT_PROVINCE
from station.core.orders import CardFate, CardPlace
from station.journal import Transaction
from station.production.effects import Workbench
from station.production.steps.which_card import read_card

LOOKED_AT = 1000  #: newest cards among which a left one is looked for
LEFT_INSIDE = "card-left-inside"  #: in the ledger's `reason`


def put_away(bench: Workbench, actor: str) -> None:
    """Put a card of no order away. Moves a card.

    Only a card whose chip proves it to be a blank goes into the reject bin, and into the ledger:
    it left the feeder unbooked. Every other card may be somebody's, and goes out at the outlet.

    Raises:
        StepNotAllowedError: The card in the machine belongs to an order, or may do so.
        ReaderNotConnectedError: It can't be read, so it is not moved.
        DeviceError: The printer refused.
    """
    moving = [e for e in bench.journal.open_effects() if e.kind not in AT_PROVINCE]
    if moving or bench.journal.cards_in_machine():
        raise StepNotAllowedError("the card belongs to an order", details={"step": "fed"})
    if not bench.equipment.encoder.reader_present():
        raise ReaderNotConnectedError("the chip reader is not there; nothing was moved")
    if bench.ready_status().card is None:
        return  # pressed twice, or taken out by hand meanwhile
    found = read_card(bench)
    read = found.AAZ501 if found else "unread"
    if found is None or found.AAZ500:
        with bench.journal.transaction(actor) as change:
            change.add_event("", "left-card-presented", {"AAZ501": read})
        bench.equipment.printer.present_card()
        return
    with bench.journal.transaction(actor) as change:
        card = _book(bench, change, read)
        change.add_event("", "left-card-rejected", {"AAZ501": read})
    bench.equipment.printer.reject_card()
    if card is not None:
        with bench.journal.transaction(actor) as change:
            change.update_card(card, place=CardPlace.REJECT_BIN)


def _book(bench: Workbench, change: Transaction, AAZ501: str) -> int | None:
    known = (row.id for row in bench.journal.newest_cards(LOOKED_AT) if AAZ501 == row.AAZ501)
    if (row := next(known, None)) is not None:
        return row
    # A row belongs to an order: to the newest one, whose feed brought this blank along.
    newest = bench.journal.recent_orders(1)
    if not newest:
        return None
    card = change.open_card(newest[0].id, CardPlace.UNKNOWN, bind=False)
    change.update_card(card, fate=CardFate.REFUSED, reason=LEFT_INSIDE, AAZ501=AAZ501)
    return card

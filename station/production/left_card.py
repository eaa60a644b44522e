"""A card in the machine that belongs to no order. It may be a holder's: its chip is read first."""

from __future__ import annotations

from station.core.changes import AddEvent, CardFacts, Changes, OpenCard, UpdateCard
from station.core.errors import ReaderNotConnectedError, StepNotAllowedError
from station.core.life import AT_PROVINCE
from station.core.orders import CardFate, CardPlace
from station.production.effects import Workbench
from station.production.steps.hand_over import LEFT_OUT
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
    moving = [e for e in bench.journal.effects.open() if e.kind not in AT_PROVINCE]
    if moving or bench.journal.cards.in_machine():
        raise StepNotAllowedError("the card belongs to an order", details={"step": "fed"})
    if not bench.equipment.encoder.reader_present():
        raise ReaderNotConnectedError("the chip reader is not there; nothing was moved")
    if bench.ready_status().card is None:
        return  # pressed twice, or taken out by hand meanwhile
    found = read_card(bench)
    read = found.AAZ501 if found else "unread"
    if found is None or found.AAZ500:
        bench.apply(actor, AddEvent("", LEFT_OUT, {"AAZ501": read}))
        bench.equipment.printer.present_card()
        return
    rejected = AddEvent("", "left-card-rejected", {"AAZ501": read})
    known = _known(bench, read)
    if known is None:
        known = next(iter(bench.apply(actor, *_booked(bench, read), rejected)), None)
    else:
        bench.apply(actor, rejected)
    bench.equipment.printer.reject_card()
    if known is not None:
        bench.apply(actor, UpdateCard(known, place=CardPlace.REJECT_BIN))


def _known(bench: Workbench, AAZ501: str) -> int | None:
    newest = bench.journal.cards.newest(LOOKED_AT)
    return next((row.id for row in newest if AAZ501 == row.AAZ501), None)


def _booked(bench: Workbench, AAZ501: str) -> Changes:
    # A row belongs to an order: to the newest one, whose feed brought this blank along.
    newest = bench.journal.orders.recent(1)
    if not newest:
        return ()
    refused = CardFacts(fate=CardFate.REFUSED, reason=LEFT_INSIDE, AAZ501=AAZ501)
    return (OpenCard(newest[0].id, CardPlace.UNKNOWN, bind=False, read=refused),)

"""The ledger of blanks: stock, shifts, spoiled cards, cards not taken, test cards."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query, Response
from pydantic import Field, StrictBool, StrictInt

from station.api.caller import Actor, SecondPerson, Service, TheDoors, proven
from station.api.models.ledger import CardRecord, ClosedShift, ShiftReport
from station.api.models.orders import OrderView
from station.api.models.sent import Sent
from station.api.once import OnceCalled, OnceClosed, OnceMoved, OnceOrdered
from station.api.orders import OrderId
from station.api.revisions import shown
from station.api.routing import OperationRouter
from station.core import ledger
from station.core.limits import LARGEST_ID, MOST_BLANKS
from station.core.orders import StockMove
from station.words import text

router = OperationRouter("ledger", "/ledger")

SHIFTS_SHOWN: Final = 30
MOST_SHIFTS: Final = 1000
MOST_BANKS: Final = 100  #: counted in one drawer
BANK_CODE: Final = r"^[0-9A-Z]{0,12}$"  #: AAE008, or empty

Limit = Annotated[int, Query(ge=1, le=MOST_SHIFTS, description="At most this many.")]
CardId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Ledger id of the card.")]


class Moved(Sent):
    """Blanks that a person moved outside the machine."""

    move: StockMove
    count: StrictInt = Field(ge=1, le=MOST_BLANKS)
    bank: str = Field(
        default="", pattern=BANK_CODE, description="AAE008 of the bank whose blanks; empty: of any."
    )


class Counts(Sent):
    """What a person counted at the end of a shift."""

    drawer: StrictInt = Field(ge=0, le=MOST_BLANKS, description="Blanks in the drawer.")
    feeder: StrictInt = Field(ge=0, le=MOST_BLANKS, description="Blanks in the feeder.")
    banks: dict[str, Annotated[StrictInt, Field(ge=0, le=MOST_BLANKS)]] = Field(
        default_factory=dict,
        max_length=MOST_BANKS,
        description="AAE008 -> blanks of that bank in the drawer, where they were counted by bank.",
    )


class Witness(Sent):
    """The second person at a destruction."""

    approval: SecondPerson
    found: StrictBool = Field(default=False, description="A card registered as lost was found.")


class Verdict(Sent):
    """What a technician saw on a test card."""

    passed: StrictBool


@router.get("/shift", summary=text("api.shift"))
def get_shift(service: Service) -> ShiftReport:
    """What must be where now, and what does not balance."""
    return ShiftReport.of(service.ledger.shift())


@router.get("/shifts", summary=text("api.list-shifts"))
def list_shifts(service: Service, limit: Limit = SHIFTS_SHOWN) -> list[ClosedShift]:
    """Each with the report as it was signed; a later close never changes an earlier one."""
    return [ClosedShift.of(shift) for shift in service.ledger.closed_shifts(limit)]


@router.post("/shift/close", summary=text("api.close-shift"))
def close_shift(body: Counts, service: Service, actor: Actor, once: OnceClosed) -> ClosedShift:
    """A difference is kept in the report, with the place and the number; it closes all the same."""
    counted = ledger.Counted(body.drawer, body.feeder, body.banks)
    return ClosedShift.of(service.ledger.close_shift(counted, actor, request=once.named()))


@router.post("/stock", summary="Blanks opened, loaded, unloaded or returned")
def move_stock(body: Moved, service: Service, actor: Actor, once: OnceMoved) -> ShiftReport:
    """Between package, drawer, feeder and store; what the machine feeds counts by itself."""
    report = service.ledger.move_stock(
        body.move, body.count, actor, request=once.named(), bank=body.bank
    )
    return ShiftReport.of(report)


@router.get("/to-destroy", summary=text("api.to-destroy"))
def list_to_destroy(service: Service) -> list[CardRecord]:
    """With the reason of each; one whose place is `unknown` is lost."""
    return [CardRecord.of(card) for card in service.ledger.to_destroy()]


@router.post("/cards/{card}/destroy", summary=text("api.destroy"))
def destroy(
    card: CardId,
    body: Witness,
    service: Service,
    actor: Actor,
    doors: TheDoors,
    once: OnceCalled,
) -> CardRecord:
    """The caller and the witness, a supervisor, are two different people."""

    def gone() -> CardRecord:
        witness = proven(doors, "destroy", actor, body.approval)
        done = service.ledger.destroy(card, actor, witness=witness, found=body.found)
        return CardRecord.of(done)

    return once.run(gone, lambda _: CardRecord.of(service.ledger.card(card)))


@router.get("/not-taken", summary=text("api.not-taken"))
def list_not_taken(service: Service) -> list[CardRecord]:
    """At the outlet, kept at the window, or pulled back in."""
    return [CardRecord.of(card) for card in service.ledger.not_taken()]


@router.post("/test-cards", summary=text("api.test-card"))
def print_test_card(
    service: Service, actor: Actor, once: OnceOrdered, response: Response
) -> OrderView:
    """Uses up a blank; one at a time."""
    return shown(service, service.ledger.print_test_card(actor, request=once.key), response)


@router.post("/test-cards/{order}/verdict", summary=text("api.verdict"))
def judge_test_card(
    order: OrderId, body: Verdict, service: Service, actor: Actor, once: OnceCalled
) -> CardRecord:
    """A passed one frees a feeder that spoiled blanks had stopped."""

    def judge(_: str = "") -> CardRecord:  # judged alike already: no error, and nothing is written
        return CardRecord.of(service.ledger.judge_test_card(order, actor, passed=body.passed))

    return once.run(judge, judge)

"""The ledger of blanks: stock, shifts, spoiled cards, cards not taken, test cards."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from station.api.caller import Actor, SecondPerson, Service, TheDoors, proven
from station.api.orders import OrderId
from station.api.problem import PROBLEMS
from station.core.ledger import ClosedShift, Counted, ShiftReport
from station.core.limits import LARGEST_ID, LONGEST_REQUEST, MOST_BLANKS
from station.core.orders import CardRecord, StockMove
from station.production.views import OrderView

router = APIRouter(prefix="/ledger", tags=["ledger"], responses=PROBLEMS)

CardId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Ledger id of the card.")]
Request = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_REQUEST,
        description="Your own name for this request: sent twice, it is done once.",
    ),
]


class Moved(BaseModel):
    """Blanks that a person moved outside the machine."""

    model_config = ConfigDict(extra="forbid")

    move: StockMove
    count: StrictInt = Field(ge=1, le=MOST_BLANKS)


class Counts(BaseModel):
    """What a person counted at the end of a shift."""

    model_config = ConfigDict(extra="forbid")

    drawer: StrictInt = Field(ge=0, le=MOST_BLANKS, description="Blanks in the drawer.")
    feeder: StrictInt = Field(ge=0, le=MOST_BLANKS, description="Blanks in the feeder.")


class Witness(BaseModel):
    """The second person at a destruction."""

    model_config = ConfigDict(extra="forbid")

    approval: SecondPerson
    found: StrictBool = Field(default=False, description="A card registered as lost was found.")


class Verdict(BaseModel):
    """What a technician saw on a test card."""

    model_config = ConfigDict(extra="forbid")

    passed: StrictBool


@router.get("/shift", summary="交接班: the open shift")
def get_shift(service: Service) -> ShiftReport:
    """What must be where now, and what does not balance."""
    return service.ledger.shift()


@router.post("/shift/close", summary="交班: count and close the shift")
def close_shift(body: Counts, service: Service, actor: Actor, request: Request) -> ClosedShift:
    """A difference is kept in the report, with the place and the number; it closes all the same."""
    counted = Counted(body.drawer, body.feeder)
    return service.ledger.close_shift(counted, actor, request=request)


@router.post("/stock", summary="Blanks opened, loaded, unloaded or returned")
def move_stock(body: Moved, service: Service, actor: Actor, request: Request) -> ShiftReport:
    """Between package, drawer, feeder and store; what the machine feeds counts by itself."""
    return service.ledger.move_stock(body.move, body.count, actor, request=request)


@router.get("/to-destroy", summary="废卡: spoiled and test cards that nobody has destroyed")
def list_to_destroy(service: Service) -> list[CardRecord]:
    """With the reason of each; one whose place is `unknown` is lost."""
    return service.ledger.to_destroy()


@router.post("/cards/{card}/destroy", summary="废卡销毁: two people")
def destroy(
    card: CardId, body: Witness, service: Service, actor: Actor, doors: TheDoors
) -> CardRecord:
    """The caller and the witness, a supervisor, are two different people."""
    witness = proven(doors, "destroy", actor, body.approval)
    return service.ledger.destroy(card, actor, witness=witness, found=body.found)


@router.get("/not-taken", summary="待领: finished cards that nobody took")
def list_not_taken(service: Service) -> list[CardRecord]:
    """At the outlet, kept at the window, or pulled back in."""
    return service.ledger.not_taken()


@router.post("/test-cards", summary="测试卡: print one on a blank")
def print_test_card(service: Service, actor: Actor) -> OrderView:
    """Uses up a blank; one at a time."""
    return service.order(service.ledger.print_test_card(actor))


@router.post("/test-cards/{order}/verdict", summary="测试卡合格 / 不合格")
def judge_test_card(order: OrderId, body: Verdict, service: Service, actor: Actor) -> CardRecord:
    """A passed one frees a feeder that spoiled blanks had stopped."""
    return service.ledger.judge_test_card(order, actor, passed=body.passed)

"""Central's API, `/api/v1/fleet/...`: typed in and out; errors are answered as everywhere else."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from station.api.caller import TheCaller, TheDoors
from station.central.assigning import MOST_IN_A_BATCH, Applicant
from station.central.central import Central
from station.central.forks import ForkDecision
from station.central.looking import (
    BatchSummary,
    ForkRecord,
    Found,
    FoundAssignment,
    list_batches,
    list_forks,
    one_assignment,
    search,
    verify_chain,
)
from station.central.revisions import Revision, list_revisions
from station.central.rings import NewSettings
from station.central.stock import balances
from station.central.wall import Wall, read_wall
from station.core.errors.central import FleetEntryNotFoundError
from station.core.orders import OrderReason
from station.core.shared_settings import MOST_BYTES

PREFIX: Final = "/api/v1"
router = APIRouter(prefix="/fleet", tags=["fleet"])

Id = Annotated[str, Path(min_length=1, max_length=64)]
Station = Annotated[str, Field(min_length=5, max_length=96)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Said = Annotated[str, Field(min_length=1, max_length=500)]


def central_of(request: Request) -> Central:
    """Return what the application serves."""
    central: Central = request.app.state.central
    return central


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ForStation(_Body):
    """A station."""

    station: Station


class Code(BaseModel):
    """A registration code: show it to the technician at the window, once."""

    code: str = Field(repr=False)


class Hold(_Body):
    """Whether a station gets orders and leases."""

    blocked: bool
    why: Said


class Person(_Body):
    """Somebody who is to get a card."""

    application: str = Field(min_length=1, max_length=64)
    number: str = Field(min_length=15, max_length=18, repr=False)
    reason: OrderReason = OrderReason.NEW

    def applicant(self) -> Applicant:
        """Return it as central's own."""
        return Applicant(self.application, self.number, self.reason)


class NewAssignment(Person):
    """An order for one station."""

    station: Station


class NewBatch(_Body):
    """Many people."""

    title: str = Field(min_length=1, max_length=120)
    people: list[Person] = Field(min_length=1, max_length=MOST_IN_A_BATCH)


class Split(_Body):
    """Which stations make a batch; none are named: all that are there."""

    stations: list[Station] = Field(default=[], max_length=1000)


class SecondPerson(_Body):
    """A second person's own credential."""

    approver: str = Field(min_length=1, max_length=64)
    approver_password: str = Field(min_length=1, max_length=128, repr=False)


class Override(SecondPerson):
    """Why there can be no card."""

    evidence: Said


class Decision(SecondPerson):
    """What is decided about a fork."""

    decision: ForkDecision
    why: Said


class Wanted(_Body):
    """What is searched for: an order, application, assignment, station, or person's number."""

    text: str = Field(min_length=1, max_length=96, repr=False)


class NewDocument(SecondPerson):
    """Settings for the windows, ring by ring."""

    title: str = Field(min_length=1, max_length=120)
    document: str = Field(min_length=1, max_length=MOST_BYTES)
    enough: int = Field(default=90, ge=1, le=100)
    most_failed: int = Field(default=5, ge=0, le=100)

    def wanted(self) -> NewSettings:
        """Return it as central's own."""
        return NewSettings(self.title, self.document, self.enough, self.most_failed)


class Number(BaseModel):
    """The number of settings."""

    revision: int


class Ring(_Body):
    """To which ring a window belongs."""

    ring: int = Field(ge=1, le=4)


class Blanks(_Body):
    """Blanks of a bank."""

    bank: str = Field(min_length=1, max_length=16)
    count: Count


class NewTransfer(Blanks):
    """Blanks for a station."""

    station: Station


class Made(BaseModel):
    """The id of what was made."""

    id: str


class Account(BaseModel):
    """How many blanks of a bank are somewhere."""

    account: str
    bank: str
    count: int


class Chain(BaseModel):
    """How many events of a station's chain fit, and the first one that does not; 0 for none."""

    fitting: int
    wrong: int


@router.get("/wall")
def get_wall(request: Request) -> Wall:
    """Every window's state, supplies and owed reports; alarms."""
    return read_wall(central_of(request).database)


@router.post("/codes", status_code=201)
def make_code(body: ForStation, request: Request, caller: TheCaller) -> Code:
    """Make a registration code for a window of this name; good once."""
    return Code(code=central_of(request).enrolment.make_code(body.station, by=caller.name))


@router.post("/stations/{station}/hold", status_code=204)
def hold_station(station: Id, body: Hold, request: Request, caller: TheCaller) -> None:
    """Give a window no more orders, or let it take part again."""
    central = central_of(request)
    central.assigning.block(station, blocked=body.blocked, by=caller.name, why=body.why)
    central.pulse.bump()


@router.get("/stations/{station}/chain")
def get_chain(station: Id, request: Request) -> Chain:
    """Compute a window's whole chain again."""
    fitting, wrong = verify_chain(central_of(request).database, station)
    return Chain(fitting=fitting, wrong=wrong)


@router.post("/assignments", status_code=201)
def assign(body: NewAssignment, request: Request, caller: TheCaller) -> Made:
    """Give an order to a window."""
    central = central_of(request)
    made = central.assigning.assign(body.applicant(), body.station, by=caller.name)
    central.send_now()
    return Made(id=made)


@router.get("/assignments/{assignment}")
def get_assignment(assignment: Id, request: Request) -> FoundAssignment:
    """Where an order is."""
    return one_assignment(central_of(request).database, assignment)


@router.post("/assignments/{assignment}/withdraw", status_code=202)
def withdraw(assignment: Id, request: Request, caller: TheCaller) -> None:
    """Ask a window for an order back; only its answer frees the application."""
    central = central_of(request)
    central.assigning.withdraw(assignment, by=caller.name)
    central.send_now()


@router.post("/assignments/{assignment}/override", status_code=204)
def override(
    assignment: Id, body: Override, request: Request, caller: TheCaller, doors: TheDoors
) -> None:
    """Two people free the application of a window that does not answer, after its lease."""
    agreed = doors.approve("override", caller.name, body.approver, body.approver_password)
    central = central_of(request)
    central.override(assignment, by=caller.name, agreed=agreed, evidence=body.evidence)


@router.post("/applications/{application}/assign", status_code=201)
def assign_again(application: Id, body: ForStation, request: Request, caller: TheCaller) -> Made:
    """Give an application that is free to a window, with the next epoch."""
    central = central_of(request)
    made = central.assigning.assign_again(application, body.station, by=caller.name)
    central.send_now()
    return Made(id=made)


@router.get("/batches")
def get_batches(request: Request) -> tuple[BatchSummary, ...]:
    """The newest batches."""
    return list_batches(central_of(request).database)


@router.post("/batches", status_code=201)
def add_batch(body: NewBatch, request: Request, caller: TheCaller) -> Made:
    """Keep the applications of a batch, for no window yet."""
    people = [one.applicant() for one in body.people]
    return Made(id=central_of(request).assigning.add_batch(body.title, people, by=caller.name))


@router.get("/batches/{batch}")
def get_batch(batch: Id, request: Request) -> BatchSummary:
    """One batch."""
    found = list_batches(central_of(request).database, batch)
    if not found:
        raise FleetEntryNotFoundError("no such batch")
    return found[0]


@router.post("/batches/{batch}/split", status_code=202)
def split(batch: Id, body: Split, request: Request, caller: TheCaller) -> dict[str, int]:
    """Have the batch split over windows soon, by a job."""
    get_batch(batch, request)
    job = central_of(request).jobs.split_batch(batch, body.stations, by=caller.name)
    return {"job": job}


@router.post("/search")
def find(body: Wanted, request: Request) -> Found:
    """Search in all windows."""
    central = central_of(request)
    return search(central.database, body.text, central.assigning.number_index)


@router.get("/forks")
def get_forks(request: Request) -> tuple[ForkRecord, ...]:
    """Forks, open ones first."""
    return list_forks(central_of(request).database)


@router.post("/forks/{fork}/decision", status_code=204)
def decide(fork: int, body: Decision, request: Request, caller: TheCaller, doors: TheDoors) -> None:
    """Two people decide which history of a window is the right one."""
    agreed = doors.approve("fork", caller.name, body.approver, body.approver_password)
    central = central_of(request)
    central.decide_fork(fork, body.decision, by=caller.name, agreed=agreed, why=body.why)


@router.get("/stock")
def get_stock(request: Request) -> list[Account]:
    """Blanks in the store, at windows, under way, and missing."""
    with central_of(request).database.transaction() as connection:
        rows = balances(connection)
    return [Account(account=account, bank=bank, count=count) for account, bank, count in rows]


@router.post("/stock/receipts", status_code=204)
def take_in(body: Blanks, request: Request, caller: TheCaller) -> None:
    """Book blanks that have come from the maker."""
    central_of(request).take_blanks_in(body.bank, body.count, by=caller.name)


@router.post("/stock/transfers", status_code=201)
def send(body: NewTransfer, request: Request, caller: TheCaller) -> Made:
    """Send blanks to a window; whoever receives them there counts them."""
    central = central_of(request)
    return Made(id=central.send_blanks(body.station, body.bank, body.count, by=caller.name))


@router.post("/alarms/{alarm}/seen", status_code=204)
def acknowledge(alarm: int, request: Request, caller: TheCaller) -> None:
    """Say that an alarm was seen."""
    central_of(request).acknowledge(alarm, by=caller.name)


@router.get("/settings")
def get_settings(request: Request) -> tuple[Revision, ...]:
    """Settings that were given to the windows, newest first, and how far they are."""
    return list_revisions(central_of(request).database)


@router.post("/settings", status_code=201)
def give_settings(
    body: NewDocument, request: Request, caller: TheCaller, doors: TheDoors
) -> Number:
    """Two people give settings to the windows, beginning with ring 1."""
    agreed = doors.approve("settings", caller.name, body.approver, body.approver_password)
    central = central_of(request)
    return Number(revision=central.give_out(body.wanted(), by=caller.name, agreed=agreed))


@router.post("/settings/{revision}/stop", status_code=204)
def stop_settings(revision: int, request: Request, caller: TheCaller) -> None:
    """Give settings to no further ring."""
    central = central_of(request)
    central.rings.stop(revision, by=caller.name)
    central.pulse.bump()


@router.post("/settings/{revision}/next", status_code=204)
def next_ring(revision: int, request: Request, caller: TheCaller) -> None:
    """Give settings to the next ring, whatever this one has answered."""
    central = central_of(request)
    central.rings.go_on(revision, by=caller.name)
    central.pulse.bump()


@router.post("/stations/{station}/ring", status_code=204)
def put_into_ring(station: Id, body: Ring, request: Request, caller: TheCaller) -> None:
    """Say to which ring of settings a window belongs."""
    central_of(request).rings.put_into_ring(station, body.ring, by=caller.name)

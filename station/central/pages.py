"""Central's pages: the wall, work, blanks, search, audit. They work without a script, too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import HTMLResponse, RedirectResponse, Response

from station.central.assigning import Applicant
from station.central.contents import (
    AccountsPage,
    AuditPage,
    BlanksPage,
    ChainVerified,
    SearchPage,
    SettingsPage,
    WallPage,
    WorkPage,
)
from station.central.forks import ForkDecision
from station.central.frame import changed, shown, station_names
from station.central.looking import (
    audit_stations,
    list_acts,
    list_batches,
    list_forks,
    list_members,
    search,
    verify_chain,
)
from station.central.pulse import Pulse
from station.central.revisions import list_revisions, rings_of
from station.central.rings import NewSettings
from station.central.routes import central_of
from station.central.stock import balances, transfers_under_way
from station.central.wall import read_wall
from station.core.errors import InputError, StationError
from station.core.orders import OrderReason
from station.core.shared_settings import MOST_BYTES
from station.ui.notices import Notice, refusal
from station.web import caller_of, doors_of

BEAT: Final = 3.0  #: seconds between two ticks while nothing changes

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=128)]
Said = Annotated[str, Form(max_length=500)]
Count = Annotated[int, Form(ge=1, le=1_000_000)]


# -- the wall --------------------------------------------------------------------------------------


@router.get("/")
def home() -> RedirectResponse:
    """Lead to the wall."""
    return RedirectResponse("/wall", status_code=303)


@router.get("/wall")
def wall_page(request: Request) -> HTMLResponse:
    """Every window."""
    return _wall(request)


@router.get("/wall/now")
def wall_now(request: Request) -> HTMLResponse:
    """The part of the wall that an open page reads again."""
    page = WallPage(read_wall(central_of(request).database))
    return shown(request, "wall", page, template="_wall.html")


@router.get("/wall/events")
async def wall_events(request: Request) -> EventSourceResponse:
    """Send a tick now, at each change, and every `BEAT` seconds, while the session is open."""
    doors, caller = doors_of(request), caller_of(request)
    pulse = central_of(request).pulse
    return EventSourceResponse(_ticks(pulse, lambda: doors.still_in(caller)), ping=15)


async def _ticks(pulse: Pulse, is_open: Callable[[], bool]) -> AsyncIterator[ServerSentEvent]:
    while not pulse.ended and is_open():
        heard = pulse.count
        yield ServerSentEvent(event="tick", data=str(heard))
        await pulse.wait(heard, BEAT)


@router.post("/wall/alarms/{alarm}", response_model=None)
def acknowledge_alarm(alarm: int, request: Request) -> Response:
    """Say that an alarm was seen."""
    central = central_of(request)
    return changed(request, "/wall", _wall, lambda by: central.acknowledge(alarm, by=by))


def _wall(request: Request, notice: Notice | None = None) -> HTMLResponse:
    page = WallPage(read_wall(central_of(request).database))
    return shown(request, "wall", page, notice)


# -- work ------------------------------------------------------------------------------------------


@router.get("/work")
def work_page(
    request: Request,
    assignment: Annotated[str, Query(max_length=64)] = "",
    application: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """Batches and assignments; a search leads here with what its forms are about."""
    return _work(request, None, assignment, application)


@router.post("/work/batches", response_model=None)
def add_batch(
    request: Request, title: Field, people: Annotated[str, Form(max_length=2_000_000)]
) -> Response:
    """Keep a batch; each line is a person: `application,number`, and a reason if need be."""
    central = central_of(request)

    def add(by: str) -> None:
        central.assigning.add_batch(title, [_applicant(one) for one in _lines(people)], by=by)

    return changed(request, "/work", _work, add)


@router.post("/work/batches/{batch}", response_model=None)
def split_batch(batch: str, request: Request) -> Response:
    """Split what is free of a batch over the windows that are there."""
    central = central_of(request)

    def split(by: str) -> None:
        central.assigning.split_batch(batch, by=by)
        central.send_now()

    return changed(request, "/work", _work, split)


@router.post("/work/withdraw", response_model=None)
def withdraw(request: Request, assignment: Field) -> Response:
    """Ask a window for an order back."""
    central = central_of(request)

    def ask(by: str) -> None:
        central.assigning.withdraw(assignment.strip(), by=by)
        central.send_now()

    return changed(request, "/work", _work, ask)


@router.post("/work/assign", response_model=None)
def assign_again(request: Request, application: Field, station: Field) -> Response:
    """Give a free application to a window."""
    central = central_of(request)

    def assign(by: str) -> None:
        central.assigning.assign_again(application.strip(), station, by=by)
        central.send_now()

    return changed(request, "/work", _work, assign)


@router.post("/work/override", response_model=None)
def override(
    request: Request,
    assignment: Field,
    evidence: Said,
    approver: Field,
    approver_password: Field,
) -> Response:
    """Two people free the application of a window that does not answer."""
    central, doors = central_of(request), doors_of(request)

    def act(by: str) -> None:
        agreed = doors.approve("override", by, approver.strip(), approver_password)
        central.override(assignment.strip(), by=by, agreed=agreed, evidence=evidence)

    return changed(request, "/work", _work, act)


def _work(
    request: Request, notice: Notice | None = None, assignment: str = "", application: str = ""
) -> HTMLResponse:
    central = central_of(request)
    batches = list_batches(central.database)
    page = WorkPage(batches, station_names(central), assignment, application)
    return shown(request, "work", page, notice)


def _lines(people: str) -> list[str]:
    return [one for one in (line.strip() for line in people.splitlines()) if one]


def _applicant(line: str) -> Applicant:
    application, _, rest = line.replace("\t", ",").partition(",")
    number, _, reason = rest.partition(",")
    if not application.strip() or not number.strip():
        raise InputError("a line of a batch is application,number or application,number,reason")
    try:
        wanted = OrderReason(reason.strip() or OrderReason.NEW)
    except ValueError as exc:
        raise InputError("a line of a batch has an unknown reason") from exc
    return Applicant(application.strip(), number.strip(), wanted)


# -- blanks ----------------------------------------------------------------------------------------


@router.get("/blanks")
def blanks_page(request: Request) -> HTMLResponse:
    """Where blanks are."""
    return _blanks(request)


@router.post("/blanks/receipts", response_model=None)
def take_in(request: Request, bank: Field, count: Count) -> Response:
    """Book blanks from the maker."""
    central = central_of(request)
    return changed(
        request, "/blanks", _blanks, lambda by: central.take_blanks_in(bank, count, by=by)
    )


@router.post("/blanks/transfers", response_model=None)
def send_blanks(request: Request, station: Field, bank: Field, count: Count) -> Response:
    """Send blanks to a window."""
    central = central_of(request)
    return changed(
        request, "/blanks", _blanks, lambda by: central.send_blanks(station, bank, count, by=by)
    )


def _blanks(request: Request, notice: Notice | None = None) -> HTMLResponse:
    central = central_of(request)
    with central.database.transaction() as connection:
        rows, under_way = tuple(balances(connection)), tuple(transfers_under_way(connection))
    page = BlanksPage(rows, under_way, station_names(central))
    return shown(request, "blanks", page, notice)


# -- search and audit ------------------------------------------------------------------------------


@router.get("/search")
def search_page(request: Request) -> HTMLResponse:
    """Ask what is searched for."""
    return shown(request, "search", SearchPage())


@router.post("/search")
def found_page(request: Request, text: Annotated[str, Form(max_length=96)]) -> HTMLResponse:
    """Search in all windows; what is searched for is in no address."""
    central = central_of(request)
    try:
        found = search(central.database, text, central.assigning.number_index)
    except StationError as exc:
        return shown(request, "search", SearchPage(), refusal(exc))
    return shown(request, "search", SearchPage(found, text))


@router.get("/audit")
def audit_page(request: Request, chain: Annotated[str, Query(max_length=96)] = "") -> HTMLResponse:
    """Forks, signed histories, acts; with `chain` that window's whole history is verified."""
    return _audit(request, None, chain)


@router.post("/audit/forks/{fork}", response_model=None)
def decide_fork(
    fork: int,
    request: Request,
    decision: Annotated[ForkDecision, Form()],
    why: Said,
    approver: Field,
    approver_password: Field,
) -> Response:
    """Two people decide which history is the right one."""
    central, doors = central_of(request), doors_of(request)

    def decide(by: str) -> None:
        agreed = doors.approve("fork", by, approver.strip(), approver_password)
        central.decide_fork(fork, decision, by=by, agreed=agreed, why=why)

    return changed(request, "/audit", _audit, decide)


@router.post("/audit/stations", response_model=None)
def hold_station(
    request: Request, station: Field, blocked: Annotated[bool, Form()], why: Said
) -> Response:
    """Give a window no more orders, or let it take part again."""
    central = central_of(request)

    def hold(by: str) -> None:
        central.assigning.block(station, blocked=blocked, by=by, why=why)
        central.pulse.bump()

    return changed(request, "/audit", _audit, hold)


def _audit(request: Request, notice: Notice | None = None, chain: str = "") -> HTMLResponse:
    database = central_of(request).database
    stations = audit_stations(database)
    verified = None
    if chain in {one.name for one in stations}:
        verified = ChainVerified(chain, *verify_chain(database, chain))
    page = AuditPage(list_forks(database), stations, list_acts(database), verified)
    return shown(request, "audit", page, notice)


# -- accounts --------------------------------------------------------------------------------------


@router.get("/accounts")
def accounts_page(request: Request) -> HTMLResponse:
    """Who may log in, and which windows have a place in the fleet."""
    return _accounts(request)


@router.post("/accounts/codes", response_model=None)
def make_code(request: Request, station: Field) -> HTMLResponse:
    """Make a registration code for a window, and show it: once."""
    name = station.strip()
    try:
        code = central_of(request).enrolment.make_code(name, by=caller_of(request).name)
    except StationError as exc:
        answer = _accounts(request, refusal(exc))
        answer.status_code = exc.http_status
        return answer
    return _accounts(request, None, name, code)


def _accounts(
    request: Request, notice: Notice | None = None, name: str = "", code: str = ""
) -> HTMLResponse:
    people = tuple(doors_of(request).operators.all())
    page = AccountsPage(people, list_members(central_of(request).database), name, code)
    return shown(request, "accounts", page, notice)


# -- settings of the windows -----------------------------------------------------------------------


@router.get("/settings")
def settings_page(request: Request, again: Annotated[int, Query(ge=0)] = 0) -> HTMLResponse:
    """Settings that were given out; `again` fills the form with an earlier document."""
    return _settings(request, None, again)


@router.post("/settings", response_model=None)
def give_settings(
    request: Request,
    title: Field,
    document: Annotated[str, Form(max_length=MOST_BYTES)],
    enough: Annotated[int, Form(ge=1, le=100)],
    most_failed: Annotated[int, Form(ge=0, le=100)],
    approver: Field,
    approver_password: Field,
) -> Response:
    """Two people give settings to the windows, beginning with ring 1."""
    central, doors = central_of(request), doors_of(request)
    wanted = NewSettings(title, document.replace("\r\n", "\n"), enough, most_failed)

    def give(by: str) -> None:
        agreed = doors.approve("settings", by, approver.strip(), approver_password)
        central.give_out(wanted, by=by, agreed=agreed)

    def refused(request: Request, notice: Notice | None) -> HTMLResponse:
        return _settings(request, notice, wanted=wanted)

    return changed(request, "/settings", refused, give)


@router.post("/settings/rings", response_model=None)
def put_into_ring(
    request: Request, station: Field, ring: Annotated[int, Form(ge=1, le=4)]
) -> Response:
    """Say to which ring a window belongs."""
    rings = central_of(request).rings
    return changed(
        request, "/settings", _settings, lambda by: rings.put_into_ring(station, ring, by=by)
    )


@router.post("/settings/{revision}/stop", response_model=None)
def stop_settings(revision: int, request: Request) -> Response:
    """Give settings to no further ring."""
    rings = central_of(request).rings
    return changed(request, "/settings", _settings, lambda by: rings.stop(revision, by=by))


@router.post("/settings/{revision}/next", response_model=None)
def next_ring(revision: int, request: Request) -> Response:
    """Give settings to the next ring, whatever this one has answered."""
    rings = central_of(request).rings
    return changed(request, "/settings", _settings, lambda by: rings.go_on(revision, by=by))


def _settings(
    request: Request,
    notice: Notice | None = None,
    again: int = 0,
    wanted: NewSettings | None = None,
) -> HTMLResponse:
    database = central_of(request).database
    given = list_revisions(database)
    if wanted is None:
        earlier = (NewSettings(one.title, one.document) for one in given if one.revision == again)
        wanted = next(earlier, NewSettings("", ""))
    return shown(request, "settings", SettingsPage(given, rings_of(database), wanted), notice)

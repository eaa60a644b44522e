"""Central's pages: the wall, work, blanks, search, audit. They work without a script, too."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.staticfiles import StaticFiles
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import HTMLResponse, RedirectResponse, Response

from station import __version__
from station.access import table
from station.access.central_table import central_operations
from station.central.assigning import Applicant
from station.central.central import Central
from station.central.contents import (
    AuditPage,
    BlanksPage,
    CentralPage,
    SearchPage,
    Seen,
    WallPage,
    Words,
    WorkPage,
)
from station.central.forks import ForkDecision
from station.central.looking import audit_stations, list_acts, list_batches, list_forks, search
from station.central.pulse import Pulse
from station.central.routes import central_of
from station.central.stock import balances
from station.central.tables import stations
from station.central.wall import read_wall
from station.core.errors import InputError, StationError
from station.core.orders import OrderReason
from station.ui import pages as window_pages
from station.ui.doors_contents import PageLink, Viewer
from station.ui.doors_pages import panels_of
from station.ui.navigation import operations_of
from station.ui.notices import Notice, refusal
from station.ui.panels import render_page
from station.ui.translation import TemplatesByLanguage, open_templates
from station.web import caller_of, doors_of
from station.words import Table, chosen

HERE: Final = Path(__file__).parent
BEAT: Final = 3.0  #: seconds between two ticks while nothing changes
LINKS: Final = Table("central-link")
PAGES: Final = ("wall", "work", "blanks", "search", "audit")
WORDS: Final = Words(
    page=Table("central-page"),
    state=Table("central-state"),
    fact=Table("central-fact"),
    printer=Table("device-state"),
    act=Table("central-act"),
    assignment=Table("central-assignment"),
    account=Table("central-account"),
    decision=Table("central-decision"),
)

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=128)]
Said = Annotated[str, Form(max_length=500)]
Count = Annotated[int, Form(ge=1, le=1_000_000)]


class CentralPanels:
    """What the pages at the doors need: central's name, and links to its own pages."""

    def __init__(self, window: str, viewer: Viewer | None = None) -> None:
        self.window = window
        self.viewer = viewer or Viewer()
        self._templates = TemplatesByLanguage()

    def seen_by(self, viewer: Viewer) -> CentralPanels:
        """Return the pages as one person sees them."""
        links = tuple(PageLink(one, f"/{one}", LINKS[one], False) for one in PAGES)
        pages = links if viewer.operator else ()
        return CentralPanels(self.window, dataclasses.replace(viewer, pages=pages))

    def page(self, page: object) -> str:
        """Return a page at the doors as HTML."""
        return render_page(self._templates.now(), page, self.viewer)  # type: ignore[arg-type]


class _Templates:
    """Central's own templates, which include those of the window's pages."""

    def __init__(self) -> None:
        self._opened: dict[str, Environment] = {}

    def now(self) -> Environment:
        """Return them in the language that is current."""
        language = chosen()
        if language not in self._opened:
            templates = open_templates(language)
            own = FileSystemLoader(HERE / "templates")
            templates.loader = ChoiceLoader(
                [own, FileSystemLoader(window_pages.HERE / "templates")]
            )
            self._opened[language] = templates
        return self._opened[language]


_TEMPLATES: Final = _Templates()


def install_central_pages(app: FastAPI, name: str) -> None:
    """Mount what the pages load, and what the pages at the doors need."""
    app.state.panels = CentralPanels(name)
    app.mount("/static/central", StaticFiles(directory=HERE / "static"), name="central-static")
    app.mount("/static", StaticFiles(directory=window_pages.HERE / "static"), name="static")


def _seen(request: Request, here: str, notice: Notice | None = None) -> Seen:
    viewer = panels_of(request).viewer  # type: ignore[attr-defined]  # central's own panels
    roles = caller_of(request).roles
    own = frozenset(one for one in central_operations() if table.may(roles, one))
    seen = dataclasses.replace(viewer, may=operations_of(roles) | own)
    return Seen(here, central_of(request).name, __version__, seen, WORDS, notice)


def _shown(
    request: Request, here: str, page: CentralPage, notice: Notice | None = None
) -> HTMLResponse:
    seen = _seen(request, here, notice)
    template = _TEMPLATES.now().get_template(page.template)
    return HTMLResponse(template.render(page=page, seen=seen))


def _station_names(central: Central) -> tuple[str, ...]:
    with central.database.transaction() as connection:
        found = connection.execute(sa.select(stations.c.name).order_by(stations.c.name))
        return tuple(found.scalars())


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
    template = _TEMPLATES.now().get_template("_wall.html")
    return HTMLResponse(template.render(page=page, seen=_seen(request, "wall")))


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
    return _changed(request, "/wall", _wall, lambda by: central.acknowledge(alarm, by=by))


def _wall(request: Request, notice: Notice | None = None) -> HTMLResponse:
    page = WallPage(read_wall(central_of(request).database))
    return _shown(request, "wall", page, notice)


# -- work ------------------------------------------------------------------------------------------


@router.get("/work")
def work_page(request: Request) -> HTMLResponse:
    """Batches and assignments."""
    return _work(request)


@router.post("/work/batches", response_model=None)
def add_batch(
    request: Request, title: Field, people: Annotated[str, Form(max_length=2_000_000)]
) -> Response:
    """Keep a batch; each line is a person: `application,number`, and a reason if need be."""
    central = central_of(request)

    def add(by: str) -> None:
        central.assigning.add_batch(title, [_applicant(one) for one in _lines(people)], by=by)

    return _changed(request, "/work", _work, add)


@router.post("/work/batches/{batch}", response_model=None)
def split_batch(batch: str, request: Request) -> Response:
    """Split what is free of a batch over the windows that are there."""
    central = central_of(request)

    def split(by: str) -> None:
        central.assigning.split_batch(batch, by=by)
        central.send_now()

    return _changed(request, "/work", _work, split)


@router.post("/work/withdraw", response_model=None)
def withdraw(request: Request, assignment: Field) -> Response:
    """Ask a window for an order back."""
    central = central_of(request)

    def ask(by: str) -> None:
        central.assigning.withdraw(assignment.strip(), by=by)
        central.send_now()

    return _changed(request, "/work", _work, ask)


@router.post("/work/assign", response_model=None)
def assign_again(request: Request, application: Field, station: Field) -> Response:
    """Give a free application to a window."""
    central = central_of(request)

    def assign(by: str) -> None:
        central.assigning.assign_again(application.strip(), station, by=by)
        central.send_now()

    return _changed(request, "/work", _work, assign)


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

    return _changed(request, "/work", _work, act)


def _work(request: Request, notice: Notice | None = None) -> HTMLResponse:
    central = central_of(request)
    page = WorkPage(list_batches(central.database), _station_names(central))
    return _shown(request, "work", page, notice)


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
    return _changed(
        request, "/blanks", _blanks, lambda by: central.take_blanks_in(bank, count, by=by)
    )


@router.post("/blanks/transfers", response_model=None)
def send_blanks(request: Request, station: Field, bank: Field, count: Count) -> Response:
    """Send blanks to a window."""
    central = central_of(request)
    return _changed(
        request, "/blanks", _blanks, lambda by: central.send_blanks(station, bank, count, by=by)
    )


def _blanks(request: Request, notice: Notice | None = None) -> HTMLResponse:
    central = central_of(request)
    with central.database.transaction() as connection:
        rows = tuple(balances(connection))
    return _shown(request, "blanks", BlanksPage(rows, _station_names(central)), notice)


# -- search and audit ------------------------------------------------------------------------------


@router.get("/search")
def search_page(request: Request) -> HTMLResponse:
    """Ask what is searched for."""
    return _shown(request, "search", SearchPage())


@router.post("/search")
def found_page(request: Request, text: Annotated[str, Form(max_length=96)]) -> HTMLResponse:
    """Search in all windows; what is searched for is in no address."""
    central = central_of(request)
    try:
        found = search(central.database, text, central.assigning.number_index)
    except StationError as exc:
        return _shown(request, "search", SearchPage(), refusal(exc))
    return _shown(request, "search", SearchPage(found, text))


@router.get("/audit")
def audit_page(request: Request) -> HTMLResponse:
    """Forks, signed histories, acts."""
    return _audit(request)


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

    return _changed(request, "/audit", _audit, decide)


@router.post("/audit/stations", response_model=None)
def hold_station(
    request: Request, station: Field, blocked: Annotated[bool, Form()], why: Said
) -> Response:
    """Give a window no more orders, or let it take part again."""
    central = central_of(request)

    def hold(by: str) -> None:
        central.assigning.block(station, blocked=blocked, by=by, why=why)
        central.pulse.bump()

    return _changed(request, "/audit", _audit, hold)


def _audit(request: Request, notice: Notice | None = None) -> HTMLResponse:
    database = central_of(request).database
    page = AuditPage(list_forks(database), audit_stations(database), list_acts(database))
    return _shown(request, "audit", page, notice)


def _changed(
    request: Request,
    path: str,
    again: Callable[[Request, Notice | None], HTMLResponse],
    change: Callable[[str], object],
) -> Response:
    """Carry a change out and lead back to its page; a refusal is said on the page."""
    try:
        change(caller_of(request).name)
    except StationError as exc:
        answer = again(request, refusal(exc))
        answer.status_code = exc.http_status
        return answer
    return RedirectResponse(path, status_code=303)

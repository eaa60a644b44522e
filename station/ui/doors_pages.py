"""The pages at the doors: log in, register with a code, log out, and pair the province's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from station import __version__
from station.access import table
from station.access.clients import Client
from station.access.sessions import Session
from station.core.errors import StationError
from station.ui.doors_contents import (
    CallingProgram,
    DoorsPage,
    LanguageLink,
    LoginPage,
    Viewer,
    WaitingPage,
)
from station.ui.navigation import links_for, operations_of
from station.ui.notices import Notice, refusal
from station.ui.panels import Panels
from station.ui.translation import LANGUAGE_COOKIE
from station.web import COOKIE, caller_of, doors_of
from station.words import LANGUAGES, Table, chosen

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=128)]
Next = Annotated[str, Query(max_length=300)]
HOME: Final = "/"
NAMES: Final = Table("language-name")
TAGS: Final = Table("language-tag")
LANGUAGE_SECONDS: Final = 365 * 24 * 3600  #: that a browser keeps the chosen language


def panels_of(request: Request) -> Panels:
    """Return the pages as the caller of this request sees them."""
    panels: Panels = request.app.state.panels
    caller = caller_of(request)
    csrf = "" if caller.session is None else caller.session.csrf
    doors = doors_of(request)
    demo = tuple(one.name for one in doors.operators.for_demo)
    viewer = Viewer(
        operator=caller.name,
        csrf=csrf,
        demo=demo,
        cards=doors.cards.has_reader,
        pages=links_for(caller.roles),
        may=operations_of(caller.roles),
        language=TAGS[chosen()],
        languages=_other_languages(request),
    )
    return panels.seen_by(viewer)


def _other_languages(request: Request) -> tuple[LanguageLink, ...]:
    # The answer to a form has no address of its own that could be opened again.
    here = HOME
    if request.method == "GET":
        here = f"{request.url.path}?{request.url.query}".rstrip("?")
    query = urlencode({"next": here})
    return tuple(
        LanguageLink(NAMES[one], TAGS[one], f"/language/{one}?{query}")
        for one in LANGUAGES
        if one != chosen()
    )


def _inside(there: str) -> str:
    # Only a page of ours: `//host` and `\\host` are other sites, for browsers.
    plain = there.startswith("/") and not there.startswith(("//", "/\\")) and there.isprintable()
    return there if plain and "\\" not in there else HOME


@router.get("/login")
def login_page(request: Request, next: Next = HOME) -> HTMLResponse:
    """Ask who is there. Before anybody has registered, explain how the first person does."""
    return _login(request, _inside(next))


@router.get("/language/{language}")
def choose_language(request: Request, language: str, next: Next = HOME) -> RedirectResponse:
    """Keep the browser's language, and go back to the page; an unknown language changes nothing."""
    answer = RedirectResponse(_inside(next), status_code=303)
    if language in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=LANGUAGE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
    return answer


@router.post("/login", response_model=None)
def log_in(
    request: Request,
    operator: Field,
    password: Field,
    next: Annotated[str, Form(max_length=300)] = HOME,
) -> Response:
    """Open a session under a new token, whatever the browser held before."""
    there = _inside(next)
    try:
        session = doors_of(request).log_in(operator.strip(), password)
    except StationError as exc:
        return _login(request, there, refusal(exc), operator, status=exc.http_status)
    return _let_in(request, session, there)


@router.post("/login/card", response_model=None)
def log_in_with_card(
    request: Request,
    pin: Annotated[str, Form(max_length=16)],
    next: Annotated[str, Form(max_length=300)] = HOME,
) -> Response:
    """Open a session for the holder of the card in the reader, as `log_in` does."""
    there = _inside(next)
    try:
        session = doors_of(request).log_in_with_card(pin)
    except StationError as exc:
        return _login(request, there, refusal(exc), status=exc.http_status)
    return _let_in(request, session, there)


@router.post("/register", response_model=None)
def register(
    request: Request,
    operator: Field,
    code: Field,
    password: Field,
    next: Annotated[str, Form(max_length=300)] = HOME,
) -> Response:
    """Set the first password with an administrator's code, and log in."""
    there, doors = _inside(next), doors_of(request)
    try:
        doors.operators.register(operator.strip(), code, password)
        session = doors.log_in(operator.strip(), password)
    except StationError as exc:
        return _login(request, there, refusal(exc), operator, status=exc.http_status)
    return _let_in(request, session, there)


@router.post("/logout")
def log_out(
    request: Request,
    next: Annotated[str, Form(max_length=300)] = HOME,
) -> RedirectResponse:
    """End the session; the machine and its order go on, and the next person sees the same order."""
    session = caller_of(request).session
    if session is not None:
        doors_of(request).sessions.close(session.token)
    there = _inside(next)
    query = "" if there == HOME else f"?{urlencode({'next': there})}"
    answer = RedirectResponse(f"/login{query}", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _let_in(request: Request, session: Session, there: str) -> Response:
    answer = RedirectResponse(there, status_code=303)
    answer.set_cookie(
        COOKIE,
        session.token,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer


def _login(
    request: Request,
    there: str,
    notice: Notice | None = None,
    operator: str = "",
    status: int = 200,
) -> HTMLResponse:
    first = not doors_of(request).operators.anybody
    panels = panels_of(request)
    page = LoginPage(panels.window, __version__, notice, there, operator[:64], first)
    return HTMLResponse(panels.page(page), status_code=status)


# -- pairing ---------------------------------------------------------------------------------------


@router.get("/doors")
def doors_page(request: Request) -> HTMLResponse:
    """Pages that wait to be paired, and every program that may call."""
    return _doors(request)


@router.post("/doors/confirm", response_model=None)
def confirm_pairing(request: Request, code: Field) -> Response:
    """Pair the page that shows the same code."""
    clients = doors_of(request).clients
    return _changed(request, lambda by: clients.confirm(code.strip(), by=by))


@router.post("/doors/refuse", response_model=None)
def refuse_pairing(request: Request, code: Field) -> Response:
    """Forget a page that waits."""
    return _changed(request, lambda by: doors_of(request).clients.refuse(code.strip()))


@router.post("/doors/revoke", response_model=None)
def revoke_client(request: Request, client: Field) -> Response:
    """Let a program in no more."""
    return _changed(request, lambda by: doors_of(request).clients.revoke(client, by=by))


def _changed(request: Request, change: Callable[[str], object]) -> Response:
    try:
        change(caller_of(request).name)
    except StationError as exc:
        return _doors(request, refusal(exc), status=exc.http_status)
    return RedirectResponse("/doors", status_code=303)


def _doors(request: Request, notice: Notice | None = None, status: int = 200) -> HTMLResponse:
    doors, caller = doors_of(request), caller_of(request)
    panels = panels_of(request)
    page = DoorsPage(
        window=panels.window,
        version=__version__,
        notice=notice,
        pending=tuple(WaitingPage(one.code, one.origin) for one in doors.clients.pending()),
        clients=tuple(_program(one) for one in doors.clients.all()),
        may_change=table.may(caller.roles, "POST /doors/confirm"),
    )
    return HTMLResponse(panels.page(page), status_code=status)


def _program(client: Client) -> CallingProgram:
    return CallingProgram(
        name=client.name,
        role=client.role.value,
        made_at=client.made_at,
        made_by=client.made_by,
        used_at=client.used_at,
        revoked_at=client.revoked_at,
    )

"""Who is calling, for every request: found out from its head, before a body is read.

Whoever is nobody is sent away here unless the operation is public. What a known caller may do is
asked by `station.web.Door`, a dependency of every route.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from station.access import Doors
from station.access.clients import PREFIX
from station.access.doors import NOBODY, Caller, Means
from station.access.table import API as API_TABLE
from station.access.table import PAGES as PAGES_TABLE
from station.access.table import PUBLIC
from station.api.problem import problem_response
from station.core.errors.doors import NotKnownError
from station.core.origins import normal_origin
from station.web import session_token

API: Final = "/api/"
#: What a page asks automatically; it does not keep a session open.
AUTOMATIC: Final = re.compile(
    r"/(ui/(panels|events)|wall/(now|events))|/batches/[0-9a-f]{32}/(photo|making)-progress",
    re.ASCII,
)
AUTOMATIC_HEADER: Final = "x-automatic"  #: the same for another page that is read automatically
PAGES: Final = re.compile(
    r"/|/diagnostics(/trace|/configuration)?|/doors|/custody|/supervisor(/audit)?"
    r"|/batches(/units|/[0-9a-f]{32}(/rows/[0-9]+)?)?",
    re.ASCII,
)
ACCOUNT: Final = "uid:"  #: begins the `client` of a connection over the unix socket
CERTIFICATE: Final = "cert:"  #: begins the `client` of a connection with a client certificate


def _pattern(operation: str) -> re.Pattern[str]:
    method, _, path = operation.partition(" ")
    parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/"))
    found = "/".join(parts)
    return re.compile(f"{method} {'/static/.+' if found.startswith('/static') else found}")


class Addresses:
    """Which addresses a server has for everybody, and from which ones a page leads to the login."""

    def __init__(
        self, public: Iterable[str], others: Iterable[str], pages: re.Pattern[str]
    ) -> None:
        """Name the operations.

        Args:
            public: For everybody.
            others: All others.
            pages: The paths at which a browser that is not logged in is asked who is there.
        """
        known = sorted(public)
        self._public = [_pattern(operation) for operation in known]
        self._declared = [_pattern(operation) for operation in (*others, *known)]
        self._public_paths = [_pattern(f"GET {one.partition(' ')[2]}") for one in known]
        self._pages = pages

    def is_public(self, scope: Scope) -> bool:
        """Whether anybody may ask this; the router tells which methods a public address has."""
        asked = f"{scope['method']} {scope['path']}"
        if any(pattern.fullmatch(asked) for pattern in self._public):
            return True
        as_get = f"GET {scope['path']}"
        public = any(pattern.fullmatch(as_get) for pattern in self._public_paths)
        return public and not any(pattern.fullmatch(asked) for pattern in self._declared)

    def sent_away(self, scope: Scope) -> Response:
        """Return the answer to nobody: 401, or for a page the way to the login."""
        if scope["method"] == "GET" and self._pages.fullmatch(scope["path"]):
            query = scope["query_string"].decode("latin-1")
            there = f"{scope['path']}?{query}" if query else scope["path"]
            return RedirectResponse(f"/login?next={quote(there, safe='')}", status_code=303)
        answer = problem_response(NotKnownError.code, NotKnownError.http_status)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer


WINDOW: Final = Addresses(PUBLIC, (*API_TABLE, *PAGES_TABLE), PAGES)


class Doorkeeper:
    """Finds out who calls; sends nobody away from what is not public, before reading a body."""

    def __init__(self, app: ASGIApp, doors: Doors, addresses: Addresses | None = None) -> None:
        self._app = app
        self._doors = doors
        self._addresses = addresses or WINDOW

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its caller, or answer 401, or lead a page to the login."""
        if scope["type"] == "http":
            caller = _caller(self._doors, scope)
            scope.setdefault("state", {})["caller"] = caller
            if caller is NOBODY and not self._addresses.is_public(scope):
                await self._addresses.sent_away(scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _caller(doors: Doors, scope: Scope) -> Caller:
    headers = Headers(scope=scope)
    given = headers.get("authorization")
    if given is not None:  # what is sent is what counts: a wrong token is nobody
        return _bearer(doors, given, _origin(headers))
    token = session_token(HTTPConnection(scope))
    if token:
        automatic = AUTOMATIC.fullmatch(scope["path"]) or AUTOMATIC_HEADER in headers
        return doors.by_session(token, Means.LOGIN, uses=not automatic)
    host = (scope.get("client") or ("", 0))[0]
    if host.startswith(ACCOUNT):
        return doors.by_account(int(host.removeprefix(ACCOUNT)))
    if host.startswith(CERTIFICATE):
        return doors.by_certificate(host.removeprefix(CERTIFICATE))
    return NOBODY


def _bearer(doors: Doors, given: str, origin: str) -> Caller:
    kind, _, token = given.partition(" ")
    if kind.lower() != "bearer":
        return NOBODY
    if token.startswith(PREFIX):
        return doors.by_token(token, origin)
    return doors.by_session(token, Means.BEARER, uses=True)


def _origin(headers: Headers) -> str:
    try:
        return normal_origin(headers.get("origin", ""))
    except ValueError:
        return ""

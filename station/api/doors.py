"""Who is calling, for every request: found out from its head, before a body is read.

Whoever is nobody is sent away here unless the operation is public. What a known caller may do is
asked by `station.web.Door`, a dependency of every route.
"""

from __future__ import annotations

import re
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
    r"/ui/(panels|events)|/batches/[0-9a-f]{32}/(photo|making)-progress", re.ASCII
)
AUTOMATIC_HEADER: Final = "x-automatic"  #: the same for another page that is read automatically
PAGES: Final = re.compile(
    r"/|/diagnostics|/doors|/custody|/supervisor(/audit)?"
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


_PUBLIC: Final = [_pattern(operation) for operation in sorted(PUBLIC)]
_DECLARED: Final = [_pattern(operation) for operation in (*API_TABLE, *PAGES_TABLE, *PUBLIC)]
_PUBLIC_PATHS: Final = [_pattern(f"GET {one.partition(' ')[2]}") for one in sorted(PUBLIC)]


class Doorkeeper:
    """Finds out who calls; sends nobody away from what is not public, before reading a body."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app = app
        self._doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with its caller, or answer 401, or lead a page to the login."""
        if scope["type"] == "http":
            caller = _caller(self._doors, scope)
            scope.setdefault("state", {})["caller"] = caller
            if caller is NOBODY and not _is_public(scope):
                await _sent_away(scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_public(scope: Scope) -> bool:
    """Whether anybody may ask this; the router tells anybody which methods a public address has."""
    asked = f"{scope['method']} {scope['path']}"
    if any(pattern.fullmatch(asked) for pattern in _PUBLIC):
        return True
    public = any(pattern.fullmatch(f"GET {scope['path']}") for pattern in _PUBLIC_PATHS)
    return public and not any(pattern.fullmatch(asked) for pattern in _DECLARED)


def _sent_away(scope: Scope) -> Response:
    if scope["method"] == "GET" and PAGES.fullmatch(scope["path"]):
        query = scope["query_string"].decode("latin-1")
        there = f"{scope['path']}?{query}" if query else scope["path"]
        return RedirectResponse(f"/login?next={quote(there, safe='')}", status_code=303)
    answer = problem_response(NotKnownError.code, NotKnownError.http_status)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


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

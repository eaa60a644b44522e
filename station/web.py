"""What the API and the pages share about a request: who makes it, and may the caller do that.

`station.api.doors` has found out who calls before a route is reached; here every route asks the
table of `station.access`. A route that is not in the table is refused to everybody.
"""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.requests import HTTPConnection

from station.access import Doors
from station.access.doors import NOBODY, Caller, Means
from station.access.sessions import csrf_fits
from station.core.errors.doors import FormExpiredError

COOKIE: Final = "station_session"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def session_token(request: HTTPConnection) -> str:
    """Return the token of the session's cookie; empty for none."""
    return request.cookies.get(COOKIE, "")


def caller_of(request: Request) -> Caller:
    """Return who makes this request."""
    caller: Caller = request.scope.get("state", {}).get("caller", NOBODY)
    return caller


def doors_of(request: Request) -> Doors:
    """Return the station's doors."""
    doors: Doors = request.app.state.doors
    return doors


class Door:
    """Asks the table whether this caller may; a dependency of every route of one router.

    Attributes:
        prefix: What the router's addresses begin with in the application.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix

    async def __call__(self, request: Request) -> None:
        """Let the request through.

        Raises:
            NotKnownError: Nobody calls, and the operation is not public.
            NotAllowedError: The caller's roles do not include the operation.
            FormExpiredError: A request that a browser may send by itself, without the session's
                token.
        """
        caller = caller_of(request)
        operation = f"{request.method} {self.prefix}{request.scope['route'].path}"
        doors_of(request).require(caller, operation)
        if caller.means is Means.LOGIN and request.method not in SAFE:
            await _require_own_form(request, caller)


async def _require_own_form(request: Request, caller: Caller) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    kind = request.headers.get("content-type", "")
    if not given and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        field = (await request.form()).get(CSRF_FIELD, "")
        given = field if isinstance(field, str) else ""
    if caller.session is None or not csrf_fits(caller.session, given):
        raise FormExpiredError("the request does not carry this session's token")

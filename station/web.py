"""What the API and the pages share about a request: who makes it, and may the caller do that.

`station.api.doors` has found out who calls before a route is reached; here every route asks the
table of `station.access`. A route that is not in the table is refused to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fastapi import Request
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import HTTPConnection

from station.access import Doors
from station.access.doors import NOBODY, Caller, Means
from station.access.sessions import csrf_fits
from station.core.errors import InputError
from station.core.errors.doors import FormExpiredError

COOKIE: Final = "station_session"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MULTIPART: Final = "multipart/form-data"
MOST_FILES: Final = 500  #: in one form


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


class _InMemory(MultiPartParser):
    """Keeps files in memory: what people send is personal and is not written to disk unsealed.

    The size of the body was bounded before.
    """

    spool_max_size = 0  # of `SpooledTemporaryFile`: no limit


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form with files.

    Attributes:
        fields: Name -> text of each field that is not a file.
        files: Field, name and content of each file; an empty field of a browser is left out.
    """

    fields: Mapping[str, str] = field(repr=False)
    files: tuple[tuple[str, str, bytes], ...] = field(repr=False)

    def text(self, name: str, most: int) -> str:
        """Return a field; empty when it was not sent.

        Raises:
            InputError: It is longer than `most` characters.
        """
        value = self.fields.get(name, "")
        if len(value) > most:
            raise InputError(f"the field {name} is too long")
        return value

    def sent(self, name: str) -> list[tuple[str, bytes]]:
        """Return name and content of each file of a field."""
        return [(file, content) for of, file, content in self.files if of == name]


def files_of(request: Request) -> SentForm:
    """Return the form with files that a `Door(files=True)` has read.

    Raises:
        InputError: The request brought none.
    """
    form: SentForm | None = getattr(request.state, "form", None)
    if form is None:
        raise InputError("a form with files is expected")
    return form


class Door:
    """Asks the table whether this caller may; a dependency of every route of one router.

    Attributes:
        prefix: What the router's addresses begin with in the application.
        files: Whether the routes take files: they read them with `files_of`.
    """

    def __init__(self, prefix: str = "", *, files: bool = False) -> None:
        self.prefix = prefix
        self.files = files

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
        if self.files:
            await _read_files(request)
        if caller.means is Means.LOGIN and request.method not in SAFE:
            await _require_own_form(request, caller)


async def _read_files(request: Request) -> None:
    if not request.headers.get("content-type", "").startswith(MULTIPART):
        return
    try:
        parser = _InMemory(request.headers, request.stream(), max_files=MOST_FILES)
        parsed = await parser.parse()
    except MultiPartException as exc:
        raise InputError("the form can't be read") from exc
    fields: dict[str, str] = {}
    files: list[tuple[str, str, bytes]] = []
    for name, value in parsed.multi_items():
        if isinstance(value, str):
            fields[name] = value
            continue
        with value.file as content:
            if value.filename:
                files.append((name, value.filename, content.read()))
    request.state.form = SentForm(fields, tuple(files))


async def _require_own_form(request: Request, caller: Caller) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    kind = request.headers.get("content-type", "")
    if not given and kind.startswith(("application/x-www-form-urlencoded", MULTIPART)):
        form: SentForm | None = getattr(request.state, "form", None)
        fields = form.fields if form else await request.form()
        told = fields.get(CSRF_FIELD, "")
        given = told if isinstance(told, str) else ""
    if caller.session is None or not csrf_fits(caller.session, given):
        raise FormExpiredError("the request does not carry this session's token")

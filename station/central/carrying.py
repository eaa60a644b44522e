"""The carrier over HTTPS: what a window asks of central where a broker is forbidden.

`POST /carrier/<verb>` with a JSON object, behind the window's name and password (HTTP Basic). A
window speaks for itself and reads what is its own, as with the rights of a broker
(`station.central.accounts`). `station.transport.http_carrier` is the other end.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Request
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from station.central.database import Database
from station.central.keys import carrier_password
from station.central.mailbox import TableCarrier
from station.central.tables import stations
from station.clock import monotonic
from station.core import fleet
from station.core.carrier import Delivery, Kept, Posting
from station.core.errors.doors import NotAllowedError, NotKnownError
from station.signing import Identity

#: Seconds that a window may wait for a letter; a proxy on the way ends a silent request at 30.
LONGEST_WAIT: Final = 25.0
#: Seconds between two looks: for what is to come again.
LOOK: Final = 5.0
MOST_LETTERS: Final = 100

router = APIRouter(include_in_schema=False)


class Rights:
    """What one window may do."""

    def __init__(self, station: str) -> None:
        self._publishes = {
            fleet.events_subject(station),
            fleet.presence_subject(station),
            fleet.checkpoint_subject(station),
        }
        self.inbox = fleet.inbox_subject(station)
        self._puts = {fleet.applied_key(station)}
        self._gets = {
            *(fleet.cursor_key(station), fleet.lease_key(station)),
            *(fleet.desired_key(station), fleet.applied_key(station)),
        }

    def may_publish(self, subject: str) -> bool:
        """Whether it may send under this subject."""
        return subject in self._publishes

    def may_receive(self, stream: str, subject: str) -> bool:
        """Whether it may read this."""
        return (stream, subject) == (fleet.INBOX_STREAM, self.inbox)

    def may_get(self, key: str) -> bool:
        """Whether it may read this value."""
        return key in self._gets

    def may_put(self, key: str) -> bool:
        """Whether it may write this value."""
        return key in self._puts


@dataclass(frozen=True, slots=True)
class Carrying:
    """What the addresses of the carrier need.

    Attributes:
        carrier: The messages.
        who: Returns the rights of a name with a password; None for whoever is unknown.
    """

    carrier: TableCarrier
    who: Callable[[str, str], Rights | None]


def windows_by_password(database: Database, identity: Identity) -> Callable[[str, str], Any]:
    """Return what knows the windows by the password that they got at their enrolment."""

    def who(name: str, password: str) -> Rights | None:
        with database.transaction() as connection:
            key = connection.execute(
                sa.select(stations.c.signing_key).where(stations.c.name == name)
            ).scalar()
        # A name that is unknown takes as long as one that is known.
        right = carrier_password(identity, name, key or "")
        same = secrets.compare_digest(right.encode(), password.encode())
        return Rights(name) if key is not None and same else None

    return who


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Message(_Asked):
    """See `Posting`."""

    subject: str = Field(max_length=200)
    id: str = Field(max_length=200)
    body: Base64Bytes


class Publishing(_Asked):
    """Messages, in order."""

    messages: list[Message] = Field(max_length=1000)


class Receiving(_Asked):
    """See `Carrier.receive`."""

    stream: str
    subject: str
    most: int = Field(ge=1, le=MOST_LETTERS)
    wait: float = Field(ge=0, le=LONGEST_WAIT)


class Acknowledging(_Asked):
    """A message that was read; `again`: seconds after which it is to come again."""

    id: int
    again: float | None = Field(default=None, ge=0, le=86400)


class Getting(_Asked):
    """A value."""

    key: str = Field(max_length=200)


class Putting(Getting):
    """A value, and the revision that it replaces."""

    body: Base64Bytes
    revision: int | None = None


class Reading(_Asked):
    """An object."""

    name: str = Field(max_length=200)


def _told(message: Delivery) -> dict[str, object]:
    return {
        "id": getattr(message, "number", 0),
        "subject": message.subject,
        "body": base64.b64encode(message.body).decode(),
    }


def _basic(request: Request) -> tuple[str, str]:
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        raise NotKnownError("the carrier asks for a name and a password")
    try:
        name, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise NotKnownError("a header that can't be read") from exc
    return name, password


async def _entered(request: Request) -> tuple[TableCarrier, Rights]:
    carrying: Carrying = request.app.state.carrying
    rights = await run_in_threadpool(carrying.who, *_basic(request))
    if rights is None:
        raise NotKnownError("no window of this name and password")
    return carrying.carrier, rights


def _must(allowed: bool) -> None:
    if not allowed:
        raise NotAllowedError("another window's")


@router.post("/carrier/publish")
async def publish(request: Request, asked: Publishing) -> dict[str, int]:
    """Keep messages."""
    carrier, rights = await _entered(request)
    for one in asked.messages:
        _must(rights.may_publish(one.subject))
    kept = [Posting(one.subject, one.id, one.body) for one in asked.messages]
    await run_in_threadpool(carrier.publish, kept)
    return {"kept": len(kept)}


@router.post("/carrier/receive")
async def receive(request: Request, asked: Receiving) -> dict[str, object]:
    """Return the next letters; wait for the first one without a thread."""
    carrier, rights = await _entered(request)
    _must(rights.may_receive(asked.stream, asked.subject))
    until = monotonic() + asked.wait
    while True:
        heard = carrier.letters.count
        found = await run_in_threadpool(
            carrier.receive, asked.stream, "", asked.subject, asked.most, 0
        )
        left = until - monotonic()
        if found or left <= 0 or carrier.letters.ended or await request.is_disconnected():
            return {"messages": [_told(one) for one in found]}
        await carrier.letters.wait(heard, min(left, LOOK))


@router.post("/carrier/done")
async def done(request: Request, asked: Acknowledging) -> dict[str, int]:
    """Acknowledge one of the window's own letters, or ask for it again."""
    carrier, rights = await _entered(request)
    if asked.again is None:
        await run_in_threadpool(carrier.done, asked.id, rights.inbox)
    else:
        await run_in_threadpool(carrier.again, asked.id, asked.again, rights.inbox)
    return {"id": asked.id}


@router.post("/carrier/get")
async def get(request: Request, asked: Getting) -> dict[str, object]:
    """Return a value."""
    carrier, rights = await _entered(request)
    _must(rights.may_get(asked.key))
    found: Kept | None = await run_in_threadpool(carrier.get, asked.key)
    if found is None:
        return {"kept": None}
    body = base64.b64encode(found.body).decode()
    return {"kept": {"body": body, "revision": found.revision}}


@router.post("/carrier/put")
async def put(request: Request, asked: Putting) -> dict[str, int]:
    """Write a value."""
    carrier, rights = await _entered(request)
    _must(rights.may_put(asked.key))
    revision = await run_in_threadpool(carrier.put, asked.key, asked.body, asked.revision)
    return {"revision": revision}


@router.post("/carrier/blob")
async def blob(request: Request, asked: Reading) -> Response:
    """Return an object; every window may read every one."""
    carrier, _ = await _entered(request)
    body = await run_in_threadpool(carrier.blob, asked.name)
    return Response(body, media_type="application/octet-stream")

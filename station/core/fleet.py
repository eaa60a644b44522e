"""What travels between a window and central: subjects and messages, as JSON of a fixed form.

`docs/decisions/0022-a-fleet-of-windows.md` explains why. Everything here is pure; signing and
sealing are in `station.signing`. A reader refuses what it doesn't know: a field that is missing, of
another type or unknown, a version other than 1.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from station.core.errors import FleetMessageError

VERSION: Final = 1
_PART: Final = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"
_NAME: Final = re.compile(rf"{_PART}\.{_PART}\.{_PART}")

#: Streams of the carrier. Central makes them when it starts; a station only uses them. On PRESENCE
#: the newest message of each subject is enough.
EVENTS_STREAM: Final = "EVENTS"
CHECKPOINTS_STREAM: Final = "CHECKPOINTS"
PRESENCE_STREAM: Final = "PRESENCE"
INBOX_STREAM: Final = "INBOX"
STREAM_SUBJECTS: Final[Mapping[str, str]] = {
    EVENTS_STREAM: "events.>",
    CHECKPOINTS_STREAM: "checkpoints.>",
    PRESENCE_STREAM: "presence.>",
    INBOX_STREAM: "inbox.>",
}
#: The one key-value bucket, for `cursor_key`, `lease_key`, `desired_key` and `applied_key`. Rights
#: go by subject: a station reads `$KV.fleet.*.<station>` and writes `$KV.fleet.applied.<station>`.
BUCKET: Final = "fleet"
BLOBS: Final = "blobs"  #: the object store's bucket
REPLIES: Final = "_INBOX"  #: prefix of the subjects at which the carrier answers central
NOTHING: Final = ""  #: for the hash of an event that is not there
ENROLMENT_PATH: Final = "/enrolment"  #: of central's HTTP: POST `EnrolmentRequest`


def check_station_name(name: str) -> str:
    """Return a name `city.hall.window`.

    Raises:
        FleetMessageError: It has another form.
    """
    if not _NAME.fullmatch(name):
        raise FleetMessageError(f"a station's name is city.hall.window, not {name!r}")
    return name


def events_subject(station: str) -> str:
    """Return the subject of a station's events."""
    return f"events.{station}"


def presence_subject(station: str) -> str:
    """Return the subject of a station's presence."""
    return f"presence.{station}"


def checkpoint_subject(station: str) -> str:
    """Return the subject of a station's signed checkpoints."""
    return f"checkpoints.{station}"


def inbox_subject(station: str) -> str:
    """Return the subject of the letters to one station."""
    return f"inbox.{station}"


def inbox_consumer(station: str) -> str:
    """Return the name of the durable consumer of a station's inbox; a name there has no dots."""
    return f"inbox-{station.replace('.', '_')}"


def reply_prefix(station: str) -> str:
    """Return the prefix of the subjects at which the carrier answers a station: its own."""
    return f"{REPLIES}-{station.replace('.', '_')}"


def cursor_key(station: str) -> str:
    """Return the key under which central says how far it is with a station's events."""
    return f"cursor.{station}"


def lease_key(station: str) -> str:
    """Return the key of a station's lease."""
    return f"lease.{station}"


def desired_key(station: str) -> str:
    """Return the key of the configuration that a station should have."""
    return f"desired.{station}"


def applied_key(station: str) -> str:
    """Return the key under which a station says which configuration it has."""
    return f"applied.{station}"


class Message:
    """A frozen dataclass of texts, whole numbers, and mappings of text to text."""

    def to_json(self) -> bytes:
        """Return it in its one form: keys sorted, no spaces, UTF-8."""
        values = dataclasses.asdict(typing.cast("Any", self))
        return json.dumps(
            {"v": VERSION, **values}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read one.

        Raises:
            FleetMessageError: It is not of this form; names the field.
        """
        try:
            stored = json.loads(text)
        except ValueError as exc:
            raise FleetMessageError(f"{cls.__name__}: not JSON") from exc
        if not isinstance(stored, dict):
            raise FleetMessageError(f"{cls.__name__}: not an object")
        if stored.pop("v", None) != VERSION:
            raise FleetMessageError(f"{cls.__name__}: not of version {VERSION}")
        hints = _fields_of(cls)
        if stored.keys() != hints.keys():
            names = ", ".join(sorted(stored.keys() ^ hints.keys()))
            raise FleetMessageError(f"{cls.__name__}: missing or unknown: {names}")
        return cls(**{name: _typed(cls, name, hint, stored[name]) for name, hint in hints.items()})


#: Class of a message -> its fields with their types; to look them up is half of the reading.
_FIELDS: Final[dict[type, Mapping[str, object]]] = {}


def _fields_of(of: type) -> Mapping[str, object]:
    if of not in _FIELDS:
        _FIELDS[of] = typing.get_type_hints(of)
    return _FIELDS[of]


def _typed(of: type[Message], name: str, hint: object, value: object) -> object:
    if isinstance(hint, types.GenericAlias):
        if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
            return value
    elif type(value) is hint:
        return value
    raise FleetMessageError(f"{of.__name__}.{name}: of another type")


@dataclass(frozen=True, slots=True)
class EventMessage(Message):
    """One event of a station's journal, as it is stored there. Nothing personal.

    Attributes:
        station: Who sends it.
        seq: Its number.
        order: The order that it is about; empty for none.
        at: Wall time as in the hash: ISO 8601, UTC, six digits of a second.
        actor: Who did it.
        kind: What happened.
        data: Details.
        hash: Binds it to all earlier events: `station.core.chain`.
    """

    station: str
    seq: int
    order: str
    at: str
    actor: str
    kind: str
    data: dict[str, str]
    hash: str


@dataclass(frozen=True, slots=True)
class Cursor(Message):
    """How far somebody is in a station's events: the newest one's number and hash; 0 before any."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Presence(Message):
    """A sign of life, sent at the start (birth), every minute, and at an orderly end (death).

    Attributes:
        station: The sender.
        session: Made anew at each start of the daemon; a death belongs to the birth of its session.
        alive: False at the end.
        seq: Number of the newest event.
        hash: Its hash.
        asked: Counts the presences of a session; the lease that answers one names it.
        version: Of the program.
        facts: What a wall page shows: printer and its state, cards left, owed reports, open orders.
            Nothing personal.
    """

    station: str
    session: str
    alive: bool
    seq: int
    hash: str
    asked: int
    version: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Checkpoint(Message):
    """What a station vouches for with its signature: the whole history up to one event.

    Attributes:
        station: The sender.
        seq: Number of the event.
        hash: Its hash; `NOTHING`: central has said that it has an event of this number, and here
            is none. Only a station whose journal was put back, or that has a twin, can say so.
        at: When, as in the history.
    """

    station: str
    seq: int
    hash: str
    at: str


@dataclass(frozen=True, slots=True)
class Lease(Message):
    """Permission to feed assigned orders for a time.

    Attributes:
        session: Of the presence that it answers.
        asked: Of the presence that it answers. The time counts from when that was sent.
        seconds: How long; 0 ends it.
        why_none: Code of the reason where it is 0: `fork`, `blocked`, `earlier` (an earlier start
            of the daemon may have one still); else empty.
    """

    session: str
    asked: int
    seconds: int
    why_none: str


@dataclass(frozen=True, slots=True)
class Assignment(Message):
    """An order for one station.

    Attributes:
        assignment: Its id, which is also the Idempotency-Key of the order.
        application: The application that it is about: at most one card of it may exist.
        epoch: Counts the assignments of an application.
        reason: A value of `OrderReason`.
        sealed_number: The 社会保障号码, sealed for this station, base64; `station.signing`.
    """

    assignment: str
    application: str
    epoch: int
    reason: str
    sealed_number: str


@dataclass(frozen=True, slots=True)
class Withdrawal(Message):
    """Central wants an assignment back; the station answers with `fleet-returned` or `-kept`."""

    assignment: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Transfer(Message):
    """Blanks are on their way to a station; whoever receives them there counts them.

    Attributes:
        transfer: Its id, the same in both ledgers.
        bank: Code of the bank, as in the station's stock.
        count: How many were sent.
    """

    transfer: str
    bank: str
    count: int


@dataclass(frozen=True, slots=True)
class Desired(Message):
    """The settings that central wants a station to have; see `station.core.shared_settings`.

    Attributes:
        revision: Grows with each document that central gives out.
        document: The settings, as TOML.
    """

    revision: int
    document: str


class SettingsOutcome(enum.StrEnum):
    """What became of settings from central at a window."""

    APPLIED = "applied"  #: the window works with them
    REFUSED = "refused"  #: they don't fit this window; it never started with them
    RETURNED = "returned"  #: no start with them was good; the window has its earlier ones again


@dataclass(frozen=True, slots=True)
class Applied(Message):
    """What became of the newest settings at a station.

    Attributes:
        revision: Of those settings.
        digest: SHA-256 of the document, hex: central, restored from a backup, may give a number
            out twice.
        outcome: A value of `SettingsOutcome`.
        reason: Why they were refused: the setting, and what is wrong with it. Else empty.
    """

    revision: int
    digest: str
    outcome: str
    reason: str


class LetterKind(enum.StrEnum):
    """What a letter is."""

    ASSIGN = "assign"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Signed(Message):
    """A message with the signature of who vouches for it.

    Letters, leases and settings travel so, signed by central; presences, checkpoints and what
    became of settings, signed by the station. Events and cursors travel bare: the checkpoints vouch
    for their hashes.

    Attributes:
        kind: Name of the message's class, or of the letter.
        to: The station that it is meant for, or that has sent it.
        body: The message, as `to_json` wrote it.
        signature: Ed25519 over `signed_bytes`, base64.
    """

    kind: str
    to: str
    body: str
    signature: str


@dataclass(frozen=True, slots=True)
class EnrolmentRequest(Message):
    """A new station introduces itself: the body of a POST to `ENROLMENT_PATH`.

    Asked again with the same name and keys and the same code, it gets the same answer, since the
    first one may have been lost on its way. A code that is used up, or unknown: 403. A name that
    belongs to other keys: 409.

    Attributes:
        code: The registration code; good for one station.
        name: `city.hall.window`.
        signing_key: Its public Ed25519 key; `station.signing.Identity.signing_key`.
        sealing_key: Its public X25519 key.
    """

    code: str = field(repr=False)
    name: str
    signing_key: str
    sealing_key: str


@dataclass(frozen=True, slots=True)
class EnrolmentAnswer(Message):
    """Central knows the station now.

    Attributes:
        name: Of the station.
        central_key: Central's public Ed25519 key, which letters and leases are signed with.
        server: The carrier's address or addresses, with commas between them: `tls://...:4222`.
        user: The name that the carrier knows the station by; empty where it asks for none.
        password: Its password there.
        authority: Certificates that the carrier's certificate is checked with, as PEM; empty for
            the public ones.
    """

    name: str
    central_key: str
    server: str
    user: str
    password: str = field(repr=False)
    authority: str


def number_context(assignment: str) -> str:
    """Return what the sealed number of an assignment is bound to; see `station.signing.seal`."""
    return f"fleet.number.{assignment}"


def signed_bytes(kind: str, to: str, body: str) -> bytes:
    """Return what a signature is made over: no part can be taken for another."""
    return json.dumps([VERSION, kind, to, body], ensure_ascii=False, separators=(",", ":")).encode()


class FleetEvent(enum.StrEnum):
    """Events of a station's journal that answer a letter.

    `data` names `assignment`, `application` and `epoch`: central, restored from a backup that is
    older than the letter, learns of the assignment again from them.
    """

    ACCEPTED = "fleet-accepted"  #: an order was made of it; the event is about that order
    REFUSED = "fleet-refused"  #: no order was made; `code` says why; central may assign anew
    RETURNED = "fleet-returned"  #: nothing irreversible has happened, and never will
    KEPT = "fleet-kept"  #: too late; `step` says where the order is
    #: Blanks have arrived and were counted; `transfer`, `bank` and `count` instead of the three.
    RECEIVED = "fleet-received"

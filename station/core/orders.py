"""An order's life in words: steps, effects, holds, and the records that the journal keeps.

Source: design.md sections 1, 2 and 3. The legal moves between steps are in
    `station.production.states`.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from station.core.cards import ChipIdentity
from station.core.gateways import ProductionData


class OrderStep(enum.StrEnum):
    """Where an order stands. The value is what the journal stores and the API shows."""

    ACCEPTED = "accepted"  #: 受理
    DATA_READY = "data-ready"  #: 获取数据: data, photo and rendered face are here
    APPROVED = "approved"  #: 预览核对: a person compared picture, name and bank
    FED = "fed"  #: 进卡: a usable blank stands at the chip station
    ENCODED = "encoded"  #: 写卡: written and read back equal
    REPORTED = "reported"  #: 数据回盘: the province has acknowledged
    PRINTED = "printed"  #: 打印: the face is on this order's card
    RELEASED = "released"  #: 出卡: the card is where a person can take it
    ACTIVATED = "activated"  #: 领卡启用
    CANCELLED = "cancelled"  #: nothing irreversible happened
    SPOILED = "spoiled"  #: a blank was used up; a failure write-back is owed


class OrderReason(enum.StrEnum):
    """Why a card is made."""

    NEW = "new"
    REPLACEMENT = "replacement"
    REMAKE = "remake"


class EffectKind(enum.StrEnum):
    """Something that a step does to the world."""

    FEED = "feed"
    WRITE_CHIP = "write-chip"
    REPORT = "report"
    PRINT = "print"
    RELEASE = "release"
    REJECT = "reject"
    ACTIVATE = "activate"


class EffectState(enum.StrEnum):
    """What is known about one effect."""

    INTENDED = "intended"  #: the intent is durable; the outcome is not known yet
    DONE = "done"
    NOT_DONE = "not-done"  #: proven not to have happened, or refused
    UNKNOWN = "unknown"  #: inspected, and still not known: a person must say


class CardPlace(enum.StrEnum):
    """Where the station believes a card to be."""

    FEEDER = "feeder"
    CHIP_STATION = "chip-station"
    PRINT_STATION = "print-station"
    OUTPUT_HOPPER = "output-hopper"
    TAKEN = "taken"
    REJECT_BIN = "reject-bin"
    UNKNOWN = "unknown"


class CardFate(enum.StrEnum):
    """The ledger's word on one blank that left the feeder (I3)."""

    IN_MACHINE = "in-machine"
    ISSUED = "issued"
    SPOILED = "spoiled"
    REFUSED = "refused"  #: not usable for this order, nothing written; in the reject bin
    RETURNED = "returned"  #: unharmed, given back to the feeder's stock


class WriteBackState(enum.StrEnum):
    """The outbox's word on one report that is owed to the province."""

    OWED = "owed"
    DONE = "done"
    DEAD = "dead"  #: refused for good: a person must see to it


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an order does not go on by itself, and who must do what.

    Attributes:
        code: Error code; the operator's text is looked up by it.
        details: Values for that text; nothing personal.
        effect: The effect whose outcome is unknown, if that is why.
        retry_at: When the station tries again by itself; None when a person must act.
    """

    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    effect: EffectKind | None = None
    retry_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderHead:
    """An order without its personal content: enough to choose what to do next."""

    id: str
    step: OrderStep
    goal: OrderStep | None
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order in a list: its number opened, its data and photo not.

    Attributes:
        id: Order id.
        created_at: UTC.
        reason: Why a card is made.
        id_number: Personal: never log it.
        step: Where it stands.
        hold: Why it does not go on.
    """

    id: str
    created_at: dt.datetime
    reason: OrderReason
    id_number: str = field(repr=False)
    step: OrderStep
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order as the journal holds it.

    `data`, `id_number` and `chip` are personal: never log them.

    Attributes:
        id: Ordered by time, 32 hex digits.
        created_at: UTC.
        updated_at: UTC.
        reason: Why a card is made.
        id_number: What the operator typed, checked.
        step: Where it stands.
        goal: The step up to which it runs by itself; None waits for a button.
        hold: Why it does not go on.
        data: From the province; None before `data-ready`.
        face_sha256: Fixed at `data-ready`; empty before.
        chip: The card this order is bound to; None before `fed`.
        card: Ledger id of that card; None before the feed.
        previous: The order this one replaces (remake after a spoiled card).
    """

    id: str
    created_at: dt.datetime
    updated_at: dt.datetime
    reason: OrderReason
    id_number: str
    step: OrderStep
    goal: OrderStep | None
    hold: Hold | None
    data: ProductionData | None
    face_sha256: str
    chip: ChipIdentity | None
    card: int | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """One effect: its intent, and its outcome once known."""

    id: int
    order: str
    kind: EffectKind
    state: EffectState
    intended_at: dt.datetime
    ended_at: dt.datetime | None
    evidence_before: Mapping[str, str]
    evidence_after: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One blank that left the feeder: the ledger row, and where the card is believed to be."""

    id: int
    order: str
    AAZ501: str
    place: CardPlace
    fate: CardFate
    reason: str
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class WriteBackRecord:
    """One report owed to the province, without its personal content."""

    id: int
    order: str
    outcome: str
    state: WriteBackState
    attempts: int
    last_error: str
    created_at: dt.datetime
    done_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One line of history: append-only, hash-chained."""

    seq: int
    order: str
    at: dt.datetime
    actor: str
    kind: str
    data: Mapping[str, str]
    hash: str

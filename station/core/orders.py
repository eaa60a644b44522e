"""Vocabulary of orders (steps, kinds, effects, holds), and the records that the journal keeps.

The legal moves between steps are in `station.core.life`, what each kind of order does in
`station.core.recipes`.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from station.core.cards import ChipIdentity
from station.core.gateways import ProductionData


class OrderStep(enum.StrEnum):
    """The step of an order. The value is what the journal stores and the API shows."""

    ACCEPTED = "accepted"  #: 受理
    DATA_READY = "data-ready"  #: 获取数据: data, photo and rendered face have arrived
    APPROVED = "approved"  #: 预览核对: a person compared picture, name and bank
    FED = "fed"  #: 进卡: a usable blank is at the chip station
    ENCODED = "encoded"  #: 写卡: written and read back equal
    REPORTED = "reported"  #: 数据回盘: the province has acknowledged
    PRINTED = "printed"  #: 打印: the face is on this order's card
    PRINTED_OWED = "printed-owed"  #: printed before the province has acknowledged
    RELEASED = "released"  #: 出卡: the card is where a person can take it
    RELEASED_OWED = "released-owed"  #: out, inactive, with a slip; the report is still owed
    ACTIVATED = "activated"  #: 领卡启用
    CANCELLED = "cancelled"  #: nothing irreversible happened
    SPOILED = "spoiled"  #: a blank was used up; a failure write-back is owed
    COLLECTED = "collected"  #: 收回: a temporary card is back, and the province knows


class OrderReason(enum.StrEnum):
    """Why a card is made."""

    NEW = "new"
    REPLACEMENT = "replacement"
    REMAKE = "remake"


class OrderKind(enum.StrEnum):
    """What is done to which card. Reprints, remakes and rewrites refer to an earlier order."""

    FULL = "full"  #: a card on a blank: the first one, or a remake
    FACE_ONLY = "face-only"  #: 补打卡面: the same card again; nothing is written
    CHIP_ONLY = "chip-only"  #: 重写芯片: the same card again; nothing is printed
    TEST = "test"  #: a technician's test card on a blank, for no holder
    TEMPORARY = "temporary"  #: 临时卡发放: written in the desk's reader
    TEMPORARY_AGAIN = "temporary-again"  #: 临时卡重写: the same card again, with a new PIN
    TEMPORARY_BACK = "temporary-back"  #: 临时卡收回: a temporary card comes back to the window
    REHEARSAL = "rehearsal"  #: 演练: an invented person's card, on a marked test card


class Queue(enum.StrEnum):
    """In which queue an order waits for the machine: the window's is served first."""

    WINDOW = "window"  #: a person waits at the window
    BATCH = "batch"  #: cards that are made in advance


class EffectKind(enum.StrEnum):
    """An effect of a step on the world."""

    FEED = "feed"
    WRITE_CHIP = "write-chip"
    REPORT = "report"
    PRINT = "print"
    RELEASE = "release"
    REJECT = "reject"
    ACTIVATE = "activate"
    RETRACT = "retract"
    WRITE_AT_DESK = "write-at-desk"
    COLLECT = "collect"


class EffectState(enum.StrEnum):
    """What is known about one effect."""

    INTENDED = "intended"  #: the intent is durable; the outcome is not known yet
    DONE = "done"
    NOT_DONE = "not-done"  #: proven not to have happened, or refused
    UNKNOWN = "unknown"  #: inspected, and still not known: a person must decide


class CardPlace(enum.StrEnum):
    """Where the station believes a card to be."""

    FEEDER = "feeder"
    CHIP_STATION = "chip-station"
    PRINT_STATION = "print-station"
    OUTPUT_HOPPER = "output-hopper"
    TAKEN = "taken"
    KEPT = "kept"  #: 收存: it was not taken; it is stored at the window for its holder
    REJECT_BIN = "reject-bin"
    UNKNOWN = "unknown"


class CardFate(enum.StrEnum):
    """The final fate of one blank that left the feeder (I3)."""

    IN_MACHINE = "in-machine"
    ISSUED = "issued"
    SPOILED = "spoiled"
    REFUSED = "refused"  #: not usable for this order, nothing written; in the reject bin
    RETURNED = "returned"  #: unharmed, returned to the feeder's stock
    TEST = "test"  #: used up by a technician's test print
    TEMPORARY = "temporary"  #: a temporary card, with its holder
    COLLECTED = "collected"  #: a temporary card that has come back
    TRAINING = "training"  #: 演练: a marked test card; never a blank of the window


class StockMove(enum.StrEnum):
    """What people do with blanks outside the machine."""

    OPENED = "opened"  #: a package was opened: its blanks are in the window's drawer
    LOADED = "loaded"  #: from the drawer into the feeder
    UNLOADED = "unloaded"  #: from the feeder back into the drawer
    RETURNED = "returned"  #: from the drawer back to the store


class WriteBackState(enum.StrEnum):
    """State of one report that is owed to the province."""

    OWED = "owed"
    DONE = "done"
    DEAD = "dead"  #: refused permanently: a person must resolve it
    WITHDRAWN = "withdrawn"  #: never accepted by the province; the card was spoiled instead


#: Keys of a hold's details whose values were written by another party, or are part of a name. They
#: are stored sealed with the order and shown to the operator; history and logs never get them.
FREE_TEXT: Final = frozenset({"province_text", "character"})


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an order does not continue automatically, and who must do what.

    Attributes:
        code: Error code; the operator's text is looked up by it.
        details: Values for that text; those named in `FREE_TEXT` may be personal.
        effect: The effect whose outcome is unknown, where that is the reason.
        retry_at: When the station tries again automatically, by the wall clock at the time of the
            hold; for display only. None when a person must act.
        due_age: The journal's age, in seconds, at which it tries again. None in holds that an
            earlier version wrote: such a retry is due.
    """

    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    effect: EffectKind | None = None
    retry_at: dt.datetime | None = None
    due_age: float | None = None


@dataclass(frozen=True, slots=True)
class OrderHead:
    """An order without its personal content: enough to choose what to do next.

    None of it is sealed, so it is read in a fraction of the time of a whole order.

    Attributes:
        id: Order id.
        step: Current step.
        goal: See `OrderRecord.goal`.
        hold: Why it does not continue; without the values in `FREE_TEXT`.
        kind: What is done to which card.
        card: Ledger id of its card; None before the feed.
        previous: The order that this one replaces or is about.
        waivers: See `OrderRecord.waivers`.
        queue: In which queue it waits for the machine.
    """

    id: str
    step: OrderStep
    goal: OrderStep | None
    hold: Hold | None
    kind: OrderKind = OrderKind.FULL
    card: int | None = None
    previous: str | None = None
    waivers: Mapping[str, str] = field(default_factory=dict)
    queue: Queue = Queue.WINDOW


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order in a list: its number unsealed, its data and photo not read.

    Attributes:
        id: Order id.
        created_at: UTC.
        reason: Why a card is made.
        id_number: Personal: never log it.
        step: Current step.
        hold: Why it does not continue.
        kind: What is done to which card.
        seq: Number of its first event: a later order has a higher one.
    """

    id: str
    created_at: dt.datetime
    reason: OrderReason
    id_number: str = field(repr=False)
    step: OrderStep
    hold: Hold | None
    kind: OrderKind = OrderKind.FULL
    seq: int = 0


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """What a list of orders is narrowed to; None leaves it open.

    Attributes:
        id_number: Of the person. Personal: never log it.
        day: Calendar day of the acceptance, where the PC stands.
        kind: What is done to which card.
        step: Where the order stands.
    """

    id_number: str | None = field(default=None, repr=False)
    day: dt.date | None = None
    kind: OrderKind | None = None
    step: OrderStep | None = None


ALL_ORDERS: Final = OrderSearch()


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One order as the journal holds it.

    `data`, `id_number` and `chip` are personal: never log them.

    Attributes:
        id: 32 random hex digits; the journal determines which order is newer.
        created_at: UTC.
        updated_at: UTC.
        reason: Why a card is made.
        id_number: What the operator typed, checked.
        step: Current step.
        goal: The step up to which it runs automatically; None waits for a button.
        hold: Why it does not continue.
        data: From the province; None before `data-ready`.
        face_sha256: Fixed at `data-ready`; empty before.
        chip: The card this order is bound to; None before `fed`.
        card: Ledger id of that card; None before the feed.
        previous: The order this one replaces or is about (remake, reprint).
        kind: What is done to which card.
        reason_code: Code of the reason for a reprint or remake; empty for a first card.
        approver: Who approved it; empty when no approval was needed.
        waivers: Soft photo rules that the picture breaks: rule -> the supervisor who let it pass;
            empty while nobody has.
        erased_at: When its personal data was erased, UTC; None while it is there.
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
    kind: OrderKind = OrderKind.FULL
    reason_code: str = ""
    approver: str = ""
    waivers: Mapping[str, str] = field(default_factory=dict)
    erased_at: dt.datetime | None = None


#: For code that needs nothing personal and takes an order in either form.
AnyOrder: TypeAlias = OrderHead | OrderRecord


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One card that the machine has handled: its row of the ledger, and its assumed place.

    Attributes:
        id: Ledger id.
        order: Owning order.
        AAZ501: 卡识别码; empty before it was read.
        place: Where it is believed to be.
        fate: Its final fate, once settled.
        reason: Why it is spoiled or refused; empty otherwise.
        updated_at: UTC.
        blank: Whether it left the feeder as a blank; a reprint's card had left it before.
        fed_at: When it came into the machine.
        settled_at: When its fate was settled; None while it is in the machine.
        presented_at: When it was last released; None while it never was.
        ribbon_planned: Panel sets that its faces need.
        ribbon_used: Panel sets that the ribbon has lost over it.
        destroyed_at: When two people destroyed it.
        destroyed_by: The first of them; empty before.
        witness: The second of them; empty before.
        bank: AAE008 of the bank whose blank it was: by its chip, or the one that was expected;
            empty when unknown.
    """

    id: int
    order: str
    AAZ501: str
    place: CardPlace
    fate: CardFate
    reason: str
    updated_at: dt.datetime
    blank: bool = True
    fed_at: dt.datetime | None = None
    settled_at: dt.datetime | None = None
    presented_at: dt.datetime | None = None
    ribbon_planned: int = 0
    ribbon_used: int = 0
    destroyed_at: dt.datetime | None = None
    destroyed_by: str = ""
    witness: str = ""
    bank: str = ""


@dataclass(frozen=True, slots=True)
class WriteBackRecord:
    """One report owed to the province, without its personal content.

    Attributes:
        id: Outbox id; reports about one person are sent in this order.
        order: Owning order.
        outcome: `issued` or `spoiled`.
        state: Owed, done, dead or withdrawn.
        attempts: Number of tries.
        last_error: Code of the last failure.
        created_at: UTC.
        done_at: When the province acknowledged it.
        export_id: Id of the offline file that contains it; empty for none.
        exported_at: When it was exported, UTC.
        receipt: The data centre's verdict; empty before.
        receipt_at: When the receipt was read, UTC.
    """

    id: int
    order: str
    outcome: str
    state: WriteBackState
    attempts: int
    last_error: str
    created_at: dt.datetime
    done_at: dt.datetime | None
    export_id: str = ""
    exported_at: dt.datetime | None = None
    receipt: str = ""
    receipt_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event of the history: append-only, hash-chained."""

    seq: int
    order: str
    at: dt.datetime
    actor: str
    kind: str
    data: Mapping[str, str]
    hash: str

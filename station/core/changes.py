"""Everything that may become durable, as values.

A step of an order does not write to the journal. It returns the changes that follow from what it
found, as a tuple of the records below, and `Transaction.apply` of the journal makes them durable in
one transaction. A test of a step compares tuples; a step's effect can be read without running it.

The order within a tuple matters: the changes are applied, and their events numbered, in this order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from station.core.attendance import AttendanceRole, How, NameAgreement
from station.core.batch_changes import BatchChange
from station.core.calls import NamedCall
from station.core.card_states import CardState, ProvinceCard, ServiceResult, StateService
from station.core.cards import ChipIdentity
from station.core.custody_changes import CustodyChange
from station.core.evidence import Intent, Outcome
from station.core.fleet_changes import FleetChange
from station.core.gateways import IssuanceReport, ProductionData
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectState,
    Hold,
    OrderKind,
    OrderReason,
    OrderStep,
    Queue,
    StockMove,
    WriteBackState,
)
from station.core.webhook_changes import WebhookChange

# -- orders ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddOrder:
    """Insert an order at `accepted`."""

    order: str
    machine: str
    reason: OrderReason
    id_number: str = field(repr=False)
    previous: str | None
    kind: OrderKind = OrderKind.FULL
    reason_code: str = ""
    approver: str = ""
    approved_by: str = ""  # the method by which the approver has shown who it is
    queue: Queue = Queue.WINDOW


@dataclass(frozen=True, slots=True)
class RememberRequest:
    """Bind an Idempotency-Key to the order that it created. The key may be a person's number."""

    key: str = field(repr=False)
    order: str


@dataclass(frozen=True, slots=True)
class MoveOrder:
    """Move an order and clear its hold; refused (`OrderMovedError`) when it has left `before`."""

    order: str
    before: OrderStep
    after: OrderStep
    event: str


@dataclass(frozen=True, slots=True)
class SetGoal:
    """Remember up to which step the order runs automatically; None waits for a button."""

    order: str
    goal: OrderStep | None


@dataclass(frozen=True, slots=True)
class SetHold:
    """Set the reason why the order does not continue; None clears it."""

    order: str
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class StoreData:
    """Store the province's data, sealed, and fix the face's digest.

    Without a digest (None) no card can be made of the data: it is stored for its batch, which is
    given back when the order is cancelled.
    """

    order: str
    data: ProductionData = field(repr=False)
    face_sha256: str | None


@dataclass(frozen=True, slots=True)
class SetWaivers:
    """Record which soft photo rules the order's picture breaks, and who waived each one."""

    order: str
    waivers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BindChip:
    """Bind the order to the physical card that was read."""

    order: str
    chip: ChipIdentity


@dataclass(frozen=True, slots=True)
class ReleaseChip:
    """Unbind the order from its card, which was put aside: the order takes another one."""

    order: str


# -- calls that name themselves (see `station.core.calls`) -------------------------------------


@dataclass(frozen=True, slots=True)
class BeginCall:
    """Say that a call is about to be carried out."""

    call: NamedCall


@dataclass(frozen=True, slots=True)
class EndCall:
    """Say that it was carried out to its end, and the name of what it made, if that has one."""

    key: str = field(repr=False)
    made: str = ""


@dataclass(frozen=True, slots=True)
class ForgetCall:
    """Take it back: it was refused, and changed nothing."""

    key: str = field(repr=False)


# -- effects -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginEffect:
    """Write an intent. `Transaction.apply` returns the effect's id.

    It is refused (`JournalError`) while the order has another open intent of the same place (its
    card, or the province), and (`OrderMovedError`) when the order is not at `step` any more or,
    with `unless_reporting`, while a report of it is on its way to the province.
    """

    order: str
    before: Intent
    step: OrderStep | None = None
    unless_reporting: bool = False


@dataclass(frozen=True, slots=True)
class EndEffect:
    """Write an outcome. It is refused (`JournalError`) when the effect is not open."""

    effect: int
    state: EffectState
    after: Outcome


# -- cards -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CardFacts:
    """The ledger's current facts about a card; None leaves a value unchanged."""

    place: CardPlace | None = None
    fate: CardFate | None = None
    reason: str | None = None
    AAZ501: str | None = None
    bank: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCard:
    """Write a card that was fed, or handled at the desk, into the ledger; `apply` returns its id.

    Attributes:
        order: The order whose work brought it.
        place: Where it is now.
        blank: Whether it left the feeder as a blank.
        bind: Whether it is the order's card from now on.
        read: Facts already known; recorded in the same transaction, with an event of their own.
        bank: AAE008 of the bank whose blank was expected; empty when unknown. Not `at_desk`.
    """

    order: str
    place: CardPlace
    blank: bool = True
    bind: bool = True
    read: CardFacts | None = None
    bank: str = ""
    at_desk: bool = False


@dataclass(frozen=True, slots=True)
class UpdateCard:
    """Change the ledger's facts about one card; None leaves a value unchanged."""

    card: int
    place: CardPlace | None = None
    fate: CardFate | None = None
    reason: str | None = None
    AAZ501: str | None = None
    bank: str | None = None


@dataclass(frozen=True, slots=True)
class AdoptCard:
    """Transfer a card of the ledger to a reprint, which owns it from now on."""

    order: str
    card: int


@dataclass(frozen=True, slots=True)
class CountRibbon:
    """Add the panel sets that a face on this card needed, and those that the ribbon lost."""

    card: int
    planned: int
    used: int


@dataclass(frozen=True, slots=True)
class DestroyCard:
    """Record that two people destroyed a spoiled card: the actor and the witness."""

    card: int
    witness: str
    method: str = ""


# -- reports to the province -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OweReport:
    """Put a report into the outbox; one per order and outcome."""

    order: str
    report: IssuanceReport


@dataclass(frozen=True, slots=True)
class NoteReport:
    """Record one attempt to send a report."""

    write_back: int
    state: WriteBackState
    error: str = ""


@dataclass(frozen=True, slots=True)
class NoteExport:
    """Record that a report left for the data centre, and the offline file that holds it."""

    write_back: int
    export: str


@dataclass(frozen=True, slots=True)
class NoteReceipt:
    """Record the data centre's verdict on an exported report, and its consequence."""

    write_back: int
    receipt: str
    word: str
    state: WriteBackState


@dataclass(frozen=True, slots=True)
class WithdrawReport:
    """Withdraw a report that the province never accepted: its card was spoiled."""

    write_back: int


# -- people at the window ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteAttendance:
    """Record who was at the window for an order. `Transaction.apply` returns the record's id.

    Attributes:
        order: Id of the order.
        role: Holder or agent.
        how: Read from a card, or typed.
        module: Id of the security module that read the card.
        name: An agent's name, stored sealed; empty for the holder.
        number: An agent's number, stored sealed; empty for the holder.
    """

    order: str
    role: AttendanceRole
    how: How
    module: str = ""
    name: str = field(default="", repr=False)
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NoteAgreement:
    """Record that the name on the holder's card agrees with the province's."""

    attendance: int
    order: str
    agreement: NameAgreement


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Overwrite everything personal of an order that has ended; its history and counts stay.

    Irreversible. `after_days` is the site's time limit, for the history.
    """

    order: str
    after_days: int


# -- the state of cards at the province ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BeginCardService:
    """Write the intent of a service on a card's state. `Transaction.apply` returns its id."""

    service: StateService
    card: ProvinceCard = field(repr=False)
    proven: bool = False  # whether the holder's ID card was read for it


@dataclass(frozen=True, slots=True)
class EndCardService:
    """Write what is known of it now, and the state after it."""

    id: int
    result: ServiceResult
    after: CardState | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class EraseCardService:
    """Overwrite everything personal of a service; what it was stays. Irreversible."""

    id: int
    after_days: int


# -- history, stock ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddEvent:
    """Append one event to the history; `order` is empty for an event of no order. Not personal."""

    order: str
    kind: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MoveBlanks:
    """Record that a person moved blanks outside the machine; `bank` (AAE008) empty: of any."""

    machine: str
    request: str
    move: StockMove
    count: int
    bank: str = ""


@dataclass(frozen=True, slots=True)
class CloseShift:
    """Store a shift's report as it was counted."""

    machine: str
    request: str
    began_at: dt.datetime
    report: Mapping[str, Any]


Change = (
    AddOrder
    | RememberRequest
    | MoveOrder
    | SetGoal
    | SetHold
    | StoreData
    | SetWaivers
    | BindChip
    | ReleaseChip
    | BeginCall
    | EndCall
    | ForgetCall
    | BeginEffect
    | EndEffect
    | OpenCard
    | UpdateCard
    | AdoptCard
    | CountRibbon
    | DestroyCard
    | OweReport
    | NoteReport
    | NoteExport
    | NoteReceipt
    | WithdrawReport
    | NoteAttendance
    | NoteAgreement
    | ErasePerson
    | BeginCardService
    | EndCardService
    | EraseCardService
    | BatchChange
    | WebhookChange
    | FleetChange
    | AddEvent
    | MoveBlanks
    | CustodyChange
    | CloseShift
)
Changes = tuple[Change, ...]  #: made durable in one transaction, in this order

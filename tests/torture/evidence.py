"""What is known after a run: real effects, real cards, the province's truth, the journal's words.

Taken once, so that the invariants are pure functions of it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from station.core.errors import JournalError
from station.core.evidence import EffectRecord
from station.core.gateways import IssuanceReport
from station.core.orders import (
    CardRecord,
    EffectKind,
    EventRecord,
    OrderKind,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
)
from station.journal import Journal
from tests.torture.blanks import Card
from tests.torture.machine import Machine
from tests.torture.province import Lock
from tests.torture.service_evidence import Services
from tests.torture.temporary_evidence import TemporaryCards, is_at_desk

if TYPE_CHECKING:
    from tests.torture.window import Window


@dataclasses.dataclass(frozen=True)
class Act:
    """One real effect, seen when it began.

    Attributes:
        kind: What.
        serial: Of the card; 0 at the province.
        bearer: 卡号 on the chip before it.
        faces: On the card before it.
        about: The face printed, the data written, what was reported of which card, or activated.
        intents: The intents that were open in the journal.
        reported: Whether the province held a report of this card.
        last_event: The newest kind of event in the journal, those of the province's lanes left out:
            they write beside the machine's.
        step: Where the order stood whose intent this was; None when there was no intent.
        bound: AAZ501 of the card that this order was bound to; empty when to none.
        order: Whose intent this was.
        order_kind: And what that order does to its card.
        effect: Number of that intent; 0 when there was none.
        at: Seconds that really had passed since the window was opened.
    """

    kind: EffectKind
    serial: int
    bearer: str
    faces: tuple[str, ...]
    about: str
    intents: tuple[tuple[str, EffectKind], ...]
    reported: bool
    last_event: str
    step: OrderStep | None
    bound: str = ""
    order: str = ""
    order_kind: OrderKind | None = None
    effect: int = 0
    at: float = 0.0


@dataclasses.dataclass(frozen=True)
class Belief:
    """What the station believed right after a recovery, beside the truth of that moment."""

    ledger: tuple[CardRecord, ...]
    held: frozenset[str]
    open_intents: frozenset[str]
    inside: str  #: AAZ501 of the card in the path; empty when there is none
    inside_is_blank: bool
    inside_was_fed: bool
    tests: frozenset[str] = frozenset()  #: orders of test cards: nobody proves which blank it is
    moved_unseen: bool = False  #: another host moved the card after the last look of this recovery

    @classmethod
    def of(cls, journal: Journal, machine: Machine) -> Belief:
        """Take both."""
        try:
            orders = journal.orders.recent(100)
            rows = journal.cards.all()
            ledger = tuple(row for row in rows if not is_at_desk(row.AAZ501))
            intents = frozenset(effect.order for effect in journal.effects.open())
        except JournalError:
            orders, ledger, intents = [], (), frozenset({"unreadable"})
        path = machine.path
        return cls(
            ledger=ledger,
            held=frozenset(order.id for order in orders if order.hold is not None),
            open_intents=intents,
            inside=path.card_id if path else "",
            inside_is_blank=path is None or path.holder is None,
            inside_was_fed=path is not None and path.left_feeder and not path.along,
            tests=frozenset(order.id for order in orders if order.kind is OrderKind.TEST),
            moved_unseen=machine.moved_unseen,
        )


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Everything that a run left behind."""

    acts: tuple[Act, ...]
    beliefs: tuple[Belief, ...]
    cards: tuple[Card, ...]
    reports: tuple[IssuanceReport, ...]
    repeated: tuple[str, ...]
    activations: tuple[tuple[str, int], ...]
    orders: tuple[OrderRecord, ...]
    effects: tuple[EffectRecord, ...]
    ledger: tuple[CardRecord, ...]
    write_backs: tuple[WriteBackRecord, ...]
    events: tuple[EventRecord, ...]
    chain: str  #: empty when it verifies
    requests: tuple[tuple[str, str], ...]  #: idempotency key, and every order it was answered with
    defects: tuple[str, ...]
    logged: tuple[str, ...]
    given_back: tuple[tuple[str, str], ...] = ()  #: 撤销标注 that took effect: person and batch
    kept: frozenset[tuple[str, str]] = frozenset()  #: 撤销标注 that the province refused
    services: Services = dataclasses.field(default_factory=Services)
    locks: tuple[Lock, ...] = ()  #: what is locked to a batch of the window
    statements: tuple[str, ...] = ()  #: false or missing ones, that people were told (I10, I11)
    temporary: TemporaryCards = dataclasses.field(default_factory=TemporaryCards)
    late_reports: frozenset[tuple[str, str]] = frozenset()  #: that the province took unasked
    newest: tuple[str, ...] = ()  #: orders as the window lists them, newest first
    shifts: tuple[Mapping[str, int], ...] = ()  #: figures of every shift, the open one last
    loaded: int = 0  #: blanks that people said they put into the feeder
    hold_owed: float = 0.0  #: seconds; 0: as long as it takes
    take_within: float = 0.0  #: likewise
    by_hand: bool = False  #: a person moves the cards, and nothing is printed
    print_first: bool = False  #: the site prints while the report is owed
    spoiled_in_a_row: int = 2  #: so many stop the feeder


def collect(window: Window, answered: dict[str, set[str]]) -> Evidence:
    """Take the evidence of one window; `answered` says which orders each request was given."""
    journal, province = window.journal, window.province
    events = tuple(journal.history.after(0, limit=100_000))
    made = {event.order: event.seq for event in reversed(events)}
    orders = tuple(sorted(journal.orders.recent(1000), key=lambda order: made[order.id]))
    return Evidence(
        acts=tuple(window.acts),
        beliefs=tuple(window.beliefs),
        cards=tuple(window.machine.cards),
        reports=(*province.reports, *province.temporary),
        repeated=tuple(province.repeated),
        activations=tuple(province.activations.items()),
        orders=orders,
        effects=tuple(effect for order in orders for effect in journal.effects.of(order.id)),
        ledger=tuple(row for row in journal.cards.all() if not is_at_desk(row.AAZ501)),
        temporary=window.temporary_cards(),
        write_backs=tuple(journal.outbox.rows()),
        events=events,
        chain=_chain(journal),
        requests=tuple((key, order) for key, given in answered.items() for order in given),
        defects=tuple(window.defects) + tuple(window.engine.defects),
        logged=tuple(window.logged),
        by_hand=not window.machine.prints,
        print_first=window.policies.print_first,
        spoiled_in_a_row=window.policies.spoiled_in_a_row,
        given_back=tuple(province.given_back),
        kept=frozenset(province.kept),
        locks=tuple(province.locks),
        services=window.services(),
        statements=tuple(window.statements),
        late_reports=frozenset(province.late_reports),
        newest=tuple(line.id for line in window.service.orders.recent(1000)),
        shifts=window.all_shifts(),
        loaded=window.loaded(),
        hold_owed=window.policies.hold_owed,
        take_within=window.policies.take_within,
    )


def _chain(journal: Journal) -> str:
    try:
        journal.history.verify_chain()
    except JournalError as exc:
        return str(exc)
    return ""

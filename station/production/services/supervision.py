"""What a supervisor sees of the window: decisions, work by person, approvals, history, papers."""

from __future__ import annotations

import datetime as dt
import enum
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from station.core.custody import CustodyDocument, DocumentState
from station.core.errors import InputError
from station.core.life import OrderEvent
from station.core.lists import ListOfRows
from station.core.orders import (
    CardRecord,
    EventRecord,
    OrderKind,
    OrderSearch,
    OrderStep,
)
from station.core.recipes import recipe_of
from station.journal import Journal
from station.production.life.blank_stock import BEFORE_ALL
from station.production.life.effects import ACTOR, Workbench
from station.production.life.steps.photo import NOBODY
from station.production.services.ledger import TO_DESTROY, LedgerService
from station.production.services.orders import OrderService
from station.production.services.persons import PersonService, typed_search
from station.production.views.custody import ACT_TITLES
from station.production.views.exceptions_list import exceptions_list
from station.production.views.history import Range, audit_list, chain_verdict
from station.production.views.orders import OrderView
from station.production.views.supervision import (
    Decision,
    PersonCounts,
    WaitingApproval,
    decision_of,
    second_person,
    shift_list,
    spoiled_list,
)
from station.words import text

WISH: Final = "goal-set"
APPROVED: Final = OrderEvent.APPROVED.value
RELEASED: Final = OrderEvent.CARD_RELEASED.value
#: Kinds of events that tell who did what in a shift.
TOLD: Final = (
    *("order-accepted", WISH, APPROVED, RELEASED),
    *("answered", "photo-rules-waived", "card-taken-back", "card-destroyed"),
)
#: What is counted of a person's work, in this order.
COUNTED: Final = ("accepted", "approved", "made", "activated", "again", "agreed")
MOST_DECISIONS: Final = 200  #: of the open shift, the newest ones
MOST_WAITING: Final = 50  #: orders of one step that are looked at
MOST_DESTROYED: Final = 50
MOST_FOUND: Final = 200  #: events that a search shows
MOST_READ: Final = 100_000  #: events that a search without an order reads, newest first
MOST_SHIFTS: Final = 1000
PAGE: Final = 500
#: Steps at which an order can wait for a supervisor.
WAITING_AT: Final = tuple(
    step for step in OrderStep if step not in (OrderStep.CANCELLED, OrderStep.SPOILED)
)


class Paper(enum.StrEnum):
    """The form of a paper."""

    PDF = "pdf"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is looked for in the history; an empty field matches everything.

    Attributes:
        typed: An order's id, a person's number or a card's number, as it was typed.
        actor: Who acted, exactly.
        kind: Kind of the event, exactly.
        since: The first moment.
        until: The first moment after the range.
    """

    typed: str = field(default="", repr=False)
    actor: str = ""
    kind: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def matches(self, event: EventRecord) -> bool:
        """Whether an event is wanted, as far as the event alone can tell."""
        return (
            (not self.actor or self.actor in (event.actor, second_person(event.data)))
            and (not self.kind or event.kind == self.kind)
            and (self.since is None or event.at >= self.since)
            and (self.until is None or event.at < self.until)
        )


@dataclass(frozen=True, slots=True)
class AuditFound:
    """What a search of the history found.

    Attributes:
        events: Newest first, at most `MOST_FOUND`.
        whole: False where only the newest `MOST_READ` events were read.
    """

    events: tuple[EventRecord, ...]
    whole: bool


class _Tally:
    """Adds up the open shift from the history; each event is read once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._began: int | None = None
        self._start_over(BEFORE_ALL)

    def _start_over(self, began: int) -> None:
        self._began, self._seq = began, began
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._decisions: deque[Decision] = deque(maxlen=MOST_DECISIONS)
        self._approver: dict[str, str] = {}
        self._activated: dict[str, set[str]] = defaultdict(set)

    def read(self) -> tuple[tuple[Decision, ...], tuple[PersonCounts, ...]]:
        """Return the shift's decisions, newest first, and each person's counts."""
        with self._lock:
            last = self._journal.stock.last_shift()
            began = last.event if last else BEFORE_ALL
            if began != self._began:
                self._start_over(began)
            while page := self._journal.history.of_kinds(TOLD, self._seq, PAGE):
                for event in page:
                    self._add(event)
                self._seq = page[-1].seq
            people = tuple(
                PersonCounts(person, {name: counts[name] for name in COUNTED})
                for person, counts in sorted(self._counts.items())
            )
            return tuple(reversed(self._decisions)), people

    def _add(self, event: EventRecord) -> None:
        decision = decision_of(event)
        if decision is not None:
            self._decisions.append(decision)
        if second := second_person(event.data):
            self._counts[second]["agreed"] += 1
        if event.kind == RELEASED:
            # The machine puts the card out; it is the work of whoever compared it.
            if maker := self._approver_of(event.order):
                self._counts[maker]["made"] += 1
        elif event.actor != ACTOR:
            self._add_own(event)

    def _add_own(self, event: EventRecord) -> None:
        counts = self._counts[event.actor]
        if event.kind == "order-accepted":
            kind = OrderKind(event.data.get("kind", OrderKind.FULL.value))
            if not recipe_of(kind).judged:
                counts["again" if event.data.get("reason_code") else "accepted"] += 1
        elif event.kind == APPROVED:
            self._approver[event.order] = event.actor
            counts["approved"] += 1
        elif event.data.get("goal") == OrderStep.ACTIVATED.value:
            self._activated[event.actor].add(event.order)  # asked for twice, it is done once
            counts["activated"] = len(self._activated[event.actor])

    def _approver_of(self, order: str) -> str:
        if order not in self._approver:
            compared = self._journal.history.last(order, APPROVED)
            self._approver[order] = compared.actor if compared else ""
        return self._approver[order]


class SupervisionService:
    """Reads what a supervisor needs; changes nothing. Thread-safe."""

    def __init__(
        self,
        bench: Workbench,
        orders: OrderService,
        ledger: LedgerService,
        people: PersonService,
        documents: Callable[[int], list[CustodyDocument]],
    ) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._orders = orders
        self._ledger = ledger
        self._people = people
        self._documents = documents
        self._tally = _Tally(bench.journal)

    # -- the open shift ------------------------------------------------------------------------

    def shift_so_far(self) -> tuple[tuple[Decision, ...], tuple[PersonCounts, ...]]:
        """Return the open shift's decisions, newest first, and what each person did in it."""
        return self._tally.read()

    def waiting(self) -> list[WaitingApproval]:
        """Return what goes on only with a supervisor's agreement: orders, then hand-overs."""
        found = [one for step in WAITING_AT for one in self._waiting_at(step)]
        for paper in self._documents(MOST_WAITING):
            if paper.state is DocumentState.REQUESTED:
                what = text(
                    "waiting.custody", act=ACT_TITLES[paper.act.value], unit=paper.unit_name
                )
                found.append(WaitingApproval("", paper.id, paper.at, what))
        return found

    def _waiting_at(self, step: OrderStep) -> Iterator[WaitingApproval]:
        for line in self._orders.recent(MOST_WAITING, wanted=OrderSearch(step=step)):
            if line.problem_code is None:
                continue
            order = self._orders.one(line.id)
            if what := _asked_of_a_supervisor(order):
                yield WaitingApproval(order.id, 0, order.updated_at, what)

    def destroyed(self) -> list[CardRecord]:
        """Return the cards that two people have destroyed, the last destroyed first."""
        gone = [card for card in self._spoiled() if card.destroyed_at is not None]
        return sorted(gone, key=lambda card: card.id, reverse=True)[:MOST_DESTROYED]

    def _spoiled(self) -> list[CardRecord]:
        cards = [card for fate in TO_DESTROY for card in self._journal.cards.of_fate(fate)]
        return sorted(cards, key=lambda card: card.id)

    # -- the history ---------------------------------------------------------------------------

    def search(self, wanted: AuditSearch) -> AuditFound:
        """Return the events that match.

        Raises:
            IdNumberError: A person's number was typed, and it is wrong.
            PersonNotServedError: This window has no order of that person or card.
        """
        found: list[EventRecord] = []
        typed, read = wanted.typed.strip(), 0
        for event in self._events(typed):
            read += 1
            if wanted.matches(event):
                found.append(event)
            if len(found) == MOST_FOUND:
                break
        return AuditFound(tuple(found), whole=bool(typed) or read < MOST_READ)

    def _events(self, typed: str) -> Iterator[EventRecord]:
        if not typed:
            yield from self._newest(None, MOST_READ)
            return
        events = [one for order in self._orders_of(typed) for one in self._newest(order)]
        yield from sorted(events, key=lambda one: one.seq, reverse=True)

    def _newest(self, order: str | None, most: int | None = None) -> Iterator[EventRecord]:
        seq, read = self._journal.history.newest_seq() + 1, 0
        while page := self._journal.history.before(seq, PAGE, order):
            yield from page
            seq, read = page[-1].seq, read + len(page)
            if most is not None and read >= most:
                return

    def _orders_of(self, typed: str) -> list[str]:
        if is_order_id(typed):
            self._journal.orders.head(typed)
            return [typed]
        return [one.id for one in self._people.find(typed_search(typed)).orders]

    def chain_verdict(self) -> str:
        """Check the whole hash chain of the history, and return the verdict in words."""
        return chain_verdict(self._journal)[0]

    # -- papers --------------------------------------------------------------------------------

    def shift_paper(self, shift: int, window: str, form: Paper) -> bytes:
        """Return the report of a closed shift, as it was signed.

        Raises:
            InputError: No shift has this number.
        """
        shifts = self._ledger.closed_shifts(MOST_SHIFTS)
        closed = next((one for one in shifts if one.id == shift), None)
        if closed is None:
            raise InputError(f"no shift {shift}")
        return self._written(shift_list(closed, window, self._bench.clock.now()), form)

    def spoiled_paper(self, window: str, form: Paper) -> bytes:
        """Return the register of spoiled and test cards, destroyed ones included."""
        return self._written(spoiled_list(self._spoiled(), window, self._bench.clock.now()), form)

    def exceptions_paper(self, window: str, form: Paper) -> bytes:
        """Return 制卡异常数据: every order that did not become a card, with its reason."""
        return self._written(exceptions_list(self._journal, window), form)

    def audit_paper(self, wanted: AuditSearch, window: str, form: Paper) -> bytes:
        """Return the history of a range or an order, with the verdict on the whole hash chain.

        Raises:
            InputError: A person or a kind is named, which this list does not choose by; or the
                range holds too many events.
        """
        typed = wanted.typed.strip()
        if wanted.actor or wanted.kind or (typed and not is_order_id(typed)):
            raise InputError("the list is chosen by its days, or by one order")
        chosen = Range(wanted.since, wanted.until, typed or None)
        listed, _ = audit_list(self._journal, window, chosen)
        return self._written(listed, form)

    def _written(self, listed: ListOfRows, form: Paper) -> bytes:
        papers = self._bench.equipment.papers
        return papers.sheet(listed) if form is Paper.XLSX else papers.document(listed)


def is_order_id(typed: str) -> bool:
    """Whether this has the form of an order's id."""
    return len(typed) == 32 and all(sign in "0123456789abcdef" for sign in typed)


def _asked_of_a_supervisor(order: OrderView) -> str:
    if NOBODY in order.photo_waivers.values():
        return text("waiting.photo")
    if order.question is None:
        return ""
    labels = [one.label for one in order.question.answers if one.needs_approver]
    agreed = text("phrases.between").join(labels)
    return text("waiting.answer", question=order.question.text, answers=agreed) if labels else ""

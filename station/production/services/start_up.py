"""What was left over when the station started, until a person says that they have read it.

What the journal knows is noted before recovery begins: recovery settles most of it, and a person
who comes back to the window wants to know what was found, not only what is still open. What a page
shows of each finding is its state at the moment of reading.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from station.core.changes import AddEvent
from station.core.life import FINAL, IN_MACHINE
from station.core.orders import OrderStep, WriteBackState
from station.production.life.effects import OUTSIDE, Workbench
from station.production.machine.engine import Engine
from station.production.people.questions import question_about
from station.production.services.ledger import LedgerService
from station.production.services.orders import OrderService
from station.production.views.orders import OrderView

LEFT_OVER_READ: Final = "start-up-read"  #: kind of the event that records who has read the findings


class LeftOver(StrEnum):
    """What may be left over."""

    CARD = "card"  #: an order with a card inside, or a movement without a known outcome
    QUESTION = "question"  #: an order without a card inside that waits for a person's answer
    STRANGE_CARD = "strange-card"  #: a card in the machine that belongs to no order
    REPORTS = "reports"  #: reports that the province has not acknowledged
    BATCH = "batch"  #: a batch whose cards are made or paused
    SHIFT = "shift"  #: the shift of an earlier day, which nobody has closed


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was left over.

    Attributes:
        kind: What it is.
        about: Id of the order or of the batch; empty for none.
        step: The order's step when the station started; None for the others.
        count: Reports that were owed; 0 for the others.
    """

    kind: LeftOver
    about: str = ""
    step: OrderStep | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class FoundNow:
    """A finding, and how it is at this moment.

    Attributes:
        finding: What was found.
        order: Its order as it is now; None for none.
        title: Title of its batch; empty for none.
        still: Whether it is still open.
        count: Reports that are owed now; 0 for the others.
    """

    finding: Finding
    order: OrderView | None
    title: str
    still: bool
    count: int = 0


class StartUpService:
    """The findings of this start of the station. Thread-safe; `read` is safe to repeat."""

    def __init__(
        self, bench: Workbench, engine: Engine, orders: OrderService, ledger: LedgerService
    ) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._engine = engine
        self._orders = orders
        self._ledger = ledger
        self._lock = threading.Lock()
        self._noted: tuple[Finding, ...] = ()
        self._read = False

    def note(self) -> None:
        """Note what the journal knows, before recovery begins. Moves and changes nothing."""
        self._noted = (*self._orders_left(), *self._others_left())

    def now(self) -> tuple[FoundNow, ...]:
        """Return what was found; nothing before recovery is over, or once it was read."""
        findings = self._findings()
        return tuple(self._now(one) for one in findings)

    def read(self, actor: str) -> None:
        """Record that a person has read the findings: they are shown no more in this start.

        Raises:
            JournalError: It can't be written; the findings stay.
        """
        with self._lock:
            findings = self._findings()
            if not findings:
                return
            kinds = dict.fromkeys(one.kind.value for one in findings)
            data = {"found": str(len(findings)), "kinds": ",".join(kinds)}
            self._bench.apply(actor, AddEvent("", LEFT_OVER_READ, data))
            self._read = True

    def _findings(self) -> tuple[Finding, ...]:
        if self._read or not self._engine.begun:
            return ()
        look = self._engine.first_look
        strange = look is not None and look.unowned_card
        return (*self._noted, *((Finding(LeftOver.STRANGE_CARD),) if strange else ()))

    def _orders_left(self) -> list[Finding]:
        moving = {e.order for e in self._journal.effects.open() if e.kind not in OUTSIDE}
        cards_inside = self._journal.cards.owned_inside()
        inside = {card.order for card in cards_inside if card.order} | moving
        cards, questions = [], []
        heads = {head.id: head for head in self._journal.orders.heads()}
        for order in sorted(inside - heads.keys()):  # ended, with a movement that is not settled
            heads[order] = self._journal.orders.head(order)
        for head in heads.values():
            if head.id in inside or head.step in IN_MACHINE:
                cards.append(Finding(LeftOver.CARD, head.id, head.step))
            elif head.hold is not None and self._asks(head.id):
                questions.append(Finding(LeftOver.QUESTION, head.id, head.step))
        return [*cards, *questions]

    def _asks(self, order: str) -> bool:
        return question_about(self._bench, self._journal.orders.one(order)) is not None

    def _others_left(self) -> list[Finding]:
        found = []
        owed = self._owed()
        if owed:
            found.append(Finding(LeftOver.REPORTS, count=owed))
        found += [Finding(LeftOver.BATCH, one.id) for one in self._journal.batches.in_making()]
        if self._ledger.is_of_earlier_day():
            found.append(Finding(LeftOver.SHIFT))
        return found

    def _owed(self) -> int:
        return len(self._journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD))

    def _now(self, one: Finding) -> FoundNow:
        match one.kind:
            case LeftOver.CARD | LeftOver.QUESTION:
                view = self._orders.one(one.about)
                open_now = view.question is not None or view.step not in FINAL
                card_out = one.kind is LeftOver.CARD and view.step not in IN_MACHINE
                still = open_now and not (card_out and view.problem is None)
                return FoundNow(one, view, "", still)
            case LeftOver.REPORTS:
                owed = self._owed()
                return FoundNow(one, None, "", still=owed > 0, count=owed)
            case LeftOver.BATCH:
                batch = self._journal.batches.one(one.about)
                making = {each.id for each in self._journal.batches.in_making()}
                return FoundNow(one, None, batch.title, still=batch.id in making)
            case LeftOver.SHIFT:
                return FoundNow(one, None, "", still=self._ledger.is_of_earlier_day())
            case LeftOver.STRANGE_CARD:
                look = self._engine.last_look
                return FoundNow(one, None, "", still=look is not None and look.unowned_card)

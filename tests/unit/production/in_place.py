"""The service on a window in memory, without a thread: what it asks of the machine runs at once."""

from __future__ import annotations

import random
from collections.abc import Callable

from station.core.changes import SetHold
from station.core.errors import StationError
from station.core.life import Lane
from station.core.orders import OrderReason, OrderRecord, OrderStep
from station.core.questions import AnswerKind, QuestionKind
from station.production.life import recovery
from station.production.life.effects import Workbench
from station.production.life.steps import data
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from tests.unit.production.doubles import ID_NUMBER, Bench

S, Q, A = OrderStep, QuestionKind, AnswerKind


class InPlace(Engine):
    """Runs what is asked of the machine's thread at once."""

    def call_and_wait(
        self,
        work: Callable[[Workbench, Workflow], None],
        timeout: float,
        lane: Lane = Lane.MACHINE,
    ) -> StationError | None:
        del timeout, lane
        try:
            work(self._bench, self._workflow)
        except StationError as exc:
            return exc
        return None


def service(window: Bench) -> ProductionService:
    """Return a service on this window; each call makes a new one on the same journal."""
    notifier = Notifier()
    engine = InPlace(window.bench, notifier, random.Random(1))
    return ProductionService(window.journal, window.bench.equipment, engine, notifier)


def tell_the_truth(window: Bench, order: str) -> AnswerKind | None:
    """Answer what is asked about a doubt as somebody who has looked; returns what was said."""
    question = service(window).orders.one(order).question
    path = window.machine.path
    if question is None:
        return None
    truth = {
        Q.FEED_IN_DOUBT: A.GO_ON if path else A.NOT_FED,
        Q.RELEASE_IN_DOUBT: A.INSIDE if path else A.AT_OUTLET,
        Q.REJECT_IN_DOUBT: A.INSIDE if path else A.DISCARDED,
        Q.FACE_IN_DOUBT: A.PRINTED if path and path.printed else A.NOT_PRINTED,
    }
    said = truth.get(question.kind)
    if said is not None:
        service(window).orders.answer(order, said, "clerk")
    return said


class Walk:
    """One order at a window, step by step, the way the machine's thread takes it."""

    def __init__(self, window: Bench, order: str) -> None:
        self.window = window
        self.id = order

    @classmethod
    def accept(cls, window: Bench, number: str = ID_NUMBER, key: str = "first") -> Walk:
        """Accept an order for one person."""
        made = service(window).orders.create(
            number, OrderReason.REPLACEMENT, "clerk", idempotency_key=key
        )
        return cls(window, made.id)

    @property
    def record(self) -> OrderRecord:
        """The order now."""
        return self.window.journal.orders.one(self.id)

    @property
    def code(self) -> str | None:
        """Why it is held."""
        return self.record.hold.code if self.record.hold else None

    def step(self) -> bool:
        """Take it one step further; a person approves, and clears the hold by pressing again."""
        record = self.record
        if record.step is S.DATA_READY:
            data.approve(self.window.bench, record, "clerk")
            return True
        if record.hold is not None:
            with self.window.journal.transaction("clerk") as change:
                change.apply(SetHold(self.id, None))
        return Workflow(self.window.bench, random.Random(1)).step_once(self.record)

    def to(self, step: OrderStep) -> None:
        """Take it to `step`, or fail with where it stopped."""
        for _ in range(40):
            if self.record.step is step:
                return
            if tell_the_truth(self.window, self.id) is None:
                self.step()
        raise AssertionError(f"stuck at {self.record.step}: {self.record.hold}")

    def restart(self) -> None:
        """Have a new process recover on the same journal and world."""
        self.window.restart()
        recovery.recover(self.window.bench, Workflow(self.window.bench, random.Random(1)))

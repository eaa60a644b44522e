"""Makes the cards of a batch: each one is an order of the window's queue, a few in advance.

A row's order is accepted under a key of its own, so that a crash in between makes no second one.
It is approved without another look only where the province's data are what a person has compared:
the same number, name and bank, and the very picture that was confirmed. Everything else waits for a
person at the preview. An order that is held keeps none of the others waiting.

What is done follows from the states in the journal; nothing is remembered between two turns but the
times of the last cards, for the estimate.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from station.batches.confirming import RowAnswer, number_of
from station.core.batch_changes import ChangeBatch, DecideBatchRows, RowDecision
from station.core.batches import (
    BatchRecord,
    Making,
    RowField,
    RowHead,
    RowReason,
    RowRecord,
    RowState,
)
from station.core.changes import SetGoal
from station.core.errors import InputError, StationError, StepNotAllowedError
from station.core.life import BEFORE_FEED, FINAL, IN_MACHINE
from station.core.orders import Hold, OrderHead, OrderReason, OrderRecord, OrderStep, Queue
from station.journal import Journal
from station.production.intake.reception import OrderRequest
from station.production.life.effects import ACTOR
from station.production.services.service import ProductionService

AHEAD: Final = 8  #: orders whose data are fetched while a card is made
MOST_AT_WORK: Final = 10_000  #: rows with an order that are looked at in a turn
MEASURED: Final = 20  #: cards behind the estimate
MOVED: Final = "batch-row-moved"
#: Reasons that end when a person has approved the preview.
_PREVIEW: Final = frozenset({RowReason.COMPARE, RowReason.DATA_DIFFERS, "photo-rules-broken"})
_OUT: Final = frozenset({OrderStep.RELEASED, OrderStep.RELEASED_OWED, OrderStep.ACTIVATED})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        made: Rows whose card is out.
        held: Rows whose order waits for a person.
        spoiled: Rows whose card was spoiled and not made again.
        left: Rows that are confirmed or at work.
        bank: The bank whose blanks are needed next; empty where the list names none.
        of_bank: How many cards of this bank are to be made before the next bank's.
        seconds: Estimated time until the last one; None before two cards were made.
    """

    made: int
    held: int
    spoiled: int
    left: int
    bank: str
    of_bank: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class StoppedRow:
    """A row that does not go on before a person has done something.

    Attributes:
        head: The row.
        hold: Why its order does not go on; None without an order that is held.
        preview: Whether a person must compare the preview.
    """

    head: RowHead
    hold: Hold | None
    preview: bool


class BatchMaking:
    """Starts, pauses and resumes batches, and takes their rows on. Thread-safe."""

    def __init__(self, journal: Journal, production: ProductionService) -> None:
        self._journal = journal
        self._production = production
        self._made_at: deque[float] = deque(maxlen=MEASURED)

    # -- by people -----------------------------------------------------------------------------

    def start(self, batch: str, actor: str) -> None:
        """Have the cards of a batch made, or go on after a pause.

        Rows that could not be ordered are tried again.

        Raises:
            BatchNotFoundError: There is no such batch.
            StepNotAllowedError: No row is confirmed.
        """
        record = self._journal.batches.one(batch)
        counts = self._journal.batches.counts(batch)
        if not counts[RowState.CONFIRMED] and not counts[RowState.MAKING]:
            raise StepNotAllowedError("no row is confirmed")
        waiting = self._journal.batches.heads_in(batch, RowState.CONFIRMED, MOST_AT_WORK)
        again = tuple(
            RowDecision(head.id, head.line, RowState.CONFIRMED) for head in waiting if head.reason
        )
        with self._journal.transaction(actor) as change:
            if again:
                change.apply(DecideBatchRows(batch, MOVED, again))
            if record.making is not Making.ON:
                change.apply(ChangeBatch(batch, making=Making.ON))

    def pause(self, batch: str, actor: str) -> None:
        """Feed no further card of this batch; the one in the machine is finished.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        record = self._journal.batches.one(batch)
        if record.making is Making.ON:
            with self._journal.transaction(actor) as change:
                change.apply(ChangeBatch(batch, making=Making.PAUSED))
            self._take_on(self._journal.batches.one(batch))

    def withdraw(self, batch: str, lines: Sequence[int], actor: str) -> list[RowAnswer]:
        """撤销 of rows, each with its own result; an order is cancelled, and the province told.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        rows = {row.head.line: row.head for row in self._journal.batches.lines(batch, lines)}
        return [self._withdraw(batch, line, rows.get(line), actor) for line in lines]

    def _withdraw(self, batch: str, line: int, head: RowHead | None, actor: str) -> RowAnswer:
        if head is None:
            return RowAnswer(line, None, "batch-not-found")
        if head.state is RowState.WITHDRAWN:
            return RowAnswer(line, head.state)
        if head.state is RowState.MADE:
            return RowAnswer(line, head.state, f"row-is-{head.state.value}")
        if head.order is not None:
            try:
                self._production.orders.cancel(head.order, actor)
            except StationError as exc:
                return RowAnswer(line, head.state, exc.code)
        self._decide(batch, actor, RowDecision(head.id, line, RowState.WITHDRAWN))
        return RowAnswer(line, RowState.WITHDRAWN)

    def approve(self, batch: str, lines: Sequence[int], actor: str) -> list[RowAnswer]:
        """预览核对 of rows that wait for it: the actor has compared their previews.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        rows = {row.head.line: row.head for row in self._journal.batches.lines(batch, lines)}
        answers = []
        for line in lines:
            head = rows.get(line)
            if head is None or head.order is None:
                problem = "batch-not-found" if head is None else f"row-is-{head.state.value}"
                answers.append(RowAnswer(line, head.state if head else None, problem))
                continue
            (done,) = self._production.queue.approve([head.order], actor)
            answers.append(RowAnswer(line, head.state, done.problem_code or ""))
        return answers

    def progress(self, batch: str) -> Progress:
        """Return how far a batch is.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        counts = self._journal.batches.counts(batch)
        at_work = self._journal.batches.heads_in(batch, RowState.MAKING, MOST_AT_WORK)
        held = sum(self._waits_for_a_person(head) for head in at_work)
        spoiled = sum(head.reason == RowReason.CARD_SPOILED for head in at_work)
        waiting = self._journal.batches.next_to_make(batch, MOST_AT_WORK)
        bank = waiting[0].AAE008 if waiting else ""
        left = counts[RowState.CONFIRMED] + counts[RowState.MAKING]
        return Progress(
            made=counts[RowState.MADE],
            held=held,
            spoiled=spoiled,
            left=left,
            bank=bank,
            of_bank=sum(bank == head.AAE008 for head in waiting),
            seconds=self._estimate(left - held),
        )

    def stopped(self, batch: str) -> list[StoppedRow]:
        """Return the rows that wait for a person, by bank and 序号.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        found = []
        for head in self._journal.batches.heads_in(batch, RowState.MAKING, MOST_AT_WORK):
            order = self._order(head)
            hold = None if order is None else order.hold
            ready = order is not None and order.step is OrderStep.DATA_READY
            preview = ready and hold is None and head.reason in _PREVIEW
            if head.reason or hold is not None:
                found.append(StoppedRow(head, hold, preview))
        for head in self._journal.batches.heads_in(batch, RowState.CONFIRMED, MOST_AT_WORK):
            if head.reason:
                found.append(StoppedRow(head, None, preview=False))
        return found

    def _waits_for_a_person(self, head: RowHead) -> bool:
        if head.reason:
            return True
        order = self._order(head)
        return order is not None and order.hold is not None

    def _estimate(self, left: int) -> float | None:
        if len(self._made_at) < 2:
            return None
        each = (self._made_at[-1] - self._made_at[0]) / (len(self._made_at) - 1)
        return each * left

    # -- in turns ------------------------------------------------------------------------------

    def turn(self) -> bool:
        """Take every batch on as far as possible now; returns whether anything was changed."""
        changed = False
        for batch in self._journal.batches.in_making():
            changed |= self._take_on(batch)
        return changed

    def _take_on(self, batch: BatchRecord) -> bool:
        at_work = self._journal.batches.heads_in(batch.id, RowState.MAKING, MOST_AT_WORK)
        changed, ahead = False, 0
        for head in at_work:
            order = self._order(head)
            if order is None:
                continue
            with contextlib.suppress(InputError):  # another thread was faster: the next turn sees
                changed |= self._carry_on(batch, head, order)
            ahead += order.step in BEFORE_FEED and order.hold is None and not head.reason
        if batch.making is Making.ON and ahead < AHEAD:
            for head in self._journal.batches.next_to_make(batch.id, AHEAD - ahead):
                self._begin(batch, head)
                changed = True
        return changed

    def _carry_on(self, batch: BatchRecord, head: RowHead, order: OrderHead) -> bool:
        if order.step in FINAL or order.step in _OUT:
            return self._ended(batch, head, order)
        paused = batch.making is Making.PAUSED
        if paused and order.step in BEFORE_FEED:
            return _hold_back(self._journal, order)
        waits = order.goal is None and order.hold is None
        if waits and (order.step in IN_MACHINE or not paused) and not head.reason:
            self._production.orders.run(order.id, head.decided_by)
            return True
        if order.step is OrderStep.DATA_READY and order.hold is None and not head.reason:
            self._approve(batch, head, order)
            return True
        if head.reason in _PREVIEW and order.step is not OrderStep.DATA_READY:
            return self._reason(batch, head, "")  # a person has compared the preview
        return False

    def _begin(self, batch: BatchRecord, head: RowHead) -> None:
        (row,) = self._journal.batches.lines(batch.id, [head.line])
        key = f"batch {batch.id} {head.line}"
        request = OrderRequest(number_of(row), OrderReason.NEW, key, queue=Queue.BATCH)
        try:
            order = self._production.orders.accept(request, head.decided_by)
        except InputError as exc:
            self._decide(
                batch.id, ACTOR, RowDecision(head.id, head.line, RowState.CONFIRMED, exc.code)
            )
            return
        self._decide(batch.id, ACTOR, RowDecision(head.id, head.line, RowState.MAKING, order=order))
        self._production.orders.run(order, head.decided_by)

    def _approve(self, batch: BatchRecord, head: RowHead, order: OrderHead) -> None:
        (row,) = self._journal.batches.lines(batch.id, [head.line])
        reason = _difference(self._journal, batch, row, self._journal.orders.one(order.id))
        if not reason:
            try:
                self._production.orders.run(order.id, head.decided_by, approved=True)
            except InputError as exc:
                reason = exc.code
        if reason:
            self._reason(batch, head, reason)

    def _ended(self, batch: BatchRecord, head: RowHead, order: OrderHead) -> bool:
        if order.step in _OUT:
            self._decide(batch.id, ACTOR, RowDecision(head.id, head.line, RowState.MADE))
            self._made_at.append(self._journal.age())
            return True
        if order.step is OrderStep.CANCELLED:
            cancelled = RowDecision(head.id, head.line, RowState.WITHDRAWN, RowReason.CANCELLED)
            self._decide(batch.id, ACTOR, cancelled)
            return True
        remake = _remake_of(self._journal, order)
        if remake is not None:
            again = RowDecision(head.id, head.line, RowState.MAKING, order=remake)
            self._decide(batch.id, ACTOR, again)
            return True
        return self._reason(batch, head, RowReason.CARD_SPOILED)

    def _reason(self, batch: BatchRecord, head: RowHead, reason: str) -> bool:
        if head.reason == reason:
            return False
        self._decide(batch.id, ACTOR, RowDecision(head.id, head.line, RowState.MAKING, reason))
        return True

    def _order(self, head: RowHead) -> OrderHead | None:
        return None if head.order is None else self._journal.orders.head(head.order)

    def _decide(self, batch: str, actor: str, decision: RowDecision) -> None:
        with self._journal.transaction(actor) as change:
            change.apply(DecideBatchRows(batch, MOVED, (decision,)))


def _hold_back(journal: Journal, order: OrderHead) -> bool:
    if order.goal is None:
        return False
    with journal.transaction(ACTOR) as change:
        change.apply(SetGoal(order.id, None))
    return True


def _remake_of(journal: Journal, order: OrderHead) -> str | None:
    heads = journal.orders.heads_of_person(journal.orders.number_of(order.id))
    remakes = (one.id for one in heads if one.previous == order.id and one.kind is order.kind)
    return next(remakes, None)


def _difference(journal: Journal, batch: BatchRecord, row: RowRecord, order: OrderRecord) -> str:
    """Return why a person must compare the preview; empty where a person has compared it."""
    data = order.data
    if data is None:
        return RowReason.COMPARE
    unit = journal.units.one(batch.unit)
    bank = row.head.AAE008 or (unit.AAE008 if unit else "")
    same = (number_of(row), row.cell(RowField.NAME)) == (data.chip.AAC002, data.chip.AAC003)
    if not same or (bank and bank != data.AAE008):
        return RowReason.DATA_DIFFERS
    if row.head.photo is None:
        return RowReason.COMPARE
    confirmed = journal.batch_photos.jpeg(batch.id, row.head.photo)
    return "" if confirmed == data.photo_jpeg else RowReason.COMPARE

"""Orders of cards: accept them, show them, and process button presses and answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Final

from station.core.changes import Changes, SetGoal, SetHold
from station.core.errors import (
    CardMissingError,
    OrderMovedError,
    StepNotAllowedError,
    WrongCardError,
)
from station.core.identity import parse_id_number
from station.core.life import FINAL, reached
from station.core.orders import (
    ALL_ORDERS,
    OrderHead,
    OrderKind,
    OrderReason,
    OrderSearch,
    OrderStep,
    Queue,
)
from station.core.people import Approval
from station.core.questions import AnswerKind
from station.core.recipes import recipe_of
from station.journal import Journal
from station.production.intake import capabilities
from station.production.intake.reception import Also, OrderRequest, accept, nothing_more
from station.production.intake.reprints import Reprint, accept_reprint
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment
from station.production.life.offered import require_offered
from station.production.life.policies import WindowService
from station.production.life.steps import data, photo, release
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.people import answers
from station.production.services.on_machine import BUTTON_PATIENCE, on_machine
from station.production.services.shown import order_now
from station.production.services.waiting import Waiting
from station.production.views.orders import (
    Following,
    OrderSummary,
    OrderView,
    order_summary,
)

#: The service that a site may switch off, by the reason of the order.
OF_REASON: Final = {
    OrderReason.NEW: WindowService.FIRST_ISSUE,
    OrderReason.REPLACEMENT: WindowService.REPLACEMENT,
    OrderReason.REMAKE: WindowService.REPRINT,
}
Rules = Collection[str] | None  #: words of photo rules; None for all that wait


class OrderService:
    """The use cases about card orders; every call may be repeated safely. Thread-safe.

    Only a call with a `timeout` waits for the machine; the others record the goal and return.
    `before_approval` is called with order and actor, and raises an error that prevents the
    approval.
    """

    def __init__(
        self,
        journal: Journal,
        equipment: Equipment,
        engine: Engine,
        notifier: Notifier,
        *,
        before_approval: Callable[[str, str], None] = lambda order, actor: None,
    ) -> None:
        self._before_approval = before_approval
        self._journal = journal
        self._equipment = equipment
        self._engine = engine
        self._bench = engine.bench
        self._waiting = Waiting(engine, notifier)
        self._pressing = threading.Lock()  # concurrent presses must see each other's goal

    def create(
        self,
        id_number: str,
        reason: OrderReason,
        actor: str,
        *,
        idempotency_key: str | None = None,
        queue: Queue = Queue.WINDOW,
    ) -> OrderView:
        """受理: accept an order for one person, and return it; see `accept`."""
        request = OrderRequest(id_number, reason, idempotency_key, queue=queue)
        return self.one(self.accept(request, actor))

    def accept(self, request: OrderRequest, actor: str, also: Also = nothing_more) -> str:
        """受理: accept an order for one person, for one of the machine's queues; returns its id.

        The same Idempotency-Key with the same request returns the same order; without a key, a
        person's open order is returned. What `also` returns for a new order is durable with it.

        Raises:
            ServiceOffError: The site has switched it off.
            CapabilityMissingError: This machine can't make the window's cards.
            IdNumberError: The number is wrong.
            OrderConflictError: See `reception.accept`.
        """
        require_offered(self._equipment, OF_REASON[request.reason])
        _require_capable(self._engine, self._equipment, OrderKind.FULL)
        return accept(self._journal, self._equipment.machine, request, actor, also)

    def reprint(self, wish: Reprint, actor: str) -> OrderView:
        """补打卡面, 重写芯片 or a remake: accept an order about an earlier one's card.

        Raises:
            ServiceOffError: The site has switched it off.
            CapabilityMissingError: This machine can't process a card in this way.
            InputError: The kind's rule does not accept the reason.
            NotSupervisorError: A supervisor must agree.
            StepNotAllowedError: The first order's card is not in a state for this.
            OrderConflictError: The person has another open order, or the key was used for another
                request.
        """
        at_desk = recipe_of(wish.kind).at_desk
        service = WindowService.TEMPORARY if at_desk else WindowService.REPRINT
        require_offered(self._equipment, service)
        _require_capable(self._engine, self._equipment, wish.kind)
        with self._pressing:
            order = accept_reprint(self._bench, wish, actor)
        self._engine.wake()
        return self.one(order)

    def one(self, order: str) -> OrderView:
        """Return one order.

        Raises:
            OrderNotFoundError: It does not exist.
        """
        return order_now(self._bench, self._engine, self._journal.orders.one(order))

    def revision(self, order: str) -> int:
        """Return a number that grows whenever the order changes in a way that a person must see.

        A button carries the revision of the displayed page, so that a press that is too late can be
        refused. Automatic retries do not change it. 0 for an unknown order.
        """
        return self.revisions((order,))[order]

    def revisions(self, orders: Collection[str]) -> dict[str, int]:
        """Return the `revision` of each of several orders."""
        return self._journal.history.last_changes(orders)

    def following(self, order: str) -> Following:
        """Return what comes next for an order; unseals nothing.

        Raises:
            OrderNotFoundError: It does not exist.
        """
        head = self._journal.orders.head(order)
        way = self._bench.way(head)
        return Following(way.next_event(head.step), way.next_step(head.step))

    def current(self) -> OrderView | None:
        """Return the order whose card is in the machine, else the newest one."""
        record = self._journal.orders.current()
        return order_now(self._bench, self._engine, record) if record else None

    def recent(
        self, limit: int = 50, before: str | None = None, wanted: OrderSearch = ALL_ORDERS
    ) -> list[OrderSummary]:
        """Return orders, newest first, with masked numbers; those that are `wanted` only.

        Raises:
            IdNumberError: The person's number is wrong.
        """
        if wanted.id_number is not None:
            wanted = replace(wanted, id_number=parse_id_number(wanted.id_number))
        return [order_summary(line) for line in self._journal.orders.lines(limit, before, wanted)]

    # -- buttons -------------------------------------------------------------------------------

    def press(self, order: str, step: OrderStep, actor: str) -> OrderView:
        """Request one step. If it is done or running already, nothing happens a second time.

        Raises:
            StepNotAllowedError: Another step comes first.
        """
        with self._pressing:
            record = self._journal.orders.head(order)
            following = self._bench.way(record).next_step(record.step)
            step = _beside(step, following)
            if reached(record.step, step) or self._engine.running(order) is step:
                return self.one(order)
            if following is not step:
                raise StepNotAllowedError(
                    f"{step.value} does not follow {record.step.value}",
                    details={"step": record.step.value, "wanted": step.value},
                )
            if step is OrderStep.APPROVED:
                self._approve(record, actor)
                self._engine.wake()
            else:
                self._go(record, step, actor)
        return self.one(order)

    def run(self, order: str, actor: str, *, approved: bool = False) -> OrderView:
        """一键制卡: run every step up to 出卡. It stops once, for a person to compare the preview.

        `approved` means that the caller has already compared it.

        Raises:
            StepNotAllowedError: The order has ended.
            PhotoRulesError: The picture waits for a supervisor.
        """
        with self._pressing:
            record = self._journal.orders.head(order)
            if record.step is OrderStep.DATA_READY:
                photo.require_waived(record)
            if record.step in FINAL:
                raise StepNotAllowedError(
                    f"the order has ended: {record.step.value}", details={"step": record.step.value}
                )
            if not reached(record.step, OrderStep.RELEASED):
                if record.step is OrderStep.DATA_READY and approved:
                    self._approve(record, actor)
                self._go(record, OrderStep.RELEASED, actor)
        return self.one(order)

    def cancel(self, order: str, actor: str, *, timeout: float = BUTTON_PATIENCE) -> OrderView:
        """Cancel an order while nothing irreversible has happened; an unharmed blank is released.

        An order without a card in the machine is cancelled at once, even while machine or province
        are busy.

        Raises:
            StepNotAllowedError: Too late.
            MachineAtWorkError: Its card is in the machine, which is in the middle of a step.
            CardMissingError, WrongCardError: Its card is not in the path; the order is held.
            StationError: The blank can't be released now; the order is unchanged.
        """
        record = self._journal.orders.head(order)
        if record.step is OrderStep.CANCELLED:
            return self.one(order)
        try:
            if release.cancel_in_journal(self._bench, record, actor):
                self._engine.wake()
                return self.one(order)
        except OrderMovedError:
            pass  # the machine was faster: it knows where the card is
        on_machine(self._engine, partial(_cancel, order=order, actor=actor), timeout)
        return self.one(order)

    def waive_photo_rules(
        self, order: str, second: Approval | None, actor: str, rules: Rules = None
    ) -> OrderView:
        """主管放行: waive soft photo rules that the picture breaks, all of them or some. Recorded.

        Raises:
            NotSupervisorError: Nobody else agreed.
            StepNotAllowedError: No such rule waits.
        """
        with self._pressing:
            photo.waive(self._bench, self._journal.orders.one(order), second, actor, rules)
        return self.one(order)

    def answer(
        self,
        order: str,
        said: AnswerKind,
        actor: str,
        *,
        approval: Approval | None = None,
        timeout: float = BUTTON_PATIENCE,
    ) -> OrderView:
        """Take a person's answer to the order's question. May move a card; may be irreversible.

        Raises:
            StepNotAllowedError: The order has no such question.
            NotSupervisorError: The answer needs the approval of a supervisor.
            MachineAtWorkError: The machine is in the middle of a step; the question remains.
            StationError: The machine can't do it now; the question remains.
        """
        answers.asked(self._bench, self._journal.orders.one(order), said)

        def take(bench: Workbench, workflow: Workflow) -> None:
            answers.answer(bench, workflow, order, said, actor=actor, approval=approval)

        on_machine(self._engine, take, timeout)
        return self.one(order)

    def wait_for(self, order: str, step: OrderStep, timeout: float) -> OrderView:
        """Return the order once it has settled (`settles`), or after `timeout` seconds."""
        self.settles(order, step, timeout)
        return self.one(order)

    def settles(self, order: str, step: OrderStep, timeout: float) -> bool:
        """See `Waiting.settles`."""
        return self._waiting.settles(order, step, timeout)

    def _approve(self, record: OrderHead, actor: str) -> None:
        self._before_approval(record.id, actor)
        data.approve(self._bench, record, actor)

    def _go(self, record: OrderHead, goal: OrderStep, actor: str) -> None:
        self._bench.apply(actor, *_towards(record, goal))
        self._engine.link.try_now()  # requested by a person
        self._engine.wake()


def _require_capable(engine: Engine, equipment: Equipment, kind: OrderKind) -> None:
    snapshot = engine.watch()
    capabilities.require(equipment, snapshot.printer if snapshot else None, kind)


def _towards(record: OrderHead, goal: OrderStep) -> Changes:
    """Return the changes that send an order on to a goal that a person has requested."""
    # Two people's approval to release the card inactive remains valid, whatever is pressed later.
    out = OrderStep.RELEASED_OWED
    inactive = record.goal is out and not reached(record.step, out)
    further = record.goal is None or not (inactive or reached(record.goal, goal))
    wanted = (SetGoal(record.id, goal),) if further else ()
    free = (SetHold(record.id, None),) if record.hold is not None else ()
    return (*wanted, *free)


def _cancel(bench: Workbench, workflow: Workflow, *, order: str, actor: str) -> None:
    # An intent without outcome may mean a blank in transit: establish first where it is.
    now = workflow.settle_card(bench.journal.orders.one(order))
    if now.step is OrderStep.CANCELLED:
        return
    try:
        release.cancel(bench, now, actor)
    except (CardMissingError, WrongCardError) as exc:
        # Its card is not where the ledger has it: the hold records that, and a question follows.
        workflow.hold(bench.journal.orders.one(order), exc)
        raise


def _beside(step: OrderStep, following: OrderStep | None) -> OrderStep:
    # 打印 is one button, whether the site reports before it or after it. Pressed again on a printed
    # card whose report is owed, it requests the next step: the report.
    owed = OrderStep.PRINTED_OWED
    return owed if step is OrderStep.PRINTED and following is owed else step

"""The queue of cards: orders that were approved in advance and are made one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from station.core.errors import StationError, StepNotAllowedError
from station.core.life import IN_MACHINE, reached
from station.core.orders import OrderHead, OrderStep, Queue
from station.core.recipes import recipe_of
from station.journal import Journal
from station.production.machine.schedule import in_order_of_work
from station.production.services.orders import OrderService


@dataclass(frozen=True, slots=True)
class QueuedOrder:
    """One order that waits for the machine, or is in it.

    Attributes:
        order: Its id.
        place: 0 for the order whose card is in the machine; 1 for the one that is fed next. An
            order that is held keeps its place and lets the others go first.
        step: Its step.
        queue: Which queue it is in.
        problem_code: Why it is held; None when nothing stands in the way.
    """

    order: str
    place: int
    step: OrderStep
    queue: Queue
    problem_code: str | None


@dataclass(frozen=True, slots=True)
class QueuedApproval:
    """What became of one of several approvals.

    Attributes:
        order: The order.
        step: Its step now; None when there is no such order.
        problem_code: Why it was not taken into the queue; None when it was.
    """

    order: str
    step: OrderStep | None
    problem_code: str | None


class QueueService:
    """The use cases about the queue. Thread-safe; every call is safe to make twice."""

    def __init__(self, journal: Journal, orders: OrderService) -> None:
        self._journal = journal
        self._orders = orders

    def waiting(self) -> tuple[QueuedOrder, ...]:
        """Return what the machine works on and what waits for it, in the order of work."""
        heads = in_order_of_work(self._journal.orders.heads())
        queued = [head for head in heads if head.step in IN_MACHINE or _waits(head)]
        inside = sum(head.step in IN_MACHINE for head in queued)
        return tuple(
            QueuedOrder(
                head.id,
                max(0, number + 1 - inside),
                head.step,
                head.queue,
                head.hold.code if head.hold else None,
            )
            for number, head in enumerate(queued)
        )

    def approve(self, orders: Sequence[str], actor: str) -> tuple[QueuedApproval, ...]:
        """预览核对 for several orders, which then run up to 出卡 one after another.

        The caller's person has compared picture, name and bank of each. Each order is handled
        alone: one that can't be approved keeps none of the others out.
        """
        return tuple(self._approve(order, actor) for order in orders)

    def _approve(self, order: str, actor: str) -> QueuedApproval:
        try:
            step = self._journal.orders.head(order).step
            if step is OrderStep.ACCEPTED:
                raise StepNotAllowedError("no data to compare yet", details={"step": step.value})
            self._orders.run(order, actor, approved=True)
        except StationError as exc:
            return QueuedApproval(order, self._step_of(order), exc.code)
        return QueuedApproval(order, self._step_of(order), None)

    def _step_of(self, order: str) -> OrderStep | None:
        try:
            return self._journal.orders.head(order).step
        except StationError:
            return None


def _waits(head: OrderHead) -> bool:
    asked = head.goal is not None and not reached(head.step, head.goal)
    # A card in the desk's reader waits for a person, and not for the machine.
    return head.step is OrderStep.APPROVED and asked and not recipe_of(head.kind).at_desk

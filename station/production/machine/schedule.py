"""Which order each lane carries on next, and how long it waits when there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from station.core.errors import LinkRestingError, MachineNotReadyError
from station.core.life import AT_PROVINCE, IN_MACHINE, OUT_OF_MACHINE, VOID, Lane, reached
from station.core.orders import Hold, OrderHead, OrderStep, Queue
from station.production.life import lanes
from station.production.life.breaker import Breaker
from station.production.life.effects import Workbench
from station.production.machine.looking import UNWATCHED_POLL

SHORTEST_WAIT: Final = 0.2  #: seconds, so that a due retry that must queue does not spin
#: An order here needs nothing of the machine yet.
BEFORE_MACHINE: Final = frozenset({OrderStep.ACCEPTED, OrderStep.DATA_READY})


def in_order_of_work(heads: Iterable[OrderHead]) -> list[OrderHead]:
    """Return orders as they are carried on, oldest first within each rank. Pure.

    The order whose card is inside comes first, then people at the window, then the batch.
    """

    def rank(head: OrderHead) -> tuple[bool, bool]:
        return (head.step not in IN_MACHINE, head.queue is Queue.BATCH)

    return sorted(heads, key=rank)


class Schedule:
    """Chooses among the open orders of the journal; changes nothing. Used by every lane."""

    def __init__(
        self,
        bench: Workbench,
        link: Breaker,
        taken: Callable[[Lane], str | None] = lambda lane: None,
    ) -> None:
        """Prepare it.

        Args:
            bench: With the journal.
            link: What is known of the province.
            taken: Returns the order that a lane is at work on right now.
        """
        self._bench = bench
        self._clock = bench.clock
        self._link = link
        self._taken = taken

    def next_order(self, lane: Lane, *, machine_ready: bool = False) -> OrderHead | None:
        """Return the order that a lane carries on next; None when it has nothing to do.

        See `in_order_of_work`. An order that is held does not keep the others waiting. With
        `machine_ready`, one whose data was not asked for while no card could be made counts as not
        held.
        """
        heads = in_order_of_work(self._bench.journal.orders.heads())
        inside = next((head.id for head in heads if head.step in IN_MACHINE), None)
        for head in heads:
            waits = inside not in (None, head.id) and _needs_machine(head)
            mended = machine_ready and waits_for_machine(head)
            free = mended or self._is_free(head)
            if not (waits and lane is Lane.MACHINE) and free and self._has_work(head, lane):
                return head
        return None

    def until_next_retry(self, lane: Lane) -> float:
        """Return the seconds until a held order may be tried again, within the polling time."""
        heads = self._bench.journal.orders.heads()
        waits = [
            self._wait_left(head.hold)
            for head in heads
            if head.hold is not None and head.hold.retry_at is not None
            if self._concerns(head, lane)
        ]
        return max(SHORTEST_WAIT, min(waits, default=UNWATCHED_POLL))

    def _concerns(self, head: OrderHead, lane: Lane) -> bool:
        inside = lane is Lane.MACHINE and head.step in IN_MACHINE
        return inside or lanes.event_in(self._bench, head, lane) is not None

    def _is_free(self, head: OrderHead) -> bool:
        return head.hold is None or self._wait_left(head.hold) <= 0

    def _has_work(self, head: OrderHead, lane: Lane) -> bool:
        if not _may_run(head):
            return False
        event = lanes.event_in(self._bench, head, lane)
        if lane is Lane.MACHINE:
            return event is not None or lanes.has_card_work(self._bench, head)
        if event is None or self._asked_already(head, lane):
            return False
        if lanes.event_in(self._bench, head, Lane.MACHINE) is not None:
            return not self._link_rests() and lanes.reports_ahead(self._bench, head)
        return not lanes.has_card_work(self._bench, head)

    def _asked_already(self, head: OrderHead, lane: Lane) -> bool:
        # The other lane of the province has not come back from an order that has moved meanwhile.
        others = {Lane.REPORTS, Lane.REQUESTS} - {lane}
        return any(self._taken(other) == head.id for other in others)

    def _link_rests(self) -> bool:
        return self._link.wait_left(self._clock.monotonic()) > 0

    def _wait_left(self, hold: Hold) -> float:
        if hold.retry_at is None:
            return float("inf")
        left = 0.0 if hold.due_age is None else hold.due_age - self._bench.journal.age()
        # While the link rests, one report is its probe; the others wait with it.
        resting = self._link.wait_left(self._clock.monotonic())
        return max(left, resting) if _waits_for_link(hold) else left


def waits_for_machine(head: OrderHead) -> bool:
    """Whether its data was not asked for because no card could be made."""
    return head.hold is not None and head.hold.code == MachineNotReadyError.code


def _waits_for_link(hold: Hold) -> bool:
    return hold.effect in AT_PROVINCE or hold.code == LinkRestingError.code


def _may_run(head: OrderHead) -> bool:
    if head.step in (*VOID, OrderStep.RELEASED_OWED):  # heads: a report is owed
        return True
    if head.step is OrderStep.DATA_READY:  # a person compares picture, name and bank
        return False
    return head.goal is not None and not reached(head.step, head.goal)


def _needs_machine(head: OrderHead) -> bool:
    return head.step not in OUT_OF_MACHINE and head.step not in BEFORE_MACHINE

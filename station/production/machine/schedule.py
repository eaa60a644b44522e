"""Which order is carried on next, and how long to wait when none can be."""

from __future__ import annotations

from typing import Final

from station.core.errors import LinkRestingError, MachineNotReadyError
from station.core.life import AT_PROVINCE, IN_MACHINE, OUT_OF_MACHINE, VOID, reached
from station.core.orders import Hold, OrderHead, OrderStep
from station.production.life.breaker import Breaker
from station.production.life.effects import Workbench
from station.production.machine.looking import UNWATCHED_POLL

SHORTEST_WAIT: Final = 0.2  #: seconds, so that a due retry that must queue does not spin
FETCHED_FROM: Final = OrderStep.ACCEPTED  #: an order here is the fetching thread's


class Schedule:
    """Chooses among the open orders of the journal; changes nothing."""

    def __init__(self, bench: Workbench, link: Breaker) -> None:
        self._bench = bench
        self._clock = bench.clock
        self._link = link

    def next_order(self, *, fetched: bool = False, machine_ready: bool = False) -> OrderHead | None:
        """Return the next order of the machine's thread, or of the fetching one.

        With `machine_ready`, also one whose data was not asked for while no card could be made.
        """
        heads = self._bench.journal.orders.heads()
        busy = next((head for head in heads if head.step in IN_MACHINE), None)
        for head in sorted(heads, key=lambda head: head.step not in IN_MACHINE):
            free = busy is None or head.id == busy.id or not _needs_machine(head)
            mended = machine_ready and _waits_for_machine(head) and _may_run(head)
            runs = mended or self._wants_to_run(head)
            if _is_fetched(head) is fetched and free and runs:
                return head
        return None

    def until_next_retry(self, *, fetched: bool = False) -> float:
        """Return the seconds until a held order may be tried again, within the polling time."""
        heads = [
            head for head in self._bench.journal.orders.heads() if _is_fetched(head) is fetched
        ]
        holds = [head.hold for head in heads if head.hold and head.hold.retry_at is not None]
        waits = [self._wait_left(hold) for hold in holds]
        return max(SHORTEST_WAIT, min(waits, default=UNWATCHED_POLL))

    def _wants_to_run(self, head: OrderHead) -> bool:
        if head.hold is not None and self._wait_left(head.hold) > 0:
            return False
        return _may_run(head)

    def _wait_left(self, hold: Hold) -> float:
        if hold.retry_at is None:
            return float("inf")
        left = 0.0 if hold.due_age is None else hold.due_age - self._bench.journal.age()
        # While the link rests, one report is its probe; the others wait with it.
        resting = self._link.wait_left(self._clock.monotonic())
        return max(left, resting) if _waits_for_link(hold) else left


def _waits_for_machine(head: OrderHead) -> bool:
    return head.hold is not None and head.hold.code == MachineNotReadyError.code


def _waits_for_link(hold: Hold) -> bool:
    return hold.effect in AT_PROVINCE or hold.code == LinkRestingError.code


def _may_run(head: OrderHead) -> bool:
    if head.step in (*VOID, OrderStep.RELEASED_OWED):  # heads: a report is owed
        return True
    if head.step is OrderStep.DATA_READY:  # a person compares picture, name and bank
        return False
    return head.goal is not None and not reached(head.step, head.goal)


def _is_fetched(head: OrderHead) -> bool:
    return head.step is FETCHED_FROM


def _needs_machine(head: OrderHead) -> bool:
    return head.step not in OUT_OF_MACHINE and head.step is not OrderStep.ACCEPTED

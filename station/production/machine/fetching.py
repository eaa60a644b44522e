"""Which order's data is asked for next: none while no card could be made.

Personal data is only fetched for a card that can be made now. A reading of the machine that began
after the request, or the step that the machine is taking, must therefore show that it works. An
order that waits for the machine is held with the reason, and goes on automatically once a later
reading shows that the machine works again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.errors import FeederStoppedError, MachineNotReadyError
from station.core.life import Lane, OrderEvent
from station.core.orders import OrderHead
from station.core.recipes import DataSource, recipe_of
from station.production.life import lanes
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import is_stopped
from station.production.life.workflow import Workflow
from station.production.machine.looks import MachineSnapshot
from station.production.machine.notifier import Notifier
from station.production.machine.schedule import Schedule, waits_for_machine

#: Seconds that a fetch waits for a reading of the machine.
LOOK_PATIENCE: Final = 10.0


class Fetching:
    """Chooses the orders of the lane of requests."""

    def __init__(
        self,
        bench: Workbench,
        workflow: Workflow,
        schedule: Schedule,
        notifier: Notifier,
        look: Callable[[float], MachineSnapshot | None],
    ) -> None:
        """Args: `look` returns a reading of the machine; it may wait for one for some seconds."""
        self._bench = bench
        self._workflow = workflow
        self._schedule = schedule
        self._notifier = notifier
        self._look = look

    def next_order(self, lane: Lane) -> OrderHead | None:
        """Return the next order of the lane of requests, or None.

        Data is asked for while a card could be made only. Else the orders that wait for it are
        held, with the reason; what else people wait for at the province goes on.
        """
        ready = not self._lacks(0.0)
        while (head := self._schedule.next_order(lane, machine_ready=ready)) is not None:
            lacks = self._lacks(LOOK_PATIENCE) if self._asks_for_data(head) else ""
            if not lacks:
                return head
            ready = False  # what is held already waits for a later reading
            if not waits_for_machine(head):
                error = MachineNotReadyError("no card could be made", details={"cause": lacks})
                self._workflow.hold(head, error)
                self._notifier.ring()
        return None

    def until_next_retry(self, lane: Lane) -> float:
        """See `Schedule.until_next_retry`."""
        return self._schedule.until_next_retry(lane)

    def _asks_for_data(self, head: OrderHead) -> bool:
        fetches = lanes.event_in(self._bench, head, Lane.REQUESTS) is OrderEvent.DATA_FETCHED
        return fetches and recipe_of(head.kind).data is DataSource.PROVINCE

    def _lacks(self, patience: float) -> str:
        # The code of what keeps the machine from making a card; empty when nothing does.
        look = self._look(patience)
        if look is None:
            return MachineNotReadyError.code
        if look.printer is None:
            return look.printer_error
        if look.printer.errors:
            return look.printer.errors[0].keyword.value
        if not look.reader:
            return look.reader_error[0]
        return FeederStoppedError.code if is_stopped(self._bench) else ""

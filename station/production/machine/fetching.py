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
from station.core.orders import OrderHead
from station.core.recipes import DataSource, recipe_of
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import is_stopped
from station.production.life.workflow import Workflow
from station.production.machine.looking import Looks
from station.production.machine.notifier import Notifier
from station.production.machine.schedule import Schedule

#: Seconds that a fetch waits for a reading of the machine.
LOOK_PATIENCE: Final = 10.0


class Fetching:
    """Chooses the orders of the data thread."""

    def __init__(
        self,
        bench: Workbench,
        workflow: Workflow,
        looks: Looks,
        schedule: Schedule,
        notifier: Notifier,
        is_idle: Callable[[], bool],
    ) -> None:
        """Args: `is_idle` returns whether the machine's thread takes no step right now."""
        self._bench = bench
        self._workflow = workflow
        self._looks = looks
        self._schedule = schedule
        self._notifier = notifier
        self._is_idle = is_idle

    def next_order(self) -> OrderHead | None:
        """Return the next order whose data can be fetched now, or None.

        Holds the first order that waits for the machine, with the reason.
        """
        while True:
            ready = not self._lacks(0.0)
            head = self._schedule.next_order(fetched=True, machine_ready=ready)
            if head is None:
                return None
            asks = recipe_of(head.kind).data is DataSource.PROVINCE
            lacks = self._lacks(LOOK_PATIENCE) if asks else ""
            if not lacks:
                return head
            if head.hold is not None and head.hold.code == MachineNotReadyError.code:
                return None  # held already; the next reading wakes the thread
            error = MachineNotReadyError("no card could be made", details={"cause": lacks})
            self._workflow.hold(head, error)
            self._notifier.ring()

    def _lacks(self, patience: float) -> str:
        # The code of what keeps the machine from making a card; empty when nothing does.
        waits = patience > 0 and self._is_idle()
        look = self._looks.proven(patience) if waits else self._looks.last
        if look is None:
            return MachineNotReadyError.code
        if look.printer is None:
            return look.printer_error
        if look.printer.errors:
            return look.printer.errors[0].keyword.value
        if not look.reader:
            return look.reader_error[0]
        return FeederStoppedError.code if is_stopped(self._bench) else ""

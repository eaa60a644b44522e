"""Whose data may be asked for now: nobody's while the machine could not make a card.

What the province knows of a person comes to this PC only when a card can follow. An order that has
to wait is held once, and goes on by itself as soon as a look shows the machine well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.errors import FeederStoppedError, MachineNotReadyError, StationError
from station.core.orders import OrderHead
from station.core.recipes import DataSource, recipe_of
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import is_stopped
from station.production.machine.looking import Looks
from station.production.machine.looks import Running
from station.production.machine.schedule import Schedule

PATIENCE: Final = 10.0  #: seconds that data waits for a look at the machine


class DataGate:
    """Chooses among the orders whose data is to be fetched. On the fetching thread."""

    def __init__(
        self,
        bench: Workbench,
        looks: Looks,
        at_work: Callable[[], Running | None],
        hold: Callable[[OrderHead, StationError], None],
    ) -> None:
        """`at_work` is the step that the machine takes now, `hold` writes down why one waits."""
        self._bench = bench
        self._looks = looks
        self._at_work = at_work
        self._hold = hold

    def next_order(self, schedule: Schedule) -> OrderHead | None:
        """Return the next order whose data may be asked for; hold the ones that have to wait."""
        while True:
            ready = not self._lacks(0.0)
            head = schedule.next_order(fetched=True, machine_ready=ready)
            if head is None or recipe_of(head.kind).data is not DataSource.PROVINCE:
                return head
            lacks = self._lacks(PATIENCE)
            if not lacks:
                return head
            if head.hold is not None and head.hold.code == MachineNotReadyError.code:
                return None  # it is told already; the next look wakes this thread
            self._hold(
                head, MachineNotReadyError("no card could be made", details={"cause": lacks})
            )

    def _lacks(self, patience: float) -> str:
        """Return the code of what keeps the machine from making a card; empty for nothing.

        Rests on a look of this moment, for which it waits, or on the step that is being taken.
        """
        waits = patience > 0 and self._at_work() is None
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

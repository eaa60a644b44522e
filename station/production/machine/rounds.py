"""What the machine's lane does between its steps: it runs the timers, and looks."""

from __future__ import annotations

from collections.abc import Callable

from station.core.life import MOVES_A_CARD
from station.core.orders import OrderStep
from station.production.life.effects import Workbench
from station.production.people.erasure import Erasure
from station.production.people.timers import run_timers


class MachineRounds:
    """The machine's `Rounds`."""

    def __init__(
        self, bench: Workbench, due_in: Callable[[], float], look: Callable[[], None]
    ) -> None:
        self._bench = bench
        self._due_in = due_in
        self._look = look
        self._erase = Erasure(bench).run

    def due_in(self) -> float:
        """See `Rounds.due_in`."""
        return self._due_in()

    def run(self) -> None:
        """Do what the site's policies do when time has passed, and look. May move a card."""
        run_timers(self._bench)
        self._erase()
        self.look()

    def look(self) -> None:
        """Look at the machine."""
        self._look()

    def after_step(self, step: OrderStep, *, advanced: bool) -> None:
        """Look where the step may have moved a card: what people are told must be younger."""
        if not advanced or step in MOVES_A_CARD:
            self.look()

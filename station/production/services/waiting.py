"""Waiting until an order needs somebody, or has come as far as it was asked to."""

from __future__ import annotations

from station.core.life import FINAL, reached
from station.core.orders import OrderHead, OrderStep
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier


class Waiting:
    """Waits for the steps of orders. Thread-safe; each call holds its thread."""

    def __init__(self, engine: Engine, notifier: Notifier) -> None:
        self._engine = engine
        self._bench = engine.bench
        self._notifier = notifier

    def settles(self, order: str, step: OrderStep, timeout: float) -> bool:
        """Block until the order has reached `step`, is held, or has ended; at most `timeout`.

        Returns whether the wait is over for good: it has settled, or the station is stopping.
        Opens nothing personal. The order is to be read afterwards: what was read before the end of
        the look that follows a step would still say that the machine is being looked at.

        Raises:
            OrderNotFoundError: There is no such order.
        """
        clock = self._bench.clock
        deadline = clock.monotonic() + timeout
        while True:
            heard = self._notifier.count
            settled = self._has_settled(self._bench.journal.orders.head(order), step)
            if settled or self._notifier.silenced:
                return True
            left = deadline - clock.monotonic()
            if left <= 0:
                return False
            self._notifier.wait(heard, left)

    def _has_settled(self, head: OrderHead, step: OrderStep) -> bool:
        if head.step in FINAL:
            return True
        running = self._engine.running(head.id)
        if running is not None and reached(head.step, running):
            return False  # the step is over, and the machine is being looked at
        if reached(head.step, step) or head.id in self._bench.unwritten:
            return True
        return head.hold is not None and running is None

"""Waiting until an order needs a person, or has reached the requested step."""

from __future__ import annotations

from station.core.life import FINAL, reached
from station.core.orders import OrderHead, OrderStep
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier


class Waiting:
    """Waits for the steps of orders. Thread-safe; each call blocks its thread."""

    def __init__(self, engine: Engine, notifier: Notifier) -> None:
        self._engine = engine
        self._bench = engine.bench
        self._notifier = notifier

    def settles(self, order: str, step: OrderStep, timeout: float) -> bool:
        """Block until the order has reached `step`, is held, or has ended; at most `timeout` s.

        Returns whether the wait is over permanently: the order has settled, or the station is
        stopping. Unseals nothing. Read the order after the call: until the reading that follows a
        step is complete, the order would still be shown as being checked.

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
            return False  # the step is over, and the machine is being read
        if reached(head.step, step) or head.id in self._bench.unwritten:
            return True
        return head.hold is not None and running is None

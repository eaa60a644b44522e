"""Rings when something changed: wakes the pages and the integrators' event streams."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Notifier:
    """Counts changes; anybody may wait for the next one."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self._silenced = False
        self._told: list[Callable[[], None]] = []

    def tell(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every change from now on, from whichever thread rings.

        It must return at once and raise nothing.
        """
        with self._condition:
            self._told.append(listener)

    @property
    def count(self) -> int:
        """How often it has rung."""
        with self._condition:
            return self._count

    def ring(self) -> None:
        """Say that something changed."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()
            for listener in self._told:
                listener()

    def wait(self, after: int, timeout: float) -> int:
        """Block until it has rung more than `after` times, at most `timeout` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._count > after or self._silenced, timeout)
            return self._count

    def silence(self) -> None:
        """Wake everybody for good, at shutdown."""
        with self._condition:
            self._silenced = True
            self._condition.notify_all()
            for listener in self._told:
                listener()

    @property
    def silenced(self) -> bool:
        """Whether the station is going down."""
        with self._condition:
            return self._silenced

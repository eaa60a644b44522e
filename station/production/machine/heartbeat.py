"""When the machine's thread last came round: what a watchdog of the service rests on."""

from __future__ import annotations

import threading

from station.core.clock import Clock


class Heartbeat:
    """The last beat of one thread. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._beat_at = clock.monotonic()

    def beat(self) -> None:
        """Note that the thread came round, between two steps."""
        with self._lock:
            self._beat_at = self._clock.monotonic()

    @property
    def silent_for(self) -> float:
        """Seconds since the last beat."""
        with self._lock:
            return self._clock.monotonic() - self._beat_at

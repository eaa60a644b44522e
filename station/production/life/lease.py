"""The lease of a window: without it no assigned order is fed (decision 0022)."""

from __future__ import annotations

import threading


class Lease:
    """Permission to feed assigned orders until a moment of the PC's own clock. Thread-safe.

    It ends with the process: a journal that was put back from a backup must have shown itself to
    central before it feeds an assigned order again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = float("-inf")
        self._is_over = False

    def hold(self, until: float) -> None:
        """Have it until then, by `Clock.monotonic`; it never becomes shorter by this."""
        with self._lock:
            self._until = float("-inf") if self._is_over else max(self._until, until)

    def end(self) -> None:
        """Have none from now on."""
        with self._lock:
            self._until = float("-inf")

    def end_for_good(self) -> None:
        """Have none as long as the process lives, whatever comes still."""
        with self._lock:
            self._is_over, self._until = True, float("-inf")

    def left(self, now: float) -> float:
        """Return for how many seconds it lasts still; 0 for none."""
        with self._lock:
            return max(0.0, self._until - now)

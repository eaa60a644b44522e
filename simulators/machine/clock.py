"""Device time: the duration of the machine's motions and of its chip reader, and its speed.

Nominal seconds are the duration on a real device. The clock converts them into waiting (real time,
a multiple, or none), can be interrupted by power, cover or jam, and keeps both sums, so that the
station's own time is the difference.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable

_DONE = 1e-7  #: a remainder of nominal time that is not worth another wait, seconds


class DeviceClock:
    """Lets device time pass under the machine's own condition. Thread-safe.

    Attributes:
        nominal: Device seconds by activity.
        waited: Wall seconds really waited by activity, including pauses.
    """

    def __init__(
        self,
        condition: threading.Condition,
        speed: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._condition = condition
        self._monotonic = monotonic
        self._speed = checked_speed(speed)
        self._pause_at: str | None = None
        self._stopped_in: str | None = None
        self.nominal: defaultdict[str, float] = defaultdict(float)
        self.waited: defaultdict[str, float] = defaultdict(float)

    @property
    def speed(self) -> float:
        """1 = real time, 10 = ten times faster, 0 = without waiting."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Change the speed; a running wait follows at once.

        Raises:
            ValueError: Negative.
        """
        with self._condition:
            self._speed = checked_speed(speed)
            self._condition.notify_all()

    def spend(self, seconds: float, activity: str, go: Callable[[], bool]) -> bool:
        """Let `seconds` of device time pass; False when `go` became false before the end."""
        left = seconds
        with self._condition:
            while left > _DONE and go():
                left -= self._wait_some(left, activity)
            return go()

    def _wait_some(self, left: float, activity: str) -> float:
        speed = self._speed
        if speed == 0:
            self.nominal[activity] += left
            return left
        began = self._monotonic()
        self._condition.wait(left / speed)
        waited = self._monotonic() - began
        passed = min(left, waited * speed)
        self.nominal[activity] += passed
        self.waited[activity] += waited
        return passed

    def pause(self, at: str = "") -> None:
        """Pause in the middle of the next activity called `at`; empty: of any activity."""
        with self._condition:
            self._pause_at = at
            self._condition.notify_all()

    def go_on(self) -> None:
        """End the pause."""
        with self._condition:
            self._pause_at = None
            self._condition.notify_all()

    @property
    def pause_at(self) -> str | None:
        """The activity in which to pause; None when no pause was requested."""
        return self._pause_at

    @property
    def stopped_in(self) -> str | None:
        """The activity that is paused now."""
        return self._stopped_in

    def pause_point(self, activity: str, go: Callable[[], bool]) -> bool:
        """Wait here while a pause for this activity is on; False when `go` became false."""
        with self._condition:
            began = self._monotonic()
            while self._pause_at in ("", activity) and go():
                self._stopped_in = activity
                self._condition.notify_all()
                self._condition.wait()
            if self._stopped_in is not None:
                self._stopped_in = None
                self.waited[activity] += self._monotonic() - began
                self._condition.notify_all()
            return go()

    def reset(self) -> None:
        """Start both sums again at zero."""
        with self._condition:
            self.nominal.clear()
            self.waited.clear()


def checked_speed(speed: float) -> float:
    """Return `speed`, or raise ValueError when it is negative or not a number."""
    if not speed >= 0:
        raise ValueError("speed: 0 (as fast as it can) or more")
    return float(speed)

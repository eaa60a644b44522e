"""Polling of a busy printer. Time is an argument: only `driver` may use the clock."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

from station.core.errors import DeviceError, TransportClosedError, TransportTimeoutError
from station.drivers.kit.model_file import Polling, WaitTimes

#: Errors of one status request that allow no conclusion about the printer's work: it is repeated.
FORGIVEN: Final[tuple[type[Exception], ...]] = (TransportTimeoutError,)
#: What ends a call that `close` interrupts, wherever it is: in a pause or before an exchange.
BEING_CLOSED: Final = "the printer is being closed"


class Waiting:
    """Waits for the end of the printer's activity.

    Args:
        times: The maximum times to wait.
        polling: The pauses between two status requests.
        clock: Monotonic seconds.
        pause: Waits so many seconds; returns True when the driver is being closed.
        forgiven: After one of these errors a status request is repeated once.
    """

    def __init__(
        self,
        times: WaitTimes,
        polling: Polling,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], bool],
        forgiven: tuple[type[Exception], ...] = FORGIVEN,
    ) -> None:
        self._times = times
        self._polling = polling
        self._clock = clock
        self._pause = pause
        self._forgiven = forgiven

    def patience(self, usual: float | None) -> float:
        """Return how many seconds to wait for something that usually takes `usual` seconds.

        None: for the end of work that an earlier process left running.
        """
        if usual is None:
            return self._times.ready
        return max(self._times.goal, usual * self._times.goal_factor)

    def until(
        self, ended: Callable[[], bool], patience: float, otherwise: str = "still busy"
    ) -> None:
        """Poll `ended` until it is true.

        Raises:
            DeviceError: It is not true after `patience` seconds; the message begins with
                `otherwise`.
            TransportClosedError: The driver is being closed.
        """
        deadline = self._clock() + patience
        pause = self._polling.first
        while not self._asked_twice(ended):
            if self._clock() > deadline:
                raise DeviceError(f"{otherwise} after {patience:.0f} s", native_code=0)
            if self._pause(pause):
                raise TransportClosedError(BEING_CLOSED)
            pause = min(pause * self._polling.growth, self._polling.longest)

    def _asked_twice(self, ended: Callable[[], bool]) -> bool:
        with contextlib.suppress(*self._forgiven):
            return ended()
        return ended()

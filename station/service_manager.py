"""The daemon's reports to systemd: ready, alive, stopping.

systemd names a datagram socket in `NOTIFY_SOCKET`, and in `WATCHDOG_USEC` the interval of the
watchdog; without a report for that long it ends the daemon and starts it again. A process can hang
while its clock ticks, so the reports depend on the thread that owns the machine: when that thread
has not completed a cycle for `LANE_PATIENCE` seconds, nothing is reported. A start finds out where
every card is, so ending the daemon costs time and no card.

Without these variables (a terminal, another system) every call does nothing. Source: sd_notify(3),
systemd.service(5) `WatchdogSec=`.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, MutableMapping
from typing import Final

#: Seconds within which the machine's thread must complete a cycle. Its longest step is one goal of
#: the printer at `goal_factor` times its usual duration, below 400 s for every model.
LANE_PATIENCE: Final = 600.0


class ServiceManager:
    """One daemon's connection to systemd.

    Args:
        environment: Read once; the two variables are removed, because a child must not report for
            us.
    """

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        given = os.environ if environment is None else environment
        address = given.pop("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        every = given.pop("WATCHDOG_USEC", "")
        owner = given.pop("WATCHDOG_PID", "")
        ours = owner in ("", str(os.getpid()))
        self._watchdog = int(every) / 1e6 if every.isdigit() and ours else 0.0
        self._stopped = threading.Event()

    @property
    def listens(self) -> bool:
        """Whether systemd expects reports."""
        return bool(self._address)

    def ready(self, lane_silent_for: Callable[[], float]) -> None:
        """Report that the daemon is ready, and report from now on that it is alive.

        Args:
            lane_silent_for: Returns the seconds since the machine's thread last completed a cycle.
        """
        self._send("READY=1")
        if self.listens and self._watchdog > 0:
            arguments = (lane_silent_for, self._watchdog / 3)
            threading.Thread(target=self._report, args=arguments, name="life", daemon=True).start()

    def stopping(self) -> None:
        """Report that the daemon is stopping; it is not reported alive any more."""
        self._stopped.set()
        self._send("STOPPING=1")

    def _report(self, lane_silent_for: Callable[[], float], every: float) -> None:
        while not self._stopped.wait(every):
            if lane_silent_for() < LANE_PATIENCE:
                self._send("WATCHDOG=1")
            else:
                self._send("STATUS=the machine's thread has not come round")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(text.encode(), self._address)

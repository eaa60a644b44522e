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

import logging
import os
import socket
import threading
from collections.abc import Callable, MutableMapping
from typing import Final

log = logging.getLogger(__name__)
#: Seconds within which the machine's thread must complete a cycle. Its longest step is one goal of
#: the printer at `goal_factor` times its usual duration, below 400 s for every model.
LANE_PATIENCE: Final = 600.0
VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class ServiceManager:
    """One daemon's connection to systemd.

    Args:
        environment: Read once; the variables are removed, because a child must not report for us.
    """

    def __init__(self, environment: MutableMapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        given = {name: self._environment.pop(name, "") for name in VARIABLES}
        self._given = {name: value for name, value in given.items() if value}
        address, every, owner = (given[name] for name in VARIABLES)
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
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

    @property
    def has_reported_its_end(self) -> bool:
        """Whether systemd counts this service as stopping: it then ends the process in any case."""
        return self.listens and self._stopped.is_set()

    def hand_on(self) -> None:
        """Put the variables back, for a program that is to run in this process.

        To systemd the service goes on: "stopping" would have it end the process, and with it the
        new program, after `TimeoutStopSec`. The new program has one interval of the watchdog to
        report that it is ready.
        """
        self._stopped.set()
        self._send("WATCHDOG=1")
        self._environment.update(self._given)

    def _report(self, lane_silent_for: Callable[[], float], every: float) -> None:
        while not self._stopped.wait(every):
            if lane_silent_for() < LANE_PATIENCE:
                self._send("WATCHDOG=1")
            else:
                self._send("STATUS=the machine's thread has not come round")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.sendto(text.encode(), self._address)
        except OSError as exc:
            # The cards do not depend on it, and the next report may arrive: systemd itself acts
            # when none does. Also where the line is another program's, inherited by a shell.
            extra = {"action": "systemd-not-told", "report": text.partition("=")[0]}
            log.warning("no report to systemd: %s", exc.strerror, extra=extra)

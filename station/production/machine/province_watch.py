"""Asks whether the province answers, in a thread of its own: at start, then while somebody looks.

The machine's thread never waits for the network only to show a light.
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from station.core.clock import Clock
from station.core.errors import StationError
from station.core.gateways import ProvinceGateway
from station.production.machine.notifier import Notifier

log = logging.getLogger(__name__)

ASK_EVERY: Final = 15.0  #: seconds between questions while a page is open and the province answers
ASK_AGAIN: Final = 3.0  #: and while it does not, or an order says that it does not


class ProvinceWatch:
    """Remembers the last answer; `state()` asks for a fresh one when that is old."""

    def __init__(self, province: ProvinceGateway, notifier: Notifier, clock: Clock) -> None:
        self._clock = clock
        self._province = province
        self._notifier = notifier
        self._lock = threading.Condition()
        self._wanted = True  # the first answer is there before the first page, and the link is warm
        self._stopping = False
        self._asked_at = float("-inf")
        self._error: str | None = None
        self._known = False
        self._thread = threading.Thread(target=self._run, name="province-watch", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Stop the thread; a question on its way is not waited for longer than `timeout`."""
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
        self._thread.join(timeout)

    def state(self, *, doubted: bool = False) -> tuple[bool | None, str]:
        """Return (answers, error code) as last known; None before the first answer.

        Args:
            doubted: Whether an order waits because the province gave it no answer.
        """
        with self._lock:
            wait = ASK_AGAIN if doubted or self._error is not None else ASK_EVERY
            if self._clock.monotonic() - self._asked_at > wait and not self._wanted:
                self._wanted = True
                self._lock.notify_all()
            return (None, "") if not self._known else (self._error is None, self._error or "")

    def wait_for_answer(self, timeout: float) -> tuple[bool | None, str]:
        """Ask now and wait for the answer, at most `timeout` seconds."""
        with self._lock:
            asked = self._asked_at
            self._wanted = True
            self._lock.notify_all()
            self._lock.wait_for(lambda: self._asked_at > asked, timeout)
            return (None, "") if not self._known else (self._error is None, self._error or "")

    def _run(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._wanted or self._stopping)
                if self._stopping:
                    return
            error = self._ask()
            with self._lock:
                changed = not self._known or error != self._error
                self._known, self._error, self._wanted = True, error, False
                self._asked_at = self._clock.monotonic()
                self._lock.notify_all()
            if changed:
                self._notifier.ring()

    def _ask(self) -> str | None:
        try:
            self._province.check_link()
        except StationError as exc:
            log.info("no answer", extra={"action": "province-silent", "code": exc.code})
            return exc.code
        return None

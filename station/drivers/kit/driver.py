"""The part of a driver that no protocol changes: exclusive use, closing, and the first warning."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Final, Generic, Protocol, TypeVar

from station.clock import monotonic
from station.core.errors import LocalProtocolError
from station.core.printing import PrinterModel
from station.drivers.kit.line import ExchangeLog
from station.drivers.kit.model_file import Polling, WaitTimes
from station.drivers.kit.waiting import FORGIVEN, Waiting

CLOSE_PATIENCE: Final = 4.0  # close() guarantees 5 s; releasing the link takes a part of them

_log = logging.getLogger(__name__)


class DriverLine(Protocol):
    """The interface of a family's line that `LinkDriver` needs."""

    recent: ExchangeLog

    @property
    def address(self) -> str:
        """Address of the link; empty before it was first opened."""
        ...

    def close(self) -> None:
        """Release the link. Safe to call twice."""
        ...


LineT = TypeVar("LineT", bound=DriverLine)
SessionT = TypeVar("SessionT")


class LinkDriver(Generic[LineT, SessionT]):
    """Base of a driver that reaches its printer over a link; a family adds the goals.

    A family's `__init__` calls this one, then sets `_line` and `_session`. Each goal accesses the
    printer only inside `_turn()`.

    Args:
        facts: The maker's facts.
    """

    _line: LineT
    _session: SessionT

    def __init__(self, facts: PrinterModel) -> None:
        self._facts = facts
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._clock = monotonic

    @property
    def model(self) -> PrinterModel:
        """See `CardPrinter.model`."""
        return self._facts

    @property
    def address(self) -> str:
        """See `CardPrinter.address`; empty before the first use."""
        return self._line.address

    def recent_exchanges(self) -> list[str]:
        """See `CardPrinter.recent_exchanges`."""
        return list(self._line.recent.lines)

    def close(self) -> None:
        """See `CardPrinter.close`. A call that is still waiting ends with an error."""
        self._closing.set()
        self._begin_nothing_more()
        held = self._lock.acquire(timeout=CLOSE_PATIENCE)
        try:
            self._line.close()
        finally:
            if held:
                self._lock.release()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[SessionT]:
        """Wait for the previous caller, then reserve the line and the session for this one.

        Raises:
            LocalProtocolError: The driver was closed.
        """
        with self._lock:
            if self._closing.is_set():
                raise LocalProtocolError("the printer was closed")
            yield self._session

    def _begin_nothing_more(self) -> None:
        """Let the line refuse new exchanges; called from the closing thread."""

    def _waiting(
        self,
        times: WaitTimes,
        polling: Polling,
        forgiven: tuple[type[Exception], ...] = FORGIVEN,
    ) -> Waiting:
        """Create the family's `Waiting`; it ends when the driver is closed."""
        pause = self._closing.wait
        return Waiting(times, polling, clock=self._clock, pause=pause, forgiven=forgiven)

    def _greet(self) -> None:
        """Log one warning, at the first answer, about facts never confirmed on hardware."""
        facts = self._facts
        _log.warning(
            "%s relies on %d facts that were never seen on real hardware: %s",
            facts.title,
            len(facts.unverified),
            " ".join(facts.unverified),
            extra={"action": "printer-facts-unverified"},
        )

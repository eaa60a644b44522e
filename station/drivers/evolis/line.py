"""One exchange at a time with an Evolis printer, over TCP or USB.

A link whose exchange did not finish is discarded, with any late data on it: see `wires`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from station.core.links import BulkLink
from station.drivers.evolis.codec import Reply, Status
from station.drivers.evolis.commands import Command
from station.drivers.evolis.model import Timeouts
from station.drivers.evolis.wires import Wire, wire_for
from station.drivers.kit.line import Exchange, ExchangeLog, retry_once_if_closed

SHOWN_TEXT: Final = 24  # characters of an answer in the list of exchanges


class Line:
    """The connection to one printer. Not thread-safe: its driver holds the lock.

    Args:
        open_link: Opens the link; raises PrinterNotConnectedError when no device is there.
        timeouts: Seconds to wait for a reply and for a write.
        clock: Monotonic seconds.
        on_open: Called after the first exchange that was answered.
    """

    def __init__(
        self,
        open_link: Callable[[], BulkLink],
        timeouts: Timeouts,
        *,
        clock: Callable[[], float],
        on_open: Callable[[], None],
    ) -> None:
        self._open_link = open_link
        self._timeouts = timeouts
        self._clock = clock
        self._on_open = on_open
        self._link: BulkLink | None = None
        self._wire: Wire | None = None
        self._address = ""
        self._greeted = False
        self.recent = ExchangeLog(clock)

    @property
    def address(self) -> str:
        """Address of the link; empty before it was first opened."""
        return self._address

    def ask(self, command: Command, *, patience: float | None = None) -> Reply:
        """Send one command and return its answer, even an error text.

        Args:
            command: What to send.
            patience: Seconds to wait for the answer, when it takes longer than usual.

        Raises:
            PrinterNotConnectedError: The printer is not there; nothing was sent.
            TransportError: It was lost or did not answer: whether it executed the command is
                unknown.
            RemoteProtocolError: The answer was cut off or is not a valid one.
        """
        wait = self._timeouts.reply if patience is None else patience
        link, wire = self._open()
        with self._exchange(command.shown) as exchange:
            reply = wire.exchange(link, command, wait)
            exchange.outcome = _shown(command, reply.text)
        return reply

    def look(self, command: Command) -> Reply:
        """Send a read-only command; retry once if the link had already dropped.

        Raises:
            TransportError: See `ask`.
            RemoteProtocolError: See `ask`.
        """
        return retry_once_if_closed(lambda: self.ask(command))

    def words(self) -> Status:
        """Return the status words over this link.

        Raises:
            TransportError: See `ask`.
            RemoteProtocolError: The answer has none.
        """
        _, wire = self._open()
        return wire.status(self.look(wire.poll))

    def send_job(self, name: str, data: bytes) -> None:
        """Send a whole job, or the end of one. The answer allows no conclusion about the print.

        Raises:
            PrinterNotConnectedError: The printer is not there; nothing was sent.
            TransportError: It was sent in part, or not answered.
            RemoteProtocolError: See `ask`.
        """
        link, wire = self._open()
        with self._exchange(f"{name} of {len(data)} bytes") as exchange:
            answer = wire.send_job(link, data, self._timeouts.job)
            exchange.outcome = answer[:SHOWN_TEXT] or "-"

    def distrust(self) -> None:
        """Report that an answer did not match its command: the right one may still arrive."""
        if self._wire is not None:
            self._wire.distrust()

    def close(self) -> None:
        """Release the link. Safe to call twice."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _open(self) -> tuple[BulkLink, Wire]:
        if self._link is None or self._wire is None:
            link = self._open_link()
            wire = self._wire or wire_for(link.address, self._timeouts, self._clock)
            wire.opened()
            self._link, self._wire, self._address = link, wire, link.address
        return self._link, self._wire

    @contextlib.contextmanager
    def _exchange(self, name: str) -> Iterator[Exchange]:
        with self.recent.exchange(name) as exchange:
            try:
                yield exchange
            finally:
                if exchange.outcome is None:
                    self.close()
        if not self._greeted:
            self._greeted = True
            self._on_open()


def _shown(command: Command, text: str) -> str:
    # The content of a magnetic stripe must not appear in the list of exchanges.
    return "***" if command.secret else " ".join(text.split())[:SHOWN_TEXT] or "-"

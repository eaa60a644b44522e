"""One transaction at a time with an Evolis printer, each on a connection of its own.

A late answer dies with the connection it was meant for, so nothing has to be cleaned: a link whose
transaction did not finish is thrown away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from station.core.errors import TransportClosedError, TransportTimeoutError
from station.core.links import BulkLink
from station.drivers.evolis.codec import Reply, ReplyDecoder, encode_request
from station.drivers.evolis.commands import Command
from station.drivers.evolis.model import Timeouts

PIECE: Final = 4096
REMEMBERED: Final = 60
SHOWN_TEXT: Final = 24  # characters of an answer in the list of exchanges


class Line:
    """The wire to one printer. Not thread-safe: its driver holds the lock.

    Args:
        open_link: Opens the link; raises PrinterNotConnectedError when nothing is there.
        timeouts: How long to wait for a reply and for a write.
        clock: Seconds that only grow.
        on_open: Called after the first transaction that was answered.
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
        self._address = ""
        self._greeted = False
        self.recent: deque[str] = deque(maxlen=REMEMBERED)

    @property
    def address(self) -> str:
        """Where the link leads; empty before it was first opened."""
        return self._address

    def ask(self, command: Command, *, patience: float | None = None) -> Reply:
        """Send one command and return its answer, whatever it says.

        Args:
            command: What to send.
            patience: Seconds to wait for the answer, when it takes longer than usual.

        Raises:
            PrinterNotConnectedError: The printer is not there; nothing was sent.
            TransportError: It went away or did not answer: what it did with the command is unknown.
            RemoteProtocolError: The answer broke off or is none.
        """
        data = encode_request(command.text)
        wait = self._timeouts.reply if patience is None else patience
        return self._transact(f"{command.text} {command.name}".strip(), data, write=None, wait=wait)

    def send_job(self, name: str, data: bytes) -> Reply:
        """Send a whole job, or the end of one, and return what it is answered with.

        Raises:
            PrinterNotConnectedError: The printer is not there; nothing was sent.
            TransportError: It went out in part, or unanswered.
            RemoteProtocolError: See `ask`.
        """
        patience = self._timeouts.job
        return self._transact(f"{name} of {len(data)} bytes", data, write=patience, wait=patience)

    def close(self) -> None:
        """Give the link back. Safe to call twice."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _transact(self, name: str, data: bytes, *, write: float | None, wait: float) -> Reply:
        link = self._open()
        began = self._clock()
        outcome = "lost"
        try:
            link.write(data, timeout=self._timeouts.write if write is None else write)
            reply = self._read(link, wait)
            outcome = " ".join(reply.text.split())[:SHOWN_TEXT] or "-"
        finally:
            took = (self._clock() - began) * 1000
            self.recent.append(f"{name} -> {outcome}, {took:.1f} ms")
            if outcome == "lost":
                self.close()
        if not self._greeted:
            self._greeted = True
            self._on_open()
        return reply

    def _open(self) -> BulkLink:
        if self._link is None:
            self._link = self._open_link()
            self._address = self._link.address
        return self._link

    def _read(self, link: BulkLink, wait: float) -> Reply:
        decoder = ReplyDecoder()
        deadline = self._clock() + wait
        while data := link.read(PIECE, timeout=_left(deadline, self._clock(), wait)):
            decoder.receive_data(data)
        if decoder.is_empty:
            raise TransportClosedError("the printer hung up without an answer")
        return decoder.finish()


def _left(deadline: float, now: float, wait: float) -> float:
    if now >= deadline:
        raise TransportTimeoutError(f"no whole answer in {wait} s")
    return deadline - now

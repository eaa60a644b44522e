"""The two transports of an Evolis printer: one connection per transaction, or one stream.

Source: docs/explanations/wire-evolis.md, rows "transaction" and "USB".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from station.core.errors import (
    RemoteProtocolError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.core.links import BulkLink
from station.drivers.evolis import commands, replies
from station.drivers.evolis.codec import (
    Reply,
    ReplyDecoder,
    Status,
    TextDecoder,
    decode_status_text,
    encode_request,
)
from station.drivers.evolis.commands import Command
from station.drivers.evolis.model import Timeouts

PIECE: Final = 4096
MAX_STALE_REPLIES: Final = 200  # a job of two sides has half as many commands
PADDING_PIECE: Final = 65536

Clock = Callable[[], float]


class Wire(Protocol):
    """One kind of link. The caller discards the link when an exchange did not finish."""

    poll: Command  #: queries the status words

    def opened(self) -> None:
        """Called when the link was opened: data of earlier exchanges may still arrive."""
        ...

    def exchange(self, link: BulkLink, command: Command, wait: float) -> Reply:
        """Send one command and return its answer."""
        ...

    def send_job(self, link: BulkLink, data: bytes, patience: float) -> str:
        """Send a whole job, or the end of one; returns the answer, if there is one."""
        ...

    def distrust(self) -> None:
        """Treat incoming data as late until it is proven to be current."""
        ...

    def status(self, reply: Reply) -> Status:
        """Return the status words in the answer to `poll`.

        Raises:
            RemoteProtocolError: It has none.
        """
        ...


class ConnectionWire:
    """TCP: one connection per transaction, so that a late answer ends with its connection."""

    poll = commands.POLL

    def __init__(self, timeouts: Timeouts, clock: Clock) -> None:
        self._timeouts = timeouts
        self._clock = clock

    def opened(self) -> None:
        """See `Wire.opened`. Nothing can arrive late here."""

    def distrust(self) -> None:
        """See `Wire.distrust`. Nothing can arrive late here."""

    def exchange(self, link: BulkLink, command: Command, wait: float) -> Reply:
        """See `Wire.exchange`."""
        return self._transact(link, encode_request(command.text), self._timeouts.write, wait)

    def send_job(self, link: BulkLink, data: bytes, patience: float) -> str:
        """See `Wire.send_job`."""
        return self._transact(link, data, patience, patience).text

    def status(self, reply: Reply) -> Status:
        """See `Wire.status`."""
        if reply.status is None:
            raise RemoteProtocolError("a status poll was answered without status words")
        return reply.status

    def _transact(self, link: BulkLink, data: bytes, patience: float, wait: float) -> Reply:
        link.write(data, timeout=patience)
        decoder = ReplyDecoder()
        deadline = self._clock() + wait
        while piece := link.read(PIECE, timeout=_left(deadline, self._clock(), wait)):
            decoder.receive_data(piece)
        if decoder.is_empty:
            raise TransportClosedError("the printer hung up without an answer")
        return decoder.finish()


class StreamWire:
    """USB: a stream of commands and answers, without a number that matches them.

    After an exchange that did not finish, and when the link is opened (the earlier process may have
    died between command and answer), two queries are sent whose answers can't be confused with any
    others. Answers keep their order: once these have arrived, all late ones have been read and
    discarded.
    """

    poll = commands.STATUS_TEXT

    def __init__(self, timeouts: Timeouts, clock: Clock) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._decoder = TextDecoder()
        self._clean = False
        self._job_open = 0  # bytes of a job that the printer may still expect

    def opened(self) -> None:
        """See `Wire.opened`."""
        self._decoder = TextDecoder()
        self._clean = False

    def distrust(self) -> None:
        """See `Wire.distrust`."""
        self._clean = False

    def exchange(self, link: BulkLink, command: Command, wait: float) -> Reply:
        """See `Wire.exchange`."""
        self._make_clean(link)
        self._clean = False
        reply = self._ask(link, command, wait)
        self._clean = True
        return reply

    def send_job(self, link: BulkLink, data: bytes, patience: float) -> str:
        """See `Wire.send_job`. The number of answers to a job is unknown: it waits for none."""
        self._make_clean(link)
        self._clean = False
        self._job_open = len(data)
        link.write(data, timeout=patience)
        self._job_open = 0
        return ""

    def status(self, reply: Reply) -> Status:
        """See `Wire.status`."""
        return decode_status_text(reply.text)

    def _make_clean(self, link: BulkLink) -> None:
        if self._clean:
            return
        try:
            self._find_own_answers(link)
        except TransportTimeoutError:
            if not self._job_open:
                raise
            # The printer takes our queries for dots of an interrupted job: it gets the rest as
            # zeros, which print nothing there and are skipped between commands.
            rest, self._job_open = self._job_open, 0
            for start in range(0, rest, PADDING_PIECE):
                size = min(PADDING_PIECE, rest - start)
                link.write(bytes(size), timeout=self._timeouts.write)
            self._find_own_answers(link)
        self._job_open = 0
        self._clean = True

    def _find_own_answers(self, link: BulkLink) -> None:
        for command, is_own in (
            (commands.CARD_COUNTER, replies.is_card_counter),
            (commands.STATUS_TEXT, replies.is_status_text),
        ):
            reply = self._ask(link, command, self._timeouts.reply)
            stale = 0
            while not is_own(reply.text):
                stale += 1
                if stale > MAX_STALE_REPLIES:
                    raise RemoteProtocolError(f"no answer to {command.text} in {stale} replies")
                reply = self._read(link, self._timeouts.reply)

    def _ask(self, link: BulkLink, command: Command, wait: float) -> Reply:
        link.write(encode_request(command.text), timeout=self._timeouts.write)
        return self._read(link, wait)

    def _read(self, link: BulkLink, wait: float) -> Reply:
        deadline = self._clock() + wait
        while (reply := self._decoder.next_reply()) is None:
            piece = link.read(PIECE, timeout=_left(deadline, self._clock(), wait))
            self._decoder.receive_data(piece)
        return reply


def wire_for(address: str, timeouts: Timeouts, clock: Clock) -> Wire:
    """Return the wire protocol for the link with this address."""
    kind = ConnectionWire if address.startswith("tcp-transaction:") else StreamWire
    return kind(timeouts, clock)


def _left(deadline: float, now: float, wait: float) -> float:
    if now >= deadline:
        raise TransportTimeoutError(f"no whole answer in {wait} s")
    return deadline - now

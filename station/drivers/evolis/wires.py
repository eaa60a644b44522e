"""The two ways in which an Evolis printer is reached: a connection each, or one stream.

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
    """One kind of link. The caller throws the link away when an exchange did not finish."""

    poll: Command  #: asks for the status words

    def opened(self) -> None:
        """The link was opened anew: nothing is known of what may still come over it."""
        ...

    def exchange(self, link: BulkLink, command: Command, wait: float) -> Reply:
        """Send one command and return its answer."""
        ...

    def send_job(self, link: BulkLink, data: bytes, patience: float) -> str:
        """Send a whole job, or the end of one; returns what was answered, if that can be told."""
        ...

    def distrust(self) -> None:
        """Take what comes next for something late, until it is proven that it is not."""
        ...

    def status(self, reply: Reply) -> Status:
        """Return the status words in the answer to `poll`.

        Raises:
            RemoteProtocolError: It has none.
        """
        ...


class ConnectionWire:
    """TCP: a connection for each transaction, so that a late answer dies with its connection."""

    poll = commands.POLL

    def __init__(self, timeouts: Timeouts, clock: Clock) -> None:
        self._timeouts = timeouts
        self._clock = clock

    def opened(self) -> None:
        """See `Wire.opened`. Nothing is ever late here."""

    def distrust(self) -> None:
        """See `Wire.distrust`. Nothing is ever late here."""

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
    """USB: questions and answers one behind the other, without a number that says whose is whose.

    So after an exchange that did not finish, and when the link is opened (the process before us may
    have died between question and answer), two questions are put whose answers can be told from any
    others. Answers keep their order: whatever was late has been thrown away by then.
    """

    poll = commands.STATUS_TEXT

    def __init__(self, timeouts: Timeouts, clock: Clock) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._decoder = TextDecoder()
        self._clean = False
        self._job_open = 0  # bytes of a job that the printer may still be waiting for

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
        """See `Wire.send_job`. How often a job is answered is not known: nothing is waited for."""
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
            # The printer takes our questions for dots of a job that broke off: it is given the
            # rest, of zeros, which are no ink there and skipped between commands.
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
    """Return the way of speaking over the link with this address."""
    kind = ConnectionWire if address.startswith("tcp-transaction:") else StreamWire
    return kind(timeouts, clock)


def _left(deadline: float, now: float, wait: float) -> float:
    if now >= deadline:
        raise TransportTimeoutError(f"no whole answer in {wait} s")
    return deadline - now

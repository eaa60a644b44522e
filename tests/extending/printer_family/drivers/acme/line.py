"""One exchange at a time with an Acme printer, told apart by their sequence numbers."""

from __future__ import annotations

from collections.abc import Callable

from station.core.errors import TransportTimeoutError
from station.core.links import BulkLink
from station.drivers.kit.line import ExchangeLog, retry_once_if_closed
from station.drivers.kit.model_file import WaitTimes

from .codec import ANSWER, LONGEST, NAMES, Answer, AnswerDecoder, encode_question


class Line:
    """The wire to one printer. Not thread-safe: its driver holds the lock.

    Args:
        open_link: Opens the link; raises PrinterNotConnectedError when nothing is there.
        times: How long to wait for an answer and for a write.
        clock: Monotonic seconds.
        first: The first sequence number, by chance: what a process before us asked for is not ours.
        on_open: Called after the first answer.
    """

    def __init__(
        self,
        open_link: Callable[[], BulkLink],
        times: WaitTimes,
        *,
        clock: Callable[[], float],
        first: int,
        on_open: Callable[[], None],
    ) -> None:
        self._open_link = open_link
        self._times = times
        self._clock = clock
        self._sequence = first
        self._on_open = on_open
        self._link: BulkLink | None = None
        self._broken = False  # the last exchange did not finish
        self._greeted = False
        self._decoder = AnswerDecoder()
        self.recent = ExchangeLog(clock)

    @property
    def address(self) -> str:
        """Where the link leads; empty before it was first opened."""
        return self._link.address if self._link else ""

    def ask(self, operation: int, data: bytes = b"") -> Answer:
        """Send one question and return its answer, be it a refusal.

        Raises:
            PrinterNotConnectedError: The printer is not there; nothing was sent.
            TransportError: It went away or did not answer: what it did is unknown.
            RemoteProtocolError: The answer is malformed.
        """
        link = self._ready_link()
        self._broken = True
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        with self.recent.exchange(NAMES[operation]) as exchange:
            link.write(encode_question(self._sequence, operation, data), timeout=self._times.write)
            answer = self._own_answer(link)
            exchange.outcome = f"{answer.verdict}"
        self._broken = False
        if not self._greeted:
            self._greeted = True
            self._on_open()
        return answer

    def look(self, operation: int) -> Answer:
        """Send a read-only question; retry once if the link had already dropped. See `ask`."""
        return retry_once_if_closed(lambda: self.ask(operation))

    def close(self) -> None:
        """Give the link back. Safe to call twice."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _ready_link(self) -> BulkLink:
        if self._link is None:
            self._link = self._open_link()
        elif self._broken:
            self._link.reopen()
        else:
            return self._link
        self._decoder = AnswerDecoder()
        return self._link

    def _own_answer(self, link: BulkLink) -> Answer:
        deadline = self._clock() + self._times.reply
        while True:
            answer = self._decoder.next_answer()
            if answer is not None and answer.sequence == self._sequence:
                return answer
            if answer is None:
                left = deadline - self._clock()
                if left <= 0:
                    raise TransportTimeoutError(f"no answer in {self._times.reply} s")
                self._decoder.receive_data(link.read(ANSWER.size + LONGEST, timeout=left))

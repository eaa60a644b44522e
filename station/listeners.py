"""Who listens at this station: how many of each caller, and what a listener costs.

A listener holds no thread: a change rings a flag inside the server's loop. What happened is read
from the journal once, whoever listens, and written as text once; only a listener that begins far
back reads for itself. So a card does not wait for its listeners. And they are few: so many of one
caller, so many in all, and those of the pages are counted apart, so that no program keeps a page
from following what happens.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from anyio.to_thread import run_sync
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

from station.core.errors.doors import ListenersError
from station.core.orders import EventRecord
from station.production.services.service import ProductionService

MOST_PROGRAMS: Final = 64  #: listeners of the API in all
MOST_OF_ONE: Final = 8  #: of one caller
MOST_PAGES: Final = 64  #: open pages in all; the tabs of a browser share one where they can
MOST_PAGES_OF_ONE: Final = 16
KEPT: Final = 500  #: newest events that are kept as they are sent
SEND_WITHIN: Final = 30.0  #: seconds for a listener to take what it is sent; then it is let go


class ListenerPlaces:
    """So many places in all, and so many for one caller. For one event loop."""

    def __init__(self, most: int, of_one: int) -> None:
        self._most = most
        self._of_one = of_one
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self._taken.total()

    def take(self, caller: str) -> None:
        """Take a place; whoever has one gives it back.

        Raises:
            ListenersError: Too many listen already, or too many of this caller.
        """
        if self._taken[caller] >= self._of_one or self.taken >= self._most:
            raise ListenersError("too many listen")
        self._taken[caller] += 1

    def give_back(self, caller: str) -> None:
        """Give a place back."""
        self._taken[caller] -= 1
        if not self._taken[caller]:
            del self._taken[caller]


class Stream(EventSourceResponse):
    """A stream for whom a place was taken; the end of the answer gives it back."""

    def __init__(
        self,
        lines: AsyncIterator[ServerSentEvent],
        places: ListenerPlaces,
        caller: str,
        *,
        ping: int,
    ) -> None:
        super().__init__(lines, ping=ping, send_timeout=SEND_WITHIN)
        self._places = places
        self._caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, until the client goes or the stream ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._places.give_back(self._caller)


@dataclass(frozen=True, slots=True)
class Line:
    """One event as it is sent."""

    seq: int
    kind: str
    text: str


class Listening:
    """What every listener of one station shares. For one event loop, the server's.

    Attributes:
        programs: Places of the API's listeners.
        pages: Places of open pages.
    """

    def __init__(self, service: ProductionService, write: Callable[[EventRecord], str]) -> None:
        """`write` returns an event as it is sent."""
        self._service = service
        self._write = write
        self._loop: asyncio.AbstractEventLoop | None = None
        self._flag = asyncio.Event()
        self._asked = False
        self._kept: deque[Line] = deque(maxlen=KEPT)
        self._read_to = -1  # number of the newest event that was read for everybody
        self._reading = asyncio.Lock()
        self.programs = ListenerPlaces(MOST_PROGRAMS, MOST_OF_ONE)
        self.pages = ListenerPlaces(MOST_PAGES, MOST_PAGES_OF_ONE)

    async def wait(self, heard: int, seconds: float) -> None:
        """Wait until the station has rung more than `heard` times, at most so many seconds."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._service.notifier.tell(self._ring)
        flag = self._flag  # before the count is read: no change in between is missed
        if self._service.notifier.count > heard or self._service.notifier.silenced:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await flag.wait()

    async def after(self, seq: int) -> Sequence[Line]:
        """Return the next lines after an event, oldest first; none when there is nothing new."""
        async with self._reading:
            if self._read_to < 0:
                self._read_to = max(0, self._service.last_seq - 1)
            if self._service.last_seq > self._read_to:
                self._kept.extend(await self._read(self._read_to))
                self._read_to = self._kept[-1].seq if self._kept else self._read_to
        first = self._kept[0].seq if self._kept else self._read_to + 1
        if seq >= first - 1:
            return [line for line in self._kept if line.seq > seq]
        return await self._read(seq)

    async def _read(self, seq: int) -> list[Line]:
        found = await run_sync(self._service.events_after, seq)
        return [Line(one.seq, one.kind, self._write(one)) for one in found]

    def _ring(self) -> None:
        # From any thread, and often many times for one change: the loop is asked once.
        if not self._asked and self._loop is not None:
            self._asked = True
            with contextlib.suppress(RuntimeError):  # the server has ended
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._asked = False
        flag, self._flag = self._flag, asyncio.Event()
        flag.set()

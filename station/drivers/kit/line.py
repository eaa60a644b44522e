"""What the lines of all families share: the last exchanges, and one retry of a read-only command.

A line itself is specific to a family: the bytes of an exchange, and how a late answer is
distinguished from the next one, depend on the protocol.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from station.core.errors import TransportClosedError

T = TypeVar("T")

REMEMBERED: Final = 60


class Exchange:
    """One exchange in progress; `outcome` is set as soon as the answer is known."""

    def __init__(self) -> None:
        self.outcome: str | None = None


class ExchangeLog:
    """The last exchanges for the diagnostics page: name, outcome and milliseconds, newest last.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.lines: deque[str] = deque(maxlen=REMEMBERED)

    @contextlib.contextmanager
    def exchange(self, name: str) -> Iterator[Exchange]:
        """Add one entry when the block ends; its outcome is `lost` unless one was set."""
        exchange = Exchange()
        began = self._clock()
        try:
            yield exchange
        finally:
            took = (self._clock() - began) * 1000
            self.lines.append(f"{name} -> {exchange.outcome or 'lost'}, {took:.1f} ms")


def retry_once_if_closed(look: Callable[[], T]) -> T:
    """Send a read-only command; retry once if the link had already dropped.

    Never for a command that changes something: it may have arrived before the link dropped.
    """
    try:
        return look()
    except TransportClosedError:
        return look()

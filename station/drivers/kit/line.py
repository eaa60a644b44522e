"""What the lines of all families keep: the last exchanges, and one repeat of a read-only command.

A line itself is a family's own: which bytes make an exchange, and how a late answer is told from
the next one, depends on the protocol.
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
    """One exchange while it runs; `outcome` is set as soon as the answer is known."""

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
        """Add one line at the end, whatever happens; `lost` unless an outcome was set."""
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

"""A clock that only moves when somebody moves it; journal and production read this one."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final
from unittest import mock

from station.production.desk import temporary
from station.production.intake import reception, reprints

START: Final = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
TICK: Final = dt.timedelta(milliseconds=1)


class Clock:
    """Wall clock and monotonic clock of one window; a `station.core.clock.Clock`.

    Attributes:
        boot: Name of the PC's boot; another one after a power cut.
        while_paused: What happens in the world while somebody waits.
        moves: How often time passed, or was set, apart from the ticks of looks.
    """

    def __init__(self) -> None:
        self._wall = START
        self._running = 0.0
        self.boot = "boot 1"
        self.moves = 0
        self.while_paused: Callable[[], None] = lambda: None

    def now(self) -> dt.datetime:
        """Return the wall clock; every look takes a millisecond."""
        self._wall += TICK
        self._running += TICK.total_seconds()
        return self._wall

    def monotonic(self) -> float:
        """Return seconds since the start."""
        return self._running

    def pause(self, seconds: float) -> None:
        """Let time pass, and the world go on."""
        self.advance(seconds)
        self.while_paused()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.moves += 1
        self._wall += dt.timedelta(seconds=max(0.0, seconds))
        self._running += max(0.0, seconds)

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back, as a person or a time server does."""
        self.moves += 1
        self._wall += dt.timedelta(seconds=seconds)

    def reboot(self, off_for: float) -> None:
        """Switch the PC off and on: only the wall clock knows for how long it was off."""
        self._wall += dt.timedelta(seconds=off_for)
        self._running = 0.0
        self.boot = f"{self.boot}'"


@contextlib.contextmanager
def counted_order_ids(clock: Clock) -> Iterator[None]:
    """Name orders by clock and count, so that a seed always writes the same history."""
    made = [0]

    def order_id() -> str:
        # As the station's own: the wall clock first, and a number where that has chance.
        made[0] += 1
        milliseconds = round(clock.now().timestamp() * 1000)
        return f"{milliseconds:012x}{made[0]:020x}"

    with contextlib.ExitStack() as stack:
        for module in (reception, reprints, temporary):
            stack.enter_context(mock.patch.object(module, "new_order_id", order_id))
        yield

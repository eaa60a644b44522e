"""A clock that only moves when somebody moves it, put under the modules that read the real one."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import importlib
import inspect
import pkgutil
import re
import time
import types
from collections.abc import Iterator
from typing import Final
from unittest import mock

import station.production
from station.production import reception, reprints

START: Final = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)
TICK: Final = dt.timedelta(milliseconds=1)


@functools.cache
def _modules() -> tuple[types.ModuleType, ...]:
    # Found by looking: a new module that reads the clock is under this one at once.
    package = station.production
    names = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    found = (importlib.import_module(one.name) for one in names)
    return tuple(module for module in found if _CLOCK_READ.search(inspect.getsource(module)))


_CLOCK_READ: Final = re.compile(r"datetime\.now\(|time\.monotonic\(")


class Clock:
    """Wall clock and monotonic clock of one window."""

    def __init__(self) -> None:
        self._wall = START
        self._running = 0.0

    def now(self) -> dt.datetime:
        """Return the wall clock; every look takes a millisecond."""
        self._wall += TICK
        self._running += TICK.total_seconds()
        return self._wall

    def monotonic(self) -> float:
        """Return seconds since the start."""
        return self._running

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._wall += dt.timedelta(seconds=max(0.0, seconds))
        self._running += max(0.0, seconds)

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back, as a person or a time server does."""
        self._wall += dt.timedelta(seconds=seconds)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Have the production modules read this clock, and name orders by it."""
        clock, made = self, [0]

        class Datetime(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
                del tz
                return clock.now()

        def order_id() -> str:
            # As the station's own: the wall clock first, here counted where that has chance.
            made[0] += 1
            milliseconds = round(clock.now().timestamp() * 1000)
            return f"{milliseconds:012x}{made[0]:020x}"

        times = types.SimpleNamespace(datetime=Datetime, timedelta=dt.timedelta, UTC=dt.UTC)
        counted = types.SimpleNamespace(monotonic=self.monotonic)
        with contextlib.ExitStack() as stack:
            for module in _modules():
                if getattr(module, "dt", None) is dt:
                    stack.enter_context(mock.patch.object(module, "dt", times))
                if getattr(module, "time", None) is time and module is not reception:
                    stack.enter_context(mock.patch.object(module, "time", counted))
            for module in (reception, reprints):
                stack.enter_context(mock.patch.object(module, "new_order_id", order_id))
            yield

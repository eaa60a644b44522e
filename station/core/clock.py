"""The interface of the clock: wall time for display, elapsed seconds for decisions.

The wall clock of a PC is changed by people, by time servers and by an empty battery. So no decision
depends on it; it is only shown, and stored for people to read. Three questions have three answers:

    in which order?     The number of an event in the journal's history. It only grows.
    how long?           `monotonic()` within a process; `Journal.age()` across processes.
    at what time?       `now()`, for display.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """The only source of time in the station."""

    @property
    def boot(self) -> str:
        """Identifier of the period within which values of `monotonic()` may be compared.

        Processes of the same start of the PC return the same value; a PC that can't tell returns a
        different value in every process.
        """
        ...

    def now(self) -> dt.datetime:
        """Return the wall time, timezone-aware, in UTC. It may jump in either direction."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never decrease within one `boot`; their zero is arbitrary."""
        ...

    def pause(self, seconds: float) -> None:
        """Block the calling thread for some seconds."""
        ...

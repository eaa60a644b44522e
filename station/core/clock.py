"""What the station asks a clock: the wall time for people, and elapsed seconds for decisions.

The wall clock of a PC is set by people, by time servers and by an empty battery. So it decides
nothing here; it is only shown and stored for people to read. Three questions have three answers:

    in which order?     The number of an event in the journal's history. It only grows.
    how long?           `monotonic()` within a process; `Journal.age()` across processes.
    at what time?       `now()`, for display.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """The one source of time of a window."""

    @property
    def boot(self) -> str:
        """Name of the period in which values of `monotonic()` may be compared.

        Processes of the same start of the PC return the same name; a PC that can't tell returns
        another name in every process.
        """
        ...

    def now(self) -> dt.datetime:
        """Return the wall time, aware, in UTC. It may jump in either direction."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back within one `boot`; their zero means nothing."""
        ...

    def pause(self, seconds: float) -> None:
        """Block the calling thread for some seconds."""
        ...

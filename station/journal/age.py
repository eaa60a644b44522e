"""The journal's age: the seconds that decide what is due, independent of the wall clock.

A deadline must survive a restart, so it can't be kept in a process's monotonic clock, and it must
not trust the wall clock, which may be set a day forward or a month back. The journal therefore
counts its own age: the seconds that it is known to have existed.

* Within a process the age grows with the monotonic clock.
* Every durable change stores the current age, together with the identifier of the PC's boot and the
  reading of that boot's clock (`CLOCK_BOOTTIME`). A process that opens the journal in the same boot
  adds the time elapsed since: a restart of the daemon loses nothing.
* After another boot, only the wall clock knows how long the PC was off, so nothing is added. A
  deadline can then be met late, by the time that the PC was off and by at most `KEEP_EVERY` that
  was not stored, and never early.

So nothing becomes due before its time has really elapsed, and what has lasted long enough becomes
due even if the wall clock was set back. Each event stores the age at which it was written; a
duration is the difference between two ages. An event of a version without ages counts as written at
age 0, which is the moment of the upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from station.core.clock import Clock
from station.journal import tables

#: Seconds between two stored ages while something waits and nothing else is written.
KEEP_EVERY: Final = 60.0
ROW: Final = 1  #: id of the only row; the migration inserts it

READ: Final = tables.age.select().where(tables.age.c.id == ROW)
_REPLACE: Final = (
    tables.age.update()
    .where(tables.age.c.id == ROW, tables.age.c.seconds <= sa.bindparam("reached"))
    .values(
        boot=sa.bindparam("of_boot"),
        boot_seconds=sa.bindparam("at_boot_seconds"),
        seconds=sa.bindparam("reached"),
    )
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The age at one moment, with the clock reading from which another process can continue."""

    boot: str
    boot_seconds: float
    seconds: float

    def store(self, connection: sa.Connection) -> None:
        """Store it within a transaction; an older reading never replaces a newer one."""
        connection.execute(
            _REPLACE,
            {
                "of_boot": self.boot,
                "at_boot_seconds": self.boot_seconds,
                "reached": self.seconds,
            },
        )


class Age:
    """Counts the journal's age in this process. Thread-safe: it is immutable."""

    def __init__(self, clock: Clock, stored: sa.Row[Any]) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._before = float(stored.seconds)
        if stored.boot == clock.boot:
            self._before += max(0.0, self._began - stored.boot_seconds)

    def read(self) -> Reading:
        """Return the current age."""
        now = self._clock.monotonic()
        return Reading(self._clock.boot, now, self._before + max(0.0, now - self._began))

"""How old the journal is: seconds that decide what is due, whatever is done to the wall clock.

A deadline must survive a restart, so it can't be kept in a process's monotonic clock, and it must
not trust the wall clock, which is set a day forward or a month back. The journal therefore counts
its own age: the seconds that it is known to have existed.

* Within a process the age grows with the monotonic clock.
* Every durable change stores the age reached, together with the name of the PC's boot and the
  reading of that boot's clock (`CLOCK_BOOTTIME`). A process that opens the journal in the same boot
  adds what has passed since: a restart of the daemon loses nothing.
* In another boot, how long the PC was off is known to the wall clock only, so nothing is added. A
  deadline can then be met late, by the time that the PC was off and by at most `KEEP_EVERY` that
  was not stored, and never early.

So nothing is due that has not lasted that long, and what has lasted becomes due, although the wall
clock went back. Each event holds the age at which it was written; a duration is the difference
between two ages. An event of a version without ages counts as written at age 0, which is the moment
of the upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from station.core.clock import Clock
from station.journal import tables

#: Seconds between two stored ages while something waits and nothing else is written.
KEEP_EVERY: Final = 60.0
ROW: Final = 1  #: the only one; the migration made it

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
    """The age at one moment, with what it takes to go on from there in another process."""

    boot: str
    boot_seconds: float
    seconds: float

    def store(self, connection: sa.Connection) -> None:
        """Write it down, inside a transaction; an older one never replaces a newer one."""
        connection.execute(
            _REPLACE,
            {
                "of_boot": self.boot,
                "at_boot_seconds": self.boot_seconds,
                "reached": self.seconds,
            },
        )


class Age:
    """Counts the journal's age in this process. Thread-safe: it never changes."""

    def __init__(self, clock: Clock, stored: sa.Row[Any]) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._before = float(stored.seconds)
        if stored.boot == clock.boot:
            self._before += max(0.0, self._began - stored.boot_seconds)

    def read(self) -> Reading:
        """Return the age now."""
        now = self._clock.monotonic()
        return Reading(self._clock.boot, now, self._before + max(0.0, now - self._began))

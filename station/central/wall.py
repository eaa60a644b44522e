"""What the wall page shows: every window's state, its supplies, what it owes, and the alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from station.central.database import Database
from station.central.letters import ALIVE
from station.central.tables import OPEN, acts, assignments, forks, outbox, stations

#: Facts of a sign of life that are shown as a number, with the limit below which it is too low.
LOW: Final[Mapping[str, int]] = {"blanks-left": 20, "ribbon-cards-left": 20}
MOST_ALARMS: Final = 50
#: What a window can be, the worst first.
STATES: Final = ("fork", "blocked", "never", "ended", "silent", "well")


@dataclass(frozen=True, slots=True)
class WindowTile:
    """One window on the wall.

    Attributes:
        name: Of the station.
        state: `fork`, `blocked`, `silent`, `ended`, `never` or `well`.
        seen_seconds: Since its last sign of life; None for never.
        seq: Number of its newest event here.
        behind: Events that it has spoken of and that are not here.
        lease_seconds: Until its lease has ended for certain; 0 for none.
        version: Of its program.
        facts: What it says of itself.
        waiting: Orders that it has not accepted yet.
        under_way: Orders that it has accepted.
        made: Cards of assigned orders that are out.
        low: Names of the facts that are too low.
    """

    name: str
    state: str
    seen_seconds: int | None
    seq: int
    behind: int
    lease_seconds: int
    version: str
    facts: Mapping[str, str]
    waiting: int
    under_way: int
    made: int
    low: tuple[str, ...]

    @property
    def hall(self) -> str:
        """The place in its name."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person must look at."""

    id: int
    at: str
    kind: str
    station: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wall:
    """The whole page.

    Attributes:
        windows: By name.
        alarms: Newest first.
        letters: Letters that wait for the carrier.
        forks: Forks that wait for a person.
        made: Cards of assigned orders that are out, of all windows.
        open: Orders with a window that have not ended.
    """

    windows: tuple[WindowTile, ...]
    alarms: tuple[Alarm, ...]
    letters: int
    forks: int
    made: int
    open: int


def read_wall(database: Database) -> Wall:
    """Return what there is to show now.

    Raises:
        JournalError: The database can't be used.
    """
    now = sa.func.clock_timestamp()
    age = sa.extract("epoch", now - stations.c.seen_at)
    lease = sa.extract("epoch", stations.c.lease_until - now)
    counts = _counts()
    query = (
        sa.select(
            stations,
            age.label("age"),
            (age > ALIVE.total_seconds()).label("late"),
            lease.label("lease_left"),
            sa.exists()
            .where(forks.c.station == stations.c.name, forks.c.decided_at.is_(None))
            .label("fork"),
            *(sa.func.coalesce(counts.c[name], 0).label(name) for name in _COUNTED),
        )
        .outerjoin(counts, counts.c.station == stations.c.name)
        .order_by(stations.c.name)
    )
    with database.transaction() as connection:
        windows = tuple(_tile(row) for row in connection.execute(query))
        alarms = connection.execute(
            sa.select(acts)
            .where(acts.c.alarm, acts.c.seen_at.is_(None))
            .order_by(acts.c.id.desc())
            .limit(MOST_ALARMS)
        ).all()
        letters = _count(connection, outbox.c.sent_at.is_(None))
        open_forks = _count(connection, forks.c.decided_at.is_(None))
    return Wall(
        windows=windows,
        alarms=tuple(
            Alarm(row.id, row.at.isoformat(timespec="seconds"), row.kind, row.station, row.data)
            for row in alarms
        ),
        letters=letters,
        forks=open_forks,
        made=sum(one.made for one in windows),
        open=sum(one.waiting + one.under_way for one in windows),
    )


_COUNTED: Final = ("waiting", "under_way", "made")


def _counts() -> sa.Subquery:
    state = assignments.c.state

    def of(*states: str) -> sa.ColumnElement[int]:
        return sa.func.count().filter(state.in_(states))

    return (
        sa.select(
            assignments.c.station,
            of("sent").label("waiting"),
            of("accepted", "withdrawing", "kept").label("under_way"),
            of("done").label("made"),
        )
        .where(state.in_(OPEN))
        .group_by(assignments.c.station)
        .subquery()
    )


def _count(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).where(condition)).scalar_one())


def _tile(row: sa.Row[Any]) -> WindowTile:
    return WindowTile(
        name=row.name,
        state=_state(row),
        seen_seconds=None if row.age is None else int(row.age),
        seq=row.seq,
        behind=max(0, row.said_seq - row.seq),
        lease_seconds=max(0, int(row.lease_left or 0)),
        version=row.version,
        facts=row.facts,
        waiting=row.waiting,
        under_way=row.under_way,
        made=row.made,
        low=tuple(name for name, limit in LOW.items() if _is_low(row.facts.get(name, ""), limit)),
    )


def _state(row: sa.Row[Any]) -> str:
    if row.fork:
        return "fork"
    if row.blocked:
        return "blocked"
    if row.seen_at is None:
        return "never"
    if not row.alive:
        return "ended"
    return "silent" if row.late else "well"


def _is_low(value: str, limit: int) -> bool:
    return value.isdigit() and int(value) < limit

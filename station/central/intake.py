"""Events of the stations: each is kept once, in order, and only where the hash chain holds.

Theory. The carrier may lose, double, delay and reorder. `stations.seq` and `stations.hash` are the
cursor: everything up to it is here, and its hash proves all of it. An event is then one of four:

    the next one        its hash follows from the cursor's: it is stored, and the cursor moves
    one that is here    the same hash: a double, dropped
    one from further on held in memory for a while, or dropped: the station sends again from the
                        cursor, which it reads every minute
    one that contradicts  see `station.central.forks`

Storing and moving the cursor are one transaction; the cursor goes to the carrier's bucket after it,
and again with each sign of life of the station, so that a crash in between costs a minute.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from station.central.database import Database
from station.central.forks import name_fork
from station.central.tables import checkpoints, events, stations
from station.core.chain import chain_hash
from station.core.fleet import Cursor, EventMessage

#: Events of one station that are held in memory because some before them are missing.
MOST_EARLY: Final = 2000

#: Carries out what new events of a station mean for central, in the same transaction.
Effect = Callable[[sa.Connection, str, Sequence[EventMessage]], None]
#: One statement for any number of events: a statement for each would be most of the work.
_STORE: Final = sa.text(
    "INSERT INTO events (station, seq, order_id, at, actor, kind, data, hash, stored_at)"
    ' SELECT station, seq, "order", at, actor, kind, data, hash, clock_timestamp()'
    " FROM jsonb_to_recordset(CAST(:new AS jsonb)) AS one (station text, seq bigint,"
    ' "order" text, at text, actor text, kind text, data jsonb, hash text)'
)


class EventIntake:
    """Takes events in. One thread calls it."""

    def __init__(self, database: Database, effect: Effect) -> None:
        self._database = database
        self._effect = effect
        self._early: dict[str, dict[int, EventMessage]] = defaultdict(dict)

    def take(self, messages: Iterable[EventMessage]) -> Mapping[str, Cursor]:
        """Store what is new; return the cursor of each station that has sent something.

        A message of an unknown station is dropped.

        Raises:
            JournalError: The database can't be used; nothing of it is stored.
        """
        by_station: dict[str, list[EventMessage]] = defaultdict(list)
        for message in messages:
            by_station[message.station].append(message)
        cursors: dict[str, Cursor] = {}
        with self._database.transaction() as connection:
            for station in sorted(by_station):  # in one order, so that two never wait in a circle
                cursor = self._take_of(connection, station, by_station[station])
                if cursor is not None:
                    cursors[station] = cursor
        return cursors

    def _take_of(
        self, connection: sa.Connection, station: str, messages: Sequence[EventMessage]
    ) -> Cursor | None:
        row = connection.execute(
            sa.select(stations.c.seq, stations.c.hash)
            .where(stations.c.name == station)
            .with_for_update()
        ).one_or_none()
        if row is None:
            return None
        self._check_known(
            connection, station, row.seq, [one for one in messages if one.seq <= row.seq]
        )
        early = self._early[station]
        early.update({one.seq: one for one in messages if one.seq > row.seq})
        new = _next_ones(Cursor(row.seq, row.hash), early)
        for seq in [seq for seq in early if seq <= row.seq + len(new)]:
            del early[seq]
        if len(early) > MOST_EARLY:
            early.clear()
        if not new:
            # The one that should be next may be damaged: do not let it stand in the way.
            early.pop(row.seq + 1, None)
            return Cursor(row.seq, row.hash)
        return self._keep(connection, station, new)

    def _keep(self, connection: sa.Connection, station: str, new: Sequence[EventMessage]) -> Cursor:
        told = json.dumps([dataclasses.asdict(one) for one in new], ensure_ascii=False)
        connection.execute(_STORE, {"new": told})
        last = new[-1]
        connection.execute(
            stations.update().where(stations.c.name == station).values(seq=last.seq, hash=last.hash)
        )
        self._effect(connection, station, new)
        check_waiting(connection, station, last.seq)
        return Cursor(last.seq, last.hash)

    def _check_known(
        self, connection: sa.Connection, station: str, upto: int, doubles: Sequence[EventMessage]
    ) -> None:
        """Compare events whose numbers are here already with those that are."""
        if not doubles:
            return
        wanted = {one.seq for one in doubles} | {one.seq - 1 for one in doubles}
        known = hashes(connection, station, wanted)
        for one in sorted(doubles, key=lambda each: each.seq):
            if one.hash == known[one.seq]:
                continue
            if one.seq - 1 in known and follows(known[one.seq - 1], one):
                name_fork(
                    connection,
                    station,
                    one.seq,
                    known[one.seq],
                    one.hash,
                    source="event",
                    evidence={"event": one.to_json().decode(), "cursor": upto},
                    ancestor=one.seq - 1,
                )
                return


def _next_ones(cursor: Cursor, early: Mapping[int, EventMessage]) -> list[EventMessage]:
    """Return the events that follow the cursor without a gap, as far as the chain holds."""
    found: list[EventMessage] = []
    before = cursor.hash
    for seq in itertools.count(cursor.seq + 1):
        event = early.get(seq)
        if event is None or not follows(before, event):
            return found
        found.append(event)
        before = event.hash
    return found


def follows(before: str, event: EventMessage) -> bool:
    """Whether an event's hash follows from the hash of the one before."""
    found = chain_hash(
        before, event.seq, event.order, event.at, event.actor, event.kind, event.data
    )
    return found == event.hash


def hashes(connection: sa.Connection, station: str, wanted: Iterable[int]) -> dict[int, str]:
    """Return the hashes of those events that are here; that of number 0 too."""
    from station.core.chain import GENESIS

    numbers = sorted(wanted)
    query = sa.select(events.c.seq, events.c.hash).where(
        events.c.station == station,
        events.c.seq == sa.func.any(sa.literal(numbers, sa.ARRAY(sa.BigInteger))),
    )
    found = {row.seq: row.hash for row in connection.execute(query)}
    return {0: GENESIS, **found} if 0 in numbers else found


def check_waiting(connection: sa.Connection, station: str, upto: int) -> None:
    """Compare signed checkpoints whose events have arrived meanwhile."""
    waiting = connection.execute(
        sa.select(checkpoints)
        .where(checkpoints.c.station == station, checkpoints.c.state == "waiting")
        .where(checkpoints.c.seq <= upto)
    ).all()
    if not waiting:
        return
    known = hashes(connection, station, {one.seq for one in waiting})
    for one in waiting:
        fits = known.get(one.seq) == one.hash
        connection.execute(
            checkpoints.update()
            .where(checkpoints.c.station == station)
            .where(checkpoints.c.seq == one.seq, checkpoints.c.hash == one.hash)
            .values(state="verified" if fits else "fork")
        )
        if not fits:
            name_fork(
                connection,
                station,
                one.seq,
                known.get(one.seq, ""),
                one.hash,
                source="checkpoint",
                evidence={"signed": one.signed},
            )

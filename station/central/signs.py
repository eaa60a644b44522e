"""Signs of life and checkpoints of the stations, and the leases that answer."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from station.central.database import Database
from station.central.forks import is_open, name_fork
from station.central.intake import check_waiting, hashes
from station.central.tables import assignments, checkpoints, sessions, stations
from station.core.errors import FleetMessageError
from station.core.fleet import Checkpoint, Cursor, Lease, Presence, Signed
from station.signing import verify

log = logging.getLogger(__name__)

FORK: Final = "fork"
BLOCKED: Final = "blocked"
EARLIER: Final = "earlier"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sign of life is answered with."""

    station: str
    cursor: Cursor
    lease: Lease


class Signs:
    """Takes them in. Thread-safe.

    Attributes:
        lease_seconds: How long a lease lasts.
    """

    def __init__(self, database: Database, lease_seconds: int) -> None:
        self._database = database
        self.lease_seconds = lease_seconds

    def take_presences(self, signed: Sequence[Signed]) -> Sequence[Answer]:
        """Keep signs of life in one transaction; return an answer to each that is news.

        One that is not what it says, or of an unknown station, is put away.

        Raises:
            JournalError: The database can't be used; none is kept.
        """
        answers = []
        with self._database.transaction() as connection:
            # Stations in one order, as their events lock them.
            for one in sorted(signed, key=lambda each: each.to):
                try:
                    answer = self._take_presence(connection, one)
                except FleetMessageError as exc:
                    log.warning("put away: %s", exc, extra={"action": "central-message"})
                    continue
                if answer is not None:
                    answers.append(answer)
        return answers

    def _take_presence(self, connection: sa.Connection, signed: Signed) -> Answer | None:
        row = _sender(connection, signed, Presence.__name__)
        said = Presence.from_json(verify(signed, row.signing_key))
        if said.station != signed.to:
            raise FleetMessageError(f"a presence of {said.station} signed for {signed.to}")
        if not _is_news(connection, row, said):
            return None
        self._check_hash(connection, row, said)
        lease = self._lease(connection, row, said)
        claimed = row.claimed if said.session == row.session else max(row.claimed, row.said_seq)
        until = sa.func.clock_timestamp() + dt.timedelta(seconds=lease.seconds)
        connection.execute(
            stations.update()
            .where(stations.c.name == row.name)
            .values(
                session=said.session,
                asked=said.asked,
                alive=said.alive,
                seen_at=sa.func.clock_timestamp(),
                claimed=claimed,
                said_seq=said.seq,
                version=said.version,
                facts=said.facts,
                **_leased(row, said, until, given=lease.seconds > 0),
            )
        )
        return Answer(row.name, Cursor(row.seq, row.hash), lease)

    def take_checkpoint(self, signed: Signed) -> None:
        """Keep what a station vouches for, and compare it.

        Raises:
            FleetMessageError: It is not what it says, or of an unknown station.
            JournalError: The database can't be used.
        """
        with self._database.transaction() as connection:
            row = _sender(connection, signed, Checkpoint.__name__)
            said = Checkpoint.from_json(verify(signed, row.signing_key))
            if said.station != signed.to:
                raise FleetMessageError(f"a checkpoint of {said.station} signed for {signed.to}")
            connection.execute(
                insert(checkpoints)
                .values(
                    station=row.name,
                    seq=said.seq,
                    hash=said.hash,
                    at=said.at,
                    signed=signed.to_json().decode(),
                    state="waiting",
                    received_at=sa.func.clock_timestamp(),
                )
                .on_conflict_do_nothing()
            )
            check_waiting(connection, row.name, row.seq)

    def _check_hash(self, connection: sa.Connection, row: sa.Row[Any], said: Presence) -> None:
        known = hashes(connection, row.name, {said.seq}).get(said.seq)
        if known is not None and known != said.hash:
            name_fork(
                connection,
                row.name,
                said.seq,
                known,
                said.hash,
                source="presence",
                evidence={"session": said.session, "hash": said.hash},
            )

    def _lease(self, connection: sa.Connection, row: sa.Row[Any], said: Presence) -> Lease:
        """Return the lease, or why there is none.

        A station that was started from an older copy vouches for less than before: until its
        events show a fork, or it has caught up, it gets no lease. Nor does one that has not
        answered for an order that two people have taken from it. And one that was not ended in an
        orderly way waits until the lease of its earlier start has run out: it may be a second PC
        with a copy of the disk, and the first one may feed the same order under that lease.
        """
        claimed = row.claimed if said.session == row.session else max(row.claimed, row.said_seq)
        why = ""
        if is_open(connection, row.name) or said.seq < claimed:
            why = FORK
        elif row.blocked or _owes(connection, row.name):
            why = BLOCKED
        elif self._is_held(connection, row, said):
            why = EARLIER
        seconds = self.lease_seconds if said.alive and not why else 0
        return Lease(said.session, said.asked, seconds, why)

    def _is_held(self, connection: sa.Connection, row: sa.Row[Any], said: Presence) -> bool:
        """Whether another session of the station may have a live lease."""
        if row.lease_session in ("", said.session) or row.lease_until is None:
            return False
        now = sa.func.clock_timestamp()
        return bool(connection.execute(sa.select(sa.literal(row.lease_until) > now)).scalar_one())


def _leased(
    row: sa.Row[Any], said: Presence, until: sa.ColumnElement[Any], *, given: bool
) -> dict[str, Any]:
    """Return what is kept about the lease."""
    if given:
        later = sa.func.greatest(stations.c.lease_until, until)
        return {"lease_until": later, "lease_session": said.session}
    if not said.alive and row.lease_session == said.session:
        return {"lease_session": ""}  # the window has ended it before it said so
    return {}


def _sender(connection: sa.Connection, signed: Signed, kind: str) -> sa.Row[Any]:
    if signed.kind != kind:
        raise FleetMessageError(f"a {kind} was expected, not {signed.kind}")
    row = connection.execute(
        sa.select(stations).where(stations.c.name == signed.to).with_for_update()
    ).one_or_none()
    if row is None:
        raise FleetMessageError(f"an unknown station: {signed.to}")
    return row


def _is_news(connection: sa.Connection, row: sa.Row[Any], said: Presence) -> bool:
    if said.session == row.session:
        return bool(said.asked > row.asked)
    new = connection.execute(
        insert(sessions)
        .values(station=row.name, session=said.session, first_at=sa.func.clock_timestamp())
        .on_conflict_do_nothing()
        .returning(sessions.c.session)
    )
    return new.first() is not None  # else a late message of a session that has ended


def _owes(connection: sa.Connection, station: str) -> bool:
    return (
        connection.execute(
            sa.select(assignments.c.id)
            .where(assignments.c.station == station, assignments.c.state == "overridden")
            .where(assignments.c.owes_answer)
            .limit(1)
        ).first()
        is not None
    )

"""Forks: two histories of one station, and what a person decides about them.

A fork is named on proof only: an event that follows from the history that central has, but is not
the one that followed there; or a number and hash that the station has signed. A message that merely
does not fit may have been damaged on its way: the station sends it again.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import sqlalchemy as sa

from station.central.acts import log_act
from station.central.tables import checkpoints, events, forks, stations, superseded
from station.core.chain import GENESIS
from station.core.errors.central import FleetEntryNotFoundError


class ForkDecision(enum.StrEnum):
    """What a person decides."""

    #: The history that the station has now is the right one; what contradicts it is put aside.
    ADOPT = "adopt"
    #: The history that central has is the right one: the other PC was put out of service.
    KEEP = "keep"


def name_fork(
    connection: sa.Connection,
    station: str,
    seq: int,
    known_hash: str,
    other_hash: str,
    *,
    source: str,
    evidence: Mapping[str, object],
    ancestor: int | None = None,
) -> bool:
    """Record a fork and raise the alarm; returns whether it is new.

    While one is open for the station, further ones add nothing.
    """
    if is_open(connection, station):
        return False
    connection.execute(
        forks.insert().values(
            station=station,
            seq=seq,
            known_hash=known_hash,
            other_hash=other_hash,
            source=source,
            evidence=dict(evidence),
            ancestor=ancestor,
            found_at=sa.func.clock_timestamp(),
        )
    )
    data = {"seq": str(seq), "known": known_hash, "other": other_hash, "source": source}
    log_act(connection, "fork-found", data, station=station, alarm=True)
    return True


def is_open(connection: sa.Connection, station: str) -> bool:
    """Whether a fork of the station waits for a person."""
    query = sa.select(forks.c.id).where(forks.c.station == station, forks.c.decided_at.is_(None))
    return connection.execute(query).first() is not None


def decide_fork(
    connection: sa.Connection, fork: int, decision: ForkDecision, *, by: str, agreed: str, why: str
) -> str:
    """Carry out what two people have decided; returns the station.

    Raises:
        FleetEntryNotFoundError: There is no such fork, or it is decided.
    """
    row = connection.execute(
        sa.select(forks).where(forks.c.id == fork, forks.c.decided_at.is_(None)).with_for_update()
    ).one_or_none()
    if row is None:
        raise FleetEntryNotFoundError("no such open fork")
    connection.execute(
        forks.update()
        .where(forks.c.id == fork)
        .values(
            decided_at=sa.func.clock_timestamp(),
            decision=decision.value,
            decided_by=by,
            agreed_by=agreed,
            note=why,
        )
    )
    if decision is ForkDecision.ADOPT:
        _put_aside(connection, row.station, fork, row.ancestor or 0)
    data = {"fork": str(fork), "decision": decision.value, "agreed": agreed, "why": why}
    log_act(connection, "fork-decided", data, actor=by, station=row.station)
    return str(row.station)


def _put_aside(connection: sa.Connection, station: str, fork: int, ancestor: int) -> None:
    """Go back to the last common event; the station sends what comes after it."""
    connection.execute(
        sa.select(stations.c.name).where(stations.c.name == station).with_for_update()
    )
    after = sa.and_(events.c.station == station, events.c.seq > ancestor)
    columns = [column.name for column in events.c]
    connection.execute(
        superseded.insert().from_select(
            [*columns, "fork"], sa.select(*events.c, sa.literal(fork)).where(after)
        )
    )
    connection.execute(events.delete().where(after))
    connection.execute(
        checkpoints.update()
        .where(checkpoints.c.station == station, checkpoints.c.seq > ancestor)
        .where(checkpoints.c.state != "fork")
        .values(state="superseded")
    )
    known = connection.execute(
        sa.select(events.c.hash).where(events.c.station == station, events.c.seq == ancestor)
    ).scalar()
    connection.execute(
        stations.update()
        .where(stations.c.name == station)
        .values(seq=ancestor, hash=known or GENESIS, claimed=0, said_seq=0)
    )

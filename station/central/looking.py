"""Search across windows, and the audit: what has happened where, proven by the chains."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from station.central.database import Database
from station.central.intake import follows
from station.central.tables import (
    OPEN,
    acts,
    applications,
    assignments,
    batches,
    checkpoints,
    events,
    forks,
    stations,
)
from station.core.chain import GENESIS
from station.core.errors import InputError
from station.core.errors.central import FleetEntryNotFoundError
from station.core.fleet import EventMessage

MOST: Final = 200
KEY_SHOWN: Final = 16  #: digits of a key's digest
AT_ONCE: Final = 2000  #: events in memory while a chain is verified


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event of some window."""

    station: str
    seq: int
    order: str
    at: str
    actor: str
    kind: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FoundAssignment:
    """An assignment, without the person."""

    id: str
    application: str
    epoch: int
    station: str
    state: str
    order: str
    code: str
    step: str
    batch: str
    made_at: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found, the newest first."""

    assignments: tuple[FoundAssignment, ...]
    events: tuple[FoundEvent, ...]


@dataclass(frozen=True, slots=True)
class ForkRecord:
    """A fork, with what was decided about it."""

    id: int
    station: str
    seq: int
    known_hash: str
    other_hash: str
    source: str
    ancestor: int | None
    found_at: str
    decided_at: str
    decision: str
    decided_by: str
    agreed_by: str
    note: str


@dataclass(frozen=True, slots=True)
class StationAudit:
    """How far a station's history is here, and what it has signed.

    Attributes:
        name: Of the station.
        events: How many there are.
        verified: Number of the newest event with a signed checkpoint that fits.
        wrong: How many signed checkpoints do not fit.
    """

    name: str
    events: int
    verified: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Member:
    """A window with a place in the fleet; `key` is the start of its signing key's SHA-256."""

    name: str
    enrolled_at: str
    key: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class BatchShare:
    """What one window has of a batch."""

    station: str
    assigned: int
    made: int


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """A batch: how many are in it, with a window, and made; and the part of each window."""

    id: str
    title: str
    made_at: str
    made_by: str
    people: int
    assigned: int
    made: int
    windows: tuple[BatchShare, ...]


def search(database: Database, text: str, index: Callable[[str], str]) -> Found:
    """Find an order, application, assignment, station or person's number, in all windows.

    Args:
        database: Central's.
        text: What is searched for, whole.
        index: What a person's number is found by.

    Raises:
        InputError: Nothing was given.
        JournalError: The database can't be used.
    """
    wanted = text.strip()
    if not wanted:
        raise InputError("nothing to search for")
    with database.transaction() as connection:
        found = connection.execute(
            _assignments()
            .where(
                sa.or_(
                    assignments.c.id == wanted,
                    assignments.c.order_id == wanted,
                    assignments.c.application == wanted,
                    assignments.c.station == wanted,
                    applications.c.number_index == index(wanted),
                )
            )
            .order_by(assignments.c.made_at.desc())
            .limit(MOST)
        ).all()
        pairs = [(row.station, row.order_id) for row in found if row.order_id]
        by_order = [events.c.order_id == wanted]
        if pairs:
            by_order.append(sa.tuple_(events.c.station, events.c.order_id).in_(pairs))
        lines = connection.execute(
            sa.select(events)
            .where(events.c.order_id != "", sa.or_(*by_order))
            .order_by(events.c.stored_at.desc(), events.c.seq.desc())
            .limit(MOST)
        ).all()
    return Found(tuple(map(_assignment, found)), tuple(map(_event, lines)))


def one_assignment(database: Database, which: str) -> FoundAssignment:
    """Return one assignment.

    Raises:
        FleetEntryNotFoundError: There is no such assignment.
        JournalError: The database can't be used.
    """
    with database.transaction() as connection:
        row = connection.execute(_assignments().where(assignments.c.id == which)).one_or_none()
    if row is None:
        raise FleetEntryNotFoundError("no such assignment")
    return _assignment(row)


def list_batches(database: Database, which: str = "") -> tuple[BatchSummary, ...]:
    """Return the newest batches, or one.

    Raises:
        JournalError: The database can't be used.
    """
    state = assignments.c.state
    open_ = state.in_(("sent", "accepted", "withdrawing", "kept", "done"))
    query = (
        sa.select(
            batches,
            sa.func.count(sa.distinct(applications.c.application)).label("people"),
            sa.func.count(assignments.c.id).filter(open_).label("assigned"),
            sa.func.count(assignments.c.id).filter(state == "done").label("made"),
        )
        .join(applications, applications.c.batch == batches.c.id)
        .outerjoin(assignments, assignments.c.application == applications.c.application)
        .group_by(batches.c.id)
        .order_by(batches.c.made_at.desc())
        .limit(MOST)
    )
    if which:
        query = query.where(batches.c.id == which)
    with database.transaction() as connection:
        rows = connection.execute(query).all()
        shares = _shares(connection, [row.id for row in rows])
    return tuple(
        BatchSummary(
            id=row.id,
            title=row.title,
            made_at=_stamp(row.made_at),
            made_by=row.made_by,
            people=row.people,
            assigned=row.assigned,
            made=row.made,
            windows=tuple(shares.get(row.id, ())),
        )
        for row in rows
    )


def _shares(connection: sa.Connection, which: list[str]) -> dict[str, list[BatchShare]]:
    query = (
        sa.select(
            applications.c.batch,
            assignments.c.station,
            sa.func.count().label("assigned"),
            sa.func.count().filter(assignments.c.state == "done").label("made"),
        )
        .join(applications, applications.c.application == assignments.c.application)
        .where(applications.c.batch.in_(which), assignments.c.state.in_(OPEN))
        .group_by(applications.c.batch, assignments.c.station)
        .order_by(assignments.c.station)
    )
    found: dict[str, list[BatchShare]] = {}
    for row in connection.execute(query):
        share = BatchShare(row.station, row.assigned, row.made)
        found.setdefault(row.batch, []).append(share)
    return found


def list_members(database: Database) -> tuple[Member, ...]:
    """Return the windows that have a place in the fleet.

    Raises:
        JournalError: The database can't be used.
    """
    with database.transaction() as connection:
        rows = connection.execute(sa.select(stations).order_by(stations.c.name)).all()
    return tuple(
        Member(
            row.name,
            _stamp(row.enrolled_at),
            hashlib.sha256(row.signing_key.encode()).hexdigest()[:KEY_SHOWN],
            row.blocked,
        )
        for row in rows
    )


def list_forks(database: Database) -> tuple[ForkRecord, ...]:
    """Return the forks, open ones first.

    Raises:
        JournalError: The database can't be used.
    """
    query = (
        sa.select(forks).order_by(forks.c.decided_at.is_not(None), forks.c.id.desc()).limit(MOST)
    )
    with database.transaction() as connection:
        rows = connection.execute(query).all()
    return tuple(
        ForkRecord(
            id=row.id,
            station=row.station,
            seq=row.seq,
            known_hash=row.known_hash,
            other_hash=row.other_hash,
            source=row.source,
            ancestor=row.ancestor,
            found_at=_stamp(row.found_at),
            decided_at=_stamp(row.decided_at),
            decision=row.decision,
            decided_by=row.decided_by,
            agreed_by=row.agreed_by,
            note=row.note,
        )
        for row in rows
    )


def list_acts(database: Database) -> tuple[FoundEvent, ...]:
    """Return central's own newest acts.

    Raises:
        JournalError: The database can't be used.
    """
    query = sa.select(acts).order_by(acts.c.id.desc()).limit(MOST)
    with database.transaction() as connection:
        rows = connection.execute(query).all()
    return tuple(
        FoundEvent(row.station, row.id, "", _stamp(row.at), row.actor, row.kind, row.data)
        for row in rows
    )


def audit_stations(database: Database) -> tuple[StationAudit, ...]:
    """Return how far each history is here, and how far it is signed.

    Raises:
        JournalError: The database can't be used.
    """
    signed = (
        sa.select(
            checkpoints.c.station,
            sa.func.max(checkpoints.c.seq)
            .filter(checkpoints.c.state == "verified")
            .label("verified"),
            sa.func.count().filter(checkpoints.c.state == "fork").label("wrong"),
        )
        .group_by(checkpoints.c.station)
        .subquery()
    )
    query = (
        sa.select(
            stations.c.name,
            stations.c.seq,
            sa.func.coalesce(signed.c.verified, 0).label("verified"),
            sa.func.coalesce(signed.c.wrong, 0).label("wrong"),
        )
        .outerjoin(signed, signed.c.station == stations.c.name)
        .order_by(stations.c.name)
    )
    with database.transaction() as connection:
        return tuple(
            StationAudit(row.name, row.seq, row.verified, row.wrong)
            for row in connection.execute(query)
        )


def verify_chain(database: Database, station: str) -> tuple[int, int]:
    """Compute a whole chain again; return how many events fit, and the first that does not.

    The second is 0 when all of them do. An event that is missing does not fit either.

    Raises:
        JournalError: The database can't be used.
    """
    before, fitting = GENESIS, 0
    while True:
        with database.transaction() as connection:
            rows = connection.execute(
                sa.select(events)
                .where(events.c.station == station, events.c.seq > fitting)
                .order_by(events.c.seq)
                .limit(AT_ONCE)
            ).all()
        for row in rows:
            if row.seq != fitting + 1 or not follows(before, message_of(row)):
                return fitting, fitting + 1
            before, fitting = row.hash, row.seq
        if len(rows) < AT_ONCE:
            return fitting, 0


def message_of(row: sa.Row[Any]) -> EventMessage:
    """Return a stored event as it came."""
    return EventMessage(
        row.station, row.seq, row.order_id, row.at, row.actor, row.kind, row.data, row.hash
    )


def _assignments() -> sa.Select[Any]:
    return sa.select(assignments, applications.c.batch).join(applications)


def _assignment(row: sa.Row[Any]) -> FoundAssignment:
    return FoundAssignment(
        id=row.id,
        application=row.application,
        epoch=row.epoch,
        station=row.station,
        state=row.state,
        order=row.order_id,
        code=row.code,
        step=row.step,
        batch=row.batch or "",
        made_at=_stamp(row.made_at),
        made_by=row.made_by,
    )


def _event(row: sa.Row[Any]) -> FoundEvent:
    return FoundEvent(row.station, row.seq, row.order_id, row.at, row.actor, row.kind, row.data)


def _stamp(value: dt.datetime | None) -> str:
    return "" if value is None else value.isoformat(timespec="seconds")

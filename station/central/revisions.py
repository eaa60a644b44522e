"""What pages and figures are told of the settings that were given out, and of the rings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from station.central.database import Database
from station.central.tables import given_settings, settings_answers, stations
from station.core.fleet import SettingsOutcome

RINGS: Final = (1, 2, 3, 4)
GIVEN: Final = "given"  #: of a window that has not answered
FAILED: Final = (SettingsOutcome.REFUSED.value, SettingsOutcome.RETURNED.value)


@dataclass(frozen=True, slots=True)
class Share:
    """How far a ring is with a document: counts of windows."""

    ring: int
    windows: int
    given: int
    applied: int
    failed: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A window that did not take a document, and why."""

    station: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Revision:
    """Settings that were given out.

    Attributes:
        revision: Their number.
        title: For people.
        document: TOML; see `station.core.shared_settings`.
        made_at: ISO 8601.
        made_by: Who gave them out.
        agreed_by: The second person.
        state: `rolling`, `stopped`, `done`, or `replaced` by a newer one.
        ring: The last ring that they were given to.
        accepted: Up to this ring a person has accepted the failures; 0 for none.
        enough: Percent of a ring that must work with them before the next one gets them.
        most_failed: Percent of a ring that may have refused them.
        shares: Ring by ring; empty for a replaced one.
        failures: Windows that have not taken them; the first fifty.
    """

    revision: int
    title: str
    document: str
    made_at: str
    made_by: str
    agreed_by: str
    state: str
    ring: int
    accepted: int
    enough: int
    most_failed: int
    shares: tuple[Share, ...] = ()
    failures: tuple[Failure, ...] = ()


def shares(connection: sa.Connection, revision: int) -> tuple[Share, ...]:
    """Return how far each ring is with settings. A window that takes no part is not counted."""
    answer = settings_answers
    of_it = sa.and_(answer.c.station == stations.c.name, answer.c.revision == revision)

    def count(*outcomes: str) -> sa.ColumnElement[int]:
        return sa.func.count().filter(answer.c.outcome.in_(outcomes))

    rows = connection.execute(
        sa.select(
            stations.c.ring,
            sa.func.count().label("windows"),
            count(GIVEN).label("given"),
            count(SettingsOutcome.APPLIED.value).label("applied"),
            count(*FAILED).label("failed"),
        )
        .outerjoin(answer, of_it)
        .where(~stations.c.blocked)
        .group_by(stations.c.ring)
    ).all()
    found = {row.ring: row for row in rows}
    return tuple(
        Share(ring, row.windows, row.given, row.applied, row.failed)
        if (row := found.get(ring)) is not None
        else Share(ring, 0, 0, 0, 0)
        for ring in RINGS
    )


def list_revisions(database: Database, most: int = 20) -> tuple[Revision, ...]:
    """Return the newest settings that were given out, newest first."""
    with database.transaction() as connection:
        rows = connection.execute(
            sa.select(given_settings).order_by(given_settings.c.revision.desc()).limit(most)
        ).all()
        return tuple(_revision(connection, row) for row in rows)


def _revision(connection: sa.Connection, row: sa.Row[Any]) -> Revision:
    values = {**row._asdict(), "made_at": row.made_at.isoformat()}
    if row.state == "replaced":
        return Revision(**values)
    failed = connection.execute(
        sa.select(settings_answers)
        .where(settings_answers.c.revision == row.revision)
        .where(settings_answers.c.outcome.in_(FAILED))
        .order_by(settings_answers.c.station)
        .limit(50)
    ).all()
    return Revision(
        **values,
        shares=shares(connection, row.revision),
        failures=tuple(Failure(one.station, one.outcome, one.reason) for one in failed),
    )


def rings_of(database: Database) -> tuple[tuple[str, int], ...]:
    """Return every window with its ring."""
    with database.transaction() as connection:
        rows = connection.execute(
            sa.select(stations.c.name, stations.c.ring).order_by(stations.c.ring, stations.c.name)
        )
        return tuple((row.name, row.ring) for row in rows)

"""The log of central's own acts, and the alarms that people acknowledge."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from station.central.tables import acts

CENTRAL = "central"  #: the actor of what central does without a person


def log_act(
    connection: sa.Connection,
    kind: str,
    data: Mapping[str, str],
    *,
    actor: str = CENTRAL,
    station: str = "",
    alarm: bool = False,
) -> None:
    """Write one line; with `alarm` it is shown until a person acknowledges it."""
    connection.execute(
        acts.insert().values(
            at=sa.func.clock_timestamp(),
            actor=actor,
            kind=kind,
            station=station,
            data=dict(data),
            alarm=alarm,
        )
    )


def acknowledge(connection: sa.Connection, number: int, *, by: str) -> bool:
    """Say that a person has seen an alarm; returns whether there was one."""
    changed = connection.execute(
        acts.update()
        .where(acts.c.id == number, acts.c.alarm, acts.c.seen_at.is_(None))
        .values(seen_at=sa.func.clock_timestamp(), seen_by=by)
    )
    return changed.rowcount == 1

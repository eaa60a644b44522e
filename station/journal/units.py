"""Queries for units, and how their changes are written. Collectors are stored sealed."""

from __future__ import annotations

import json
from typing import Any, Final

import sqlalchemy as sa

from station.core import batch_changes as changes
from station.core.units import Collector, Unit
from station.journal import batch_tables
from station.journal.records import seal_text
from station.journal.rows import Rows
from station.journal.sealing import Sealer
from station.journal.writing import Writing

_UNITS: Final = batch_tables.units
_COLLECTORS: Final = batch_tables.collectors
_ALL: Final = _UNITS.select().order_by(_UNITS.c.number).limit(sa.bindparam("limit"))
_ONE: Final = _UNITS.select().where(_UNITS.c.number == sa.bindparam("unit"))
_OF_UNIT: Final = (
    _COLLECTORS.select()
    .where(_COLLECTORS.c.unit == sa.bindparam("unit"))
    .order_by(_COLLECTORS.c.id)
)
_CHANGE: Final = _UNITS.update().where(_UNITS.c.number == sa.bindparam("which"))
_FORGET: Final = _COLLECTORS.delete().where(_COLLECTORS.c.unit == sa.bindparam("which"))


class Units:
    """The units that apply for cards here."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def all(self, limit: int) -> list[Unit]:
        """Return units by their numbers, with their collectors."""
        return [self._unit(row) for row in self._rows.all(_ALL, limit=limit)]

    def one(self, number: str) -> Unit | None:
        """Return one unit."""
        found = self._rows.all(_ONE, unit=number)
        return self._unit(found[0]) if found else None

    def name(self, number: str) -> str:
        """Return a unit's name; empty where it is not known."""
        found = self._rows.all(_ONE, unit=number)
        return str(found[0].name) if found else ""

    def _unit(self, row: sa.Row[Any]) -> Unit:
        collectors = [
            Collector(*json.loads(self._sealer.open(one.sealed_person, context=_context(one.unit))))
            for one in self._rows.all(_OF_UNIT, unit=row.number)
        ]
        return Unit(
            row.number,
            row.name,
            row.AAE008,
            row.branch,
            row.branch_name,
            row.fixed,
            tuple(collectors),
        )


def put_unit(to: Writing, change: changes.PutUnit) -> None:
    """See `PutUnit`."""
    unit = change.unit
    values = {
        "name": unit.name,
        "AAE008": unit.AAE008,
        "branch": unit.branch,
        "branch_name": unit.branch_name,
        "fixed": unit.fixed,
        "updated_at": to.at,
        "updated_by": to.actor,
    }
    if to.connection.execute(_CHANGE, {"which": unit.number, **values}).rowcount == 0:
        to.add("units", number=unit.number, **values)
    to.connection.execute(_FORGET, {"which": unit.number})
    for one in unit.collectors:
        told = json.dumps([one.number, one.name, one.phone], ensure_ascii=False)
        sealed = seal_text(to.sealer, told, _context(unit.number))
        to.add("collectors", unit=unit.number, sealed_person=sealed, at=to.at)
    told_of = {"unit": unit.number, "bank": unit.AAE008, "fixed": str(unit.fixed).lower()}
    to.add_event("", "unit-changed", told_of | {"collectors": str(len(unit.collectors))})


def _context(unit: str) -> str:
    return f"collectors.person.{unit}"

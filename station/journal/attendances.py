"""Queries for the people at the window."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from station.core.attendance import AttendanceRecord, How, NameAgreement, Role
from station.journal import queries
from station.journal.attendance_writing import person_context
from station.journal.rows import Rows
from station.journal.sealing import Sealer


class Attendances:
    """Who was at the window for an order."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def of(self, order: str) -> list[AttendanceRecord]:
        """Return the people of one order, in the order in which they were recorded."""
        return [self._record(row) for row in self._rows.all(queries.ATTENDANCES_OF, order=order)]

    def newest(self, order: str, role: Role) -> AttendanceRecord | None:
        """Return the person recorded last in this role."""
        return next((one for one in reversed(self.of(order)) if one.role is role), None)

    def _record(self, row: sa.Row[Any]) -> AttendanceRecord:
        name = number = ""
        if row.sealed_person is not None:
            context = person_context(row.order_id, row.event)
            name, number = json.loads(self._sealer.open(row.sealed_person, context=context))
        return AttendanceRecord(
            id=row.id,
            order=row.order_id,
            role=Role(row.role),
            how=How(row.how),
            module=row.module,
            name=name,
            number=number,
            agreement=NameAgreement(row.agreement),
            at=row.at,
            actor=row.actor,
        )

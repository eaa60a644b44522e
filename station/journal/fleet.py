"""Answers about the window's fleet."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from station.core.fleet_state import (
    AssignmentRecord,
    BlanksOnTheirWay,
    FleetKeys,
    FleetMembership,
    LetterAnswer,
)
from station.journal import queries
from station.journal.fleet_writing import IDENTITY, PASSWORD
from station.journal.rows import Rows
from station.journal.sealing import Sealer


class Fleet:
    """The membership of the journal's window, its assignments and blanks on their way."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def membership(self) -> FleetMembership | None:
        """Return it; None before the enrolment."""
        rows = self._rows.all(queries.FLEET)
        if not rows:
            return None
        row = rows[0]
        return FleetMembership(
            name=row.name,
            central_key=row.central_key,
            server=row.server,
            user=row.server_user,
            authority=row.authority,
            confirmed=row.confirmed,
            error=row.error,
            fork=row.fork,
            contact_at=row.contact_at,
            lease_until=row.lease_until,
        )

    def keys(self) -> FleetKeys | None:
        """Open the sealed keys; None before the enrolment."""
        rows = self._rows.all(queries.FLEET)
        if not rows:
            return None
        return FleetKeys(
            self._sealer.open(rows[0].sealed_identity, context=IDENTITY),
            self._sealer.open(rows[0].sealed_password, context=PASSWORD).decode(),
        )

    def assignment(self, assignment: str) -> AssignmentRecord | None:
        """Return what is known of an assignment."""
        rows = self._rows.all(queries.ASSIGNMENT, assignment=assignment)
        return _assignment(rows[0]) if rows else None

    def assignment_of(self, order: str) -> AssignmentRecord | None:
        """Return the assignment that an order was made of; None for a person's at the window."""
        rows = self._rows.all(queries.ASSIGNMENT_OF, order=order)
        return _assignment(rows[0]) if rows else None

    def of_application(self, application: str) -> list[AssignmentRecord]:
        """Return the assignments of an application that came here, by epoch."""
        rows = self._rows.all(queries.ASSIGNMENTS_FOR, application=application)
        return [_assignment(row) for row in rows]

    def transfer(self, transfer: str) -> BlanksOnTheirWay | None:
        """Return one transfer of blanks."""
        rows = self._rows.all(queries.TRANSFER, transfer=transfer)
        return _transfer(rows[0]) if rows else None

    def on_their_way(self) -> list[BlanksOnTheirWay]:
        """Return the transfers that nobody has received yet."""
        return [_transfer(row) for row in self._rows.all(queries.TRANSFERS_ON_THEIR_WAY)]


def _assignment(row: sa.Row[Any]) -> AssignmentRecord:
    return AssignmentRecord(
        assignment=row.assignment,
        application=row.application,
        epoch=row.epoch,
        order=row.order_id,
        answer=LetterAnswer(row.answer),
        code=row.code,
    )


def _transfer(row: sa.Row[Any]) -> BlanksOnTheirWay:
    return BlanksOnTheirWay(row.transfer, row.bank, row.sent, row.received)

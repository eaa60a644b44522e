"""Writes changes of the outbox: reports that are owed to the province."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from station.core import changes
from station.core.orders import WriteBackState
from station.journal import records, tables
from station.journal.writing import Writing

_WRITE_BACKS: Final = tables.write_backs.c
_CHANGE_REPORT: Final = (
    tables.write_backs.update()
    .where(_WRITE_BACKS.id == sa.bindparam("which"))
    .returning(_WRITE_BACKS.order_id, _WRITE_BACKS.outcome)
)
_NOTE_REPORT: Final = _CHANGE_REPORT.values(attempts=_WRITE_BACKS.attempts + 1)


def owe_report(to: Writing, change: changes.OweReport) -> None:
    """See `OweReport`."""
    outcome = change.report.outcome.value
    to.add(
        "write_backs",
        order_id=change.order,
        outcome=outcome,
        state=WriteBackState.OWED.value,
        attempts=0,
        last_error="",
        created_at=to.at,
        sealed_report=records.seal_report(to.sealer, change.report, change.order),
    )
    to.add_event(change.order, "report-owed", {"outcome": outcome})


def note_report(to: Writing, change: changes.NoteReport) -> None:
    """See `NoteReport`."""
    values = {
        "which": change.write_back,
        "state": change.state.value,
        "last_error": change.error,
        "done_at": to.at if change.state is WriteBackState.DONE else None,
    }
    row = to.connection.execute(_NOTE_REPORT, values).one()
    data = {"outcome": row.outcome, "state": change.state.value}
    data |= {"error": change.error} if change.error else {}
    to.add_event(row.order_id, "report-tried", data)


def note_export(to: Writing, change: changes.NoteExport) -> None:
    """See `NoteExport`."""
    values = {"which": change.write_back, "export_id": change.export, "exported_at": to.at}
    row = to.connection.execute(_CHANGE_REPORT, values).one()
    data = {"outcome": row.outcome, "export": change.export}
    to.add_event(row.order_id, "report-exported", data)


def note_receipt(to: Writing, change: changes.NoteReceipt) -> None:
    """See `NoteReceipt`."""
    done = change.state is WriteBackState.DONE
    values = {
        "which": change.write_back,
        "receipt": change.word,
        "receipt_at": to.at,
        "state": change.state.value,
        "last_error": "" if done else "province-refused",
        "done_at": to.at if done else None,
    }
    row = to.connection.execute(_CHANGE_REPORT, values).one()
    data = {
        "outcome": row.outcome,
        "receipt": change.receipt,
        "word": change.word,
        "state": change.state.value,
    }
    to.add_event(row.order_id, "report-receipt", data)


def withdraw_report(to: Writing, change: changes.WithdrawReport) -> None:
    """See `WithdrawReport`."""
    values = {"which": change.write_back, "state": WriteBackState.WITHDRAWN.value}
    row = to.connection.execute(_CHANGE_REPORT, values).one()
    to.add_event(row.order_id, "report-withdrawn", {"outcome": row.outcome})

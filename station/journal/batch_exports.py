"""Queries for the results of batches that left, and how they are written."""

from __future__ import annotations

import json
from typing import Any, Final

import sqlalchemy as sa

from station.core import batch_changes as changes
from station.core.batches import ExportRecord, RowReason
from station.core.errors import BatchNotFoundError
from station.journal import batch_tables
from station.journal.records import seal_text
from station.journal.rows import Rows
from station.journal.sealing import Sealer
from station.journal.writing import Writing

_EXPORTS: Final = batch_tables.batch_exports
_ROWS: Final = batch_tables.batch_rows
_ALL: Final = (
    _EXPORTS.select().where(_EXPORTS.c.batch == sa.bindparam("batch")).order_by(_EXPORTS.c.part)
)
_BY_REQUEST: Final = _EXPORTS.select().where(_EXPORTS.c.request == sa.bindparam("request"))
_LAST: Final = sa.select(sa.func.coalesce(sa.func.max(_EXPORTS.c.part), 0).label("part")).where(
    _EXPORTS.c.batch == sa.bindparam("of")
)
_THIS_ROW: Final = _ROWS.update().where(_ROWS.c.id == sa.bindparam("which"))
_RECEIVED: Final = _EXPORTS.update().where(
    _EXPORTS.c.batch == sa.bindparam("of"), _EXPORTS.c.part == sa.bindparam("which")
)
_REFUSED: Final = _ROWS.update().where(
    _ROWS.c.batch == sa.bindparam("of"),
    _ROWS.c.line == sa.bindparam("which"),
    _ROWS.c.exported.in_(
        sa.select(_EXPORTS.c.id).where(
            _EXPORTS.c.batch == sa.bindparam("of"), _EXPORTS.c.part == sa.bindparam("in_part")
        )
    ),
)


class BatchExports:
    """The results of batches that left."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def all(self, batch: str) -> list[ExportRecord]:
        """Return the parts of a batch, oldest first."""
        return [self._record(row) for row in self._rows.all(_ALL, batch=batch)]

    def one(self, batch: str, part: int) -> ExportRecord:
        """Return one part.

        Raises:
            BatchNotFoundError: There is none with this number.
        """
        for found in self.all(batch):
            if found.part == part:
                return found
        raise BatchNotFoundError(f"no part {part}")

    def by_request(self, request: str) -> ExportRecord | None:
        """Return the part that a request has made."""
        found = self._rows.all(_BY_REQUEST, request=request)
        return self._record(found[0]) if found else None

    def _record(self, row: sa.Row[Any]) -> ExportRecord:
        name, phone = "", ""
        if row.sealed_contact:  # erased otherwise
            sealed = self._sealer.open(row.sealed_contact, context=_context(row.batch, row.part))
            name, phone = json.loads(sealed)
        return ExportRecord(
            row.id,
            row.batch,
            row.part,
            row.at,
            row.actor,
            row.lines,
            row.receipt_at,
            (name, phone),
        )


def add_export(to: Writing, change: changes.AddBatchExport) -> int:
    """See `AddBatchExport`."""
    part = to.connection.execute(_LAST, {"of": change.batch}).scalar_one() + 1
    contact = json.dumps(list(change.contact), ensure_ascii=False)
    number = to.add_numbered(
        "batch_exports",
        batch=change.batch,
        part=part,
        request=change.request,
        sealed_contact=seal_text(to.sealer, contact, _context(change.batch, part)),
        at=to.at,
        actor=to.actor,
        lines=len(change.rows),
    )
    for row in change.rows:
        to.connection.execute(_THIS_ROW, {"which": row, "exported": number, "updated_at": to.at})
    told = {"batch": change.batch, "part": str(part), "rows": str(len(change.rows))}
    to.add_event("", "batch-results-exported", told)
    return number


def note_receipt(to: Writing, change: changes.NoteBatchReceipt) -> None:
    """See `NoteBatchReceipt`.

    Raises:
        BatchNotFoundError: The batch has no such part.
    """
    of = {"of": change.batch, "which": change.part}
    if to.connection.execute(_RECEIVED, {**of, "receipt_at": to.at}).rowcount != 1:
        raise BatchNotFoundError(f"no part {change.part}")
    for line in change.refused:
        row = {"of": change.batch, "which": line, "in_part": change.part}
        values = {"exported": None, "reason": RowReason.RECEIPT_REFUSED.value}
        to.connection.execute(_REFUSED, {**row, **values})
    told = {"batch": change.batch, "part": str(change.part), "refused": str(len(change.refused))}
    to.add_event("", "batch-receipt-read", told)


def _context(batch: str, part: int) -> str:
    return f"batch_exports.contact.{batch}.{part}"

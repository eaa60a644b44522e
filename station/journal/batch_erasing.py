"""How everything personal of one batch is overwritten. What stays: states, reasons, times, orders.

A row that was never finished ends with that: it is withdrawn, as nothing can be made of it.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from station.core import batch_changes as changes
from station.core.batches import PhotoState, RowReason, RowState
from station.core.errors import StepNotAllowedError
from station.journal import batch_tables, tables
from station.journal.rows import Rows
from station.journal.writing import Writing

ERASED: Final = "batch-erased"
_BATCHES: Final = batch_tables.batches.c
_ROWS: Final = batch_tables.batch_rows
_PHOTOS: Final = batch_tables.batch_photos
_EXPORTS: Final = batch_tables.batch_exports
_EVENTS: Final = tables.events.c
#: Rows whose card is still to be made: nothing of their batch is erased.
_AT_WORK: Final = (RowState.CONFIRMED.value, RowState.MAKING.value)
_UNFINISHED: Final = (RowState.FAULTY.value, RowState.READY.value)

_LEFT: Final = sa.select(sa.func.count()).where(
    _ROWS.c.batch == sa.bindparam("of"), _ROWS.c.state.in_(_AT_WORK)
)
_END_ROWS: Final = (
    _ROWS.update()
    .where(_ROWS.c.batch == sa.bindparam("of"), _ROWS.c.state.in_(_UNFINISHED))
    .values(state=RowState.WITHDRAWN.value, reason=RowReason.ERASED.value)
)
_ERASE_ROWS: Final = (
    _ROWS.update()
    .where(_ROWS.c.batch == sa.bindparam("of"))
    .values(sealed_cells=b"", sealed_chosen=None, person="", content="")
)
_END_PHOTOS: Final = (
    _PHOTOS.update()
    .where(_PHOTOS.c.batch == sa.bindparam("of"), _PHOTOS.c.state == PhotoState.NEW.value)
    .values(state=PhotoState.BAD.value)
)
_ERASE_PHOTOS: Final = (
    _PHOTOS.update()
    .where(_PHOTOS.c.batch == sa.bindparam("of"))
    .values(
        sealed_name=b"",
        sealed_jpeg=b"",
        content=sa.literal("erased ") + sa.cast(_PHOTOS.c.id, sa.String),
    )
)
_ERASE_CONTACTS: Final = (
    _EXPORTS.update().where(_EXPORTS.c.batch == sa.bindparam("of")).values(sealed_contact=b"")
)
_IS_ERASED: Final = (
    sa.select(_ROWS.c.id)
    .where(_ROWS.c.batch == sa.bindparam("batch"), sa.func.length(_ROWS.c.sealed_cells) == 0)
    .limit(1)
)


def _has(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(*conditions)


#: Batches that still hold personal data, nothing of which changed since `before`, and whose cards
#: are all made or given up. `aged`: see `Personal.due`; here of the last event before `before`.
_DUE: Final = (
    sa.select(_BATCHES.id)
    .where(
        _BATCHES.created_at < sa.bindparam("before"),
        sa.or_(
            _has(_ROWS.c.batch == _BATCHES.id, sa.func.length(_ROWS.c.sealed_cells) > 0),
            _has(_PHOTOS.c.batch == _BATCHES.id, sa.func.length(_PHOTOS.c.sealed_jpeg) > 0),
        ),
        ~_has(_ROWS.c.batch == _BATCHES.id, _ROWS.c.state.in_(_AT_WORK)),
        ~_has(_ROWS.c.batch == _BATCHES.id, _ROWS.c.updated_at >= sa.bindparam("before")),
        ~_has(_PHOTOS.c.batch == _BATCHES.id, _PHOTOS.c.at >= sa.bindparam("before")),
        ~_has(
            _EXPORTS.c.batch == _BATCHES.id,
            sa.or_(
                _EXPORTS.c.at >= sa.bindparam("before"),
                _EXPORTS.c.receipt_at >= sa.bindparam("before"),
            ),
        ),
        sa.select(sa.func.coalesce(sa.func.max(_EVENTS.age), 0.0))
        .where(_EVENTS.at < sa.bindparam("before"))
        .scalar_subquery()
        <= sa.bindparam("aged"),
    )
    .order_by(_BATCHES.seq)
    .limit(sa.bindparam("limit"))
)


def due_batches(rows: Rows, **values: object) -> list[str]:
    """Return the batches that are due; see `Batches.due`."""
    return [str(row.id) for row in rows.all(_DUE, **values)]


def is_erased(rows: Rows, batch: str) -> bool:
    """Whether the personal data of a batch was erased."""
    return bool(rows.all(_IS_ERASED, batch=batch))


def erase_batch(to: Writing, change: changes.EraseBatch) -> None:
    """See `EraseBatch`.

    Raises:
        StepNotAllowedError: A card of the batch is still to be made.
    """
    of = {"of": change.batch}
    if to.connection.execute(_LEFT, of).scalar_one():
        raise StepNotAllowedError("a card of the batch is still to be made")
    for statement in (_END_ROWS, _ERASE_ROWS, _END_PHOTOS, _ERASE_PHOTOS, _ERASE_CONTACTS):
        to.connection.execute(statement, of)
    to.add_event("", ERASED, {"batch": change.batch, "after_days": str(change.after_days)})

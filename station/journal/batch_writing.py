"""Writes changes of batches. Cells, pictures and notes are stored sealed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from station.core import batch_changes as changes
from station.core.batches import BatchState, Making, RowFault
from station.core.errors import BatchNotFoundError, JournalError
from station.journal import batch_tables
from station.journal.records import seal_text
from station.journal.writing import Writing

_BATCHES: Final = batch_tables.batches
_ROWS: Final = batch_tables.batch_rows
_THIS_BATCH: Final = _BATCHES.update().where(_BATCHES.c.id == sa.bindparam("which"))
_KNOWN: Final = sa.select(_BATCHES.c.id).where(_BATCHES.c.id == sa.bindparam("which"))
_THIS_ROW: Final = _ROWS.update().where(_ROWS.c.id == sa.bindparam("which"))
_THIS_LINE: Final = _ROWS.update().where(
    _ROWS.c.batch == sa.bindparam("of"), _ROWS.c.line == sa.bindparam("which")
)


def add_batch(to: Writing, change: changes.AddBatch) -> None:
    """See `AddBatch`."""
    if to.connection.execute(_KNOWN, {"which": change.batch}).first() is not None:
        return
    to.add(
        "batches",
        id=change.batch,
        unit=change.unit,
        source=change.source.value,
        number=change.number,
        title=change.title,
        state=BatchState.READING.value,
        naming=change.naming.value,
        making=Making.OFF.value,
        created_at=to.at,
        created_by=to.actor,
        seq=to.upcoming(),
    )
    told = {"batch": change.batch, "source": change.source.value}
    to.add_event("", "batch-added", told | ({"unit": change.unit} if change.unit else {}))


def change_batch(to: Writing, change: changes.ChangeBatch) -> None:
    """See `ChangeBatch`.

    Raises:
        JournalError: There is no such batch.
    """
    given = {
        "state": change.state,
        "making": change.making,
        "number": change.number,
        "naming": change.naming,
    }
    values = {name: str(value) for name, value in given.items() if value is not None}
    if to.connection.execute(_THIS_BATCH, {"which": change.batch, **values}).rowcount != 1:
        raise JournalError(f"no batch {change.batch}")
    to.add_event("", "batch-changed", {"batch": change.batch, **values})


def put_batch_rows(to: Writing, change: changes.PutBatchRows) -> None:
    """See `PutBatchRows`: one event for all of them."""
    for row in change.rows:
        values = _content(to, change.batch, row)
        told = {"of": change.batch, "which": row.line, **values}
        if to.connection.execute(_THIS_LINE, told).rowcount == 0:
            to.add("batch_rows", batch=change.batch, line=row.line, bank="", **values)
    counts = {"rows": str(len(change.rows)), "lines": _lines(row.line for row in change.rows)}
    to.add_event("", "batch-rows-read", {"batch": change.batch, **counts})


def decide_rows(to: Writing, change: changes.DecideBatchRows) -> None:
    """See `DecideBatchRows`."""
    for one in change.rows:
        values: dict[str, Any] = {"state": one.state.value, "reason": one.reason}
        if one.chosen or one.note:
            told = json.dumps([one.chosen, one.note], ensure_ascii=False)
            values["sealed_chosen"] = seal_text(to.sealer, told, chosen_context(one.row))
        if one.order is not None:
            values["order_id"] = one.order
        if one.by_person:
            values["decided_by"] = to.actor
        if one.bank is not None:
            values["bank"] = one.bank.value
        row = {"which": one.row, **values, "updated_at": to.at}
        if to.connection.execute(_THIS_ROW, row).rowcount != 1:
            raise BatchNotFoundError(f"no row {one.line}")
        noted = {"batch": change.batch, "line": str(one.line), "state": one.state.value}
        noted |= {"reason": one.reason} if one.reason else {}
        to.add_event(one.order or "", change.event, noted)


def add_list(to: Writing, change: changes.AddBatchList) -> int:
    """See `AddBatchList`."""
    number = to.add_numbered(
        "batch_lists", batch=change.batch, at=to.at, actor=to.actor, lines=len(change.rows)
    )
    for row in change.rows:
        to.connection.execute(_THIS_ROW, {"which": row, "listed": number, "updated_at": to.at})
    told = {"batch": change.batch, "list": str(number), "rows": str(len(change.rows))}
    to.add_event("", "batch-list-printed", told)
    return number


def _content(to: Writing, batch: str, row: changes.SentRow) -> dict[str, Any]:
    cells = json.dumps(dict(row.cells), ensure_ascii=False, sort_keys=True)
    return {
        "state": row.state.value,
        "person": to.sealer.person_index(row.number) if row.number else "",
        "content": row.content,
        "sealed_cells": seal_text(to.sealer, cells, cells_context(batch, row.line)),
        "sealed_chosen": None,
        "reason": row.reason,
        "AAE008": row.AAE008,
        "faults": _as_json(row.faults),
        "updated_at": to.at,
    }


def _as_json(faults: Iterable[RowFault]) -> list[dict[str, Any]]:
    return [{"code": one.code, "details": dict(one.details)} for one in faults]


def _lines(lines: Iterable[int]) -> str:
    listed = sorted(lines)
    return f"{listed[0]}-{listed[-1]}" if listed else ""


def cells_context(batch: str, line: int) -> str:
    """Return what a row's sealed cells are bound to."""
    return f"batch_rows.cells.{batch}.{line}"


def chosen_context(row: int) -> str:
    """Return what the sealed number and note of a row are bound to."""
    return f"batch_rows.chosen.{row}"

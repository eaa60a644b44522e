"""Queries for batches, their rows and pictures."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa

from station.core.batches import (
    BANK_FORBIDS,
    BankVerdict,
    BatchRecord,
    BatchSource,
    BatchState,
    FaultCode,
    ListRecord,
    Making,
    PhotoNaming,
    RowFault,
    RowField,
    RowHead,
    RowRecord,
    RowState,
)
from station.core.errors import BatchErasedError, BatchNotFoundError
from station.journal import batch_tables
from station.journal.batch_erasing import due_batches, is_erased
from station.journal.batch_writing import cells_context, chosen_context
from station.journal.rows import Rows
from station.journal.sealing import Sealer

_BATCHES: Final = batch_tables.batches.c
_ROWS: Final = batch_tables.batch_rows.c
_BATCH: Final = batch_tables.batches.select().where(_BATCHES.id == sa.bindparam("batch"))
_NEWEST: Final = (
    batch_tables.batches.select().order_by(_BATCHES.seq.desc()).limit(sa.bindparam("limit"))
)
_IN_MAKING: Final = (
    batch_tables.batches.select().where(_BATCHES.making != Making.OFF.value).order_by(_BATCHES.seq)
)
_HEAD: Final = tuple(
    column for column in _ROWS if column.name not in ("sealed_cells", "sealed_chosen")
)
_HEADS: Final = sa.select(*_HEAD).where(_ROWS.batch == sa.bindparam("batch")).order_by(_ROWS.line)
_HEADS_IN: Final = (
    sa.select(*_HEAD)
    .where(_ROWS.batch == sa.bindparam("batch"), _ROWS.state == sa.bindparam("state"))
    .order_by(_ROWS.AAE008, _ROWS.line)
    .limit(sa.bindparam("limit"))
)
_NEXT: Final = (
    sa.select(*_HEAD)
    .where(
        _ROWS.batch == sa.bindparam("batch"),
        _ROWS.state == RowState.CONFIRMED.value,
        _ROWS.reason == "",
        _ROWS.bank.not_in([verdict.value for verdict in BANK_FORBIDS]),
    )
    .order_by(_ROWS.AAE008, _ROWS.line)
    .limit(sa.bindparam("limit"))
)
_PAGE: Final = (
    batch_tables.batch_rows.select()
    .where(_ROWS.batch == sa.bindparam("batch"), _ROWS.line > sa.bindparam("after"))
    .order_by(_ROWS.line)
    .limit(sa.bindparam("limit"))
)
_PAGE_IN: Final = _PAGE.where(_ROWS.state.in_(sa.bindparam("states", expanding=True)))
_LINES: Final = (
    batch_tables.batch_rows.select()
    .where(
        _ROWS.batch == sa.bindparam("batch"),
        _ROWS.line.in_(sa.bindparam("lines", expanding=True)),
    )
    .order_by(_ROWS.line)
)
_COUNTS: Final = (
    sa.select(_ROWS.state, sa.func.count().label("rows"))
    .where(_ROWS.batch == sa.bindparam("batch"))
    .group_by(_ROWS.state)
)
_LISTS: Final = (
    batch_tables.batch_lists.select()
    .where(batch_tables.batch_lists.c.batch == sa.bindparam("batch"))
    .order_by(batch_tables.batch_lists.c.id)
)
_LIST: Final = batch_tables.batch_lists.select().where(
    batch_tables.batch_lists.c.id == sa.bindparam("number")
)
_ELSEWHERE: Final = sa.select(_ROWS.batch, _ROWS.person, _ROWS.state).where(
    _ROWS.person.in_(sa.bindparam("people", expanding=True)),
    _ROWS.batch != sa.bindparam("batch"),
)
PAGE: Final = 200  #: rows that are unsealed at a time


class Batches:
    """The batches of the journal."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def one(self, batch: str) -> BatchRecord:
        """Return one batch.

        Raises:
            BatchNotFoundError: There is none with this id.
        """
        found = self._rows.all(_BATCH, batch=batch)
        if not found:
            raise BatchNotFoundError(f"no batch {batch}")
        return _batch(found[0])

    def kept(self, batch: str) -> BatchRecord:
        """Return one batch whose personal data is there.

        Raises:
            BatchNotFoundError: There is none with this id.
            BatchErasedError: It was erased.
        """
        record = self.one(batch)
        if is_erased(self._rows, batch):
            raise BatchErasedError("the personal data of the batch was erased")
        return record

    def due(self, before: dt.datetime, aged: float, limit: int) -> list[str]:
        """Return batches that hold personal data and are over, oldest first.

        Args:
            before: Nothing of the batch has changed since.
            aged: The last event before that time was written at this age of the journal or before.
            limit: How many at most.
        """
        return due_batches(self._rows, before=before, aged=aged, limit=limit)

    def known(self, batch: str) -> bool:
        """Whether there is a batch with this id."""
        return bool(self._rows.all(_BATCH, batch=batch))

    def newest(self, limit: int) -> list[BatchRecord]:
        """Return the last batches, newest first."""
        return [_batch(row) for row in self._rows.all(_NEWEST, limit=limit)]

    def in_making(self) -> list[BatchRecord]:
        """Return the batches whose cards are made or paused, oldest first."""
        return [_batch(row) for row in self._rows.all(_IN_MAKING)]

    def counts(self, batch: str) -> Mapping[RowState, int]:
        """Return how many rows are in each state."""
        found = {RowState(row.state): row.rows for row in self._rows.all(_COUNTS, batch=batch)}
        return {state: found.get(state, 0) for state in RowState}

    def heads(self, batch: str) -> list[RowHead]:
        """Return every row without its personal content, by 序号."""
        return [_head(row) for row in self._rows.all(_HEADS, batch=batch)]

    def heads_in(self, batch: str, state: RowState, limit: int) -> list[RowHead]:
        """Return rows of one state without their personal content, by bank and 序号."""
        rows = self._rows.all(_HEADS_IN, batch=batch, state=state.value, limit=limit)
        return [_head(row) for row in rows]

    def next_to_make(self, batch: str, limit: int) -> list[RowHead]:
        """Return confirmed rows of which nothing prevents a card, by bank and 序号."""
        return [_head(row) for row in self._rows.all(_NEXT, batch=batch, limit=limit)]

    def page(
        self, batch: str, after: int, limit: int, states: Collection[RowState] = ()
    ) -> list[RowRecord]:
        """Return rows behind a 序号, unsealed; of some states only, when these are named."""
        values: dict[str, object] = {"batch": batch, "after": after, "limit": limit}
        if not states:
            return [self._record(row) for row in self._rows.all(_PAGE, **values)]
        words = [state.value for state in states]
        return [self._record(row) for row in self._rows.all(_PAGE_IN, **values, states=words)]

    def rows(self, batch: str, states: Collection[RowState] = ()) -> Iterator[RowRecord]:
        """Yield every row unsealed, by 序号; few are in memory at a time."""
        after = -1
        while page := self.page(batch, after, PAGE, states):
            yield from page
            after = page[-1].head.line

    def lines(self, batch: str, lines: Collection[int]) -> list[RowRecord]:
        """Return the rows with these 序号, unsealed; one that does not exist is left out."""
        found = self._rows.all(_LINES, batch=batch, lines=list(lines))
        return [self._record(row) for row in found]

    def all_printed(self, batch: str) -> list[ListRecord]:
        """Return the printed lists of a batch, oldest first."""
        return [_list(row) for row in self._rows.all(_LISTS, batch=batch)]

    def printed(self, number: int) -> ListRecord:
        """Return one printed list.

        Raises:
            BatchNotFoundError: There is none with this number.
        """
        found = self._rows.all(_LIST, number=number)
        if not found:
            raise BatchNotFoundError(f"no list {number}")
        return _list(found[0])

    def listed(self, number: int) -> Iterator[RowRecord]:
        """Yield the rows of a printed list, by 序号; few are in memory at a time."""
        record = self.printed(number)
        return (row for row in self.rows(record.batch) if row.head.listed == number)

    def people_elsewhere(
        self, batch: str, people: Collection[str], over: Collection[RowState]
    ) -> Mapping[str, str]:
        """Return which of these people are in another batch whose row is not over: person -> batch.

        `people` are keyed digests as in `RowHead.person`.
        """
        found: dict[str, str] = {}
        wanted = list(people)
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            for row in self._rows.all(_ELSEWHERE, people=some, batch=batch):
                if RowState(row.state) not in over:
                    found[row.person] = row.batch
        return found

    def person(self, number: str) -> str:
        """Return the keyed digest of a person's 18-digit number."""
        return self._sealer.person_index(number)

    def content(self, cells: Mapping[RowField, str]) -> str:
        """Return the keyed digest of a row's cells."""
        told = json.dumps(dict(cells), ensure_ascii=False, sort_keys=True)
        return self._sealer.digest("batch-row", told)

    def _record(self, row: sa.Row[Any]) -> RowRecord:
        if not row.sealed_cells:  # erased
            return RowRecord(_head(row), {})
        opened = self._sealer.open(row.sealed_cells, context=cells_context(row.batch, row.line))
        chosen, note = "", ""
        if row.sealed_chosen is not None:
            chosen, note = json.loads(
                self._sealer.open(row.sealed_chosen, context=chosen_context(row.id))
            )
        cells = {RowField(name): value for name, value in json.loads(opened).items()}
        return RowRecord(_head(row), cells, chosen, note)


def _batch(row: sa.Row[Any]) -> BatchRecord:
    return BatchRecord(
        id=row.id,
        unit=row.unit,
        source=BatchSource(row.source),
        number=row.number,
        title=row.title,
        state=BatchState(row.state),
        naming=PhotoNaming(row.naming),
        making=Making(row.making),
        created_at=row.created_at,
        created_by=row.created_by,
        seq=row.seq,
    )


def _list(row: sa.Row[Any]) -> ListRecord:
    return ListRecord(row.id, row.batch, row.at, row.actor, row.lines)


def _head(row: sa.Row[Any]) -> RowHead:
    return RowHead(
        id=row.id,
        line=row.line,
        state=RowState(row.state),
        person=row.person,
        content=row.content,
        faults=tuple(RowFault(FaultCode(one["code"]), one["details"]) for one in row.faults),
        photo=row.photo,
        order=row.order_id,
        listed=row.listed,
        exported=row.exported,
        bank=BankVerdict(row.bank),
        reason=row.reason,
        decided_by=row.decided_by,
        AAE008=row.AAE008,
    )

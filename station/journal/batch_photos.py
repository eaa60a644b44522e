"""Queries for the pictures of batches."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa

from station.core.batches import PhotoRecord, PhotoState
from station.core.errors import BatchErasedError, BatchNotFoundError
from station.journal import batch_tables
from station.journal.batch_photo_writing import jpeg_context, name_context
from station.journal.rows import Rows
from station.journal.sealing import Sealer

_PHOTOS: Final = batch_tables.batch_photos.c
_HEAD: Final = tuple(column for column in _PHOTOS if column.name != "sealed_jpeg")
_ALL: Final = sa.select(*_HEAD).where(_PHOTOS.batch == sa.bindparam("batch")).order_by(_PHOTOS.id)
_ONE: Final = batch_tables.batch_photos.select().where(
    _PHOTOS.batch == sa.bindparam("batch"), _PHOTOS.id == sa.bindparam("photo")
)
_SOME: Final = sa.select(*_HEAD).where(
    _PHOTOS.batch == sa.bindparam("batch"),
    _PHOTOS.id.in_(sa.bindparam("photos", expanding=True)),
)
_STATE: Final = sa.select(_PHOTOS.state).where(
    _PHOTOS.batch == sa.bindparam("batch"), _PHOTOS.id == sa.bindparam("photo")
)
_NEW: Final = (
    batch_tables.batch_photos.select()
    .where(_PHOTOS.state == PhotoState.NEW.value)
    .order_by(_PHOTOS.id)
    .limit(sa.bindparam("limit"))
)
_COUNTS: Final = (
    sa.select(_PHOTOS.state, sa.func.count().label("photos"))
    .where(_PHOTOS.batch == sa.bindparam("batch"))
    .group_by(_PHOTOS.state)
)


class BatchPhotos:
    """The pictures of batches."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def all(self, batch: str) -> list[PhotoRecord]:
        """Return every picture of a batch, oldest first."""
        return [self._record(row) for row in self._rows.all(_ALL, batch=batch)]

    def some(self, batch: str, photos: Collection[int]) -> list[PhotoRecord]:
        """Return the pictures with these numbers; one that is not in the batch is left out."""
        if not photos:
            return []
        found = self._rows.all(_SOME, batch=batch, photos=list(photos))
        return [self._record(row) for row in found]

    def counts(self, batch: str) -> Mapping[PhotoState, int]:
        """Return how many pictures are in each state."""
        found = {PhotoState(row.state): row.photos for row in self._rows.all(_COUNTS, batch=batch)}
        return {state: found.get(state, 0) for state in PhotoState}

    def jpeg(self, batch: str, photo: int) -> bytes:
        """Return the bytes of one picture.

        Raises:
            BatchNotFoundError: There is none with this number in the batch.
            BatchErasedError: It was erased.
        """
        found = self._rows.all(_ONE, batch=batch, photo=photo)
        if not found:
            raise BatchNotFoundError(f"no picture {photo}")
        return self._jpeg(found[0])

    def state(self, batch: str, photo: int) -> PhotoState:
        """Return the result of one picture's check.

        Raises:
            BatchNotFoundError: There is none with this number in the batch.
        """
        found = self._rows.all(_STATE, batch=batch, photo=photo)
        if not found:
            raise BatchNotFoundError(f"no picture {photo}")
        return PhotoState(found[0].state)

    def unchecked(self, limit: int) -> list[tuple[int, bytes]]:
        """Return the oldest pictures that were not checked yet: number and bytes."""
        return [(row.id, self._jpeg(row)) for row in self._rows.all(_NEW, limit=limit)]

    def content(self, jpeg: bytes) -> str:
        """Return the keyed digest of a picture."""
        return self._sealer.digest("batch-photo", jpeg.hex())

    def _jpeg(self, row: sa.Row[Any]) -> bytes:
        if not row.sealed_jpeg:
            raise BatchErasedError("the picture was erased")
        return self._sealer.open(row.sealed_jpeg, context=jpeg_context(_of(row)))

    def _record(self, row: sa.Row[Any]) -> PhotoRecord:
        sealed = row.sealed_name
        name = self._sealer.open(sealed, context=name_context(_of(row))).decode() if sealed else ""
        return PhotoRecord(row.id, row.row_id, PhotoState(row.state), tuple(row.rules), name)


def _of(row: sa.Row[Any]) -> str:
    return f"{row.batch}.{row.content}"

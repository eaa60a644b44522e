"""Writes changes of the pictures of batches. Names and pictures are stored sealed."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from station.core import batch_changes as changes
from station.core.batches import CORRECTABLE, PhotoState
from station.core.errors import BatchNotFoundError
from station.journal import batch_tables
from station.journal.records import seal_text
from station.journal.writing import Writing

_PHOTOS: Final = batch_tables.batch_photos
_ROWS: Final = batch_tables.batch_rows
_KNOWN: Final = sa.select(_PHOTOS.c.id).where(
    _PHOTOS.c.batch == sa.bindparam("of"), _PHOTOS.c.content == sa.bindparam("content")
)
_ROW: Final[sa.Select[Any]] = sa.select(_ROWS.c.id, _ROWS.c.state, _ROWS.c.photo).where(
    _ROWS.c.batch == sa.bindparam("of"), _ROWS.c.line == sa.bindparam("line")
)
_OF_ROW: Final = sa.select(_PHOTOS.c.id).where(_PHOTOS.c.row_id == sa.bindparam("row"))
_THIS_ROW: Final = _ROWS.update().where(_ROWS.c.id == sa.bindparam("which"))
_THIS_PHOTO: Final = _PHOTOS.update().where(_PHOTOS.c.id == sa.bindparam("which"))
_PHOTO_OF: Final = _THIS_PHOTO.where(_PHOTOS.c.batch == sa.bindparam("of"))


def add_photos(to: Writing, change: changes.AddBatchPhotos) -> int:
    """See `AddBatchPhotos`."""
    added = 0
    for photo in change.photos:
        known = {"of": change.batch, "content": photo.content}
        if to.connection.execute(_KNOWN, known).first() is not None:
            continue
        row = None if photo.line is None else _row(to, change.batch, photo.line)
        context = f"{change.batch}.{photo.content}"
        number = to.add_numbered(
            "batch_photos",
            batch=change.batch,
            row_id=None,
            content=photo.content,
            sealed_name=seal_text(to.sealer, photo.name, name_context(context)),
            sealed_jpeg=to.sealer.seal(photo.jpeg, context=jpeg_context(context)),
            state=PhotoState.NEW.value,
            rules=[],
            at=to.at,
        )
        if row is not None:
            _match(to, row, number)
        added += 1
    told = {"batch": change.batch, "photos": str(added)}
    to.add_event("", "batch-photos-read", told)
    return added


def place_photo(to: Writing, change: changes.PlaceBatchPhoto) -> None:
    """See `PlaceBatchPhoto`.

    Raises:
        BatchNotFoundError: There is no such row or picture in the batch.
    """
    row = _row(to, change.batch, change.line)
    if row is None:
        raise BatchNotFoundError(f"no row {change.line}")
    if not change.chosen:
        _match(to, row, change.photo)
        return
    values = {"which": change.photo, "of": change.batch, "row_id": row.id}
    if to.connection.execute(_PHOTO_OF, values).rowcount != 1:
        raise BatchNotFoundError(f"no picture {change.photo}")
    _set_photo(to, row.id, change.photo)
    told = {"batch": change.batch, "line": str(change.line), "photo": str(change.photo)}
    to.add_event("", "batch-photo-chosen", told)


def note_verdicts(to: Writing, change: changes.NotePhotoVerdicts) -> None:
    """See `NotePhotoVerdicts`."""
    for one in change.verdicts:
        rules = [dict(rule) for rule in one.rules]
        values = {"which": one.photo, "state": one.state.value, "rules": rules}
        to.connection.execute(_THIS_PHOTO, values)


def _row(to: Writing, batch: str, line: int) -> sa.Row[Any] | None:
    found = to.connection.execute(_ROW, {"of": batch, "line": line}).all()
    return found[0] if found else None


def _match(to: Writing, row: sa.Row[Any], photo: int) -> None:
    others = to.connection.execute(_OF_ROW, {"row": row.id}).all()
    to.connection.execute(_THIS_PHOTO, {"which": photo, "row_id": row.id})
    if row.state in {state.value for state in CORRECTABLE}:
        _set_photo(to, row.id, None if others else photo)


def _set_photo(to: Writing, row: int, photo: int | None) -> None:
    to.connection.execute(_THIS_ROW, {"which": row, "photo": photo, "updated_at": to.at})


def name_context(photo: str) -> str:
    """Return what the sealed name of a picture is bound to: its batch and content."""
    return f"batch_photos.name.{photo}"


def jpeg_context(photo: str) -> str:
    """Return what a sealed picture is bound to: its batch and content."""
    return f"batch_photos.jpeg.{photo}"

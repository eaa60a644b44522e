"""Batches as the API shows them."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import Field

from station.api.models.shown import Shown
from station.batches.intake import Taken
from station.batches.lists import reasons, rules_broken
from station.batches.packages import PackageTaken as TakenPackage
from station.batches.photos import PhotosNow as PhotosKnown
from station.batches.service import BatchNow
from station.core.batches import (
    BankVerdict,
    BatchSource,
    BatchState,
    Making,
    PhotoNaming,
    PhotoRecord,
    PhotoState,
    RowField,
    RowRecord,
    RowState,
)
from station.words import text


class BatchView(Shown):
    """One batch."""

    id: str
    unit: str
    source: BatchSource
    number: str = Field(description=text("api.batch-number"))
    title: str
    state: BatchState = Field(
        description="`reading`: a file is being taken over, or was cut off: send it again."
    )
    naming: PhotoNaming
    making: Making
    created_at: dt.datetime
    created_by: str
    rows: int
    counts: dict[RowState, int] = Field(description="Rows in each state.")

    @classmethod
    def now(cls, now: BatchNow) -> Self:
        """Return what is shown of a batch."""
        fields = {name: getattr(now.batch, name) for name in cls.model_fields.keys() & OWN}
        return cls(**fields, rows=now.rows, counts=dict(now.counts))


#: Fields of a view that a batch has under the same name.
OWN = frozenset(
    {
        *("id", "unit", "source", "number", "title", "state", "naming", "making"),
        *("created_at", "created_by"),
    }
)


class LockedRow(Shown):
    """A row that a person has confirmed; it keeps its content."""

    line: int
    state: RowState


class TakenRows(Shown):
    """What the list of a package has changed."""

    added: int
    changed: int
    unchanged: int
    locked: list[LockedRow]


class TakenList(Shown):
    """What a file has changed."""

    batch: BatchView
    added: int
    changed: int
    unchanged: int
    locked: list[LockedRow]

    @classmethod
    def made(cls, now: BatchNow, taken: Taken) -> Self:
        """Return the answer to a file."""
        locked = [LockedRow.of(one) for one in taken.locked]
        return cls(
            batch=BatchView.now(now),
            added=taken.added,
            changed=taken.changed,
            unchanged=taken.unchanged,
            locked=locked,
        )


class PhotosTaken(Shown):
    """What a file with pictures has brought."""

    added: int
    known: int = Field(description="Pictures that were here already.")
    matched: int = Field(description="Of all that were sent, those whose name fits a row.")
    refused: list[str] = Field(description="Files that are no pictures, or too large.")


class PackageTaken(Shown):
    """What a package, or some parts of it, has brought."""

    batch: BatchView
    rows: TakenRows | None = Field(description="null: the list did not come in this file.")
    photos: PhotosTaken
    missing: list[str] = Field(description="Parts that did not come in this file.")

    @classmethod
    def made(cls, now: BatchNow, taken: TakenPackage) -> Self:
        """Return the answer to a package."""
        rows = None if taken.list is None else TakenRows.of(taken.list)
        photos = PhotosTaken.of(taken.photos)
        return cls(batch=BatchView.now(now), rows=rows, photos=photos, missing=list(taken.missing))


class BatchPhoto(Shown):
    """One picture that a person must look after."""

    photo: int
    name: str = Field(description="Of its file; personal.")
    state: PhotoState
    reason: str = Field(description="For people; empty for one that only fits no row.")

    @classmethod
    def shown(cls, photo: PhotoRecord) -> Self:
        """Return what is shown of a picture."""
        reason = rules_broken(photo)
        return cls(photo=photo.id, name=photo.name, state=photo.state, reason=reason)


class BrokenPhoto(BatchPhoto):
    """A row's own picture that breaks a rule."""

    line: int = Field(description=text("api.line"))


class PhotosNow(Shown):
    """What is known of a batch's pictures."""

    counts: dict[PhotoState, int] = Field(description="`new` ones wait for their check.")
    missing: list[int] = Field(description="Rows without a picture.")
    doubled: list[int] = Field(description="Rows that several pictures fit: choose one.")
    unmatched: list[BatchPhoto]
    broken: list[BrokenPhoto]

    @classmethod
    def now(cls, now: PhotosKnown) -> Self:
        """Return what is shown of the pictures."""
        broken = [
            BrokenPhoto(line=line, **BatchPhoto.shown(one).model_dump())
            for line, one in sorted(now.broken.items())
        ]
        return cls(
            counts=dict(now.counts),
            missing=list(now.missing),
            doubled=list(now.doubled),
            unmatched=[BatchPhoto.shown(one) for one in now.unmatched],
            broken=broken,
        )


class RowAnswer(Shown):
    """What became of a decision."""

    line: int
    state: RowState | None = Field(description="Of the row now; null: no such row.")
    problem: str = Field(description="Why nothing was changed; empty when it was.")


class BatchProgress(Shown):
    """How far a batch is."""

    made: int
    held: int = Field(description="Orders that wait for a person.")
    spoiled: int
    left: int = Field(description="Rows that are confirmed or at work.")
    bank: str = Field(description="AAE008 of the blanks that are needed next.")
    of_bank: int = Field(description="Cards of this bank before the next bank's.")
    seconds: float | None = Field(description="Estimated; null before two cards were made.")


class BankNow(Shown):
    """How many rows the bank has answered about."""

    unsent: int = Field(description="Confirmed rows that are to be sent.")
    sent: int = Field(description="Rows without an answer yet.")
    passed: int
    failed: int


class ExportedPart(Shown):
    """One part of the results that left."""

    batch: str
    part: int
    at: dt.datetime
    actor: str
    lines: int = Field(description="Number of rows.")
    receipt_at: dt.datetime | None = Field(description="When its receipt was read.")


class BatchReceipt(Shown):
    """What a receipt said."""

    batch: str
    part: int
    refused: int = Field(description="Rows that leave again with a later part.")


class BatchList(Shown):
    """One printed list."""

    id: int = Field(description=text("api.list-number"))
    batch: str
    at: dt.datetime
    actor: str
    lines: int = Field(description="Number of rows.")


class CollectorView(Shown):
    """One collector; personal."""

    number: str
    name: str
    phone: str


class UnitView(Shown):
    """One unit."""

    number: str
    name: str
    AAE008: str
    branch: str
    branch_name: str
    fixed: bool
    collectors: list[CollectorView]


class RowFault(Shown):
    """One rule that a row breaks."""

    code: str
    reason: str = Field(description="For people.")


class BatchRow(Shown):
    """One row; personal."""

    line: int = Field(description=text("api.line"))
    state: RowState
    cells: dict[RowField, str] = Field(description="As they were sent.")
    chosen: str = Field(description="The 18-digit number that was chosen for a 15-digit one.")
    faults: list[RowFault]
    reason: str = Field(description="Why it waits or was refused; empty for none.")
    bank: BankVerdict
    order: str | None
    listed: int | None = Field(description=text("api.list-number"))
    exported: int | None

    @classmethod
    def shown(cls, row: RowRecord) -> Self:
        """Return what is shown of a row."""
        head = row.head
        return cls(
            line=head.line,
            state=head.state,
            cells=dict(row.cells),
            chosen=row.chosen,
            faults=[RowFault(code=one.code, reason=reasons((one,))) for one in head.faults],
            reason=head.reason,
            bank=head.bank,
            order=head.order,
            listed=head.listed,
            exported=head.exported,
        )

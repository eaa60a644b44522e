"""What may become durable of a batch; a part of `station.core.changes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from station.core.batches import (
    BankVerdict,
    BatchSource,
    BatchState,
    Making,
    PhotoNaming,
    PhotoState,
    RowFault,
    RowField,
    RowState,
)
from station.core.units import Unit


@dataclass(frozen=True, slots=True)
class SentRow:
    """One row of a list as it was read; part of `PutBatchRows`.

    Attributes:
        line: 序号 in its batch.
        cells: What was sent, by column.
        content: Keyed digest of the cells.
        number: The person's 18-digit number; empty where there is none.
        faults: Rules that it breaks.
        state: `faulty` or `ready`.
        AAE008: Bank code of the card; empty where the list names none.
        reason: `RowReason.CHOOSE_NUMBER` where a person must choose one; empty otherwise.
    """

    line: int
    cells: Mapping[RowField, str] = field(repr=False)
    content: str
    number: str = field(repr=False)
    faults: tuple[RowFault, ...]
    state: RowState
    AAE008: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AddBatch:
    """Insert a batch whose rows follow; nothing when there is one with this id."""

    batch: str
    unit: str
    source: BatchSource
    title: str
    number: str = ""
    naming: PhotoNaming = PhotoNaming.NUMBER


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """Change what is known of a batch; None leaves a value unchanged."""

    batch: str
    state: BatchState | None = None
    making: Making | None = None
    number: str | None = None
    naming: PhotoNaming | None = None


@dataclass(frozen=True, slots=True)
class PutBatchRows:
    """Insert rows, or replace the content of those whose 序号 is in the batch already."""

    batch: str
    rows: tuple[SentRow, ...]


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """One picture as it was sent; part of `AddBatchPhotos`.

    Attributes:
        name: Name of its file.
        content: Keyed digest of its bytes: the same picture is stored once.
        jpeg: Its bytes.
        line: 序号 of the row that it is matched with; None without one.
    """

    name: str = field(repr=False)
    content: str
    jpeg: bytes = field(repr=False)
    line: int | None


@dataclass(frozen=True, slots=True)
class AddBatchPhotos:
    """Store pictures that are not here yet. `Transaction.apply` returns how many were new.

    A row that has no picture takes its first one. A second one leaves the row without, until a
    person chooses; a row that was confirmed keeps its own.
    """

    batch: str
    photos: tuple[SentPhoto, ...]


@dataclass(frozen=True, slots=True)
class PlaceBatchPhoto:
    """Give a row this picture, as a person has chosen, or as its name says now.

    Attributes:
        batch: The batch of both.
        line: 序号 of the row.
        photo: The picture.
        chosen: Whether a person chose it: it replaces whatever the row has.
    """

    batch: str
    line: int
    photo: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class PhotoVerdict:
    """Result of one picture's check; part of `NotePhotoVerdicts`."""

    photo: int
    state: PhotoState
    rules: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NotePhotoVerdicts:
    """Record the results of checks."""

    verdicts: tuple[PhotoVerdict, ...]


@dataclass(frozen=True, slots=True)
class RowDecision:
    """What was decided about one row; part of `DecideBatchRows`. None leaves a value unchanged.

    Attributes:
        row: Number of the row in the journal.
        line: 序号, for the history.
        state: Its state from now on.
        reason: A `RowReason`, or the code of an error; empty for none.
        chosen: 18-digit number that was chosen for a 15-digit one.
        note: Free text of a refusal.
        order: The order of its card.
        bank: What the bank says.
        by_person: Whether the actor is a person who has compared the row.
    """

    row: int
    line: int
    state: RowState
    reason: str = ""
    chosen: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    order: str | None = None
    bank: BankVerdict | None = None
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class DecideBatchRows:
    """Record decisions about rows, each with an event of its own."""

    batch: str
    event: str
    rows: tuple[RowDecision, ...]


@dataclass(frozen=True, slots=True)
class AddBatchList:
    """Put rows into a printed list. `Transaction.apply` returns its number (打印批次号)."""

    batch: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PutUnit:
    """Insert a unit, or replace what is known of it, its collectors included."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class AddBatchExport:
    """Mark rows as leaving in one part of the results. `Transaction.apply` returns its number."""

    batch: str
    request: str
    contact: tuple[str, str] = field(repr=False)
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoteBatchReceipt:
    """Record the data centre's receipt for a part; refused rows leave again with a later part."""

    batch: str
    part: int
    refused: Mapping[int, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class EraseBatch:
    """Overwrite everything personal of a batch whose cards are made or given up. Irreversible."""

    batch: str
    after_days: int


#: Every change of a batch.
BatchChange = (
    AddBatch
    | ChangeBatch
    | PutBatchRows
    | AddBatchPhotos
    | PlaceBatchPhoto
    | NotePhotoVerdicts
    | DecideBatchRows
    | AddBatchList
    | PutUnit
    | AddBatchExport
    | NoteBatchReceipt
    | EraseBatch
)

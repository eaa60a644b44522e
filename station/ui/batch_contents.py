"""What the templates of batches are given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from station.ui.notices import Notice


@dataclass(frozen=True, slots=True)
class BatchChoice:
    """One value of a list, and what a person reads."""

    value: str
    label: str


# -- all batches -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One batch in the list of all: how many of its rows are how far."""

    id: str
    title: str
    unit: str
    source: str
    at: str
    rows: int
    faulty: int
    ready: int
    confirmed: int
    making: int
    made: int
    state: str


@dataclass(frozen=True, slots=True)
class BatchesPage:
    """批次: every batch, and the forms by which a list, a package and a receipt come in.

    Attributes:
        done: What the last press has done; empty for nothing.
        request: Name of the next batch's request: a press that is sent twice makes one batch.
        units: Numbers and names of the known units.
        namings: By what pictures can be named.
        at_province: Whether the province has lists by batch number.
    """

    template: ClassVar[str] = "batches.html"

    window: str
    version: str
    notice: Notice | None
    done: str
    request: str
    units: tuple[BatchChoice, ...]
    namings: tuple[BatchChoice, ...]
    at_province: bool
    batches: tuple[BatchLine, ...]


# -- one batch -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What one batch is; `unfinished` when the reading of its list was cut off."""

    id: str
    title: str
    unit: str
    source: str
    at: str
    by: str
    unfinished: bool


@dataclass(frozen=True, slots=True)
class PartLink:
    """The way to one part of a batch's page; `count` is how much there is to do in it."""

    value: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row; `refused` when nothing was changed."""

    line: int
    told: str
    refused: bool


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """What must be confirmed before something that can't be undone.

    Attributes:
        action: Address that is asked again with `fields`.
        label: Of the button that does it.
        back: Address of the page without it.
    """

    title: str
    consequence: str
    action: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    label: str
    back: str


@dataclass(frozen=True, slots=True)
class StateLink:
    """The rows of one state; `value` is empty for all."""

    value: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class RowLine:
    """One person's row; numbers of `photo` and `listed` are 0 without one."""

    line: int
    name: str
    number: str
    state: str
    reason: str
    photo: int
    listed: int
    order: str


@dataclass(frozen=True, slots=True)
class RowsPart:
    """名单: rows with their faults, and what is done with the marked ones.

    Attributes:
        after: 序号 behind which these rows begin.
        next: The same of the next page; 0 at the end.
    """

    template: ClassVar[str] = "_batch_rows.html"
    name: ClassVar[str] = "rows"

    batch: str
    states: tuple[StateLink, ...]
    state: str
    after: int
    next: int
    faulty: int
    lines: tuple[RowLine, ...]


@dataclass(frozen=True, slots=True)
class PhotoProgress:
    """How far the check of the pictures is."""

    template: ClassVar[str] = "_photo_progress.html"
    name: ClassVar[str] = "checking"

    batch: str
    all: int
    checked: int
    fits: int
    soft: int
    bad: int


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A row that needs a person because of its picture."""

    line: int
    name: str
    number: str
    reason: str
    photo: int


@dataclass(frozen=True, slots=True)
class LoosePhoto:
    """A picture that fits no row."""

    photo: int
    file: str
    state: str


@dataclass(frozen=True, slots=True)
class PhotosPart:
    """照片: pictures in, their check, and what a person must look after.

    Attributes:
        naming: How the files must be named.
        most_bytes: Of one request.
        counts: Of all rows without, with several, or with an unfit picture, and of loose pictures.
        rows: The first of these rows.
        loose: The first pictures that fit no row.
    """

    template: ClassVar[str] = "_batch_photos.html"
    name: ClassVar[str] = "photos"

    batch: str
    naming: str
    most_bytes: int
    counts: tuple[tuple[str, int], ...]
    rows: tuple[PhotoRow, ...]
    loose: tuple[LoosePhoto, ...]


@dataclass(frozen=True, slots=True)
class Datum:
    """One value of a row; `code` is what was sent for it, empty where that is the value."""

    title: str
    value: str
    code: str


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person who is compared with the picture.

    Attributes:
        eighteen: 18-digit form of a 15-digit number that must be chosen; empty for none.
        data: What else was sent.
        problem: Why this row can't pass now; empty when it can.
        decided: What was decided already, and why; empty for nothing.
    """

    line: int
    name: str
    number: str
    eighteen: str
    data: tuple[Datum, ...]
    photo: int
    problem: str
    decided: str


@dataclass(frozen=True, slots=True)
class ConfirmPart:
    """确认: people beside their pictures; see `RowsPart` for the pages."""

    template: ClassVar[str] = "_batch_confirm.html"
    name: ClassVar[str] = "confirming"

    batch: str
    states: tuple[StateLink, ...]
    state: str
    after: int
    next: int
    people: tuple[PersonCard, ...]
    reasons: tuple[BatchChoice, ...]
    forms: str


@dataclass(frozen=True, slots=True)
class ListLine:
    """One printed list."""

    number: int
    rows: int
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class BankPart:
    """银行校验: how many rows are to be sent, are at the bank, passed and did not."""

    unsent: int
    sent: int
    passed: int
    failed: int


@dataclass(frozen=True, slots=True)
class PapersPart:
    """清单: confirmed rows into a list, lists printed again, the other papers.

    Attributes:
        bank: 银行校验; None where the province does not have it.
    """

    template: ClassVar[str] = "_batch_papers.html"
    name: ClassVar[str] = "papers"

    batch: str
    waiting: int
    made: int
    lists: tuple[ListLine, ...]
    bank: BankPart | None


@dataclass(frozen=True, slots=True)
class MakingProgress:
    """How far the cards are; `ends` is the estimated end, empty before it is known."""

    template: ClassVar[str] = "_making_progress.html"
    name: ClassVar[str] = "progress"

    batch: str
    running: bool
    state: str
    all: int
    made: int
    held: int
    spoiled: int
    left: int
    bank: str
    of_bank: int
    ends: str


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """A row whose preview a person compares, beside the confirmed picture."""

    line: int
    name: str
    number: str
    order: str
    photo: int
    reason: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that does not go on; `order` is empty where there is none."""

    line: int
    name: str
    order: str
    reason: str


@dataclass(frozen=True, slots=True)
class MakingPart:
    """制卡: start, pause, and what waits for a person."""

    template: ClassVar[str] = "_batch_making.html"
    name: ClassVar[str] = "making"

    batch: str
    may_start: bool
    may_pause: bool
    goes_on: bool
    waiting: tuple[WaitingCard, ...]
    held: tuple[HeldRow, ...]


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One part of the results that left."""

    part: int
    rows: int
    at: str
    by: str
    contact: str
    receipt: str
    file: str


@dataclass(frozen=True, slots=True)
class ResultsPart:
    """结果: results out in parts, receipts in."""

    template: ClassVar[str] = "_batch_results.html"
    name: ClassVar[str] = "results"

    batch: str
    request: str
    left: int
    exports: tuple[ExportLine, ...]


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch: what it is, and the part of its page that is open."""

    template: ClassVar[str] = "batch.html"

    window: str
    version: str
    notice: Notice | None
    done: str
    batch: BatchFacts
    parts: tuple[PartLink, ...]
    question: BatchQuestion | None = None
    answers: tuple[RowResult, ...] = ()
    rows: RowsPart | None = None
    photos: PhotosPart | None = None
    checking: PhotoProgress | None = None
    confirming: ConfirmPart | None = None
    papers: PapersPart | None = None
    making: MakingPart | None = None
    progress: MakingProgress | None = None
    results: ResultsPart | None = None


# -- one row, units --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferedPhoto:
    """A picture that a person may choose for the row."""

    photo: int
    file: str
    state: str
    of_row: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class BatchRowPage:
    """选择照片: one row and the pictures that it may have."""

    template: ClassVar[str] = "batch_row.html"

    window: str
    version: str
    notice: Notice | None
    done: str
    batch: BatchFacts
    row: RowLine
    may_choose: bool
    photos: tuple[OfferedPhoto, ...]


@dataclass(frozen=True, slots=True)
class CollectorLine:
    """One collector; the number is masked in the list and as it is in the form."""

    number: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit."""

    number: str
    name: str
    bank: str
    branch: str
    branch_name: str
    fixed: bool
    collectors: tuple[CollectorLine, ...]


@dataclass(frozen=True, slots=True)
class UnitsPage:
    """单位: bank and branch, and who collects the cards.

    Attributes:
        units: As the list shows them: the bank's name, numbers masked.
        shown: The unit in the form, with the bank's code.
        places: Its collectors in the form, with an empty one for each that may be added.
    """

    template: ClassVar[str] = "units.html"

    window: str
    version: str
    notice: Notice | None
    done: str
    units: tuple[UnitLine, ...]
    banks: tuple[BatchChoice, ...]
    shown: UnitLine
    places: tuple[CollectorLine, ...]
    question: BatchQuestion | None = None


#: Parts that a page reads again.
BatchPanel = (
    RowsPart
    | PhotosPart
    | PhotoProgress
    | ConfirmPart
    | PapersPart
    | MakingPart
    | MakingProgress
    | ResultsPart
)

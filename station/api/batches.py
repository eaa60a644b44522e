"""Batches: lists of people whose cards a unit applies for."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import Path, Query, Response
from pydantic import (
    AfterValidator,
    Base64Bytes,
    Field,
    StrictBool,
    StringConstraints,
)

from station.api.caller import Actor, Batches
from station.api.models.batches import (
    BatchList,
    BatchProgress,
    BatchRow,
    BatchView,
    PackageTaken,
    PhotosNow,
    PhotosTaken,
    RowAnswer,
    TakenList,
)
from station.api.models.sent import Sent
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.batches.checks import LARGEST_LINE
from station.batches.confirming import RowWish
from station.batches.photos import photos_in
from station.batches.service import NewBatch
from station.core.batches import PhotoNaming, RowReason, RowState
from station.core.limits import LARGEST_ID
from station.core.lists import SHEET_TYPE
from station.words import text

router = OperationRouter("batches", "/batches")
lists = OperationRouter("batches", "/batch-lists")
packages = OperationRouter("batches", "/batch-packages")

PDF: Final = "application/pdf"
#: Characters of a file of 12 MB in base64.
MOST_CHARACTERS: Final = 16_000_000
Line = Annotated[int, Path(ge=1, le=LARGEST_LINE, description=text("api.line"))]
PhotoId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the picture.")]
ListNumber = Annotated[int, Path(ge=1, le=LARGEST_ID, description=text("api.list-number"))]
Lines = Annotated[
    tuple[Annotated[int, Field(ge=1, le=LARGEST_LINE)], ...],
    Query(max_length=200, description="Rows; none: all."),
]
BatchId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Batch id.")]
#: Nothing that could hide or turn text round: it is printed.
HIDDEN: Final = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069"
PlainText = Annotated[str, StringConstraints(pattern=f"^[^{HIDDEN}]*$")]
File = Annotated[
    Base64Bytes,
    Field(max_length=MOST_CHARACTERS, repr=False, description="The file, in base64."),
]


class BatchFile(Sent):
    """A file with a list of people: .xlsx or .csv, with the headings of the template."""

    file: File
    title: Annotated[PlainText, Field(min_length=1, max_length=60, description="For people.")]
    unit: str = Field(default="", pattern=r"^[0-9A-Za-z-]{0,32}$", description=text("api.unit"))
    naming: PhotoNaming = PhotoNaming.NUMBER


class CorrectedFile(Sent):
    """A corrected or further list of the same batch."""

    file: File


class PhotosFile(Sent):
    """A zip of pictures (.jpg), named by the rule of the batch."""

    file: File


class PackageFile(Sent):
    """A unit's package, sealed to this station's key (`station batches key`)."""

    file: File


class ChosenPhoto(Sent):
    """A picture of the same batch."""

    photo: int = Field(ge=1, le=LARGEST_ID)


class Decision(Sent):
    """What a person says about one row."""

    line: int = Field(ge=1, le=LARGEST_LINE)
    passed: StrictBool
    reason: RowReason | None = None
    note: Annotated[PlainText, Field(max_length=100, repr=False)] = ""
    number: str = Field(
        default="",
        pattern=r"^([0-9]{15}|[0-9]{17}[0-9X])?$",
        repr=False,
        description="Of a row with a 15-digit number: the one that was chosen.",
    )

    def wish(self) -> RowWish:
        """Return it as the service takes it."""
        return RowWish(self.line, self.passed, self.reason, self.note, self.number)


class Decisions(Sent):
    """Rows that a person has compared."""

    rows: list[Decision] = Field(min_length=1, max_length=200)


class SeveralRows(Sent):
    """Rows of a batch."""

    lines: list[Annotated[int, Field(ge=1, le=LARGEST_LINE)]] = Field(min_length=1, max_length=200)


def _must_be_true(approved: bool) -> bool:
    if not approved:
        raise ValueError("nothing is approved that nobody has compared")
    return approved


class ComparedRows(SeveralRows):
    """Rows whose previews a person has compared."""

    approved: Annotated[StrictBool, AfterValidator(_must_be_true)] = Field(
        description="Your person has compared picture, name and bank of every one of them.",
        json_schema_extra={"const": True},
    )


class MakingWish(Sent):
    """Whether the cards of a batch are made."""

    making: Literal["on", "paused"]


class ListedRows(Sent):
    """Rows of a list; none: all that are in no list yet."""

    lines: list[Annotated[int, Field(ge=1, le=LARGEST_LINE)]] = Field(
        default=[], max_length=LARGEST_LINE
    )


def paper(content: bytes) -> Response:
    """Return a PDF that no cache keeps."""
    return Response(content, media_type=PDF, headers={"Cache-Control": "private, no-store"})


def sheet(content: bytes) -> Response:
    """Return a spreadsheet that no cache keeps."""
    headers = {"Cache-Control": "private, no-store"}
    return Response(content, media_type=SHEET_TYPE, headers=headers)


@router.get("", summary="The batches, newest first")
def list_batches(
    batches: Batches, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[BatchView]:
    """Without personal data."""
    return [BatchView.now(one) for one in batches.newest(limit)]


@router.post("", status_code=201, summary=text("api.add-batch"))
def add_batch(body: BatchFile, batches: Batches, actor: Actor, once: OnceCalled) -> TakenList:
    """Good rows are kept; each wrong one is there with its reasons."""
    wish = NewBatch(body.file, body.title, body.unit, body.naming, key=once.key)

    def add(_: str = "") -> TakenList:
        batch, taken = batches.add(wish, actor)
        return TakenList.made(batches.one(batch), taken)

    return once.run(add, add, made=lambda made: made.batch.id)


@router.get(
    "/template.xlsx",
    summary=text("api.batch-template"),
    response_class=Response,
    responses={200: {"content": {SHEET_TYPE: {}}}},
)
def get_batch_template(batches: Batches) -> Response:
    """Its headings, and what belongs under them."""
    return sheet(batches.template())


@router.get("/{batch}", summary="One batch")
def get_batch(batch: BatchId, batches: Batches) -> BatchView:
    """Without personal data."""
    return BatchView.now(batches.one(batch))


@router.post("/{batch}/list", summary=text("api.correct-batch"))
def correct_batch(
    batch: BatchId, body: CorrectedFile, batches: Batches, actor: Actor, once: OnceCalled
) -> TakenList:
    """Rows are known by their 序号; only those that differ are changed."""

    def correct(_: str = "") -> TakenList:
        taken = batches.correct(batch, body.file, actor)
        return TakenList.made(batches.one(batch), taken)

    return once.run(correct, correct)


@router.get("/{batch}/rows", summary="Rows of a batch")
def list_batch_rows(
    batch: BatchId,
    batches: Batches,
    state: RowState | None = None,
    line: Annotated[int, Query(ge=0, le=LARGEST_LINE, description="Rows behind this one.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[BatchRow]:
    """By 序号, with what each one was sent with and what is wrong with it."""
    states = () if state is None else (state,)
    return [BatchRow.shown(row) for row in batches.rows(batch, line, limit, states)]


@router.get(
    "/{batch}/faults.xlsx",
    summary=text("api.batch-faults"),
    response_class=Response,
    responses={200: {"content": {SHEET_TYPE: {}}}},
)
def get_batch_faults(batch: BatchId, batches: Batches) -> Response:
    """The faulty rows as they were sent, with the reasons in the last column."""
    return sheet(batches.faults(batch))


@packages.post("", summary=text("api.batch-package"))
def take_batch_package(
    body: PackageFile, batches: Batches, actor: Actor, once: OnceCalled
) -> PackageTaken:
    """Whole, or in several zips with the same header; each part may come again."""

    def take(_: str = "") -> PackageTaken:
        taken = batches.take_package(body.file, actor)
        return PackageTaken.made(batches.one(taken.batch), taken)

    return once.run(take, take, made=lambda made: made.batch.id)


@router.post("/{batch}/photos", summary=text("api.batch-photos"))
def take_batch_photos(
    batch: BatchId, body: PhotosFile, batches: Batches, actor: Actor, once: OnceCalled
) -> PhotosTaken:
    """Matched by the names of their files; checked afterwards, a few at a time."""

    def take(_: str = "") -> PhotosTaken:
        return PhotosTaken.of(batches.photos.take(batch, photos_in(body.file), actor))

    return once.run(take, take)


@router.get("/{batch}/photos", summary=text("api.photos-now"))
def get_batch_photos(batch: BatchId, batches: Batches) -> PhotosNow:
    """How far the check is; what is missing, doubled, unmatched or unfit."""
    return PhotosNow.now(batches.photos.now(batch))


@router.get(
    "/{batch}/photos.xlsx",
    summary=text("api.photos-list"),
    response_class=Response,
    responses={200: {"content": {SHEET_TYPE: {}}}},
)
def get_photos_list(batch: BatchId, batches: Batches) -> Response:
    """The same as a spreadsheet."""
    return sheet(batches.photo_problems(batch))


@router.get(
    "/{batch}/photos/{photo}.jpg",
    summary="One picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def get_batch_photo(batch: BatchId, photo: PhotoId, batches: Batches) -> Response:
    """As it was sent."""
    headers = {"Cache-Control": "private, no-store"}
    content = batches.photos.jpeg(batch, photo)
    return Response(content, media_type="image/jpeg", headers=headers)


@router.post("/{batch}/rows/{line}/photo", summary=text("api.choose-photo"))
def choose_photo(
    batch: BatchId, line: Line, body: ChosenPhoto, batches: Batches, actor: Actor, once: OnceCalled
) -> BatchRow:
    """Until the row is confirmed."""

    def choose(_: str = "") -> BatchRow:
        batches.photos.choose(batch, line, body.photo, actor)
        return BatchRow.shown(batches.row(batch, line))

    return once.run(choose, choose)


@router.post("/{batch}/decisions", summary=text("api.decide-rows"))
def decide_rows(
    batch: BatchId, body: Decisions, batches: Batches, actor: Actor, once: OnceCalled
) -> list[RowAnswer]:
    """Person by person, beside the picture; one that can't be taken keeps no other out."""
    wishes = [one.wish() for one in body.rows]

    def decide(_: str = "") -> list[RowAnswer]:
        return [RowAnswer.of(one) for one in batches.confirming.decide(batch, wishes, actor)]

    return once.run(decide, decide)


@router.get(
    "/{batch}/forms.pdf",
    summary=text("api.batch-forms"),
    response_class=Response,
    responses={200: {"content": {PDF: {}}}},
)
def get_batch_forms(batch: BatchId, batches: Batches, lines: Lines = ()) -> Response:
    """One on each page (A4); without `lines`, of the first rows that wait."""
    return paper(batches.papers.forms(batch, lines))


@router.post("/{batch}/lists", status_code=201, summary=text("api.add-list"))
def add_batch_list(
    batch: BatchId, body: ListedRows, batches: Batches, actor: Actor, once: OnceCalled
) -> BatchList:
    """Confirmed rows that are in no list yet; without `lines`, all of them."""
    return once.run(
        lambda: BatchList.of(batches.printed(batches.papers.add_list(batch, body.lines, actor))),
        lambda made: BatchList.of(batches.printed(int(made))),
        made=lambda made: str(made.id),
    )


@router.get("/{batch}/lists", summary=text("api.batch-lists"))
def list_batch_lists(batch: BatchId, batches: Batches) -> list[BatchList]:
    """Oldest first."""
    return [BatchList.of(one) for one in batches.all_printed(batch)]


@lists.get(
    "/{number}.pdf",
    summary=text("api.list-again"),
    response_class=Response,
    responses={200: {"content": {PDF: {}}}},
)
def get_batch_list(number: ListNumber, batches: Batches) -> Response:
    """As it was printed (A4), with a place for signature, seal and date."""
    return paper(batches.papers.list_pdf(number))


@lists.get(
    "/{number}.xlsx",
    summary=text("api.list-sheet"),
    response_class=Response,
    responses={200: {"content": {SHEET_TYPE: {}}}},
)
def get_batch_list_sheet(number: ListNumber, batches: Batches) -> Response:
    """The same as a spreadsheet."""
    return sheet(batches.papers.list_sheet(number))


@router.get(
    "/{batch}/exceptions.xlsx",
    summary=text("api.batch-exceptions"),
    response_class=Response,
    responses={200: {"content": {SHEET_TYPE: {}}}},
)
def get_batch_exceptions(batch: BatchId, batches: Batches, lines: Lines = ()) -> Response:
    """Rows of which no card is made, each with the reason; all, or those of `lines`."""
    return sheet(batches.papers.exceptions(batch, lines))


@router.get("/{batch}/making", summary=text("api.batch-progress"))
def get_batch_progress(batch: BatchId, batches: Batches) -> BatchProgress:
    """Made, held, spoiled, left, the bank whose blanks are needed next, and the estimated end."""
    return BatchProgress.of(batches.making.progress(batch))


@router.post("/{batch}/making", summary=text("api.make-batch"))
def make_batch(
    batch: BatchId, body: MakingWish, batches: Batches, actor: Actor, once: OnceCalled
) -> BatchProgress:
    """`on` starts or goes on; `paused`: the card in the machine is finished, no other is fed."""

    def make(_: str = "") -> BatchProgress:
        if body.making == "on":
            batches.making.start(batch, actor)
        else:
            batches.making.pause(batch, actor)
        return BatchProgress.of(batches.making.progress(batch))

    return once.run(make, make)


@router.post("/{batch}/approvals", summary=text("api.approve-rows"))
def approve_rows(
    batch: BatchId, body: ComparedRows, batches: Batches, actor: Actor, once: OnceCalled
) -> list[RowAnswer]:
    """Rows that wait because the province's picture, name or bank is another one."""

    def approve(_: str = "") -> list[RowAnswer]:
        return [RowAnswer.of(one) for one in batches.making.approve(batch, body.lines, actor)]

    return once.run(approve, approve)


@router.post("/{batch}/withdrawals", summary=text("api.withdraw-rows"))
def withdraw_rows(
    batch: BatchId, body: SeveralRows, batches: Batches, actor: Actor, once: OnceCalled
) -> list[RowAnswer]:
    """While nothing irreversible has happened; each row has its own result."""

    def withdraw(_: str = "") -> list[RowAnswer]:
        return [RowAnswer.of(one) for one in batches.making.withdraw(batch, body.lines, actor)]

    return once.run(withdraw, withdraw)

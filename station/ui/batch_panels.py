"""What the pages of batches show: each part is read when it is open."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from station.batches.checks import check_row
from station.batches.columns import HEADINGS
from station.batches.confirming import RowAnswer, number_of
from station.batches.lists import reasons, rules_broken
from station.batches.making import StoppedRow
from station.batches.photos import ENDINGS
from station.batches.service import BatchNow, BatchService
from station.batches.spoken import (
    PROBLEMS,
    REASONS,
    STATES,
    problem_text,
    reason_text,
    spoken_cell,
)
from station.clock import utc_now
from station.core.batches import (
    BankVerdict,
    BatchState,
    ExportRecord,
    Making,
    PhotoNaming,
    PhotoRecord,
    PhotoState,
    RowField,
    RowReason,
    RowRecord,
    RowState,
)
from station.core.identity import masked_id_number
from station.core.units import Unit
from station.ui.batch_contents import (
    BankPart,
    BatchChoice,
    BatchFacts,
    BatchLine,
    CollectorLine,
    ConfirmPart,
    Datum,
    ExportLine,
    HeldRow,
    ListLine,
    LoosePhoto,
    MakingPart,
    MakingProgress,
    OfferedPhoto,
    PapersPart,
    PartLink,
    PersonCard,
    PhotoProgress,
    PhotoRow,
    PhotosPart,
    ResultsPart,
    RowLine,
    RowResult,
    RowsPart,
    StateLink,
    UnitLine,
    WaitingCard,
)
from station.words import Table, explain, text

SOURCES: Final = Table("batch-source")
NAMINGS: Final = Table("batch-naming")
MAKINGS: Final = Table("batch-making")
PHOTO_STATES: Final = Table("photo-state")
PARTS: Final = Table("batch-part")

ROWS: Final = 50  #: on one page
PEOPLE: Final = 12  #: beside their pictures, on one page
LOOKED_AFTER: Final = 60  #: rows and pictures that a person must look after, on one page
#: Bytes of one request with pictures; the whole body may have 16 MiB.
MOST_BYTES: Final = 15_000_000
#: What a person may say when a row does not pass.
SAID: Final = (
    RowReason.NOT_THIS_PERSON,
    RowReason.DATA_WRONG,
    RowReason.PHOTO_WRONG,
    RowReason.NOT_OF_UNIT,
    RowReason.OTHER,
)
#: Rows that may be decided: what can be looked at in 确认.
DECIDED: Final = (RowState.READY, RowState.REFUSED, RowState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Place:
    """Which rows a page shows: those of one state behind a 序号."""

    state: str = ""
    after: int = 0


def choices(table: Table, words: Sequence[str] = ()) -> tuple[BatchChoice, ...]:
    """Return the entries of a table, or those with these words, to choose from."""
    chosen = words or tuple(word for word, _ in table.items())
    return tuple(BatchChoice(word, table[word]) for word in chosen)


def time_of(moment: dt.datetime) -> str:
    """Return a time as the pages show it."""
    return moment.astimezone().strftime("%m-%d %H:%M")


def results_of(answers: Sequence[RowAnswer]) -> tuple[RowResult, ...]:
    """Return what became of each row; refused ones first."""
    told = [
        RowResult(one.line, problem_text(one.problem), refused=True)
        if one.problem or one.state is None
        else RowResult(one.line, STATES[one.state.value], refused=False)
        for one in answers
    ]
    return tuple(sorted(told, key=lambda one: (not one.refused, one.line)))


# -- all batches -----------------------------------------------------------------------------------


def batch_line(now: BatchNow) -> BatchLine:
    """Return one batch of the list."""
    batch, counts = now.batch, now.counts
    unfinished = batch.state is BatchState.READING
    return BatchLine(
        id=batch.id,
        title=batch.title,
        unit=batch.unit,
        source=SOURCES[batch.source.value],
        at=time_of(batch.created_at),
        rows=now.rows,
        faulty=counts[RowState.FAULTY],
        ready=counts[RowState.READY],
        confirmed=counts[RowState.CONFIRMED],
        making=counts[RowState.MAKING],
        made=counts[RowState.MADE],
        state=text("batch-page.unfinished") if unfinished else MAKINGS[batch.making.value],
    )


def facts_of(batches: BatchService, now: BatchNow) -> BatchFacts:
    """Return what a batch is."""
    batch = now.batch
    name = batches.units.name(batch.unit)
    return BatchFacts(
        id=batch.id,
        title=batch.title,
        unit=f"{batch.unit} {name}".strip(),
        source=SOURCES[batch.source.value],
        at=time_of(batch.created_at),
        by=batch.created_by,
        unfinished=batch.state is BatchState.READING,
    )


def parts_of(now: BatchNow, current: str) -> tuple[PartLink, ...]:
    """Return the way to each part, with how much there is to do in it."""
    counts = now.counts
    to_do = {
        "rows": counts[RowState.FAULTY],
        "confirming": counts[RowState.READY],
        "making": counts[RowState.CONFIRMED] + counts[RowState.MAKING],
    }
    return tuple(
        PartLink(word, label, to_do.get(word, 0), word == current) for word, label in PARTS.items()
    )


# -- 名单, 确认 ------------------------------


def _links(
    counts: Mapping[RowState, int], states: Sequence[RowState], current: str
) -> Iterator[StateLink]:
    for state in states:
        if counts[state] or state.value == current:
            label = STATES[state.value]
            yield StateLink(state.value, label, counts[state], state.value == current)


def row_line(row: RowRecord) -> RowLine:
    """Return one row with the reason why it is faulty, waits or ended."""
    head = row.head
    reason = reasons(head.faults) if head.faults else reason_text(head.reason)
    if head.bank is BankVerdict.SENT:
        reason = text("batch-page.at-bank")
    return RowLine(
        line=head.line,
        name=row.cell(RowField.NAME),
        number=row.cell(RowField.NUMBER),
        state=STATES[head.state.value],
        reason=f"{reason} {row.refusal}".strip(),
        photo=head.photo or 0,
        listed=head.listed or 0,
        order=head.order or "",
    )


def rows_part(batches: BatchService, now: BatchNow, place: Place) -> RowsPart:
    """Return 名单."""
    states = (RowState(place.state),) if place.state else ()
    rows = batches.rows(now.batch.id, place.after, ROWS + 1, states)
    everything = StateLink("", text("batch-page.all"), now.rows, not place.state)
    return RowsPart(
        batch=now.batch.id,
        states=(everything, *_links(now.counts, tuple(RowState), place.state)),
        state=place.state,
        after=place.after,
        next=rows[ROWS - 1].head.line if len(rows) > ROWS else 0,
        faulty=now.counts[RowState.FAULTY],
        lines=tuple(row_line(row) for row in rows[:ROWS]),
    )


def confirm_part(
    batches: BatchService, now: BatchNow, place: Place, banks: Mapping[str, str]
) -> ConfirmPart:
    """Return 确认: people beside their pictures."""
    batch, state = now.batch.id, place.state or RowState.READY.value
    rows = batches.rows(batch, place.after, PEOPLE + 1, (RowState(state),))
    shown = rows[:PEOPLE]
    photos = batches.photos.of(batch, {one.head.photo for one in shown if one.head.photo})
    lines = urlencode([("lines", one.head.line) for one in shown])
    return ConfirmPart(
        batch=batch,
        states=tuple(_links(now.counts, DECIDED, state)),
        state=state,
        after=place.after,
        next=shown[-1].head.line if len(rows) > PEOPLE else 0,
        people=tuple(_person(row, photos.get(row.head.photo or 0), banks) for row in shown),
        reasons=choices(REASONS, SAID),
        forms=f"/api/v1/batches/{batch}/forms.pdf?{lines}",
    )


def _person(row: RowRecord, photo: PhotoRecord | None, banks: Mapping[str, str]) -> PersonCard:
    head, checked = row.head, check_row(row.cells, ())
    named = (RowField.LINE, RowField.NAME, RowField.NUMBER)
    others = (one for one in RowField if one not in named and row.cell(one))
    decided = "" if head.state is RowState.READY else STATES[head.state.value]
    return PersonCard(
        line=head.line,
        name=row.cell(RowField.NAME),
        number=row.cell(RowField.NUMBER),
        eighteen=checked.number if checked.fifteen and not row.chosen else "",
        data=tuple(_datum(one, row.cell(one), banks) for one in others),
        photo=head.photo or 0,
        problem=_photo_problem(row, photo),
        decided=f"{decided} {reason_text(head.reason)} {row.refusal}".strip() if decided else "",
    )


def _datum(column: RowField, given: str, banks: Mapping[str, str]) -> Datum:
    value = spoken_cell(column, given, banks)
    return Datum(HEADINGS[column], value, "" if value == given else given)


def _photo_problem(row: RowRecord, photo: PhotoRecord | None) -> str:
    if photo is None:
        return "" if row.cell(RowField.RECEIPT) else PROBLEMS["photo-missing"]
    if photo.state is PhotoState.NEW:
        return PROBLEMS["photo-unchecked"]
    return rules_broken(photo)


# -- 照片 ------------------------------


def photo_progress(batches: BatchService, batch: str) -> PhotoProgress:
    """Return how far the check of the pictures is."""
    counts = batches.photos.counts(batch)
    every = sum(counts.values())
    return PhotoProgress(
        batch=batch,
        all=every,
        checked=every - counts[PhotoState.NEW],
        fits=counts[PhotoState.FITS],
        soft=counts[PhotoState.SOFT],
        bad=counts[PhotoState.BAD],
    )


def photos_part(batches: BatchService, now: BatchNow) -> PhotosPart:
    """Return 照片: what a person must look after."""
    batch, known = now.batch, batches.photos.now(now.batch.id)
    told = {line: (text("batch-photo.missing"), 0) for line in known.missing}
    told |= {line: (text("batch-photo.doubled"), 0) for line in known.doubled}
    told |= {line: (rules_broken(one), one.id) for line, one in known.broken.items()}
    lines = sorted(told)[:LOOKED_AFTER]
    rows = batches.some_rows(batch.id, lines)
    return PhotosPart(
        batch=batch.id,
        naming=NAMINGS[batch.naming.value],
        most_bytes=MOST_BYTES,
        counts=(
            (text("batch-photo.missing"), len(known.missing)),
            (text("batch-photo.doubled"), len(known.doubled)),
            (text("batch-page.unfit"), len(known.broken)),
            (text("batch-photo.unmatched"), len(known.unmatched)),
        ),
        rows=tuple(
            PhotoRow(
                row.head.line,
                row.cell(RowField.NAME),
                row.cell(RowField.NUMBER),
                *told[row.head.line],
            )
            for row in rows
        ),
        loose=tuple(
            LoosePhoto(one.id, one.name, _state_of(one)) for one in known.unmatched[:LOOKED_AFTER]
        ),
    )


def offered_photos(batches: BatchService, row: RowRecord, batch: str) -> tuple[OfferedPhoto, ...]:
    """Return the pictures that a row may have."""
    offered = batches.photos.offered(batch, row.head.id)[:LOOKED_AFTER]
    return tuple(
        OfferedPhoto(
            one.id, one.name, _state_of(one), one.row == row.head.id, one.id == row.head.photo
        )
        for one in offered
    )


def _state_of(photo: PhotoRecord) -> str:
    return f"{PHOTO_STATES[photo.state.value]} {rules_broken(photo)}".strip()


def naming_of(word: str) -> PhotoNaming:
    """Return a naming by its word; the first one when nothing was chosen."""
    return PhotoNaming(word) if word in NAMINGS else PhotoNaming.NUMBER


def is_picture(name: str) -> bool:
    """Whether a file's name is that of a picture or of a zip of pictures."""
    return name.lower().endswith((*ENDINGS, ".zip"))


# -- 清单, 制卡, 结果 ------------------------------


def papers_part(batches: BatchService, now: BatchNow) -> PapersPart:
    """Return 清单."""
    batch = now.batch.id
    lists = batches.all_printed(batch)
    return PapersPart(
        batch=batch,
        waiting=batches.papers.unlisted(batch),
        made=now.counts[RowState.MADE],
        lists=tuple(ListLine(one.id, one.lines, time_of(one.at), one.actor) for one in lists),
        bank=_bank(batches, batch) if batches.banks.is_offered else None,
    )


def _bank(batches: BatchService, batch: str) -> BankPart:
    now = batches.banks.now(batch)
    return BankPart(now.unsent, now.sent, now.passed, now.failed)


def making_progress(
    batches: BatchService, now: BatchNow, banks: Mapping[str, str]
) -> MakingProgress:
    """Return how far the cards are."""
    told = batches.making.progress(now.batch.id)
    ends = ""
    if told.seconds is not None and told.left > told.held:
        end = (utc_now() + dt.timedelta(seconds=told.seconds)).astimezone()
        ends = end.strftime("%m-%d %H:%M")
    return MakingProgress(
        batch=now.batch.id,
        running=now.batch.making is not Making.OFF and told.left > told.held,
        state=MAKINGS[now.batch.making.value],
        all=told.made + told.left,
        made=told.made,
        held=told.held,
        spoiled=told.spoiled,
        left=told.left,
        bank=banks.get(told.bank, told.bank),
        of_bank=told.of_bank,
        ends=ends,
    )


def making_part(batches: BatchService, now: BatchNow) -> MakingPart:
    """Return 制卡: what waits for a person."""
    batch, making = now.batch.id, now.batch.making
    stopped = batches.making.stopped(batch)[: 2 * LOOKED_AFTER]
    records = batches.some_rows(batch, [one.head.line for one in stopped])
    rows = {row.head.line: row for row in records}
    to_make = now.counts[RowState.CONFIRMED] + now.counts[RowState.MAKING]
    return MakingPart(
        batch=batch,
        may_start=bool(to_make) and making is not Making.ON,
        may_pause=making is Making.ON,
        goes_on=making is Making.PAUSED,
        waiting=tuple(
            WaitingCard(
                one.head.line,
                rows[one.head.line].cell(RowField.NAME),
                number_of(rows[one.head.line]),
                one.head.order or "",
                one.head.photo or 0,
                reason_text(one.head.reason),
            )
            for one in stopped
            if one.preview and one.head.line in rows
        )[:PEOPLE],
        held=tuple(
            HeldRow(
                one.head.line,
                rows[one.head.line].cell(RowField.NAME),
                one.head.order or "",
                _why(one),
            )
            for one in stopped
            if not one.preview and one.head.line in rows
        )[:LOOKED_AFTER],
    )


def _why(one: StoppedRow) -> str:
    return reason_text(one.head.reason) if one.hold is None else explain(one.hold.code).title


def results_part(batches: BatchService, now: BatchNow) -> ResultsPart:
    """Return 结果."""
    batch = now.batch
    exports = batches.results.all(batch.id)
    return ResultsPart(
        batch=batch.id,
        request=secrets.token_hex(16),
        left=batches.results.unsent(batch.id),
        exports=tuple(_export(one, batch.unit or batch.id) for one in exports),
    )


def _export(one: ExportRecord, unit: str) -> ExportLine:
    receipt = text("batch-page.no-receipt") if one.receipt_at is None else time_of(one.receipt_at)
    name, phone = one.contact
    return ExportLine(
        part=one.part,
        rows=one.lines,
        at=time_of(one.at),
        by=one.actor,
        contact=f"{name} {phone}",
        receipt=receipt,
        file=f"{unit}out_{one.part}.zip",
    )


# -- units -----------------------------------------------------------------------------------------


def unit_line(unit: Unit, banks: Mapping[str, str], *, masked: bool) -> UnitLine:
    """Return one unit; numbers of collectors are masked in the list, not in the form."""
    collectors = (
        CollectorLine(masked_id_number(one.number) if masked else one.number, one.name, one.phone)
        for one in unit.collectors
    )
    return UnitLine(
        number=unit.number,
        name=unit.name,
        bank=banks.get(unit.AAE008, unit.AAE008) if masked else unit.AAE008,
        branch=unit.branch,
        branch_name=unit.branch_name,
        fixed=unit.fixed,
        collectors=tuple(collectors),
    )

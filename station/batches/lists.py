"""The lists of a batch: the template, and the rows with what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from station.batches.checks import check_row
from station.batches.columns import HEADINGS, NEEDED, REASON
from station.batches.confirming import number_of
from station.batches.photos import PhotosNow
from station.batches.spoken import spoken_cell
from station.core.batches import BatchRecord, ListRecord, PhotoRecord, RowFault, RowField, RowRecord
from station.core.lists import Column, ListOfRows, PersonForm
from station.core.units import Unit
from station.words import spoken, text

_WIDTHS: Final = {
    RowField.LINE: 5.0,
    RowField.NAME: 10.0,
    RowField.NUMBER: 20.0,
    RowField.PHONE: 13.0,
    RowField.RECEIPT: 16.0,
    RowField.REMARK: 14.0,
}


def template_list() -> ListOfRows:
    """Return the empty list that a unit fills in."""
    return ListOfRows(text("batch-list.template"), _notes(), _columns(), ())


def faults_list(batch: BatchRecord, rows: Iterable[RowRecord]) -> ListOfRows:
    """Return faulty rows as they were sent, each with its reasons in the last column.

    The list can be corrected and sent again: its headings are those of the template.
    """
    return ListOfRows(
        text("batch-list.faults", title=batch.title),
        _notes(),
        (*_columns(), Column(HEADINGS[REASON], 30.0)),
        [(*_cells(row), reasons(row.head.faults)) for row in rows],
    )


def photos_list(batch: BatchRecord, now: PhotosNow, rows: Mapping[int, RowRecord]) -> ListOfRows:
    """Return the pictures that a person must look after: missing, doubled, unfit, unmatched."""
    told: list[tuple[int, str, str]] = [
        *((line, "", text("batch-photo.missing")) for line in now.missing),
        *((line, "", text("batch-photo.doubled")) for line in now.doubled),
        *((line, one.name, rules_broken(one)) for line, one in now.broken.items()),
    ]
    columns = (RowField.LINE, RowField.NAME, RowField.NUMBER)
    return ListOfRows(
        text("batch-list.photos", title=batch.title),
        (),
        (
            *(Column(HEADINGS[one], _WIDTHS[one]) for one in columns),
            Column(text("batch-photo.file"), 20.0),
            Column(HEADINGS[REASON], 40.0),
        ),
        [
            *(
                (str(line), *(rows[line].cell(one) for one in columns[1:]), file, reason)
                for line, file, reason in sorted(told)
            ),
            *(("", "", "", one.name, text("batch-photo.unmatched")) for one in now.unmatched),
        ],
    )


def signed_list(
    listed: ListRecord, batch: BatchRecord, unit_name: str, rows: Iterable[RowRecord]
) -> ListOfRows:
    """Return 批量办理社会保障卡明细清单 (document 000, 2.3.5)."""
    columns = (
        Column(HEADINGS[RowField.LINE], 5.0),
        Column(text("batch-list.number"), 12.0),
        Column(HEADINGS[RowField.COMPUTER_NUMBER], 12.0),
        Column(HEADINGS[RowField.NAME], 12.0),
        Column(HEADINGS[RowField.DOCUMENT], 12.0),
        Column(HEADINGS[RowField.NUMBER], 19.0),
        Column(HEADINGS[RowField.RECEIPT], 15.0),
    )
    number = batch.number or batch.id[:8]
    return ListOfRows(
        text("batch-list.detail"),
        (
            text("batch-list.unit", unit=batch.unit, name=unit_name),
            text("batch-list.list", number=listed.id, count=listed.lines),
        ),
        columns,
        [
            (
                str(row.head.line),
                number,
                row.cell(RowField.COMPUTER_NUMBER),
                row.cell(RowField.NAME),
                _spoken(row, RowField.DOCUMENT),
                number_of(row),
                row.cell(RowField.RECEIPT),
            )
            for row in rows
        ],
        (text("batch-list.signature"), text("batch-list.date")),
    )


def handover_list(
    batch: BatchRecord, unit: Unit | None, rows: Sequence[tuple[RowRecord, str]]
) -> ListOfRows:
    """Return 交接单 of the cards that are made, for the unit's collectors (document 003, 4.1)."""
    collectors = unit.collectors if unit else ()
    names = text("batch-list.comma").join(f"{one.name} {one.phone}" for one in collectors)
    return ListOfRows(
        text("batch-list.handover"),
        (
            text("batch-list.unit", unit=batch.unit, name=unit.name if unit else ""),
            text("batch-list.handed-over", title=batch.title, count=len(rows)),
            text("batch-list.collectors", names=names),
        ),
        (
            Column(HEADINGS[RowField.LINE], 5.0),
            Column(HEADINGS[RowField.NAME], 12.0),
            Column(HEADINGS[RowField.NUMBER], 19.0),
            Column(text("batch-list.card"), 12.0),
            Column(text("batch-list.received"), 14.0),
        ),
        [
            (str(row.head.line), row.cell(RowField.NAME), number_of(row), card, "")
            for row, card in rows
        ],
        (
            text("batch-list.giver"),
            text("batch-list.taker"),
            text("batch-list.date"),
        ),
    )


def exceptions_list(batch: BatchRecord, rows: Iterable[tuple[RowRecord, str]]) -> ListOfRows:
    """Return 制卡异常数据: rows of which no card is made, each with the reason."""
    return ListOfRows(
        text("batch-list.exceptions", title=batch.title),
        (),
        (*_columns(), Column(HEADINGS[REASON], 30.0)),
        [(*_cells(row), reason) for row, reason in rows],
    )


def confirmation_form(row: RowRecord, unit: str, jpeg: bytes) -> PersonForm:
    """Return 确认表 for one person (document 001)."""
    checked = check_row(row.cells, ())
    given = row.cell(RowField.NUMBER)
    numbers = (given, checked.number) if checked.fifteen else (checked.number or given,)
    shown = (
        *(RowField.NAME, RowField.COMPUTER_NUMBER, RowField.BORN, RowField.DOCUMENT),
        *(RowField.SEX, RowField.NATION, RowField.PHONE, RowField.DEPARTMENT),
    )
    lines = [(HEADINGS[one], _spoken(row, one)) for one in shown]
    return PersonForm(
        text("batch-form.title"),
        [(text("batch-form.unit"), unit), *lines],
        [
            (text("batch-form.number", place=place), number)
            for place, number in enumerate(numbers, start=1)
        ],
        (text("batch-form.note-number"), text("batch-form.note-data")),
        (text("batch-form.signature"), text("batch-form.date")),
        jpeg,
    )


def _spoken(row: RowRecord, column: RowField) -> str:
    return spoken_cell(column, row.cell(column), {})


def rules_broken(photo: PhotoRecord) -> str:
    """Return the rules that a picture breaks, joined."""
    return text("batch-list.and").join(
        spoken(rule["rule_title"])
        + text("batch-photo.measured", found=rule["found"], allowed=rule["allowed"])
        if "rule_title" in rule
        else text("batch-photo.undecodable")
        for rule in photo.rules
    )


def reasons(faults: Sequence[RowFault]) -> str:
    """Return the texts of faults, joined."""
    return text("batch-list.and").join(_reason(one) for one in faults)


def _reason(fault: RowFault) -> str:
    details = dict(fault.details)
    if "field" in details:
        details["field"] = HEADINGS[details["field"]]
    return text(f"batch-fault.{fault.code.value}", **details)


def _cells(row: RowRecord) -> tuple[str, ...]:
    # The number in the batch, not what was sent: it finds the row again.
    return (str(row.head.line), *(row.cell(one) for one in RowField if one is not RowField.LINE))


def _columns() -> tuple[Column, ...]:
    return tuple(Column(_heading(column), _WIDTHS.get(column, 9.0)) for column in RowField)


def _heading(column: RowField) -> str:
    star = "*" if column in NEEDED else ""
    return f"{star}{HEADINGS[column.value]}"


def _notes() -> tuple[str, ...]:
    return (text("batch-list.note-dates"), text("batch-list.note-columns"))

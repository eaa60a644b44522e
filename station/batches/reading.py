"""Reads a list from a spreadsheet (.xlsx) or a CSV file, row by row.

The file comes from outside: its size, the size of what is packed in it, and the number of its rows
are bounded before anything is kept of it. A formula is not computed: a cell that has one is a fault
of its row.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from station.batches.columns import MOST_CHARACTERS, NEEDED, columns_of
from station.core.batches import FaultCode, RowFault, RowField
from station.core.errors import BatchFileError, BatchFileFault
from station.core.gateways import ListedPerson
from station.words import Table, text

MOST_ROWS: Final = 20_000
MOST_BYTES: Final = 12_000_000
MOST_UNPACKED: Final = 200_000_000  #: bytes of all parts of a spreadsheet
MOST_COLUMNS: Final = 60
HEADING_ROWS: Final = 10  #: headings are looked for in these first rows
#: A whole number from here on has more digits than a spreadsheet's numbers keep.
LOST_DIGITS: Final = 10**15
ZIP: Final = b"PK\x03\x04"
#: Characters behind the apostrophe that our own spreadsheets put before a text that could be taken
#: for a formula.
_FORMULA: Final = ("=", "+", "-", "@")
_HEADINGS: Final = Table("batch-column")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row as it was read.

    Attributes:
        place: Its row in the file, from 1.
        cells: Text of each cell that is not empty, by column.
        faults: Cells that could not be taken as they are.
    """

    place: int
    cells: Mapping[RowField, str] = field(repr=False)
    faults: tuple[RowFault, ...] = ()


def listed_row(place: int, person: ListedPerson) -> ReadRow:
    """Return a line of the province's list as a row; it is checked as any other."""
    cells = {
        RowField.LINE: person.line,
        RowField.NAME: person.AAC003,
        RowField.NUMBER: person.AAC002,
        RowField.BANK: person.AAE008,
    }
    return ReadRow(place, {column: cell for column, cell in cells.items() if cell})


def read_rows(content: bytes) -> Iterator[ReadRow]:
    """Yield the rows of a file; empty ones are left out. Its form is seen from its content.

    Raises:
        BatchFileError: It can't be read as a table, is too large, or has no row of headings.
    """
    if len(content) > MOST_BYTES:
        raise _too_large(f"{MOST_BYTES // 1_000_000} MB")
    lines = _spreadsheet(content) if content.startswith(ZIP) else _csv(content)
    columns: Mapping[int, RowField] = {}
    rows = 0
    for place, line in enumerate(lines, start=1):
        if not columns:
            columns = columns_of([_Cell.of(value).text for value in line])
            if not columns and place >= HEADING_ROWS:
                break
            if columns:
                _require(columns)
            continue
        row = _row(place, line, columns)
        if row.cells:
            rows += 1
            if rows > MOST_ROWS:
                raise _too_large(str(MOST_ROWS))
            yield row
    if not columns:
        raise _no_headings(NEEDED)


def _require(columns: Mapping[int, RowField]) -> None:
    missing = [one for one in NEEDED if one not in columns.values()]
    if missing:
        raise _no_headings(missing)


def _no_headings(missing: Sequence[RowField]) -> BatchFileError:
    fields = text("batch-list.comma").join(_HEADINGS[one.value] for one in missing)
    return BatchFileError(BatchFileFault.NO_HEADINGS, "headings are missing", fields=fields)


def _too_large(allowed: str) -> BatchFileError:
    return BatchFileError(BatchFileFault.TOO_LARGE, "the file is too large", allowed=allowed)


def _row(place: int, line: Sequence[object], columns: Mapping[int, RowField]) -> ReadRow:
    cells: dict[RowField, str] = {}
    faults: list[RowFault] = []
    for number, column in columns.items():
        cell = _Cell.of(line[number] if number < len(line) else None)
        text = cell.text
        if len(text) > MOST_CHARACTERS:
            text = text[:MOST_CHARACTERS]
            faults.append(_fault(FaultCode.CELL_TOO_LONG, column))
        if cell.is_formula:
            faults.append(_fault(FaultCode.CELL_FORMULA, column))
        if cell.lost_digits:
            faults.append(_fault(FaultCode.CELL_LOST_DIGITS, column))
        if text:
            cells[column] = text
    return ReadRow(place, cells, tuple(faults))


def _fault(code: FaultCode, column: RowField) -> RowFault:
    return RowFault(code, {"field": column.value})


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    is_formula: bool = False
    lost_digits: bool = False

    @classmethod
    def of(cls, value: object) -> _Cell:
        """Return the text of a cell as a person sees it."""
        if value is None:
            return cls("")
        if isinstance(value, _Formula):
            return cls(value.text, is_formula=True)
        if isinstance(value, bool):
            return cls(str(int(value)))
        if isinstance(value, dt.datetime | dt.date):
            return cls(value.strftime("%Y%m%d"))
        if isinstance(value, int | float):
            whole = int(value) if float(value).is_integer() else value
            return cls(str(whole), lost_digits=abs(value) >= LOST_DIGITS)
        text = str(value).strip()
        if text.startswith("'") and text[1:].startswith(_FORMULA):
            text = text[1:]
        return cls(text)


@dataclass(frozen=True, slots=True)
class _Formula:
    text: str


#: What openpyxl, and the zip and XML readers below it, raise for a broken workbook: the library
#: checks no part before it uses it, and has no error of its own for content.
_BROKEN: Final = (
    zipfile.BadZipFile,
    SyntaxError,  # XML's ParseError is one
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
)


def _spreadsheet(content: bytes) -> Iterator[Sequence[object]]:
    _require_small(content)
    from openpyxl import load_workbook  # imported here: few requests need it

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            for row in book.worksheets[0].iter_rows(max_col=MOST_COLUMNS):
                yield [_of_sheet(cell) for cell in row]
        finally:
            book.close()
    except _BROKEN as exc:
        raise _no_table() from exc


def _of_sheet(cell: Any) -> object:  # noqa: ANN401 - of a library without types
    is_formula = cell.data_type in ("f", "e")  # a formula, or the error that one has given
    return _Formula(str(cell.value)) if is_formula else cell.value


def _no_table() -> BatchFileError:
    return BatchFileError(BatchFileFault.NOT_A_TABLE, "neither a spreadsheet nor a CSV file")


def _require_small(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as exc:
        raise _no_table() from exc
    if unpacked > MOST_UNPACKED:
        raise _too_large(f"{MOST_UNPACKED // 1_000_000} MB")


def _csv(content: bytes) -> Iterator[Sequence[object]]:
    text = _decoded(content)
    if "\x00" in text:
        raise _no_table()
    try:
        for line in csv.reader(io.StringIO(text, newline="")):
            yield line[:MOST_COLUMNS]
    except csv.Error as exc:
        raise _no_table() from exc


def _decoded(content: bytes) -> str:
    """Return the text: UTF-8, or what Chinese spreadsheets write."""
    for codec in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    raise _no_table()

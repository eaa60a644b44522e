"""Lists of invented people, made and read by other libraries than the station's own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import openpyxl

from station.core.identity import check_digit

HEADINGS = (
    *("序号", "社保电脑号", "姓名", "证件类型", "证件号码"),
    *("性别", "出生日期", "民族", "手机号码"),
)
Row = Sequence[object]


def number(place: int) -> str:
    """Return an invented person's number; each place has another one."""
    first = f"410701{1960 + place % 50}{1 + place // 50 % 12:02d}{1 + place // 600 % 28:02d}"
    first += f"{100 + place // 16800:03d}"
    return f"{first}{check_digit(first)}"


def sex(of: str) -> str:
    """Return the code of the sex that a number has."""
    return "1" if int(of[16]) % 2 else "2"


def good(line: int, place: int | None = None) -> list[object]:
    """Return a row without a fault."""
    own = number(line if place is None else place)
    return [str(line), f"G{line:06d}", "张三", "01", own, sex(own), own[6:14], "01", "13800001111"]


def as_csv(rows: Iterable[Row], headings: Row = HEADINGS, codec: str = "utf-8-sig") -> bytes:
    """Return a CSV file."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([headings, *rows])
    return file.getvalue().encode(codec)


def as_xlsx(rows: Iterable[Row], headings: Row = HEADINGS) -> bytes:
    """Return a spreadsheet as a unit's own program writes it."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (headings, *rows):
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def cells_of(content: bytes) -> list[list[str]]:
    """Return what another program reads from a spreadsheet; a formula would be seen as one."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = []
    for row in book.worksheets[0].iter_rows():
        assert all(cell.data_type != "f" for cell in row)
        found.append([str(cell.value) if cell.value is not None else "" for cell in row])
    return found

"""One list as an .xlsx file: every cell is text, and no cell can become a formula."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from station.core.lists import ListOfRows
from station.words import text

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: A spreadsheet that opens a text with one of these prefixes may compute it after an export to CSV;
#: a person name such as `=cmd|...`, entered with a button press, must not reach the auditor in that
#: form.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
#: Total of the columns' widths; A4 landscape holds as many at this size.
CHARACTERS_OF_WIDTH: Final = 150
A4: Final = 9  #: code of the paper size in the file format


def write_sheet(listed: ListOfRows) -> bytes:
    """Return the list as the bytes of an .xlsx file."""
    from xlsxwriter import Workbook  # imported here: only a list needs it

    file = io.BytesIO()
    book = Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(listed.title[:31])
    bold = book.add_format({"bold": True})
    heading = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, line in enumerate((listed.title, *listed.notes)):
        sheet.write_string(number, 0, plain_text(line), bold if number == 0 else None)
    top = len(listed.notes) + 2
    whole = sum(column.width for column in listed.columns)
    for number, column in enumerate(listed.columns):
        sheet.write_string(top, number, plain_text(column.title), heading)
        sheet.set_column(number, number, CHARACTERS_OF_WIDTH * column.width / whole)
    for line_number, row in enumerate(listed.rows, top + 1):
        for number, cell in enumerate(row):
            sheet.write_string(line_number, number, plain_text(cell), wrapped)
    sheet.freeze_panes(top + 1, 0)
    _set_up_page(sheet, listed, top)
    if listed.rows:
        sheet.autofilter(top, 0, top + len(listed.rows), len(listed.columns) - 1)
    book.close()
    return file.getvalue()


def _set_up_page(sheet: Worksheet, listed: ListOfRows, heading_row: int) -> None:
    """Print on A4 landscape, one page wide; heading, title and number on each page."""
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading_row)
    numbers = text("page.number", page="&P", pages="&N")
    sheet.set_footer(f"&L{listed.title.replace('&', '&&')}&R{numbers}")
    sheet.print_area(0, 0, heading_row + len(listed.rows), len(listed.columns) - 1)


def plain_text(cell: str) -> str:
    """Return the cell in a form that no program takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell

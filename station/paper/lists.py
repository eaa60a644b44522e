"""A list as PDF on A4, landscape, with page numbers and its fonts inside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from station.core.lists import ListOfRows
from station.paper.fonts import embed_fonts
from station.paper.lines import break_text
from station.words import text

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN_MM: Final = 12.0
LINE_MM: Final = 4.6
TITLE_PT: Final = 14
TEXT_PT: Final = 8
HEADING_GREY: Final = 232
HAIRLINE_MM: Final = 0.1
PADDING_MM: Final = 0.6
ROUNDING_MM: Final = 0.2  #: so that a line that exactly fits is not broken again


def print_list(listed: ListOfRows, fonts: Sequence[Path]) -> bytes:
    """Return the list as a PDF.

    Raises:
        NameNotEncodableError: No font has one of the characters.
        ConfigError: A font can't be used.
    """
    paper = _paper(listed, fonts)
    paper.add_page()
    paper.set_font("0", size=TITLE_PT)
    paper.cell(0, 9, listed.title, new_x="LMARGIN", new_y="NEXT")
    paper.set_font("0", size=TEXT_PT)
    for note in listed.notes:
        for line in break_text(note, paper.epw - 2 * paper.c_margin, paper.get_string_width):
            paper.cell(0, LINE_MM, line, new_x="LMARGIN", new_y="NEXT")
    paper.ln(2)
    rooms = _rooms(listed, paper)
    with paper.table(
        col_widths=tuple(column.width for column in listed.columns),
        line_height=LINE_MM,
        padding=PADDING_MM,
        text_align="LEFT",
        headings_style=_heading(),
        repeat_headings=1,
        borders_layout="HORIZONTAL_LINES",
        wrapmode="CHAR",
    ) as table:
        for cells in ([column.title for column in listed.columns], *listed.rows):
            table.row([_broken(cell, room, paper) for cell, room in zip(cells, rooms, strict=True)])
    return bytes(paper.output())


def _rooms(listed: ListOfRows, paper: FPDF) -> list[float]:
    """Return the width of text in each column, in millimetres."""
    whole = sum(column.width for column in listed.columns)
    inside = 2 * PADDING_MM + ROUNDING_MM
    return [paper.epw * column.width / whole - inside for column in listed.columns]


def _broken(cell: str, room: float, paper: FPDF) -> str:
    return "\n".join(break_text(cell, room, paper.get_string_width))


def _heading() -> object:
    from fpdf import FontFace

    return FontFace(emphasis="", fill_color=HEADING_GREY)


def _paper(listed: ListOfRows, fonts: Sequence[Path]) -> FPDF:
    from fpdf import FPDF  # imported here: it takes a tenth of the station's start-up time

    class Numbered(FPDF):
        def footer(self) -> None:
            self.set_y(-MARGIN_MM)
            self.set_font("0", size=TEXT_PT)
            footer = text("page.footer", title=listed.title, page=self.page_no(), pages="{nb}")
            self.cell(0, 6, footer, align="R")

    paper = Numbered(orientation="landscape", unit="mm", format="A4")
    paper.set_margin(MARGIN_MM)
    paper.set_line_width(HAIRLINE_MM)
    paper.set_auto_page_break(True, margin=MARGIN_MM + 6)
    embed_fonts(paper, _characters(listed), fonts, "list")
    return paper


def _characters(listed: ListOfRows) -> set[str]:
    words = [
        listed.title,
        *listed.notes,
        text("page.footer", title="", page="0123456789", pages=""),
    ]
    words += [column.title for column in listed.columns]
    words += [cell for row in listed.rows for cell in row]
    return set("".join(words)) - {" ", "\n", "\u3000"}

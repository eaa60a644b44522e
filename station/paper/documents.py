"""A list on A4 that people sign: head, columns, page numbers, foot with places for signatures.

Drawn row by row: a table of the library takes minutes for thousands of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from station.core.lists import ListOfRows
from station.paper.lines import break_text
from station.paper.pages import FOOTER_MM, MARGIN_MM, TEXT_PT, numbered_paper

if TYPE_CHECKING:
    from fpdf import FPDF

TITLE_PT: Final = 15
LINE_MM: Final = 4.6
PADDING_MM: Final = 1.0
FOOT_MM: Final = 12.0  #: of each line of the foot: room for a name or a seal
GREY: Final = 232
HAIRLINE_MM: Final = 0.1


def print_document(listed: ListOfRows, fonts: Sequence[Path]) -> bytes:
    """Return the list as a PDF.

    Raises:
        NameNotEncodableError: No font has one of the characters.
        ConfigError: A font can't be used.
    """
    page = _Page(listed, numbered_paper(_words(listed), fonts, listed.title, "list"))
    return page.draw()


def _words(listed: ListOfRows) -> list[str]:
    return [
        listed.title,
        *listed.notes,
        *listed.foot,
        *(column.title for column in listed.columns),
        *(cell for row in listed.rows for cell in row),
    ]


class _Page:
    def __init__(self, listed: ListOfRows, paper: FPDF) -> None:
        self._listed = listed
        self._paper = paper
        whole = sum(column.width for column in listed.columns)
        self._widths = [paper.epw * column.width / whole for column in listed.columns]
        self._bottom = paper.h - MARGIN_MM - FOOTER_MM
        self._kept: dict[tuple[int, str], list[str]] = {}

    def draw(self) -> bytes:
        """Draw everything."""
        paper, listed = self._paper, self._listed
        paper.set_line_width(HAIRLINE_MM)
        paper.add_page()
        paper.set_font("0", size=TITLE_PT)
        paper.cell(0, 11, listed.title, align="C", new_x="LMARGIN", new_y="NEXT")
        paper.set_font("0", size=TEXT_PT)
        for note in listed.notes:
            paper.cell(0, LINE_MM + 1, note, new_x="LMARGIN", new_y="NEXT")
        paper.ln(1)
        self._heading()
        for row in listed.rows:
            self._row(row)
        self._foot()
        return bytes(paper.output())

    def _heading(self) -> None:
        self._cells([column.title for column in self._listed.columns], fill=True)

    def _row(self, row: Sequence[str]) -> None:
        if self._paper.get_y() + self._height(row) > self._bottom:
            self._new_page()
            self._heading()
        self._cells(row, fill=False)

    def _new_page(self) -> None:
        self._paper.add_page()
        self._paper.set_font("0", size=TEXT_PT)

    def _height(self, row: Sequence[str]) -> float:
        most = max(len(self._lines(place, cell)) for place, cell in enumerate(row))
        return most * LINE_MM + PADDING_MM

    def _lines(self, place: int, cell: str) -> list[str]:
        known = self._kept.get((place, cell))
        if known is None:
            room = self._widths[place] - 2 * self._paper.c_margin
            known = break_text(cell, room, self._paper.get_string_width) or [""]
            if len(self._kept) < 1000:
                self._kept[place, cell] = known
        return known

    def _cells(self, row: Sequence[str], *, fill: bool) -> None:
        paper, height = self._paper, self._height(row)
        left, top = paper.l_margin, paper.get_y()
        if fill:
            paper.set_fill_color(GREY)
        for place, cell in enumerate(row):
            paper.rect(left, top, self._widths[place], height, style="FD" if fill else "D")
            for number, line in enumerate(self._lines(place, cell)):
                if line:
                    paper.set_xy(left, top + PADDING_MM / 2 + number * LINE_MM)
                    paper.cell(self._widths[place], LINE_MM, line)
            left += self._widths[place]
        paper.set_xy(paper.l_margin, top + height)

    def _foot(self) -> None:
        paper, foot = self._paper, self._listed.foot
        if paper.get_y() + FOOT_MM * len(foot) > self._bottom:
            self._new_page()
        for line in foot:
            paper.ln(FOOT_MM - LINE_MM)
            paper.cell(0, LINE_MM, line, new_x="LMARGIN", new_y="NEXT")

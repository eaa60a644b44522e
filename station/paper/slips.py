"""A slip as PDF: 80 mm wide like the windows' receipt paper, or on A4."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from station.core.slips import PaperSize, Slip
from station.paper.fonts import embed_fonts
from station.paper.lines import break_text
from station.words import text

if TYPE_CHECKING:
    from fpdf import FPDF

WIDTH_MM: Final = 80.0
MARGIN_MM: Final = 5.0
A4_MARGIN_MM: Final = 25.0
SIGNATURE_MM: Final = 14.0  #: room for a name written by hand
LINE_MM: Final = 6.0
TITLE_PT: Final = 15
TEXT_PT: Final = 10
#: Height for a title, and for each line and note that may take two or three rows.
HEIGHT_MM: Final = 30.0


def print_slip(slip: Slip, fonts: Sequence[Path]) -> bytes:
    """Return the slip as a PDF with its fonts inside; on a roll, as long as its text needs.

    Raises:
        NameNotEncodableError: No font has one of the characters.
        ConfigError: A font can't be used.
    """
    from fpdf import FPDF  # imported here: it takes a tenth of the station's start-up time

    on_roll = slip.paper is PaperSize.RECEIPT
    rows = 2 * len(slip.lines) + 4 * len(slip.notes)
    height = HEIGHT_MM + rows * LINE_MM + len(slip.signatures) * SIGNATURE_MM
    paper = FPDF(unit="mm", format=(WIDTH_MM, height) if on_roll else "A4")
    paper.set_margin(MARGIN_MM if on_roll else A4_MARGIN_MM)
    paper.set_auto_page_break(not on_roll)
    embed_fonts(paper, _characters(slip), fonts, "slip")
    paper.add_page()
    paper.set_font("0", size=TITLE_PT)
    paper.multi_cell(0, 9, slip.title, align="C", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("0", size=TEXT_PT)
    for label, value in slip.lines:
        for line in _beside_or_below(text("page.label", label=label), value, paper):
            _row(line, paper)
    paper.ln(LINE_MM / 2)
    for note in slip.notes:
        for line in break_text(note, _room(paper), paper.get_string_width):
            _row(line, paper)
    for who in slip.signatures:
        paper.ln(SIGNATURE_MM - LINE_MM)
        _row(text("page.label", label=who), paper)
        left, right = paper.get_x() + _room(paper) / 3, paper.w - paper.r_margin
        paper.line(left, paper.get_y(), right, paper.get_y())
    return bytes(paper.output())


def _beside_or_below(label: str, value: str, paper: FPDF) -> list[str]:
    """Return the value after its label, or below it where it would be divided."""
    room, width = _room(paper), paper.get_string_width
    together = break_text(label + value, room, width)
    if len(together) == 1:
        return together
    below = break_text(value, room, width)
    return [label, *below] if len(below) < len(together) else together


def _room(paper: FPDF) -> float:
    return float(paper.epw - 2 * paper.c_margin)


def _row(line: str, paper: FPDF) -> None:
    paper.cell(0, LINE_MM, line, new_x="LMARGIN", new_y="NEXT")


def _characters(slip: Slip) -> set[str]:
    words = [slip.title, *slip.notes, *slip.signatures, text("page.label", label="")]
    words += [word for line in slip.lines for word in line]
    return set("".join(words)) - {" "}

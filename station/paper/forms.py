"""确认表: a form about one person with the portrait, on A4, to be read, marked and signed.

Source: document 001 (大连市社会保障卡个人基本信息确认表): the person marks the number of the valid
paper and signs.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from station.core.lists import PersonForm
from station.paper.lines import break_text
from station.paper.pages import numbered_paper
from station.words import text

if TYPE_CHECKING:
    from fpdf import FPDF

TITLE_PT: Final = 17
TEXT_PT: Final = 12
ROW_MM: Final = 11.0
LABEL_MM: Final = 42.0
PHOTO_MM: Final = (35.8, 44.1)
BOX_MM: Final = 5.0
SIGNATURE_MM: Final = 18.0
NOTE_MM: Final = 6.5


def print_forms(forms: Sequence[PersonForm], fonts: Sequence[Path]) -> bytes:
    """Return the forms as a PDF, one on each page.

    Raises:
        NameNotEncodableError: No font has one of the characters.
        ConfigError: A font can't be used.
    """
    words = [word for form in forms for word in _words(form)]
    paper = numbered_paper(words, fonts, forms[0].title, "form")
    for form in forms:
        _form(form, paper)
    return bytes(paper.output())


def _words(form: PersonForm) -> list[str]:
    pairs = [word for pair in (*form.lines, *form.choices) for word in pair]
    return [form.title, *pairs, *form.notes, *form.signatures, text("page.label", label="")]


def _form(form: PersonForm, paper: FPDF) -> None:
    paper.add_page()
    paper.set_font("0", size=TITLE_PT)
    paper.cell(0, 14, form.title, align="C", new_x="LMARGIN", new_y="NEXT")
    paper.ln(4)
    paper.set_font("0", size=TEXT_PT)
    top, width = paper.get_y(), paper.epw - PHOTO_MM[0] - 4
    if form.jpeg:
        left = paper.w - paper.r_margin - PHOTO_MM[0]
        paper.image(io.BytesIO(form.jpeg), left, top, *PHOTO_MM)
    for label, value in form.lines:
        _line(paper, label, value, width)
    paper.set_y(max(paper.get_y(), top + PHOTO_MM[1] + 2))
    for label, value in form.choices:
        _choice(paper, label, value)
    paper.ln(3)
    for note in form.notes:
        for line in break_text(note, paper.epw - 2 * paper.c_margin, paper.get_string_width):
            paper.cell(0, NOTE_MM, line, new_x="LMARGIN", new_y="NEXT")
    for who in form.signatures:
        paper.ln(SIGNATURE_MM - NOTE_MM)
        paper.cell(0, NOTE_MM, text("page.label", label=who), new_x="LMARGIN", new_y="NEXT")


def _line(paper: FPDF, label: str, value: str, width: float) -> None:
    lines = break_text(value, width - LABEL_MM - 2 * paper.c_margin, paper.get_string_width)
    height = max(1, len(lines)) * NOTE_MM + ROW_MM - NOTE_MM
    left, top = paper.l_margin, paper.get_y()
    paper.rect(left, top, LABEL_MM, height)
    paper.rect(left + LABEL_MM, top, width - LABEL_MM, height)
    paper.set_xy(left, top + (ROW_MM - NOTE_MM) / 2)
    paper.cell(LABEL_MM, NOTE_MM, label)
    for number, line in enumerate(lines):
        paper.set_xy(left + LABEL_MM, top + (ROW_MM - NOTE_MM) / 2 + number * NOTE_MM)
        paper.cell(width - LABEL_MM, NOTE_MM, line)
    paper.set_xy(left, top + height)


def _choice(paper: FPDF, label: str, value: str) -> None:
    left, top = paper.l_margin, paper.get_y()
    paper.rect(left + 2, top + (ROW_MM - BOX_MM) / 2, BOX_MM, BOX_MM)
    paper.set_xy(left + BOX_MM + 5, top + (ROW_MM - NOTE_MM) / 2)
    paper.cell(0, NOTE_MM, text("page.label", label=label) + value)
    paper.set_xy(left, top + ROW_MM)

"""A slip as PDF, 80 mm wide like the windows' receipt paper. The only home of fpdf2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from station.core.errors import NameNotEncodableError
from station.core.slips import Slip
from station.face.fonts import face_number

if TYPE_CHECKING:
    from fpdf import FPDF

WIDTH_MM: Final = 80.0
MARGIN_MM: Final = 5.0
LINE_MM: Final = 6.0
TITLE_PT: Final = 15
TEXT_PT: Final = 10
#: Room for a title, and for each line and note that may take two or three rows.
HEIGHT_MM: Final = 30.0


def print_slip(slip: Slip, fonts: Sequence[Path]) -> bytes:
    """Return the slip as a PDF with its fonts inside, as long as its text needs.

    Raises:
        NameNotEncodableError: No font has one of the characters.
        ConfigError: A font can't be used.
    """
    from fpdf import FPDF  # here, not above: it costs a tenth of the station's start

    rows = 2 * len(slip.lines) + 3 * len(slip.notes)
    paper = FPDF(unit="mm", format=(WIDTH_MM, HEIGHT_MM + rows * LINE_MM))
    paper.set_margin(MARGIN_MM)
    paper.set_auto_page_break(False)
    _embed(paper, _characters(slip), fonts)
    paper.add_page()
    paper.set_font("0", size=TITLE_PT)
    paper.multi_cell(0, 9, slip.title, align="C", new_x="LMARGIN", new_y="NEXT")
    paper.set_font("0", size=TEXT_PT)
    for label, value in slip.lines:
        paper.multi_cell(0, LINE_MM, f"{label}：{value}", new_x="LMARGIN", new_y="NEXT")
    paper.ln(LINE_MM / 2)
    for note in slip.notes:
        paper.multi_cell(0, LINE_MM, note, new_x="LMARGIN", new_y="NEXT")
    return bytes(paper.output())


def _characters(slip: Slip) -> set[str]:
    words = [slip.title, *slip.notes, "："]
    words += [word for line in slip.lines for word in line]
    return set("".join(words)) - {" "}


def _embed(paper: FPDF, wanted: set[str], fonts: Sequence[Path]) -> None:
    from fpdf.fonts import TTFFont

    # Opening a font takes half a second: only as many as the text needs.
    missing = set(wanted)
    for number, file in enumerate(fonts):
        paper.add_font(str(number), fname=file, collection_font_number=face_number(file))
        opened = paper.fonts[str(number)]
        missing -= {chr(code) for code in opened.cmap} if isinstance(opened, TTFFont) else set()
        if not missing:
            break
    if missing:
        raise NameNotEncodableError(
            "no font has one of the characters of the slip",
            details={"character": min(missing), "field": "slip", "reason": "no-glyph"},
        )
    paper.set_fallback_fonts([str(n) for n in range(1, len(paper.fonts))])

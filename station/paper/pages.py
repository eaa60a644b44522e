"""What every paper on A4 has: fonts inside, margins, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from station.paper.fonts import embed_fonts
from station.words import text

if TYPE_CHECKING:
    from fpdf import FPDF

MARGIN_MM: Final = 14.0
TEXT_PT: Final = 9
FOOTER_MM: Final = 6.0


def numbered_paper(words: Sequence[str], fonts: Sequence[Path], title: str, what: str) -> FPDF:
    """Return an empty A4 document whose pages will be numbered.

    Args:
        words: Every text that will be printed.
        fonts: Files of fonts, in the order they are asked.
        title: Printed beside the number of a page.
        what: The document, for an error.

    Raises:
        NameNotEncodableError: No font has one of the characters.
        ConfigError: A font can't be used.
    """
    from fpdf import FPDF  # imported here: it takes a tenth of the station's start-up time

    class Numbered(FPDF):
        def footer(self) -> None:
            self.set_y(-MARGIN_MM)
            self.set_font("0", size=TEXT_PT)
            told = text("page.footer", title=title, page=self.page_no(), pages="{nb}")
            self.cell(0, FOOTER_MM, told, align="R")

    paper = Numbered(unit="mm", format="A4")
    paper.set_margin(MARGIN_MM)
    paper.set_auto_page_break(False)
    footer = text("page.footer", title=title, page="0123456789", pages="")
    characters = set("".join([*words, footer])) - {" ", "\n", "\u3000"}
    embed_fonts(paper, characters, fonts, what)
    return paper

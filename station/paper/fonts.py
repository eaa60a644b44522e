"""The configured fonts in a PDF: only as many as its text needs, with every character covered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from station.core.errors import NameNotEncodableError

if TYPE_CHECKING:
    from fpdf import FPDF


def embed_fonts(paper: FPDF, wanted: set[str], fonts: Sequence[Path], what: str) -> None:
    """Add fonts named `0`, `1` ... until every wanted character has one; the rest are fallbacks.

    Raises:
        NameNotEncodableError: No font has one of the characters of `what`.
        ConfigError: A font can't be used.
    """
    from fpdf.fonts import TTFFont

    from station.face.text.fonts import face_number  # with Pillow and numpy: not in the daemon

    # Opening a font takes half a second: only as many as the text needs.
    missing, opened = set(wanted), []
    for number, file in enumerate(fonts):
        paper.add_font(str(number), fname=file, collection_font_number=face_number(file))
        font = paper.fonts[str(number)]
        if isinstance(font, TTFFont):
            opened.append(font)
            missing -= {chr(code) for code in font.cmap}
        if not missing:
            break
    if missing:
        for font in opened:
            font.close()  # fpdf2 closes its fonts on output, and this document is never output
        raise NameNotEncodableError(
            f"no font has one of the characters of the {what}",
            details={"character": min(missing), "field": what, "reason": "no-glyph"},
        )
    paper.set_fallback_fonts([str(n) for n in range(1, len(paper.fonts))])

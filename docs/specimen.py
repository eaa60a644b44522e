"""Draws `config/photos/rehearsal.jpg`, the picture of a rehearsal's card.

`python -m docs.specimen`, then look at it. A drawn face of nobody, with 演练 SPECIMEN across it, so
that no card of a rehearsal can be taken for somebody's.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from simulators.province.portraits import draw_portrait
from station.core.rehearsal import NUMBER
from station.face.renderer import default_font_files

FILE: Final = Path("config/photos/rehearsal.jpg")
MARK: Final = ("演练", "SPECIMEN")
SIZES: Final = (86, 62)  #: pixels
TOP: Final = (296, 376)  #: pixels from the upper edge, below the chin


def draw_specimen() -> bytes:
    """Return the JPEG: the face of nobody, and the mark across its clothes."""
    picture = Image.open(io.BytesIO(draw_portrait(1, NUMBER, "1", "19900101")))
    pen = ImageDraw.Draw(picture)
    font_file = default_font_files()[0]
    for line, size, top in zip(MARK, SIZES, TOP, strict=True):
        font = ImageFont.truetype(str(font_file), size)
        pen.text(
            (picture.width / 2, top), line, "white", font,
            anchor="mt", stroke_width=5, stroke_fill=(178, 24, 24),
        )  # fmt: skip
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=90, dpi=(350, 350))
    return made.getvalue()


if __name__ == "__main__":
    FILE.write_bytes(draw_specimen())
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size} bytes\n")

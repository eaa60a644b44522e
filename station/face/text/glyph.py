"""One character as resin dots. The K panel is resin: a dot is there or not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Plane = NDArray[np.uint8]

#: Every outline grows by this on each side: the thinnest hairline of the chain's fonts at 5 pt and
#: 300 dpi is half a dot.
STROKE_DOTS: Final = 0.2
#: Grey from which a dot becomes resin. With the growth above, a hairline that falls between two
#: rows still reaches it: a hanzi that loses a stroke is another hanzi.
RESIN_THRESHOLD: Final = 112
_RESIN, _BARE = np.uint8(255), np.uint8(0)
_MARGIN: Final = 2


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character at one size.

    Attributes:
        ink: Rows of 0 and 255.
        left_dots: From the pen's position to the left edge of `ink`.
        top_dots: From the baseline to the upper edge of `ink`; negative is above.
        advance_dots: To the next character's pen position.
    """

    ink: Plane
    left_dots: int
    top_dots: int
    advance_dots: float


def draw_glyph(font: ImageFont.FreeTypeFont, character: str) -> Glyph:
    """Draw one character."""
    left, top, right, bottom = font.getbbox(character, anchor="ls")
    corner = math.floor(left) - _MARGIN, math.floor(top) - _MARGIN
    size = math.ceil(right) + _MARGIN - corner[0], math.ceil(bottom) + _MARGIN - corner[1]
    image = Image.new("L", size, 0)
    ImageDraw.Draw(image).text(
        (-corner[0], -corner[1]),
        character,
        fill=255,
        font=font,
        anchor="ls",
        stroke_width=STROKE_DOTS,
    )
    ink = np.where(np.asarray(image) >= RESIN_THRESHOLD, _RESIN, _BARE)
    return Glyph(ink, *corner, advance_dots=font.getlength(character))

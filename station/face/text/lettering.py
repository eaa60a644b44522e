"""The words that the stock carries already, for previews."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from station.face.template.grid import CardGrid
from station.face.text.fonts import FontChain

_LEFT_MM: Final = 4.0
_BASELINE_MM: Final = 8.6
_TITLE_PT: Final = 15.0
_TRACKING: Final = 1.16  #: advance of a title character, in ems
_LATIN: Final = "SOCIAL SECURITY CARD"
_LATIN_PT: Final = 5.5
_LATIN_GAP_MM: Final = 2.2


def title_mask(title: str, grid: CardGrid, fonts: FontChain) -> NDArray[np.uint8]:
    """Return how much the stock's title covers each dot; nothing for an empty title."""
    mask = Image.new("L", (grid.shape[1], grid.shape[0]), 0)
    if not title:
        return np.asarray(mask)
    pen = ImageDraw.Draw(mask)
    baseline = grid.y_dots(_BASELINE_MM)
    size_dots = grid.font_dots(_TITLE_PT)
    x = float(grid.x_dots(_LEFT_MM))
    for run in fonts.runs(title, field="title"):
        font = fonts.font(run.font, size_dots)
        for character in run.text:
            pen.text((x, baseline), character, fill=255, font=font, anchor="ls", stroke_width=0.7)
            x += size_dots * _TRACKING
    small = fonts.font(0, grid.font_dots(_LATIN_PT))
    x += _LATIN_GAP_MM * grid.dots_per_mm
    pen.text((x, baseline), _LATIN, fill=215, font=small, anchor="ls")
    return np.asarray(mask)

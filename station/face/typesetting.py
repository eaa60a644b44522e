"""One line of text: shrunk to fit, set from several fonts on one baseline, stamped into a plane."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from station.core.errors import NameNotEncodableError
from station.face.fonts import FontChain, Run
from station.face.glyph import Plane
from station.face.grid import CardGrid
from station.face.template import Align, TextField

#: Baseline below the top of the em box, as a share of the em; the usual one of Chinese fonts.
BASELINE_EM: Final = 0.88
_SIZE_STEP_PT: Final = 0.25


def set_field(plane: Plane, field: TextField, text: str, grid: CardGrid, fonts: FontChain) -> None:
    """Draw a field and its label into the K plane.

    Raises:
        NameNotEncodableError: A character no font has, or a text too long at the smallest size.
    """
    name = field.value.value if field.value is not None else "text"
    baseline = grid.y_dots(field.y_mm) + round(BASELINE_EM * grid.font_dots(field.size_pt))
    if field.label_x_mm is not None:
        label = fonts.runs(field.label, field="label")
        size_dots = grid.font_dots(field.size_pt)
        _draw(plane, label, fonts, size_dots, (grid.x_dots(field.label_x_mm), baseline))
    runs = fonts.runs(text, field=name)
    size_dots = grid.font_dots(_fitting_size_pt(runs, field, name, grid, fonts))
    shift = {Align.LEFT: 0.0, Align.CENTRE: 0.5, Align.RIGHT: 1.0}[field.align]
    left = grid.x_dots(field.x_mm) - round(shift * fonts.width(runs, size_dots))
    _draw(plane, runs, fonts, size_dots, (left, baseline))


def _fitting_size_pt(
    runs: list[Run], field: TextField, name: str, grid: CardGrid, fonts: FontChain
) -> float:
    room = field.max_width_mm * grid.dots_per_mm
    width = fonts.width(runs, grid.font_dots(field.size_pt))
    if width <= room:
        return field.size_pt
    # Widths follow the size but for the rounding of advances, so this is right or one step above.
    size_pt = math.floor(field.size_pt * room / width / _SIZE_STEP_PT) * _SIZE_STEP_PT
    if size_pt >= field.min_size_pt and fonts.width(runs, grid.font_dots(size_pt)) > room:
        size_pt -= _SIZE_STEP_PT
    if size_pt < field.min_size_pt:
        raise NameNotEncodableError(
            f"{name}: too long for {field.max_width_mm} mm at {field.min_size_pt} pt",
            details={"character": "", "field": name, "reason": "too-long"},
        )
    return size_pt


def _draw(
    plane: Plane, runs: list[Run], fonts: FontChain, size_dots: float, start: tuple[int, int]
) -> None:
    x = float(start[0])
    for run in runs:
        for character in run.text:
            glyph = fonts.glyph(run.font, character, size_dots)
            _stamp(plane, glyph.ink, round(x) + glyph.left_dots, start[1] + glyph.top_dots)
            x += glyph.advance_dots


def _stamp(plane: Plane, ink: Plane, left: int, top: int) -> None:
    rows, columns = ink.shape
    room = plane[top : top + rows, left : left + columns]
    np.maximum(room, ink, out=room)

"""A text in its room: shrunk to fit or broken in two lines, stamped into a plane.

All fonts of the chain stand on one baseline: in each of them a hanzi fills the em from 0.88 above
it to 0.12 below (a test measures it), and `·` stands at its middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from station.core.errors import NameNotEncodableError
from station.face.template.grid import CardGrid
from station.face.template.model import LEADING_EM, Align, TextField
from station.face.text.fonts import FontChain, Run
from station.face.text.glyph import Plane

#: Baseline below the top of the em box, as a share of the em; the usual one of Chinese fonts.
BASELINE_EM: Final = 0.88
_SIZE_STEP_PT: Final = 0.25
_DOTS: Final = "·•・‧∙"  #: what separates the parts of a name; ends a line, never starts one
_SHIFTS: Final = {Align.LEFT: 0.0, Align.CENTRE: 0.5, Align.RIGHT: 1.0}


class Setting(NamedTuple):
    """How a text is set: its lines in their fonts, and their size."""

    lines: list[list[Run]]
    size_pt: float


def set_field(plane: Plane, field: TextField, text: str, grid: CardGrid, fonts: FontChain) -> None:
    """Draw a field and its label into the K plane.

    Raises:
        NameNotEncodableError: A character no font has, or a text too long at the smallest size.
    """
    pen = _Pen(plane, fonts, field.rotation, (grid.x_dots(field.x_mm), grid.y_dots(field.y_mm)))
    if field.label_x_mm is not None:
        label = fonts.runs(field.label, field="label")
        start = grid.x_dots(field.label_x_mm), _baseline(field, field.size_pt, grid)
        pen.draw(label, grid.font_dots(field.label_size_pt or field.size_pt), start)
    lines, size_pt = fit_text(field, text, grid, fonts)
    size_dots = grid.font_dots(size_pt)
    # One line of any size stands on its label's baseline; two start at the top of the room.
    baseline = _baseline(field, field.size_pt if len(lines) == 1 else size_pt, grid)
    for number, runs in enumerate(lines):
        left = grid.x_dots(field.x_mm) - round(_SHIFTS[field.align] * fonts.width(runs, size_dots))
        pen.draw(runs, size_dots, (left, baseline + round(number * LEADING_EM * size_dots)))


def fit_text(field: TextField, text: str, grid: CardGrid, fonts: FontChain) -> Setting:
    """Return the lines and the size in which a text fits its room.

    Raises:
        NameNotEncodableError: See `set_field`.
    """
    name = field.value.value if field.value is not None else "text"
    runs = fonts.runs(text, field=name)
    if (size_pt := _size_of_one_line(runs, field, grid, fonts)) is not None:
        return Setting([runs], size_pt)
    for size_pt in _sizes_of_two_lines(field):
        if (lines := _two_lines(text, field, size_pt, grid, fonts)) is not None:
            return Setting([fonts.runs(line, field=name) for line in lines], size_pt)
    raise NameNotEncodableError(
        f"{name}: too long for {field.max_width_mm} mm",
        code="text-too-long",
        details={
            "field": name,
            "field_title": field.title,
            "reason": "too-long",
            "room": f"{field.max_width_mm:g} mm",
        },
    )


def _baseline(field: TextField, size_pt: float, grid: CardGrid) -> int:
    return grid.y_dots(field.y_mm) + round(BASELINE_EM * grid.font_dots(size_pt))


def _size_of_one_line(
    runs: list[Run], field: TextField, grid: CardGrid, fonts: FontChain
) -> float | None:
    room = field.max_width_mm * grid.dots_per_mm
    width = fonts.width(runs, grid.font_dots(field.size_pt))
    if width <= room:
        return field.size_pt
    # Widths follow the size but for the rounding of advances, so this is right or one step above.
    size_pt = math.floor(field.size_pt * room / width / _SIZE_STEP_PT) * _SIZE_STEP_PT
    if size_pt >= field.min_size_pt and fonts.width(runs, grid.font_dots(size_pt)) > room:
        size_pt -= _SIZE_STEP_PT
    return size_pt if size_pt >= field.min_size_pt else None


def _sizes_of_two_lines(field: TextField) -> Iterator[float]:
    size_pt = field.two_lines_pt
    while size_pt is not None and size_pt >= (field.two_lines_min_pt or field.two_lines_pt or 0):
        yield size_pt
        size_pt -= _SIZE_STEP_PT


def _two_lines(
    text: str, field: TextField, size_pt: float, grid: CardGrid, fonts: FontChain
) -> tuple[str, str] | None:
    """Return the break with the shortest longer line: behind a `·` or a space if that fits."""
    size_dots = grid.font_dots(size_pt)
    room = field.max_width_mm * grid.dots_per_mm
    ends = _line_ends(text, fonts, size_dots)
    whole = ends[-1]
    for places in (_natural_breaks(text), _possible_breaks(text)):
        longest = [(max(ends[at], whole - ends[at]), at) for at in places]
        if longest and min(longest)[0] <= room:
            at = min(longest)[1]
            return text[:at].rstrip(" "), text[at:]
    return None


def _line_ends(text: str, fonts: FontChain, size_dots: float) -> list[float]:
    """Return the width of the first n characters, for every n."""
    ends = [0.0]
    for character in text:
        ends.append(ends[-1] + fonts.width(fonts.runs(character, field="text"), size_dots))
    return ends


def _natural_breaks(text: str) -> list[int]:
    return [at for at in range(1, len(text)) if text[at - 1] in _DOTS or text[at - 1] == " "]


def _possible_breaks(text: str) -> list[int]:
    """Return the places where a line may end: not in a Latin word or number, not before a `·`."""
    return [
        at
        for at in range(1, len(text))
        if text[at] not in _DOTS
        and text[at] != " "
        and not (_is_word(text[at - 1]) and _is_word(text[at]))
    ]


def _is_word(character: str) -> bool:
    return character.isalnum() and ord(character) < 0x2E80  # below the CJK blocks


@dataclass(frozen=True, slots=True)
class _Pen:
    """Stamps text into a plane, turned clockwise about a point of it (column, row)."""

    plane: Plane
    fonts: FontChain
    rotation: int
    pivot: tuple[int, int]

    def draw(self, runs: list[Run], size_dots: float, start: tuple[int, int]) -> None:
        """Stamp one line whose pen starts at a column and a baseline's row."""
        for ink, left, top in _glyphs(runs, self.fonts, size_dots, start):
            stamp, column, row = self._turned(ink, left, top) if self.rotation else (ink, left, top)
            rows, columns = stamp.shape
            room = self.plane[row : row + rows, column : column + columns]
            np.maximum(room, stamp, out=room)

    def _turned(self, ink: Plane, left: int, top: int) -> tuple[Plane, int, int]:
        across, down = self.pivot
        for _ in range(self.rotation // 90):
            left, top = across - (top + ink.shape[0] - down), down + (left - across)
            ink = np.rot90(ink, -1)
        return ink, left, top


def _glyphs(
    runs: list[Run], fonts: FontChain, size_dots: float, start: tuple[int, int]
) -> Iterator[tuple[Plane, int, int]]:
    """Yield every character's dots with the column and row where they go."""
    x = float(start[0])
    for run in runs:
        for character in run.text:
            glyph = fonts.glyph(run.font, character, size_dots)
            yield glyph.ink, round(x) + glyph.left_dots, start[1] + glyph.top_dots
            x += glyph.advance_dots

"""Millimetres on the card to dots of a printer: the card lies centred on the printer's canvas.

That the canvas is centred on the card is unverified; see the note in the printer model's file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.errors import ConfigError
from station.core.faces import PrintGeometry
from station.face.template.card import CARD_HEIGHT_MM, CARD_WIDTH_MM, MM_PER_INCH, Box

_BLEED_MM: Final = 2.0  #: known canvases differ from the card by less: 1011x638 to 1036x664 at 300
_POINTS_PER_INCH: Final = 72


@dataclass(frozen=True, slots=True)
class DotBox:
    """A rectangle of dots; right and bottom are the first dots outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    @property
    def area(self) -> tuple[slice, slice]:
        """As an index of a plane: rows, then columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


class CardGrid:
    """Where millimetres of the card lie on one printer's canvas."""

    def __init__(self, geometry: PrintGeometry) -> None:
        self.geometry = geometry
        self.dots_per_mm = geometry.dpi / MM_PER_INCH
        self.left_dots = (geometry.width_dots - CARD_WIDTH_MM * self.dots_per_mm) / 2
        self.top_dots = (geometry.height_dots - CARD_HEIGHT_MM * self.dots_per_mm) / 2
        limit = _BLEED_MM / 2 * self.dots_per_mm
        if abs(self.left_dots) > limit or abs(self.top_dots) > limit:
            raise ConfigError(
                f"a canvas of {geometry.width_dots}x{geometry.height_dots} dots at {geometry.dpi}"
                " dpi is not an ID-1 card"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a plane."""
        return self.geometry.height_dots, self.geometry.width_dots

    def x_dots(self, x_mm: float) -> int:
        """Return the column of a distance from the card's left edge."""
        return round(self.left_dots + x_mm * self.dots_per_mm)

    def y_dots(self, y_mm: float) -> int:
        """Return the row of a distance from the card's upper edge."""
        return round(self.top_dots + y_mm * self.dots_per_mm)

    def font_dots(self, size_pt: float) -> float:
        """Return the em of a font size."""
        return size_pt * self.geometry.dpi / _POINTS_PER_INCH

    def box(self, box: Box) -> DotBox:
        """Return the dots of a rectangle, at least one each way."""
        left, top = self.x_dots(box.x_mm), self.y_dots(box.y_mm)
        right, bottom = self.x_dots(box.right_mm), self.y_dots(box.bottom_mm)
        return DotBox(left, top, max(right, left + 1), max(bottom, top + 1))

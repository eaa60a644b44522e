"""The machine from the side, as its model declares it: what the pages draw.

Millimetres from the upper left corner; the order and the neighbourhood of the parts count, not
their exact size.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class MachinePart(enum.StrEnum):
    """A part that a card can be at, or that a message can mean."""

    FEEDER = "feeder"
    CHIP_STATION = "chip-station"
    PRINT_STATION = "print-station"
    FLIPPER = "flipper"
    OUTPUT_HOPPER = "output-hopper"
    REJECT_BIN = "reject-bin"
    RIBBON = "ribbon"
    COVER = "cover"
    PRINTER_CABLE = "printer-cable"
    READER_CABLE = "reader-cable"


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle, mm."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Horizontal middle."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class SideView:
    """A model from the side.

    Attributes:
        width: Of the whole picture.
        height: Of the whole picture.
        path: Height at which a card moves.
        case: The machine's case.
        parts: What the model has, and where.
    """

    width: float
    height: float
    path: float
    case: Box
    parts: Mapping[MachinePart, Box]

"""The card's measures, and areas on it in millimetres.

Source: card size and corner of GB/T 14916 (ISO/IEC 7810, ID-1); contact positions of ISO/IEC 7816-2
    figure 2.

Millimetres count from the upper left corner of the card as a person holds it.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

CARD_WIDTH_MM: Final = 85.60  #: ISO/IEC 7810, ID-1
CARD_HEIGHT_MM: Final = 53.98
CORNER_RADIUS_MM: Final = 3.18
MM_PER_INCH: Final = 25.4
MM_PER_POINT: Final = MM_PER_INCH / 72

Mm = Annotated[float, Field(strict=True, ge=0, le=100)]
PositiveMm = Annotated[float, Field(strict=True, gt=0, le=100)]
Share = Annotated[float, Field(strict=True, gt=0, le=1)]


class Part(BaseModel):
    """Frozen; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Box(Part):
    """A rectangle on the card."""

    x_mm: Mm
    y_mm: Mm
    width_mm: PositiveMm
    height_mm: PositiveMm

    @property
    def right_mm(self) -> float:
        """Its right edge."""
        return self.x_mm + self.width_mm

    @property
    def bottom_mm(self) -> float:
        """Its lower edge."""
        return self.y_mm + self.height_mm

    def grown(self, margin_mm: float, down_mm: float | None = None) -> Box:
        """Return it with a margin on all four sides, or another one above and below."""
        down_mm = margin_mm if down_mm is None else down_mm
        return Box.model_construct(
            x_mm=self.x_mm - margin_mm,
            y_mm=self.y_mm - down_mm,
            width_mm=self.width_mm + 2 * margin_mm,
            height_mm=self.height_mm + 2 * down_mm,
        )

    def turned(self, degrees: int, x_mm: float, y_mm: float) -> Box:
        """Return it turned clockwise by a multiple of 90 degrees about a point."""
        box = self
        for _ in range(degrees // 90):
            box = Box.model_construct(
                x_mm=x_mm - (box.bottom_mm - y_mm),
                y_mm=y_mm + (box.x_mm - x_mm),
                width_mm=box.height_mm,
                height_mm=box.width_mm,
            )
        return box

    @property
    def is_on_card(self) -> bool:
        """Whether no edge reaches beyond the card."""
        return (
            self.x_mm >= 0
            and self.y_mm >= 0
            and self.right_mm <= CARD_WIDTH_MM
            and self.bottom_mm <= CARD_HEIGHT_MM
        )

    def overlaps(self, other: Box) -> bool:
        """Whether they share an area."""
        return (
            self.x_mm < other.right_mm
            and other.x_mm < self.right_mm
            and self.y_mm < other.bottom_mm
            and other.y_mm < self.bottom_mm
        )


#: The outermost edges of C1-C8 (ISO/IEC 7816-2 figure 2), seen with the contacts on the left.
CONTACT_AREA: Final = Box(x_mm=10.25, y_mm=19.23, width_mm=9.62, height_mm=9.32)


class ContactSide(enum.StrEnum):
    """Where the chip contacts are when the side is held upright."""

    LEFT = "left"
    RIGHT = "right"  #: the side is printed turned by 180 degrees against ISO/IEC 7816-2


class Contacts(Part):
    """The chip contacts on a side: no ink, no overcoat over them.

    Attributes:
        side: Where they are.
        margin_mm: How far the module's plate and the printer's tolerance reach beyond the contacts.
    """

    side: ContactSide
    margin_mm: Annotated[float, Field(strict=True, ge=0, le=4)]

    @property
    def area(self) -> Box:
        """The contacts themselves."""
        if self.side is ContactSide.LEFT:
            return CONTACT_AREA
        return CONTACT_AREA.model_copy(
            update={
                "x_mm": CARD_WIDTH_MM - CONTACT_AREA.right_mm,
                "y_mm": CARD_HEIGHT_MM - CONTACT_AREA.bottom_mm,
            }
        )

    @property
    def keep_out(self) -> Box:
        """The contacts with their margin."""
        return self.area.grown(self.margin_mm)

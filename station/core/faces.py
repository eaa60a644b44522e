"""The rendered face: one rendering gives both the preview and the planes that are printed."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from station.core.errors import PictureWorkError
from station.core.gateways import ProductionData
from station.core.photos import PhotoReport, Portrait


class Panel(enum.StrEnum):
    """A ribbon panel; the value is its usual letter."""

    YELLOW = "Y"
    MAGENTA = "M"
    CYAN = "C"
    RESIN_BLACK = "K"
    OVERCOAT = "O"


@dataclass(frozen=True, slots=True)
class PrintGeometry:
    """The print area of a printer model, fixed by its maker. Landscape, as a person holds the card.

    Attributes:
        width_dots: Dots along the long edge (85.6 mm).
        height_dots: Dots along the short edge (53.98 mm).
        dpi: Dots per inch, both ways.
        dpi_along: Dots per inch along the long edge where that is a multiple of `dpi`, such as 600
            for 600 x 300; None when it is the same.
        colour_bits: Bits of a dot of yellow, magenta and cyan on the wire. Resin and overcoat are
            there or not on every printer.
    """

    width_dots: int
    height_dots: int
    dpi: int
    dpi_along: int | None = None
    colour_bits: int = 8


@dataclass(frozen=True, slots=True)
class FaceSide:
    """One side, ready to print.

    Attributes:
        geometry: What it was rendered for.
        planes: Panel -> height_dots rows of width_dots bytes, landscape, row 0 on top, 0 = no dye,
            255 = most dye. Only the levels that the printer can print: `colour_bits` of dye, and 0
            or 255 of resin and overcoat.
        preview_png: The same planes, drawn over the artwork on a white card, for people. May be
            drawn on first access.
    """

    geometry: PrintGeometry
    planes: Mapping[Panel, bytes]
    preview_png: bytes


@dataclass(frozen=True, slots=True)
class RenderedFace:
    """Both sides of one card.

    Attributes:
        front: The front side; every face has one.
        back: None when the template prints only one side.
        template: Name of the template.
        sha256: Hex digest over template, geometry and every plane; proves that the previewed face
            is the printed one.
    """

    front: FaceSide
    back: FaceSide | None
    template: str
    sha256: str


class FaceRenderer(Protocol):
    """Renders a person's production data into what will be printed."""

    @property
    def sides(self) -> frozenset[str]:
        """Sides (`front`, `back`) that every card needs; empty where nothing is printed."""
        ...

    @property
    def photo_rules_unchecked(self) -> str:
        """Why the site's soft photo rules can't be checked on this PC; empty when they can."""
        ...

    def check_photo(self, jpeg: bytes) -> Portrait:
        """Decode a portrait and check it by all rules of the site; never raises for a bad one."""
        ...

    def open_photo(self, jpeg: bytes) -> Portrait:
        """Decode a portrait that was checked on arrival: by the hard rules alone, in 3 ms.

        Never raises for a bad one.
        """
        ...

    def prepare(self, geometry: PrintGeometry) -> None:
        """Do the work common to all faces, so that the first order does not wait for it.

        Raises:
            ConfigError: A font can't be used, or the geometry is not that of a card.
        """
        ...

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        """Render both sides. Pure: the same input gives the same digest.

        Raises:
            DefectError: The portrait is not the one of `data`. This prevents printing another
                person's face.
            PhotoError: The picture can't be printed.
            NameNotEncodableError: A character has no glyph, or a text does not fit.
        """
        ...


class PhotoChecks(Protocol):
    """Checks portraits that come by the thousand and that nobody waits for."""

    def check_photos(self, jpegs: Sequence[bytes]) -> Sequence[PhotoReport | PictureWorkError]:
        """Decode each portrait and check it by all rules of the site, several at a time.

        Returns for each portrait its report, or why it could not be decoded.

        Raises:
            PictureWorkError: Nothing can be decoded at present; no portrait is to blame.
        """
        ...


class PictureWork(Protocol):
    """The process that decodes and draws, as far as others care whether it runs."""

    def expect(self) -> None:
        """Say that a person's picture comes soon: what takes long is started, in the background."""
        ...

    def close(self) -> None:
        """End it. Safe to call twice."""
        ...

"""A window that prints nothing: its cards are made by their chip alone."""

from __future__ import annotations

from station.core.errors import FaceChangedError
from station.core.faces import PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.photos import PhotoReport


class NoFace:
    """Implements `station.core.faces.FaceRenderer` where no side is printed."""

    sides: frozenset[str] = frozenset()
    photo_rules_unchecked = ""

    def check_photo(self, data: bytes) -> PhotoReport:
        """Nothing is wrong with a picture that is not printed."""
        del data
        return PhotoReport("none", ())

    def prepare(self, geometry: PrintGeometry) -> None:
        """Nothing is drawn, so nothing has to be ready."""

    def render(
        self, data: ProductionData, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        """Refuse.

        Raises:
            FaceChangedError: An order from before the window was set to print nothing has a face.
        """
        del data, geometry, duplex
        raise FaceChangedError("this window is set to print nothing (face.prints)")

"""A window that prints nothing: its cards are made by their chip alone."""

from __future__ import annotations

from collections.abc import Callable

from station.core.errors import FaceChangedError
from station.core.faces import PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.photos import PhotoReport, Portrait


class NoFace:
    """Implements `station.core.faces.FaceRenderer` where no side is printed."""

    sides: frozenset[str] = frozenset()
    photo_rules_unchecked = ""

    def __init__(
        self, *, uses_photo: bool = False, decode: Callable[[bytes], Portrait] | None = None
    ) -> None:
        """Remember what is done with the portrait.

        Args:
            uses_photo: Whether the portrait is written to the chip; otherwise it is never opened.
            decode: Decodes the portrait; by default this process does.
        """
        self._uses_photo = uses_photo
        self._decode = decode or _decode_here

    def check_photo(self, jpeg: bytes) -> Portrait:
        """Refuse only a portrait that the chip needs and that can't be decoded."""
        return self.open_photo(jpeg)

    def open_photo(self, jpeg: bytes) -> Portrait:
        """See `station.core.faces.FaceRenderer.open_photo`."""
        if not self._uses_photo:
            return Portrait(jpeg, PhotoReport("none", ()), None)
        return self._decode(jpeg)

    def prepare(self, geometry: PrintGeometry) -> None:
        """Does nothing: nothing is drawn."""

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        """Refuse.

        Raises:
            FaceChangedError: An order from before the window was set to print nothing has a face.
        """
        del data, portrait, geometry, duplex
        raise FaceChangedError("this window is set to print nothing (face.prints)")


def _decode_here(jpeg: bytes) -> Portrait:
    from station.face.photo.decoding import decoded_portrait

    return decoded_portrait(jpeg, "none")

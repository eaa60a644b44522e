"""A cache of the last card's face and portrait: decoded and rendered once, not in every step."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from station.core.faces import FaceRenderer, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.photos import Portrait

KEPT: Final = 1  #: one card is made at a time; a face has about 5 MB


class KeptFaces:
    """A `FaceRenderer` that caches another one. Thread-safe, though the other need not be.

    Rendering is pure, so the same input is answered with the cached face; any change in the data,
    another printer or a restart renders again. The printing step compares the digest. A portrait is
    cached by its bytes, so that it can't be confused with another person's.
    """

    def __init__(self, renderer: FaceRenderer) -> None:
        self._renderer = renderer
        self._drawing = threading.Lock()
        self._kept: deque[tuple[tuple[object, ...], RenderedFace]] = deque(maxlen=KEPT)
        self._portraits: deque[Portrait] = deque(maxlen=KEPT)

    @property
    def sides(self) -> frozenset[str]:
        """See `FaceRenderer.sides`."""
        return self._renderer.sides

    def prepare(self, geometry: PrintGeometry) -> None:
        """See `FaceRenderer.prepare`."""
        with self._drawing:
            self._renderer.prepare(geometry)

    @property
    def photo_rules_unchecked(self) -> str:
        """See `FaceRenderer.photo_rules_unchecked`."""
        return self._renderer.photo_rules_unchecked

    def check_photo(self, jpeg: bytes) -> Portrait:
        """See `FaceRenderer.check_photo`; always checks, and caches the decoded portrait."""
        with self._drawing:
            return self._keep(self._renderer.check_photo(jpeg))

    def open_photo(self, jpeg: bytes) -> Portrait:
        """See `FaceRenderer.open_photo`."""
        with self._drawing:
            for known in self._portraits:
                if known.jpeg == jpeg:
                    return known
            return self._keep(self._renderer.open_photo(jpeg))

    def _keep(self, portrait: Portrait) -> Portrait:
        self._portraits.append(portrait)
        return portrait

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        """See `FaceRenderer.render`."""
        wanted = (data, geometry, duplex)
        with self._drawing:
            for asked, face in self._kept:
                if asked == wanted:
                    return face
            face = self._renderer.render(data, portrait, geometry, duplex=duplex)
            self._kept.append((wanted, face))
            return face

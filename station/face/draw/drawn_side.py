"""A rendered side whose preview is drawn on first use.

Drawing and packing a preview takes longer than rendering both sides, and most renderings (those for
the digest and for the printer) are never viewed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from station.core.faces import FaceSide, Panel, PrintGeometry


class DrawnSide(FaceSide):
    """See `FaceSide`; `preview_png` is drawn once, from this side's own planes."""

    def __init__(
        self,
        geometry: PrintGeometry,
        planes: Mapping[Panel, bytes],
        draw_preview: Callable[[], bytes],
    ) -> None:
        # The base class is frozen, and its constructor requires the preview now.
        object.__setattr__(self, "geometry", geometry)
        object.__setattr__(self, "planes", planes)
        object.__setattr__(self, "_draw_preview", draw_preview)

    _draw_preview: Callable[[], bytes]

    @functools.cached_property
    def preview_png(self) -> bytes:
        """See `FaceSide`."""
        return self._draw_preview()

    def __repr__(self) -> str:
        # The planes show a person and must not be logged.
        size = f"{self.geometry.width_dots}x{self.geometry.height_dots}"
        return f"DrawnSide({size}, panels {''.join(self.planes)})"

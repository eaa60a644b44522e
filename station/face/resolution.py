"""Printers with more dots along the card than across it, such as 600 x 300 dpi.

A side is drawn with the finer spacing both ways; the rows are then laid together. So text keeps its
strokes and a template needs no second set of sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from station.core.errors import ConfigError
from station.core.faces import Panel, PrintGeometry
from station.face.glyph import Plane

_DYES = frozenset({Panel.YELLOW, Panel.MAGENTA, Panel.CYAN})


def rows_together(geometry: PrintGeometry) -> int:
    """Return how many drawn rows become one printed row.

    Raises:
        ConfigError: The finer spacing is no multiple of the coarser.
    """
    along = geometry.dpi_along or geometry.dpi
    if along < geometry.dpi or along % geometry.dpi:
        raise ConfigError(f"{along} dpi along the card is no multiple of {geometry.dpi} across it")
    return along // geometry.dpi


def drawn_geometry(geometry: PrintGeometry) -> PrintGeometry:
    """Return the geometry with square dots that a side is drawn in."""
    rows = rows_together(geometry)
    return replace(
        geometry,
        height_dots=rows * geometry.height_dots,
        dpi=rows * geometry.dpi,
        dpi_along=None,
    )


def lay_together(planes: Mapping[Panel, Plane], rows: int) -> dict[Panel, Plane]:
    """Return the printed rows: the mean of dye, and resin or overcoat where any row has it."""
    if rows == 1:
        return dict(planes)
    printed = {}
    for panel, plane in planes.items():
        groups = plane.reshape(-1, rows, plane.shape[1])
        if panel in _DYES:
            printed[panel] = groups.mean(axis=1, dtype=np.float32).round().astype(np.uint8)
        else:
            printed[panel] = groups.max(axis=1)
    return printed


def spread_apart(planes: Mapping[Panel, bytes], geometry: PrintGeometry) -> dict[Panel, Plane]:
    """Return the printed rows as a person sees them, in square dots."""
    shape = geometry.height_dots, geometry.width_dots
    rows = rows_together(geometry)
    return {
        panel: np.repeat(np.frombuffer(plane, np.uint8).reshape(shape), rows, axis=0)
        for panel, plane in planes.items()
    }

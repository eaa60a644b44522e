"""Conversion between drawn dots and printed dots, and back to square dots for the preview.

A printer may have more dots along the card than across it, such as 600 x 300 dpi: a side is drawn
with the finer spacing both ways, and the rows are then laid together. So text keeps its strokes and
a template needs no second set of sizes. It may also know fewer levels of dye than 256: what is
previewed and digested has only those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from station.core.errors import ConfigError
from station.core.faces import Panel, PrintGeometry
from station.face.draw.colour import DYES, MOST
from station.face.text.glyph import Plane

_BITS: Final = 8


def rows_together(geometry: PrintGeometry) -> int:
    """Return how many drawn rows become one printed row.

    Raises:
        ConfigError: The finer spacing is not a multiple of the coarser.
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


def lay_together(planes: Mapping[Panel, Plane], geometry: PrintGeometry) -> dict[Panel, Plane]:
    """Return what is printed: the mean of dye, and resin or overcoat where any row has it."""
    rows = rows_together(geometry)
    printed = {}
    for panel, plane in planes.items():
        groups = plane.reshape(-1, rows, plane.shape[1])
        if panel in DYES:
            printed[panel] = _in_levels(_mean(groups), geometry.colour_bits)
        else:
            printed[panel] = plane if rows == 1 else groups.max(axis=1)
    return printed


def _mean(groups: NDArray[np.uint8]) -> Plane:
    if groups.shape[1] == 1:
        return groups[:, 0]
    mean: Plane = groups.mean(axis=1, dtype=np.float32).round().astype(np.uint8)
    return mean


def _in_levels(dye: Plane, bits: int) -> Plane:
    """Return the dye reduced to the given number of bits: its upper bits, as drivers send them."""
    if bits == _BITS:
        return dye
    levels = np.arange(1 << _BITS, dtype=np.uint16) >> (_BITS - bits)
    table = (levels * MOST // ((1 << bits) - 1)).astype(np.uint8)
    return table[dye]


def spread_apart(planes: Mapping[Panel, bytes], geometry: PrintGeometry) -> dict[Panel, Plane]:
    """Return the printed rows expanded to square dots."""
    shape = geometry.height_dots, geometry.width_dots
    rows = rows_together(geometry)
    return {
        panel: np.repeat(np.frombuffer(plane, np.uint8).reshape(shape), rows, axis=0)
        for panel, plane in planes.items()
    }

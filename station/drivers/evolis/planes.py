"""Conversion of faces to panels in their form on the wire.

Source: docs/explanations/wire-evolis.md, the paragraph and the table of panels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from station.core.errors import LocalProtocolError
from station.core.faces import Panel, PrintGeometry

DOT_FROM: Final = 128  # value of a plane from which a one-bit panel prints


def pack_panel(plane: bytes, geometry: PrintGeometry, bits: int) -> bytes:
    """Rotate one landscape plane by 90 degrees clockwise and pack it to `bits` per dot.

    Raises:
        LocalProtocolError: The plane's size differs from the geometry, or no model has this depth.
    """
    lines, dots = geometry.width_dots, geometry.height_dots
    if len(plane) != lines * dots:
        raise LocalProtocolError(f"plane of {len(plane)} bytes, want {lines} x {dots}")
    face = np.frombuffer(plane, dtype=np.uint8).reshape(dots, lines)
    turned = np.ascontiguousarray(np.rot90(face, k=-1))
    if bits == 1:
        return np.packbits(turned >= DOT_FROM).tobytes()
    if bits == 7:
        return _pack_seven(turned)
    if bits == 8:
        return turned.tobytes()
    raise LocalProtocolError(f"no model takes {bits} bits a dot")


def summarise_ink(planes: Mapping[Panel, bytes]) -> tuple[int, int, int, int]:
    """Return percent of the dots without colour, and the mean of Y, M and C: the job's `Pida`.

    Black and overcoat do not count; a missing panel is all zero.
    """
    colours = [
        np.frombuffer(planes[panel], dtype=np.uint8) if panel in planes else None
        for panel in (Panel.YELLOW, Panel.MAGENTA, Panel.CYAN)
    ]
    inked = [colour for colour in colours if colour is not None]
    if not inked:
        return 100, 0, 0, 0
    coloured = np.logical_or.reduce([colour > 0 for colour in inked])
    empty = _round(100 * (1 - float(np.count_nonzero(coloured)) / coloured.size))
    yellow, magenta, cyan = (0 if c is None else _round(float(c.mean())) for c in colours)
    return empty, yellow, magenta, cyan


def _round(value: float) -> int:
    return int(value + 0.5)


def _pack_seven(turned: NDArray[np.uint8]) -> bytes:
    # The upper seven bits of each value, in sequence.
    all_bits = np.unpackbits(turned.reshape(-1, 1), axis=1)
    return np.packbits(all_bits[:, :7].reshape(-1)).tobytes()

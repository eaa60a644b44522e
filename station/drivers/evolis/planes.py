"""Faces to panels as they go over the wire.

Source: docs/explanations/wire-evolis.md, the paragraph and the table of panels.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from station.core.errors import LocalProtocolError
from station.core.faces import PrintGeometry

DOT_FROM: Final = 128  # a plane's value from which a one-bit panel prints


def pack_panel(plane: bytes, geometry: PrintGeometry, bits: int) -> bytes:
    """Turn one landscape plane by 90 degrees clockwise and pack it to `bits` a dot.

    Raises:
        LocalProtocolError: The plane has not the size that the geometry says, or a depth that no
            model has.
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


def _pack_seven(turned: NDArray[np.uint8]) -> bytes:
    # The upper seven bits of each value, one behind the other.
    all_bits = np.unpackbits(turned.reshape(-1, 1), axis=1)
    return np.packbits(all_bits[:, :7].reshape(-1)).tobytes()

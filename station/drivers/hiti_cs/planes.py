"""Conversion of faces to planes in their form on the wire.

Source: docs/explanations/wire-hiti-cs.md, lines "Columns on the wire", "Sample" and "Orientation".
    Numpy is imported at the first plane, not when the station starts.
"""

from __future__ import annotations

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.core.faces import PrintGeometry


def to_wire(plane: bytes, geometry: PrintGeometry, head_width_dots: int) -> bytes:
    """Rotate one landscape plane by 90 degrees clockwise and centre it on the head.

    Returns `geometry.width_dots` lines of `head_width_dots` bytes:
    wire[line][left + column] = plane[height - 1 - column][line].

    Raises:
        LocalProtocolError: The plane's size differs from the geometry.
        RemoteProtocolError: The head that the printer reports is narrower than the card.
    """
    import numpy as np

    rows, columns = geometry.width_dots, geometry.height_dots
    if len(plane) != rows * columns:
        raise LocalProtocolError(f"plane of {len(plane)} bytes, want {rows} x {columns}")
    if head_width_dots < columns:
        raise RemoteProtocolError(f"head of {head_width_dots} dots, the card has {columns}")
    left = (head_width_dots - columns) // 2
    wire = np.zeros((rows, head_width_dots), dtype=np.uint8)
    face = np.frombuffer(plane, dtype=np.uint8).reshape(columns, rows)
    wire[:, left : left + columns] = np.rot90(face, k=-1)
    return wire.tobytes()

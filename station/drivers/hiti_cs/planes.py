"""Conversion of faces to planes in their form on the wire.

Source: docs/explanations/wire-hiti-cs.md, lines "Columns on the wire", "Sample" and "Orientation".
"""

from __future__ import annotations

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.core.faces import PrintGeometry
from station.drivers.kit.planes import turned_clockwise


def to_wire(plane: bytes, geometry: PrintGeometry, head_width_dots: int) -> bytes:
    """Rotate one landscape plane by 90 degrees clockwise and centre it on the head.

    Returns `geometry.width_dots` lines of `head_width_dots` bytes:
    wire[line][left + column] = plane[height - 1 - column][line].

    Raises:
        LocalProtocolError: The plane's size differs from the geometry.
        RemoteProtocolError: The head that the printer reports is narrower than the card.
    """
    rows, columns = geometry.width_dots, geometry.height_dots
    if len(plane) != rows * columns:
        raise LocalProtocolError(f"plane of {len(plane)} bytes, want {rows} x {columns}")
    if head_width_dots < columns:
        raise RemoteProtocolError(f"head of {head_width_dots} dots, the card has {columns}")
    left = (head_width_dots - columns) // 2
    before, behind = bytes(left), bytes(head_width_dots - columns - left)
    lines = turned_clockwise(plane, width=rows, height=columns)
    return b"".join(before + line + behind for line in lines)

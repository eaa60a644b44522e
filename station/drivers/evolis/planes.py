"""Conversion of faces to panels in their form on the wire.

Source: docs/explanations/wire-evolis.md, the paragraph and the table of panels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.errors import LocalProtocolError
from station.core.faces import Panel, PrintGeometry
from station.drivers.kit.planes import pack_one_bit, pack_seven_bits, turned_clockwise

DOT_FROM: Final = 128  # value of a plane from which a one-bit panel prints


def pack_panel(plane: bytes, geometry: PrintGeometry, bits: int) -> bytes:
    """Rotate one landscape plane by 90 degrees clockwise and pack it to `bits` per dot.

    Raises:
        LocalProtocolError: The plane's size differs from the geometry, or no model has this depth.
    """
    lines, dots = geometry.width_dots, geometry.height_dots
    if len(plane) != lines * dots:
        raise LocalProtocolError(f"plane of {len(plane)} bytes, want {lines} x {dots}")
    turned = b"".join(turned_clockwise(plane, width=lines, height=dots))
    if bits == 1:
        return pack_one_bit(turned, DOT_FROM)
    if bits == 7:
        return pack_seven_bits(turned)
    if bits == 8:
        return turned
    raise LocalProtocolError(f"no model takes {bits} bits a dot")


def summarise_ink(planes: Mapping[Panel, bytes]) -> tuple[int, int, int, int]:
    """Return percent of the dots without colour, and the mean of Y, M and C: the job's `Pida`.

    Black and overcoat do not count; a missing panel is all zero.
    """
    colours = [planes.get(panel) for panel in (Panel.YELLOW, Panel.MAGENTA, Panel.CYAN)]
    inked = [colour for colour in colours if colour is not None]
    if not inked:
        return 100, 0, 0, 0
    dots = len(inked[0])
    any_colour = 0
    for colour in inked:
        any_colour |= int.from_bytes(colour, "big")
    empty = _round(100 * any_colour.to_bytes(dots, "big").count(0) / dots)
    yellow, magenta, cyan = (0 if c is None else _round(sum(c) / dots) for c in colours)
    return empty, yellow, magenta, cyan


def _round(value: float) -> int:
    return int(value + 0.5)

"""Conversion of dots on the wire to dots on the card, written independently of the driver.

Source: docs/explanations/wire-evolis.md: line = x, dot = 647 - y, most significant bit first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulators.printers.evolis.tables import DOTS, LINES


def face_from_wire(data: bytes, levels: int) -> NDArray[np.uint8]:
    """Return one panel as a person holds the card, 0 no ink, 255 most.

    Raises:
        ValueError: Not exactly one panel of that depth.
    """
    bits = levels.bit_length() - 1
    dots = np.unpackbits(np.frombuffer(data, dtype=np.uint8)).reshape(LINES, DOTS, bits)
    weights = 1 << np.arange(bits - 1, -1, -1, dtype=np.uint16)
    ink = (dots * weights).sum(axis=2) * 255 // (levels - 1)
    return np.ascontiguousarray(ink.astype(np.uint8)[:, ::-1].T)

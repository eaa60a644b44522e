"""Conversion of dots on the wire to dots on the card, written independently of the driver.

Source: docs/explanations/wire-hiti-cs.md: wire[row][column] = face[y = 641 - column][x = row], the
    card's 642 columns in the middle of the head's 672.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.printers.hiti_cs.tables import CARD_COLUMNS, HEAD_COLUMNS, ROWS

PLANE_BYTES: Final = HEAD_COLUMNS * ROWS
_MARGIN: Final = (HEAD_COLUMNS - CARD_COLUMNS) // 2


def face_from_wire(plane: bytes) -> tuple[NDArray[np.uint8], int]:
    """Return the side as a person holds the card, and how many dots fell beside the card.

    Raises:
        ValueError: Not exactly one plane.
    """
    wire = np.frombuffer(plane, dtype=np.uint8).reshape(ROWS, HEAD_COLUMNS)
    card = wire[:, _MARGIN : _MARGIN + CARD_COLUMNS]
    beside = int(np.count_nonzero(wire)) - int(np.count_nonzero(card))
    return np.ascontiguousarray(card[:, ::-1].T), beside

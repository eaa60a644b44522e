"""The appearance of dye on a white card, composed independently of the station."""

from __future__ import annotations

import enum
import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from station.core.faces import Panel

WHITE: Final = 255
#: The light that each panel absorbs: indices of red, green, blue.
ABSORBS: Final[dict[Panel, tuple[int, ...]]] = {
    Panel.YELLOW: (2,),
    Panel.MAGENTA: (1,),
    Panel.CYAN: (0,),
    Panel.RESIN_BLACK: (0, 1, 2),
    Panel.OVERCOAT: (),
}


class Side(enum.StrEnum):
    """The two sides of a card."""

    FRONT = "front"
    BACK = "back"


def blank_picture(width: int, height: int) -> NDArray[np.uint8]:
    """Return a white card, `height` rows of `width` RGB dots."""
    return np.full((height, width, 3), WHITE, dtype=np.uint8)


def burn(picture: NDArray[np.uint8], panel: Panel, plane: NDArray[np.uint8]) -> None:
    """Put one panel's dye on the picture, in place; dye over dye gets darker."""
    passing = WHITE - plane.astype(np.uint16)
    for channel in ABSORBS[panel]:
        light = picture[:, :, channel] * passing
        picture[:, :, channel] = (light + WHITE // 2) // WHITE


def to_png(picture: NDArray[np.uint8]) -> bytes:
    """Return the picture as PNG; optimised for speed, not for size."""
    buffer = io.BytesIO()
    Image.fromarray(picture, "RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def from_png(png: bytes) -> NDArray[np.uint8]:
    """Return the picture that `to_png` packed, writable."""
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGB"), dtype=np.uint8)

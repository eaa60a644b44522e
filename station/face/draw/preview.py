"""The preview: the planes that will be printed, composed over the stock's artwork."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from station.core.faces import Panel
from station.face.draw.colour import DYES, MOST
from station.face.text.glyph import Plane


def draw_preview(planes: Mapping[Panel, Plane], stock: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return RGBA pixels: each dye absorbs its part of the stock's light, resin absorbs all.

    The overcoat is clear and isn't drawn.
    """
    picture = stock.copy()
    for dye, light in DYES.items():
        if dye in planes:
            _take_light(picture[:, :, light], planes[dye])
    if Panel.RESIN_BLACK in planes:
        picture[planes[Panel.RESIN_BLACK] > 0, :3] = 0
    return picture


def to_png(picture: NDArray[np.uint8], dpi: int) -> bytes:
    """Return RGBA pixels as a PNG with its resolution; quick rather than small."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", compress_level=1, dpi=(dpi, dpi))
    return stream.getvalue()


def _take_light(channel: NDArray[np.uint8], dye: Plane) -> None:
    rows, columns = np.flatnonzero(dye.any(axis=1)), np.flatnonzero(dye.any(axis=0))
    if not rows.size:
        return
    area = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    passed = (MOST - dye[area]).astype(np.uint16)
    channel[area] = (channel[area] * passed + MOST // 2) // MOST

"""Draws the portrait of an invented person: 358 x 441, white background, JPEG of 15 to 60 KB.

No photograph of a real person is used or imitated: everything is drawn from numbers. The same seed
and identity number give the same picture, byte for byte.

Source: photo rules of 新乡 (window procedure 2017) and the national practice: head about two
thirds of the height, dark collar, ears visible, no glasses.
"""

from __future__ import annotations

import io
import random
from typing import Final

from PIL import Image, ImageOps

from simulators.province.drawing.canvas import Canvas
from simulators.province.drawing.face import draw_face, draw_neck_and_clothes
from simulators.province.drawing.hair import draw_back_hair, draw_front_hair
from simulators.province.drawing.traits import choose_traits

DPI: Final = (350, 350)
MIN_BYTES: Final = 15 * 1024
MAX_BYTES: Final = 60 * 1024
#: Tried in this order until the size fits; the first one nearly always does.
QUALITIES: Final = (93, 96, 98, 88, 80, 70)
REFERENCE_YEAR: Final = 2025
#: What a photographer can get wrong: sides cut off, or a wall that is not white.
FLAWS: Final = ("", "narrow", "grey wall")
_CUT: Final = 29  #: pixels off each side
_WALL: Final = (40, (128, 128, 128))  #: pixels along every edge, colour


def draw_portrait(seed: int, id_number: str, sex: str, birth_date: str) -> bytes:
    """Return the JPEG of one person.

    Raises:
        ValueError: No quality gave an allowed size (a fault of the drawing).
    """
    rng = random.Random(f"{seed}:{id_number}")
    traits = choose_traits(rng, sex, REFERENCE_YEAR - int(birth_date[:4]))
    canvas = Canvas()
    draw_back_hair(canvas, traits, rng)
    draw_neck_and_clothes(canvas, traits, rng)
    face = draw_face(canvas, traits, rng)
    draw_front_hair(canvas, traits, rng, face)
    canvas.grain(rng, 5.0)
    return _encode(canvas.finished())


def flawed(jpeg: bytes, flaw: str) -> bytes:
    """Return the portrait with one of `FLAWS`; the empty one leaves it as it is.

    Raises:
        ValueError: No quality gave an allowed size.
    """
    if not flaw:
        return jpeg
    picture = Image.open(io.BytesIO(jpeg))
    if flaw == "narrow":
        return _encode(picture.crop((_CUT, 0, picture.width - _CUT, picture.height)))
    width, colour = _WALL
    return _encode(ImageOps.expand(ImageOps.crop(picture, width), width, colour))


def _encode(picture: Image.Image) -> bytes:
    for quality in QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, dpi=DPI, subsampling=0)
        if MIN_BYTES <= buffer.tell() <= MAX_BYTES:
            return buffer.getvalue()
    raise ValueError("no JPEG quality gives a file of 15 to 60 KB")

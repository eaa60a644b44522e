"""What can be measured on a portrait: face, head, background, sharpness, light.

Source: the measures of the national practice are those of GA 461; the detector is scikit-image's
    cascade of local binary patterns, which ships trained inside its wheel. It finds the square from
    the brows to below the chin. Where the eyes stand in that square (0.39 to 0.40 of its height)
    and how wide the face is in it (0.87 of its width) was measured on drawn portraits and is
    unverified on photographs of a studio. The square of one face varies by 8 %.

scikit-image takes 0.4 s and 34 MB to import: it is imported when the first portrait is measured,
and never where it is not installed (`profile.unchecked_reason`).
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

_EYES_IN_FACE: Final = 0.395  #: of the square's height
_FACE_IN_SQUARE: Final = 0.87  #: cheek to cheek
_SEARCH: Final = (0.28, 0.95)  #: sides of the squares that are tried, as shares of the width
_BORDER: Final = 0.04  #: the border that is looked at, as a share of the width
_SIDES: Final = 0.45  #: shoulders begin below this share of the height
_HAIR: Final = 0.06  #: share of a row that is no background, from which on it belongs to the head


@dataclass(frozen=True, slots=True)
class Square:
    """Where the detector sees a face, in pixels."""

    left: int
    top: int
    side: int

    @property
    def eye_y(self) -> float:
        """The line of the eyes."""
        return self.top + _EYES_IN_FACE * self.side

    @property
    def face_width(self) -> float:
        """From cheek to cheek."""
        return _FACE_IN_SQUARE * self.side

    @property
    def centre_x(self) -> float:
        """The middle."""
        return self.left + self.side / 2

    def is_within(self, other: Square) -> bool:
        """Whether its middle lies in another square."""
        middle_y = self.top + self.side / 2
        return (
            other.left <= self.centre_x <= other.left + other.side
            and other.top <= middle_y <= other.top + other.side
        )


def find_faces(photo: Image.Image) -> list[Square]:
    """Return the faces that are upright and of a portrait's size, biggest first."""
    low, high = (round(share * photo.width) for share in _SEARCH)
    found = _detector().detect_multi_scale(
        img=np.asarray(photo),
        scale_factor=1.1,
        step_ratio=1,
        min_size=(low, low),
        max_size=(high, high),
    )
    squares = [Square(int(f["c"]), int(f["r"]), int(f["width"])) for f in found]
    kept: list[Square] = []
    for square in sorted(squares, key=lambda square: -square.side):
        # The detector now and then gives one face twice, a square in or across another.
        if not any(square.is_within(other) for other in kept):
            kept.append(square)
    return kept


def head_top(pixels: Pixels, face: Square, background_level: int) -> int:
    """Return the first row above the face where hair stands against the background."""
    columns = slice(max(face.left, 0), face.left + face.side)
    dark = _darkest(pixels[: face.top + face.side, columns]) < background_level
    rows = np.flatnonzero(dark.mean(axis=1) > _HAIR)
    return int(rows[0]) if rows.size else pixels.shape[0]


def white_border(pixels: Pixels, background_level: int) -> float:
    """Return which share of the upper border and the sides above the shoulders is background."""
    width = max(round(_BORDER * pixels.shape[1]), 1)
    sides = round(_SIDES * pixels.shape[0])
    light = _darkest(pixels) >= background_level
    parts = (light[:width], light[:sides, :width], light[:sides, -width:])
    return min(float(part.mean()) for part in parts)


def _darkest(pixels: Pixels) -> NDArray[np.uint8]:
    """Return the least of each dot's colours; `min(axis=2)` takes 30 times as long."""
    red, green, blue = (pixels[..., colour] for colour in range(3))
    return np.minimum(np.minimum(red, green), blue)


def blur(pixels: Pixels, face: Square) -> float:
    """Return how blurred the face is, 0 to 1."""
    measure = _scikit_image("measure").blur_effect
    return float(measure(_face_lightness(pixels, face), h_size=11))


def face_light(pixels: Pixels, face: Square) -> float:
    """Return the face's mean lightness, 0 to 255."""
    return float(_face_lightness(pixels, face).mean())


def _face_lightness(pixels: Pixels, face: Square) -> NDArray[np.float32]:
    """Return BT.601 lightness of the square's middle, where there is neither hair nor wall."""
    inset = round(0.18 * face.side)
    inside = slice(inset, face.side - inset)
    square = pixels[face.top :, face.left :][inside, inside]
    return square.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


@functools.cache
def _detector() -> Any:  # noqa: ANN401 - scikit-image has no types for its cascade
    data = _scikit_image("data")
    cascade = _scikit_image("feature").Cascade
    return cascade(data.lbp_frontal_face_cascade_filename())


def _scikit_image(module: str) -> Any:  # noqa: ANN401 - as above
    return importlib.import_module(f"skimage.{module}")

"""The portrait: checked against the city's profile, decoded, fitted into its box.

A photo that breaks a rule is refused with the rule's name, what was found and what is allowed;
it is never repaired or replaced silently.
"""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from station.core.errors import PhotoError
from station.face.jpeg import JpegHeader, NotJpegError, read_jpeg_header
from station.face.profile import PhotoProfile

_ORIENTATION: Final = 0x0112  #: EXIF 2.3, 4.6.4 A
_UPRIGHT: Final = 1
_COLOUR: Final = 3
_BITS: Final = 8


def decode_photo(data: bytes, profile: PhotoProfile) -> Image.Image:
    """Check and decode a portrait.

    Raises:
        PhotoError: It breaks a rule; `details` holds rule, found and allowed.
    """
    _check_bytes(len(data), profile)
    try:
        header = read_jpeg_header(data)
    except NotJpegError as exc:
        raise _broken("format", str(exc), "JPEG") from exc
    _check_header(header, profile)
    return _decode(data)


def fit_photo(photo: Image.Image, size_dots: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale the photo to fill its box; what sticks out on two sides is cut evenly."""
    scale = max(size_dots[0] / photo.width, size_dots[1] / photo.height)
    width, height = size_dots[0] / scale, size_dots[1] / scale
    left, top = (photo.width - width) / 2, (photo.height - height) / 2
    box = (left, top, left + width, top + height)
    return np.asarray(photo.resize(size_dots, Image.Resampling.LANCZOS, box=box))


def _check_bytes(size: int, profile: PhotoProfile) -> None:
    if not profile.min_bytes <= size <= profile.max_bytes:
        allowed = f"{profile.min_bytes}-{profile.max_bytes} bytes"
        raise _broken("file-size", f"{size} bytes", allowed)


def _check_header(header: JpegHeader, profile: PhotoProfile) -> None:
    pixels = header.width_px * header.height_px
    if pixels > profile.max_pixels:
        raise _broken("pixel-limit", f"{pixels} pixels", f"{profile.max_pixels} pixels")
    if (header.width_px, header.height_px) != (profile.width_px, profile.height_px):
        allowed = f"{profile.width_px}x{profile.height_px}"
        raise _broken("pixels", f"{header.width_px}x{header.height_px}", allowed)
    if header.components != _COLOUR:
        raise _broken("colour", f"{header.components} channels", "3 channels")
    if header.precision != _BITS:
        raise _broken("depth", f"{header.precision} bits", "8 bits")
    if not header.has_end:
        raise _broken("truncated", "no end of image marker", "a whole file")


def _decode(data: bytes) -> Image.Image:
    try:
        photo = Image.open(io.BytesIO(data), formats=["JPEG"])
        orientation = photo.getexif().get(_ORIENTATION, _UPRIGHT)
        photo.load()
    except (OSError, SyntaxError, ValueError) as exc:
        # Pillow reports damaged files with these three; its text names no person.
        raise _broken("damaged", str(exc), "a whole JPEG") from exc
    if orientation != _UPRIGHT:
        raise _broken("orientation", f"EXIF orientation {orientation}", "upright")
    if photo.mode != "RGB":
        raise _broken("colour", f"mode {photo.mode}", "RGB")
    return photo


def _broken(rule: str, found: str, allowed: str) -> PhotoError:
    return PhotoError(
        f"photo rule {rule}: found {found}, allowed {allowed}",
        details={"rule": rule, "found": found, "allowed": allowed},
    )

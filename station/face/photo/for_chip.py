"""The portrait for the chip: as large and as fine as fits into EF08.

Source: 人社信息函〔2012〕37号, table 15 (JPEG, 4096 bytes); 150 x 180 pixels: what one city writes.
"""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from station.core.errors import PhotoError
from station.core.photos import Portrait
from station.core.phrases import phrase
from station.face.photo.decoding import as_image, fit_photo

#: Tried in this order, each with every quality.
SIZES_PX: Final = ((150, 180), (120, 144), (90, 108))
QUALITIES: Final = (85, 75, 65, 55, 45, 35)


def portrait_for_chip(portrait: Portrait, most_bytes: int) -> bytes:
    """Return the portrait as a JPEG of at most `most_bytes`; the same bytes again for the same.

    Nothing of the file but its picture is kept: no EXIF, no colour profile.

    Raises:
        PhotoError: It breaks a hard rule, or is too large even when it is smallest.
    """
    photo = as_image(portrait.require_picture())
    for size in SIZES_PX:
        fitted = fit_photo(photo, size)
        for quality in QUALITIES:
            encoded = _encoded(fitted, quality)
            if len(encoded) <= most_bytes:
                return encoded
    raise PhotoError(
        f"the portrait can't be made smaller than {len(encoded)} bytes for the chip",
        details={
            "rule_title": phrase("photo.for-chip"),
            "found": phrase("photo.bytes", count=len(encoded)),
            "allowed": phrase("photo.bytes-most", most=most_bytes),
        },
    )


def _encoded(photo: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=quality, optimize=True, subsampling="4:2:0")
    return file.getvalue()

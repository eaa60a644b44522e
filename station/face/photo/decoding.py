"""The portrait: checked against the city's hard limits, decoded, fitted into its box.

A photo that breaks a rule is refused with the rule's name, what was found and what is allowed;
it is never repaired or replaced silently.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from typing import Final

import simplejpeg
from PIL import Image

from station.core.photos import PhotoFinding, PhotoReport, PhotoRule, Picture, Portrait
from station.core.phrases import phrase
from station.face.photo.jpeg import (
    JpegHeader,
    NotJpegError,
    end_of_image,
    has_more_scans,
    read_jpeg_header,
)
from station.face.photo.profile import PhotoProfile

_ORIENTATION: Final = 0x0112  #: EXIF 2.3, 4.6.4 A
_UPRIGHT: Final = 1
_TURNED: Final = range(2, 9)  #: 0 and larger values are not orientations
_COLOUR: Final = 3
_BITS: Final = 8
#: Frame markers of the Huffman-coded processes that portraits use: baseline, extended, progressive.
_CODINGS: Final = frozenset({0xC0, 0xC1, 0xC2})
#: A progressive portrait has some 10. Each costs the decoder the whole picture: thousands in a file
#: of 100 KB take seconds.
_MOST_SCANS: Final = 64
#: A file this many times too large may still hold a picture of the right size, and a trailer.
_READ_THROUGH: Final = 4


def open_photo(data: bytes, profile: PhotoProfile) -> Portrait:
    """Decode a portrait that has been checked before; never raises for a bad one.

    The cheap hard rules are checked again, as the profile may have changed since.
    """
    broken = tuple(file_findings(data, profile))
    if broken:
        return Portrait(data, PhotoReport(profile.name, broken), None)
    return decoded_portrait(data, profile.name)


def decoded_portrait(data: bytes, rules: str) -> Portrait:
    """Decode a portrait whose file is in order; `rules` names the profile checked."""
    decoded = decoded_or_finding(data)
    if isinstance(decoded, PhotoFinding):
        return Portrait(data, PhotoReport(rules, (decoded,)), None)
    return Portrait(data, PhotoReport(rules, ()), decoded)


def as_image(picture: Picture) -> Image.Image:
    """Return the pixels as a Pillow image, without a copy."""
    return Image.frombuffer(
        "RGB", (picture.width_px, picture.height_px), picture.rgb, "raw", "RGB", 0, 1
    )


def file_findings(data: bytes, profile: PhotoProfile) -> Iterator[PhotoFinding]:
    """Yield the hard rules that the file breaks; nothing is decoded."""
    if len(data) > _READ_THROUGH * profile.max_bytes:
        yield from _size_findings(len(data), profile)
        return  # a file that is far too big is not parsed
    try:
        header = read_jpeg_header(data)
        too_many = has_more_scans(data, _MOST_SCANS)
    except NotJpegError as exc:
        yield from _size_findings(len(data), profile)
        if len(data) <= profile.max_bytes:
            yield PhotoFinding(PhotoRule.FORMAT, phrase("photo.not-jpeg", reason=exc), "JPEG")
        return
    yield from _size_findings(header.end or len(data), profile)
    yield from _header_findings(header, profile)
    if too_many:
        found = phrase("photo.scans", count=_MOST_SCANS)
        allowed = phrase("photo.scans-most", count=_MOST_SCANS)
        yield PhotoFinding(PhotoRule.CODING, found, allowed)


def _size_findings(size: int, profile: PhotoProfile) -> Iterator[PhotoFinding]:
    if not profile.min_bytes <= size <= profile.max_bytes:
        allowed = phrase("photo.bytes-between", least=profile.min_bytes, most=profile.max_bytes)
        yield PhotoFinding(PhotoRule.FILE_SIZE, phrase("photo.bytes", count=size), allowed)


def whole_picture(data: bytes) -> bytes:
    """Return the file up to the picture's end; padding and trailers behind it are dropped."""
    return data[: end_of_image(data)]


def decoded_or_finding(data: bytes) -> Picture | PhotoFinding:
    """Decode a file that has passed `file_findings`, or return the hard rule that it breaks.

    libjpeg repairs most damage with grey and only warns. Pillow drops its warnings; this decoder
    makes errors of them.
    """
    try:
        pixels = simplejpeg.decode_jpeg(whole_picture(data), "RGB")
    except ValueError as exc:  # NotJpegError is one; the decoder's texts name no person
        return damaged(str(exc))
    orientation = _orientation(data)
    if orientation in _TURNED:
        return PhotoFinding(
            PhotoRule.ORIENTATION,
            phrase("photo.turned", orientation=orientation),
            phrase("photo.upright"),
        )
    height, width, _ = pixels.shape
    return Picture(width, height, pixels.tobytes())


def incomplete(reason: str) -> PhotoFinding:
    """Return the finding for a file that lacks whole scans of the picture."""
    return PhotoFinding(
        PhotoRule.TRUNCATED, phrase("photo.incomplete", reason=reason), phrase("photo.whole-file")
    )


def damaged(reason: str) -> PhotoFinding:
    """Return the finding for a file whose picture data can't be followed to its end."""
    return PhotoFinding(
        PhotoRule.DAMAGED, phrase("photo.damaged", reason=reason), phrase("photo.whole-jpeg")
    )


def fit_photo(photo: Image.Image, size_dots: tuple[int, int]) -> Image.Image:
    """Scale the photo to fill its box; what sticks out on two sides is cut evenly."""
    scale = max(size_dots[0] / photo.width, size_dots[1] / photo.height)
    width, height = size_dots[0] / scale, size_dots[1] / scale
    left, top = (photo.width - width) / 2, (photo.height - height) / 2
    box = (left, top, left + width, top + height)
    return photo.resize(size_dots, Image.Resampling.LANCZOS, box=box)


def _header_findings(header: JpegHeader, profile: PhotoProfile) -> Iterator[PhotoFinding]:
    pixels = header.width_px * header.height_px
    if not 0 < pixels <= profile.max_pixels:
        limit = phrase("photo.pixels-between", least=1, most=profile.max_pixels)
        yield PhotoFinding(PhotoRule.PIXEL_LIMIT, phrase("photo.pixels", count=pixels), limit)
    wanted = (profile.width_px, profile.height_px)
    if profile.width_px and (header.width_px, header.height_px) != wanted:
        found = f"{header.width_px}×{header.height_px}"
        yield PhotoFinding(PhotoRule.PIXELS, found, f"{wanted[0]}×{wanted[1]}")
    if header.components != _COLOUR:
        yield PhotoFinding(
            PhotoRule.COLOUR,
            phrase("photo.channels", count=header.components),
            phrase("photo.three-channels"),
        )
    if header.precision != _BITS:
        yield PhotoFinding(
            PhotoRule.DEPTH,
            phrase("photo.depth", bits=header.precision),
            phrase("photo.depth", bits=_BITS),
        )
    if header.process not in _CODINGS:
        yield PhotoFinding(PhotoRule.CODING, f"SOF{header.process - 0xC0}", phrase("photo.codings"))
    if header.end is None:
        yield PhotoFinding(PhotoRule.TRUNCATED, phrase("photo.no-end"), phrase("photo.whole-file"))


def _orientation(data: bytes) -> int:
    """Return the EXIF orientation; upright where the metadata can't be read or says nothing valid.

    The pixels are whole: metadata that is damaged must not cost a person the picture.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of a block that leaves the file Pillow only warns
            exif = Image.open(io.BytesIO(data), formats=["JPEG"]).getexif()
        return int(exif.get(_ORIENTATION, _UPRIGHT))
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error, Warning):
        return _UPRIGHT

"""The portrait: checked against the city's hard limits, decoded, fitted into its box.

A photo that breaks a rule is refused with the rule's name, what was found and what is allowed;
it is never repaired or replaced silently.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Final

import simplejpeg
from PIL import Image

from station.core.photos import PhotoFinding, PhotoRule
from station.face.jpeg import JpegHeader, NotJpegError, has_more_scans, read_jpeg_header
from station.face.profile import PhotoProfile

_ORIENTATION: Final = 0x0112  #: EXIF 2.3, 4.6.4 A
_UPRIGHT: Final = 1
_COLOUR: Final = 3
_BITS: Final = 8
#: Frame markers of the Huffman-coded processes that portraits use: baseline, extended, progressive.
_CODINGS: Final = frozenset({0xC0, 0xC1, 0xC2})
#: A progressive portrait has some 10. Each costs the decoder the whole picture: thousands in a file
#: of 100 KB take seconds.
_MOST_SCANS: Final = 64


def decode_photo(data: bytes, profile: PhotoProfile) -> Image.Image:
    """Check and decode a portrait.

    Raises:
        PhotoError: It breaks a hard rule; `details` holds rule, found and allowed.
    """
    for finding in file_findings(data, profile):
        raise finding.as_error()
    decoded = decoded_or_finding(data)
    if isinstance(decoded, PhotoFinding):
        raise decoded.as_error()
    return decoded


def file_findings(data: bytes, profile: PhotoProfile) -> Iterator[PhotoFinding]:
    """Yield the hard rules that the file breaks; nothing is decoded."""
    if not profile.min_bytes <= len(data) <= profile.max_bytes:
        allowed = f"{profile.min_bytes}–{profile.max_bytes} 字节"
        yield PhotoFinding(PhotoRule.FILE_SIZE, f"{len(data)} 字节", allowed)
    if len(data) > profile.max_bytes:
        return  # what is far too big isn't read through
    try:
        header = read_jpeg_header(data)
        too_many = has_more_scans(data, _MOST_SCANS)
    except NotJpegError as exc:
        yield PhotoFinding(PhotoRule.FORMAT, f"不是 JPEG（{exc}）", "JPEG")
        return
    yield from _header_findings(header, profile)
    if too_many:
        found, allowed = f"{_MOST_SCANS} 次以上扫描", f"至多 {_MOST_SCANS} 次扫描"
        yield PhotoFinding(PhotoRule.CODING, found, allowed)


def decoded_or_finding(data: bytes) -> Image.Image | PhotoFinding:
    """Decode a file that has passed `file_findings`, or say which hard rule it breaks.

    libjpeg repairs most damage with grey and only warns. Pillow drops its warnings; this decoder
    makes errors of them.
    """
    try:
        orientation = _orientation(data)
        pixels = simplejpeg.decode_jpeg(data, "RGB")
    except (OSError, SyntaxError, ValueError, Warning) as exc:
        # What decoder and header reader say of a damaged file; their texts name no person.
        return damaged(str(exc))
    if orientation != _UPRIGHT:
        return PhotoFinding(PhotoRule.ORIENTATION, f"EXIF 方向 {orientation}", "正立，无旋转标记")
    return Image.fromarray(pixels)


def damaged(reason: str) -> PhotoFinding:
    """Return what is said of a file whose picture data can't be followed to its end."""
    return PhotoFinding(PhotoRule.DAMAGED, f"有损坏（{reason}）", "完好的 JPEG")


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
        limit = f"1–{profile.max_pixels} 像素"
        yield PhotoFinding(PhotoRule.PIXEL_LIMIT, f"{pixels} 像素", limit)
    wanted = (profile.width_px, profile.height_px)
    if profile.width_px and (header.width_px, header.height_px) != wanted:
        found = f"{header.width_px}×{header.height_px}"
        yield PhotoFinding(PhotoRule.PIXELS, found, f"{wanted[0]}×{wanted[1]}")
    if header.components != _COLOUR:
        yield PhotoFinding(PhotoRule.COLOUR, f"{header.components} 个通道", "3 个通道（RGB）")
    if header.precision != _BITS:
        yield PhotoFinding(PhotoRule.DEPTH, f"每通道 {header.precision} 位", "每通道 8 位")
    if header.process not in _CODINGS:
        yield PhotoFinding(PhotoRule.CODING, f"SOF{header.process - 0xC0}", "SOF0、SOF1 或 SOF2")
    if not header.has_end:
        yield PhotoFinding(PhotoRule.TRUNCATED, "缺少结束标记 FFD9", "完整的文件")


def _orientation(data: bytes) -> int:
    with warnings.catch_warnings():
        # Pillow only warns of an EXIF block that leaves the file: it can't say how to turn it.
        warnings.simplefilter("error")
        exif = Image.open(io.BytesIO(data), formats=["JPEG"]).getexif()
    return int(exif.get(_ORIENTATION, _UPRIGHT))

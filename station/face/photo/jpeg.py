"""The facts in a JPEG's headers, read before any decoder touches it.

Source: ITU-T T.81 (ISO/IEC 10918-1) annex B.1.1.3 markers, B.2.2 frame header.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_END_OF_IMAGE: Final = 0xD9
_START_OF_SCAN: Final = 0xDA
#: SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotJpegError(ValueError):
    """The bytes do not follow T.81."""


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """Contents of the frame header.

    Attributes:
        precision: Bits per sample.
        components: 1 grey, 3 colour, 4 CMYK or YCCK.
        end: Position behind the picture's end marker, whatever follows it; None when it is missing.
        process: Marker of the frame: C0 baseline, C1 extended, C2 progressive; the others are
            lossless, hierarchical or arithmetic.
    """

    width_px: int
    height_px: int
    precision: int
    components: int
    end: int | None
    process: int


def read_jpeg_header(data: bytes) -> JpegHeader:
    """Find the frame header.

    Raises:
        NotJpegError: No start marker, no frame header, or a segment that leaves the data.
    """
    if not data.startswith(_START):
        raise NotJpegError("no start of image marker")
    for marker, body, _ in segments(data):
        if marker in _FRAMES:
            if len(body) < 6:
                raise NotJpegError("frame header too short")
            precision, height_px, width_px, components = struct.unpack_from(">BHHB", body)
            end = end_of_image(data)
            return JpegHeader(width_px, height_px, precision, components, end, marker)
        if marker == _START_OF_SCAN:
            break
    raise NotJpegError("no frame header")


def end_of_image(data: bytes) -> int | None:
    """Return the position behind the end marker, found by walking the segments (B.2.1).

    Cameras, web servers and mail programs append padding or records of their own to a whole
    picture; a search from the back of the file would take those for damage, and a marker inside
    a thumbnail for the end.

    Raises:
        NotJpegError: A segment leaves the data.
    """
    position = len(_START)
    for marker, _, behind in segments(data):
        position = _behind_scan(data, behind) if marker == _START_OF_SCAN else behind
    position = _behind_fill(data, position)
    return position + len(_END) if data[position : position + len(_END)] == _END else None


def has_more_scans(data: bytes, most: int) -> bool:
    """Whether the picture is built up in more than `most` scans (B.2.3).

    Raises:
        NotJpegError: A segment leaves the data.
    """
    scans = (marker for marker, _, _ in segments(data) if marker == _START_OF_SCAN)
    return next(itertools.islice(scans, most, None), None) is not None


def segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield marker, body and the position behind it of every segment up to the image's end.

    What lies between a scan's header and the next marker is passed over.

    Raises:
        NotJpegError: A segment leaves the data.
    """
    position = len(_START)
    while (step := _next_segment(data, position)) is not None:
        yield step
        marker, _, position = step
        if marker == _START_OF_SCAN:
            position = _behind_scan(data, position)


def _behind_scan(data: bytes, position: int) -> int:
    """Return where the next marker stands that is neither stuffing nor a restart (B.1.1.5)."""
    while (position := data.find(b"\xff", position)) >= 0:
        following = data[position + 1 : position + 2]
        if following == b"\xff":
            position += 1
        elif following == b"\x00" or (following and following[0] in _STANDALONE):
            position += 2
        else:
            return position
    return len(data)


def _next_segment(data: bytes, position: int) -> tuple[int, bytes, int] | None:
    """Return marker, body and next position; None at the end of the image or of the data."""
    position = _behind_fill(data, position)
    if len(data) < position + 2 or data[position] != 0xFF:
        return None
    marker = data[position + 1]
    if marker in _STANDALONE:
        return marker, b"", position + 2
    if marker == _END_OF_IMAGE or len(data) < position + 4:
        return None
    (length,) = struct.unpack_from(">H", data, position + 2)
    end = position + 2 + length
    if length < 2 or end > len(data):
        raise NotJpegError("a segment leaves the data")
    return marker, data[position + 4 : end], end


def _behind_fill(data: bytes, position: int) -> int:
    """Return where the marker behind fill bytes starts (B.1.1.2)."""
    while data[position : position + 2] == b"\xff\xff":
        position += 1
    return position

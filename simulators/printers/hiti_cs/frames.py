"""Bytes to requests, answers to packets: the simulated printer's own parser, pure.

Source: docs/explanations/wire-hiti-cs.md, first table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulators.printers.hiti_cs.tables import ACCEPTED, PACKET, REFUSED, START

_HEAD: Final = 6
_FIXED: Final = 3  #: flag and command, counted by the length field
_IMAGE_FIXED: Final = 8  #: flag, command, low length byte, first line, line count
IMAGE_BLOCK: Final = 0x8309
_IMAGE_HEAD: Final = 11


class BadFrameError(Exception):
    """The host sent bytes that are not a request."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request in the short form."""

    command: int
    args: bytes


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The long form of 8309: `size` raw bytes follow once it is accepted."""

    size: int
    first_line: int
    lines: int


class RequestParser:
    """Accepts bytes in any slices; returns complete requests."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        self._buffer += data

    def clear(self) -> None:
        """Discard all unprocessed bytes."""
        self._buffer.clear()

    def take_raw(self, most: int) -> bytes:
        """Return up to `most` raw bytes of an image block."""
        piece = bytes(self._buffer[:most])
        del self._buffer[:most]
        return piece

    def next(self) -> Request | ImageHeader | None:
        """Return the next complete request, or None when more bytes are needed.

        Raises:
            BadFrameError: The bytes can't become a request.
        """
        if len(self._buffer) < _HEAD:
            self._check_start()
            return None
        self._check_start()
        length = int.from_bytes(self._buffer[1:3], "big")
        flag = self._buffer[3]
        if flag != ACCEPTED:
            raise BadFrameError(f"flag {flag:02X}, expected {ACCEPTED:02X}")
        command = int.from_bytes(self._buffer[4:6], "big")
        return self._image() if command == IMAGE_BLOCK else self._short(command, length)

    def _check_start(self) -> None:
        if self._buffer and self._buffer[0] != START:
            raise BadFrameError(f"start byte {self._buffer[0]:02X}, expected {START:02X}")

    def _short(self, command: int, length: int) -> Request | None:
        if length < _FIXED:
            raise BadFrameError(f"length {length} is less than {_FIXED}")
        whole = _HEAD + length - _FIXED
        if len(self._buffer) < whole:
            return None
        frame = self.take_raw(whole)
        return Request(command, frame[_HEAD:])

    def _image(self) -> ImageHeader | None:
        if len(self._buffer) < _IMAGE_HEAD:
            return None
        frame = self.take_raw(_IMAGE_HEAD)
        size = int.from_bytes(frame[1:3] + frame[6:7], "big") - _IMAGE_FIXED
        return ImageHeader(
            size, int.from_bytes(frame[7:9], "big"), int.from_bytes(frame[9:11], "big")
        )


def accepted(command: int, data: bytes = b"") -> list[bytes]:
    """Return the packets of a good answer: the header on its own, then the data."""
    packets = [_header(command, ACCEPTED, len(data))]
    packets += [data[start : start + PACKET] for start in range(0, len(data), PACKET)]
    if data and len(data) % PACKET == 0:
        packets.append(b"")  # only a shorter packet ends an answer
    return packets


def refused(command: int, reason: int) -> list[bytes]:
    """Return the packets of a refusal."""
    return [_header(command, ACCEPTED | REFUSED | reason, 0)]


def _header(command: int, flag: int, size: int) -> bytes:
    length = (_FIXED + size).to_bytes(2, "big")
    return bytes([START]) + length + bytes([flag]) + command.to_bytes(2, "big")

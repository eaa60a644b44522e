"""HiTi CS frames: bytes to frames and back, no I/O.

Source: docs/explanations/wire-hiti-cs.md, rows "request", "reply" and "long form" (IEEE 1284.1
TIP/SI framing).

    short  A5 | length u16 BE = 3 + payload | flag | command u16 BE | payload
    long   A5 | upper 16 bits of length = 8 + data | flag | 8309 | lowest length byte
              | first line u16 BE | line count u16 BE, answered, and then the raw data
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from station.core.errors import LocalProtocolError, RemoteProtocolError

START: Final = 0xA5
FLAG_ACCEPTED: Final = 0x50  # "component" and "reply"; what a host sends and a printer accepts with
REFUSED_BIT: Final = 0x80
REASON_MASK: Final = 0x0F
HEADER_SIZE: Final = 6
IMAGE_BLOCK: Final = 0x8309
IMAGE_HEADER_SIZE: Final = 11
# Firmware, calibration, NVRAM and password commands. One of them can turn a printer into scrap, so
# no frame that asks for one exists; a printer's refusal of one does.
FORBIDDEN: Final = frozenset(
    {0x8306, 0x8307, 0x8308, 0x8403, 0x8406, 0x840C, 0x840E, 0x8900, 0x8901}
)
# The longest reply on record has 97 data bytes. A length far above it is noise that happens to
# follow an A5, and waiting for it would swallow every frame behind it.
MAX_PAYLOAD: Final = 1024
# 3000 lines is the protocol's own limit, 1920 dots the widest head on record.
MAX_IMAGE: Final = 3000 * 1920


class NeedData(enum.Enum):
    """Returned by `FrameDecoder.next_frame` when the buffer holds no whole frame."""

    NEED_DATA = enum.auto()


NEED_DATA: Final = NeedData.NEED_DATA


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, in either direction.

    Attributes:
        command: Class byte and sub-command byte.
        payload: Arguments of a request, data of a reply.
        flag: The status byte; `refused` and `reason` read it.
        following: Raw bytes that follow once the header is answered; only image blocks have them.
    """

    command: int
    payload: bytes = b""
    flag: int = FLAG_ACCEPTED
    following: int = 0

    @property
    def refused(self) -> bool:
        """Whether a reply says no."""
        return bool(self.flag & REFUSED_BIT)

    @property
    def reason(self) -> int:
        """The low nibble of the status byte: why a reply says no."""
        return self.flag & REASON_MASK


def encode(frame: Frame) -> bytes:
    """Return the bytes of `frame`; for an image block only those of its header.

    Raises:
        LocalProtocolError: A field does not fit, or the command is never sent (`FORBIDDEN`).
    """
    if frame.command in FORBIDDEN and not frame.refused:
        raise LocalProtocolError(f"command {frame.command:04X} is never sent")
    if not 0 <= frame.command <= 0xFFFF or not 0 <= frame.flag <= 0xFF:
        raise LocalProtocolError(f"command {frame.command:#x} or flag {frame.flag:#x} out of range")
    if frame.following:
        return _encode_image_header(frame)
    if len(frame.payload) > MAX_PAYLOAD:
        raise LocalProtocolError(f"payload of {len(frame.payload)} bytes exceeds {MAX_PAYLOAD}")
    length = (3 + len(frame.payload)).to_bytes(2, "big")
    return b"".join((bytes([START]), length, _flag_and_command(frame), frame.payload))


def _encode_image_header(frame: Frame) -> bytes:
    if frame.command != IMAGE_BLOCK or len(frame.payload) != 4:
        raise LocalProtocolError(f"{frame.command:04X} with {len(frame.payload)} bytes has no data")
    if not 0 < frame.following <= MAX_IMAGE:
        raise LocalProtocolError(f"image of {frame.following} bytes outside 1..{MAX_IMAGE}")
    length = (8 + frame.following).to_bytes(3, "big")
    return b"".join(
        (bytes([START]), length[:2], _flag_and_command(frame), length[2:], frame.payload)
    )


def _flag_and_command(frame: Frame) -> bytes:
    return bytes([frame.flag]) + frame.command.to_bytes(2, "big")


class FrameDecoder:
    """Turns any slicing of the incoming bytes into frames.

    Args:
        requests: Decode what a host sends. Only there 8309 has the long form; its reply is short.
    """

    def __init__(self, *, requests: bool = False) -> None:
        self._buffer = bytearray()
        self._requests = requests
        self.discarded = 0  #: bytes thrown away while looking for A5

    def receive_data(self, data: bytes) -> None:
        """Store bytes. Nothing is parsed until `next_frame`."""
        self._buffer += data

    @property
    def missing(self) -> int:
        """How many more bytes the frame that has begun needs, as far as can be told yet."""
        if len(self._buffer) < HEADER_SIZE:
            return HEADER_SIZE - len(self._buffer)
        return max(0, self._frame_size() - len(self._buffer))

    def next_frame(self) -> Frame | NeedData:
        """Return the next whole frame, or NEED_DATA.

        Raises:
            RemoteProtocolError: An impossible length. The bad byte is dropped, so the caller may go
                on calling.
        """
        self._drop_until_start()
        self._refuse_impossible_length()
        if len(self._buffer) < HEADER_SIZE or len(self._buffer) < self._frame_size():
            return NEED_DATA
        size = self._frame_size()
        raw = bytes(self._buffer[:size])
        following = self._length() - 8 if self._is_long() else 0
        del self._buffer[:size]
        start = HEADER_SIZE + 1 if following else HEADER_SIZE
        return Frame(int.from_bytes(raw[4:6], "big"), raw[start:], raw[3], following)

    def take_raw(self, limit: int) -> bytes:
        """Return up to `limit` stored bytes unparsed: the data behind an image header."""
        raw = bytes(self._buffer[:limit])
        del self._buffer[:limit]
        return raw

    def _is_long(self) -> bool:
        return self._requests and int.from_bytes(self._buffer[4:6], "big") == IMAGE_BLOCK

    def _frame_size(self) -> int:
        return IMAGE_HEADER_SIZE if self._is_long() else 3 + self._length()

    def _length(self) -> int:
        upper = int.from_bytes(self._buffer[1:3], "big")
        return upper << 8 | self._buffer[HEADER_SIZE] if self._is_long() else upper

    def _refuse_impossible_length(self) -> None:
        # A reply's length can be judged after 3 bytes, a request's only when its form is known.
        known = IMAGE_HEADER_SIZE if self._is_long() else HEADER_SIZE if self._requests else 3
        if len(self._buffer) < known:
            return
        length = self._length()
        low, high = (9, 8 + MAX_IMAGE) if self._is_long() else (3, 3 + MAX_PAYLOAD)
        if not low <= length <= high:
            self._discard(1)
            raise RemoteProtocolError(f"length field {length} outside {low}..{high}")

    def _drop_until_start(self) -> None:
        start = self._buffer.find(START)
        self._discard(len(self._buffer) if start < 0 else start)

    def _discard(self, count: int) -> None:
        self.discarded += count
        del self._buffer[:count]

"""HiTi CS frames: bytes to frames and back, no I/O.

Source: docs/explanations/wire-hiti-cs.md, rows "request", "reply", "long form" and "data behind the
header" (IEEE 1284.1 TIP/SI framing).

    short   A5 | length u16 BE = 3 + payload | flag | command u16 BE | payload
    long    A5 | upper 16 bits of length = 4 + payload + data | flag | 8309 or 8303
               | lowest length byte | payload, answered, and then the raw data
    behind  A5 | length u16 BE = 3 + data | flag | 830B, 830C or E002, answered, and then the data

The payload of 8309 is first line and line count, each u16 BE, that of 8303 the plane's number.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from station.core.errors import LocalProtocolError, RemoteProtocolError

START: Final = 0xA5
# "component" and "reply"; a host sends it and a printer accepts with it
FLAG_ACCEPTED: Final = 0x50
REFUSED_BIT: Final = 0x80
REASON_MASK: Final = 0x0F
HEADER_SIZE: Final = 6
IMAGE_BLOCK: Final = 0x8309
HEAT_TABLE: Final = 0x8303
# Firmware, calibration, NVRAM and password commands. They can destroy a printer, so a frame that
# requests one can't be encoded; a printer's refusal of one can be decoded.
FORBIDDEN: Final = frozenset(
    {0x8306, 0x8307, 0x8308, 0x8403, 0x8406, 0x840C, 0x840E, 0x8900, 0x8901}
)
# The longest known reply has 97 data bytes. A length far above it is noise after an A5, and waiting
# for it would swallow every following frame.
MAX_PAYLOAD: Final = 1024


@dataclass(frozen=True, slots=True)
class Form:
    """The layout of a command's frame.

    Attributes:
        header: Bytes before the raw data; of the short form, before the payload.
        counted: What the length field counts besides raw data or payload.
        most: Maximum bytes of raw data or payload.
        raw: Whether raw data follows once the header is answered.
    """

    header: int = HEADER_SIZE
    counted: int = 3
    most: int = MAX_PAYLOAD
    raw: bool = False

    @property
    def wide(self) -> bool:
        """Whether the length has a third byte after the command."""
        return self.header > HEADER_SIZE

    @property
    def payload_at(self) -> int:
        """Offset of the payload."""
        return HEADER_SIZE + 1 if self.wide else HEADER_SIZE


SHORT: Final = Form()
_BEHIND: Final = Form(most=0xFFFF - 3, raw=True)
#: Commands that a host does not send in the short form. 3000 lines is the protocol's own limit,
#: 1920 dots the widest known head.
FORMS: Final = {
    IMAGE_BLOCK: Form(header=11, counted=8, most=3000 * 1920, raw=True),
    HEAT_TABLE: Form(header=8, counted=5, most=0xFFFF, raw=True),
    0x830B: _BEHIND,
    0x830C: _BEHIND,
    0xE002: _BEHIND,
}


class NeedData(enum.Enum):
    """Returned by `FrameDecoder.next_frame` when the buffer holds no complete frame."""

    NEED_DATA = enum.auto()


NEED_DATA: Final = NeedData.NEED_DATA


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, in either direction.

    Attributes:
        command: Class byte and sub-command byte.
        payload: Arguments of a request, data of a reply.
        flag: The status byte; `refused` and `reason` read it.
        following: Raw bytes that follow once the header is answered.
    """

    command: int
    payload: bytes = b""
    flag: int = FLAG_ACCEPTED
    following: int = 0

    @property
    def refused(self) -> bool:
        """Whether a reply is a refusal."""
        return bool(self.flag & REFUSED_BIT)

    @property
    def reason(self) -> int:
        """The low nibble of the status byte: the reason of a refusal."""
        return self.flag & REASON_MASK


def encode(frame: Frame) -> bytes:
    """Return the bytes of `frame`, without the raw data that may follow it.

    Raises:
        LocalProtocolError: A field does not fit, or the command is never sent (`FORBIDDEN`).
    """
    if frame.command in FORBIDDEN and not frame.refused:
        raise LocalProtocolError(f"command {frame.command:04X} is never sent")
    if not 0 <= frame.command <= 0xFFFF or not 0 <= frame.flag <= 0xFF:
        raise LocalProtocolError(f"command {frame.command:#x} or flag {frame.flag:#x} out of range")
    if frame.following:
        return _encode_header(frame)
    if len(frame.payload) > MAX_PAYLOAD:
        raise LocalProtocolError(f"payload of {len(frame.payload)} bytes exceeds {MAX_PAYLOAD}")
    length = (3 + len(frame.payload)).to_bytes(2, "big")
    return b"".join((bytes([START]), length, _flag_and_command(frame), frame.payload))


def _encode_header(frame: Frame) -> bytes:
    form = FORMS.get(frame.command, SHORT)
    if not form.raw or len(frame.payload) != form.header - form.payload_at:
        raise LocalProtocolError(f"{frame.command:04X} with {len(frame.payload)} bytes has no data")
    if not 0 < frame.following <= form.most:
        raise LocalProtocolError(f"data of {frame.following} bytes outside 1..{form.most}")
    length = (form.counted + frame.following).to_bytes(3 if form.wide else 2, "big")
    return b"".join(
        (bytes([START]), length[:2], _flag_and_command(frame), length[2:], frame.payload)
    )


def _flag_and_command(frame: Frame) -> bytes:
    return bytes([frame.flag]) + frame.command.to_bytes(2, "big")


def is_one_request(data: bytes) -> bool:
    """Whether a write is exactly one complete request: not a piece of an image."""
    decoder = FrameDecoder(requests=True)
    decoder.receive_data(data)
    try:
        frame = decoder.next_frame()
    except RemoteProtocolError:
        return False
    whole = isinstance(frame, Frame) and not decoder.discarded
    return whole and not decoder.take_raw(len(data))


class FrameDecoder:
    """Splits incoming bytes of any slicing into frames.

    Args:
        requests: Decode what a host sends. Only hosts use forms other than the short one; every
            reply is short.
    """

    def __init__(self, *, requests: bool = False) -> None:
        self._buffer = bytearray()
        self._requests = requests
        self.discarded = 0  #: bytes discarded while searching for A5

    def receive_data(self, data: bytes) -> None:
        """Store bytes. Nothing is parsed until `next_frame`."""
        self._buffer += data

    @property
    def missing(self) -> int:
        """How many more bytes the current frame needs, as far as known yet."""
        if len(self._buffer) < HEADER_SIZE:
            return HEADER_SIZE - len(self._buffer)
        return max(0, self._frame_size() - len(self._buffer))

    def next_frame(self) -> Frame | NeedData:
        """Return the next complete frame, or NEED_DATA.

        Raises:
            RemoteProtocolError: An impossible length. The invalid byte is dropped, so the caller
                may continue.
        """
        self._drop_until_start()
        self._refuse_impossible_length()
        if len(self._buffer) < HEADER_SIZE or len(self._buffer) < self._frame_size():
            return NEED_DATA
        form, size = self._form(), self._frame_size()
        raw = bytes(self._buffer[:size])
        following = self._length() - form.counted if form.raw else 0
        del self._buffer[:size]
        return Frame(int.from_bytes(raw[4:6], "big"), raw[form.payload_at :], raw[3], following)

    def take_raw(self, limit: int) -> bytes:
        """Return up to `limit` stored bytes unparsed: the data after a header."""
        raw = bytes(self._buffer[:limit])
        del self._buffer[:limit]
        return raw

    def _form(self) -> Form:
        # Only a host uses forms other than the short one.
        command = int.from_bytes(self._buffer[4:6], "big")
        return FORMS.get(command, SHORT) if self._requests else SHORT

    def _frame_size(self) -> int:
        form = self._form()
        return form.header if form.raw else form.header - form.counted + self._length()

    def _length(self) -> int:
        upper = int.from_bytes(self._buffer[1:3], "big")
        return upper << 8 | self._buffer[HEADER_SIZE] if self._form().wide else upper

    def _refuse_impossible_length(self) -> None:
        # A reply's length can be checked after 3 bytes, a request's only when its form is known.
        form = self._form()
        if len(self._buffer) < (form.header if self._requests else 3):
            return
        low, high = form.counted + form.raw, form.counted + form.most
        if not low <= (length := self._length()) <= high:
            self._discard(1)
            raise RemoteProtocolError(f"length field {length} outside {low}..{high}")

    def _drop_until_start(self) -> None:
        start = self._buffer.find(START)
        self._discard(len(self._buffer) if start < 0 else start)

    def _discard(self, count: int) -> None:
        self.discarded += count
        del self._buffer[:count]

"""Frames between the daemon and its picture process: a header of JSON and a body of bytes.

Eight bytes of lengths (header, body; big-endian), the header, the body. JSON has numbers, texts and
lists and can't name code to be run, unlike pickle: what comes from the process is only data.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from station.core.errors import RemoteProtocolError

_LENGTHS: Final = struct.Struct(">II")
#: A template has 8 KB, a slip 1 KB.
MOST_HEADER: Final = 256 << 10
#: A portrait has 4 MiB at most (the longest answer of a province), a preview or a slip 1 to 2.
MOST_BODY: Final = 16 << 20

#: Returns exactly as many bytes as asked for, or raises.
Receive = Callable[[int], bytes]


class Frame(NamedTuple):
    """One request or one answer. May be personal: never log it."""

    header: dict[str, object]
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Frame({len(self.header)} keys, {len(self.body)} bytes)"


def encode_frame(frame: Frame) -> bytes:
    """Return the bytes of a frame.

    Raises:
        RemoteProtocolError: It is longer than the other end accepts.
    """
    header = json.dumps(frame.header, ensure_ascii=True, allow_nan=False).encode()
    _check_lengths(len(header), len(frame.body))
    return _LENGTHS.pack(len(header), len(frame.body)) + header + frame.body


def read_frame(receive: Receive) -> Frame:
    """Read one frame; lengths are checked before anything is waited for.

    Raises:
        RemoteProtocolError: It is too long, or its header is not a JSON object.
    """
    header_length, body_length = _LENGTHS.unpack(receive(_LENGTHS.size))
    _check_lengths(header_length, body_length)
    try:
        header = json.loads(receive(header_length))
    except (ValueError, RecursionError) as exc:  # ValueError: not UTF-8, not JSON
        raise RemoteProtocolError("picture process: a header that is not JSON") from exc
    if not isinstance(header, dict):
        raise RemoteProtocolError("picture process: a header that is not an object")
    return Frame(header, receive(body_length))


def _check_lengths(header: int, body: int) -> None:
    if header > MOST_HEADER or body > MOST_BODY:
        raise RemoteProtocolError(f"picture process: a frame of {header} and {body} bytes")

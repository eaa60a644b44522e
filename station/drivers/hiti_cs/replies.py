"""The meaning of the printer's replies, except for its state (`status_map`).

Source: docs/explanations/wire-hiti-cs.md, the command table. The sizes were checked on arrival
    against the catalogue in `commands`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from station.core.errors import RemoteProtocolError

SUMMARY_LENGTH_AT: Final = 33
FIRMWARE_SIZE: Final = 9
RIBBON_VERSION: Final = 0x003F
RIBBON_LEFT: Final = 0x03  # statistics type


@dataclass(frozen=True, slots=True)
class Engine:
    """The print engine's report on itself (8000).

    Attributes:
        head_width_dots: Dots of the head: columns of a plane on the wire.
        dpi: Resolution along the card.
        max_rows: Maximum number of lines.
    """

    head_width_dots: int
    dpi: int
    max_rows: int


def decode_summary(data: bytes) -> tuple[str, str]:
    """Return id text and firmware version of a 0100 reply.

    Raises:
        RemoteProtocolError: The text runs past the end.
    """
    start = SUMMARY_LENGTH_AT + 1
    end = start + data[SUMMARY_LENGTH_AT]
    firmware = end + 1  # one byte of unknown meaning is between them
    if firmware + FIRMWARE_SIZE > len(data):
        raise RemoteProtocolError(f"id text ends at {end} of {len(data)} bytes")
    return _text(data[start:end]), _text(data[firmware : firmware + FIRMWARE_SIZE])


def decode_serial(data: bytes) -> str:
    """Return the serial number of an 8007 reply.

    Raises:
        RemoteProtocolError: Not ASCII.
    """
    return _text(data)


def decode_engine(data: bytes) -> Engine:
    """Return the used fields of an 8000 reply."""
    _segments, width, _across, along, _columns, rows = struct.unpack_from(">BHHHHH", data)
    return Engine(width, along, rows)


def decode_counter(data: bytes) -> int:
    """Return the count of an 8005 reply."""
    return int.from_bytes(data[:4], "big")


def decode_ribbon_left(data: bytes) -> int | None:
    """Return the cards left on the ribbon of a 040B reply, or None if it does not report them.

    Raises:
        RemoteProtocolError: Fewer bytes than its count announces.
    """
    return dict(struct.iter_unpack(">BI", _counted(data, 5))).get(RIBBON_LEFT)


def decode_ribbon_type(data: bytes) -> int:
    """Return the ribbon's type byte of a 040C reply."""
    return data[2]


def decode_ribbon_vendor(data: bytes) -> tuple[int, int]:
    """Return vendor and version of the ribbon's chip of an 800F reply."""
    code = int.from_bytes(data, "big")
    return code >> 12, code & RIBBON_VERSION


def decode_calibration(data: bytes) -> tuple[int, int]:
    """Return horizontal and vertical calibration of an 8001 reply."""
    return data[0], data[1]


def decode_job_id(data: bytes) -> int:
    """Return the job id of a 0500 or 0501 reply."""
    return int.from_bytes(data[1:3], "big")


def decode_job_state(data: bytes, job_id: int) -> int:
    """Return the state byte of a 0502 reply.

    Raises:
        RemoteProtocolError: It refers to another job.
    """
    if decode_job_id(data) != job_id:
        raise RemoteProtocolError(f"asked for job {job_id}, told of job {decode_job_id(data)}")
    return data[3]


def decode_jobs(data: bytes) -> dict[int, int]:
    """Return job id -> state byte of a 0503 reply.

    Raises:
        RemoteProtocolError: Fewer bytes than its count announces.
    """
    return {job: state for _unit, job, state in struct.iter_unpack(">BHB", _counted(data, 4))}


def _counted(data: bytes, size: int) -> bytes:
    end = 1 + data[0] * size
    if len(data) < end:
        raise RemoteProtocolError(f"{data[0]} records of {size} bytes in {len(data)} bytes")
    return data[1:end]


def _text(data: bytes) -> str:
    try:
        return data.decode("ascii").strip("\0 ")
    except UnicodeDecodeError:
        raise RemoteProtocolError(f"text is not ASCII: {data.hex(' ')}") from None

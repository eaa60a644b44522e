"""The commands that this driver sends, and the layout of their arguments.

Source: docs/explanations/wire-hiti-cs.md, the command table. Values that it marks `L` or `?` come
    from the model's TOML instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.errors import LocalProtocolError
from station.core.faces import Panel
from station.drivers.hiti_cs.codec import HEADER_SIZE, IMAGE_BLOCK, Frame, encode
from station.drivers.kit.faces import check_job_id

MOVE_CLASS: Final = 0xE0


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the catalogue.

    Attributes:
        id: Class byte and sub-command byte.
        name: Name in the list of exchanges.
        reply: Minimum and maximum data bytes of its reply.
        changes: Whether it changes anything in the printer; other commands may be repeated.
    """

    id: int
    name: str
    reply: tuple[int, int] = (0, 0)
    changes: bool = False


SUMMARY: Final = Command(0x0100, "read summary", (45, 256))
RESET: Final = Command(0x0301, "reset", (0, 6), changes=True)
STATUS: Final = Command(0x0400, "read status", (3, 3))
INPUT_STATUS: Final = Command(0x0401, "read input status", (4, 4))
INPUT_ALERTS: Final = Command(0x0403, "read input alerts", (1, 17))
JAM_ALERTS: Final = Command(0x0405, "read jam alerts", (1, 17))
OPERATOR_ALERTS: Final = Command(0x0406, "read operator alerts", (1, 17))
WARNINGS: Final = Command(0x0407, "read warnings", (1, 17))
SERVICE_ALERTS: Final = Command(0x0408, "read service alerts", (1, 17))
SUPPLIES: Final = Command(0x040C, "read supplies", (5, 5))
SUPPLY_ALERTS: Final = Command(0x040A, "read supply alerts", (1, 17))
STATISTICS: Final = Command(0x040B, "read statistics", (1, 64))
START_JOB: Final = Command(0x0500, "start job", (3, 3), changes=True)
END_JOB: Final = Command(0x0501, "end job", (3, 3), changes=True)
JOB_COMPLETED: Final = Command(0x0502, "ask whether a job is completed", (6, 6))
JOBS: Final = Command(0x0503, "list jobs", (1, 64))
ENGINE: Final = Command(0x8000, "read engine", (22, 29))
CALIBRATION: Final = Command(0x8001, "read calibration", (2, 2))
COUNTER: Final = Command(0x8005, "read total counter", (4, 8))
SERIAL_NUMBER: Final = Command(0x8007, "read serial number", (18, 18))
RIBBON_VENDOR: Final = Command(0x800F, "read ribbon vendor", (2, 2))
PRODUCT: Final = Command(0x8009, "read product", (3, 3))
FORMAT: Final = Command(0x8100, "set format", changes=True)
HEAT_SETTING: Final = Command(0x8102, "set heat", changes=True)
START_PAGE: Final = Command(0x8200, "start page", changes=True)
END_PAGE: Final = Command(0x8201, "end page", changes=True)
IMAGE: Final = Command(IMAGE_BLOCK, "announce image", changes=True)

FRONT_PLANES: Final = {
    Panel.YELLOW: Command(0x8202, "front Y", changes=True),
    Panel.MAGENTA: Command(0x8203, "front M", changes=True),
    Panel.CYAN: Command(0x8204, "front C", changes=True),
    Panel.RESIN_BLACK: Command(0x8206, "front K", changes=True),
    Panel.OVERCOAT: Command(0x8208, "front overcoat", changes=True),
}
BACK_PLANES: Final = {
    Panel.YELLOW: Command(0x8209, "back Y", changes=True),
    Panel.MAGENTA: Command(0x820A, "back M", changes=True),
    Panel.CYAN: Command(0x820B, "back C", changes=True),
    Panel.RESIN_BLACK: Command(0x820D, "back K", changes=True),
    Panel.OVERCOAT: Command(0x820F, "back overcoat", changes=True),
}

_ALL: Final = (*vars().values(), *FRONT_PLANES.values(), *BACK_PLANES.values())
#: Id -> name; the movements are the model's own and not among them.
NAMES: Final = {one.id: one.name for one in _ALL if isinstance(one, Command)}

RIBBON: Final = b"\x00"
SOFT_RESET: Final = b"\x02"
ALL_JOBS: Final = b"\x00\x00\x00"
TOTAL_CARDS: Final = b"\x01"
SERIAL_LENGTH: Final = b"\x12"


def move(command_id: int, name: str) -> Command:
    """Return a card movement; its id is a fact of the model.

    Raises:
        LocalProtocolError: It is not in the class of movements, although the model's file has it.
    """
    if command_id >> 8 != MOVE_CLASS:
        raise LocalProtocolError(f"{command_id:04X} is no card movement")
    return Command(command_id, name, (0, 6), changes=True)


def encode_request(command: Command, payload: bytes = b"") -> bytes:
    """Return the bytes of one request.

    Raises:
        LocalProtocolError: See `codec.encode`.
    """
    return encode(Frame(command.id, payload))


def encode_image_header(line_count: int, size: int) -> bytes:
    """Return the header that announces `size` bytes of image data, starting at the first line.

    Raises:
        LocalProtocolError: More than the protocol can carry.
    """
    return encode(Frame(IMAGE.id, b"\x00\x00" + line_count.to_bytes(2, "big"), following=size))


def job_arguments(job_id: int) -> bytes:
    """Return unit and job id as 0500 and 0501 take them.

    Raises:
        LocalProtocolError: The id is not one that a host may choose.
    """
    check_job_id(job_id)
    return b"\x00" + job_id.to_bytes(2, "big")


def job_completed_arguments(job_id: int) -> bytes:
    """Return the arguments of 0502.

    Raises:
        LocalProtocolError: The id is not one that a host may choose.
    """
    return job_arguments(job_id) + b"\x00\x01"


def name_of_request(data: bytes) -> str:
    """Return id and name of the command in one whole request."""
    command = int.from_bytes(data[4:HEADER_SIZE], "big")
    known = NAMES.get(command, "move the card" if command >> 8 == MOVE_CLASS else "")
    return f"{command:04X} {known}".strip()

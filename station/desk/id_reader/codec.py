"""Frames of the security module in resident ID card readers. Pure.

    to the module      AA AA AA 96 69 | length | command  parameter  data | check
    from the module    AA AA AA 96 69 | length | SW1  SW2  SW3       data | check

`length` is big-endian and counts everything after itself; `check` is the XOR of every byte from the
length to the last one before it. Answers do not identify their command, so a driver must not send a
command while an answer to an earlier one may be on its way, and an answer must have the form that
belongs to the command.

Source: docs/explanations/wire-id-reader.md.
"""

from __future__ import annotations

import enum
import functools
import operator
from dataclasses import dataclass, field
from typing import Final

PREAMBLE: Final = bytes.fromhex("AA AA AA 96 69")
LENGTH_BYTES: Final = 2
STATUS_BYTES: Final = 3
CHECK_BYTES: Final = 1
SHORTEST: Final = STATUS_BYTES + CHECK_BYTES
TEXT_BYTES: Final = 256
PICTURE_BYTES: Final = 1024
FINGERPRINT_BYTES: Final = (0, 512, 1024)
#: The longest answer: text, picture and both fingerprints.
LONGEST: Final = (
    STATUS_BYTES + 3 * LENGTH_BYTES + TEXT_BYTES + PICTURE_BYTES + max(FINGERPRINT_BYTES)
) + CHECK_BYTES
NEW_ADDRESS_BYTES: Final = 70


class Command(enum.Enum):
    """Commands to the module: command byte and parameter byte."""

    RESET = (0x10, 0xFF)
    STATE = (0x11, 0xFF)
    MODULE_ID = (0x12, 0xFF)
    FIND = (0x20, 0x01)
    SELECT = (0x20, 0x02)
    READ = (0x30, 0x01)
    READ_NEW_ADDRESS = (0x30, 0x03)
    READ_WITH_FINGERPRINT = (0x30, 0x10)
    BAUD_115200 = (0x60, 0x00)
    BAUD_57600 = (0x60, 0x01)
    BAUD_38400 = (0x60, 0x02)
    BAUD_19200 = (0x60, 0x03)
    BAUD_9600 = (0x60, 0x04)


class Status(enum.IntEnum):
    """SW3, the byte with the result."""

    DONE = 0x90
    FOUND = 0x9F
    CHECKSUM_WRONG = 0x10
    LENGTH_WRONG = 0x11
    COMMAND_WRONG = 0x21
    NOT_ALLOWED = 0x23
    UNKNOWN_COMMAND = 0x24
    CARD_REFUSED_MODULE = 0x31
    MODULE_REFUSED_CARD = 0x32
    NOT_GENUINE = 0x33
    UNKNOWN_KIND = 0x40
    READING_FAILED = 0x41
    NO_RANDOM_NUMBER = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NO_CARD = 0x80
    SELECTING_FAILED = 0x81
    NOTHING_THERE = 0x91


class Damage(enum.StrEnum):
    """Defects in the bytes of an answer."""

    NO_PREAMBLE = "no-preamble"  #: bytes arrived, and none of them begins a frame
    CUT_SHORT = "cut-short"  #: fewer bytes arrived than the frame's length announces
    LENGTH_IMPOSSIBLE = "length-impossible"  #: no answer is this short or this long
    CHECKSUM = "checksum-wrong"
    DOUBLED = "doubled"  #: a second, identical frame follows
    MORE_BYTES = "more-bytes"  #: other bytes follow the frame
    STATUS_UNKNOWN = "status-unknown"
    ENDLESS = "endless-bytes"  #: bytes keep arriving although nothing was requested
    OTHER_ANSWER = "answer-to-another-command"  #: its form does not belong to the command


class DamagedAnswerError(Exception):
    """An unusable answer. Its text is the damage and contains no data."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.value)
        self.damage = damage


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete frame from the module."""

    status: Status
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """Data read from a card. The picture is dropped here and never leaves this module."""

    text: bytes = field(repr=False)


#: Data bytes of a valid answer to each command; `split_content` checks the readings.
_GOOD: Final = {
    Command.MODULE_ID: 16,
    Command.FIND: 4,
    Command.SELECT: 8,
    Command.READ_NEW_ADDRESS: NEW_ADDRESS_BYTES,
}
_READINGS: Final = frozenset({Command.READ, Command.READ_WITH_FINGERPRINT})


def encode_command(command: Command) -> bytes:
    """Return the frame of a command."""
    length = len(command.value) + CHECK_BYTES
    body = length.to_bytes(LENGTH_BYTES, "big") + bytes(command.value)
    return PREAMBLE + body + bytes([checksum(body)])


def checksum(body: bytes) -> int:
    """Return the XOR of all bytes."""
    return functools.reduce(operator.xor, body, 0)


class AnswerReader:
    """Assembles one answer from its pieces. Bytes before the preamble are skipped."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether no byte has arrived yet."""
        return not self._bytes

    def feed(self, data: bytes) -> Answer | None:
        """Add received bytes; returns the answer once it is complete.

        Raises:
            DamagedAnswerError: It can't become a valid answer, whatever follows.
        """
        self._bytes += data
        at = self._bytes.find(PREAMBLE)
        if at < 0:
            if len(self._bytes) > LONGEST:
                raise DamagedAnswerError(Damage.NO_PREAMBLE)
            return None
        body = bytes(self._bytes[at + len(PREAMBLE) :])
        if len(body) < LENGTH_BYTES:
            return None
        length = int.from_bytes(body[:LENGTH_BYTES], "big")
        if not SHORTEST <= length <= LONGEST:
            raise DamagedAnswerError(Damage.LENGTH_IMPOSSIBLE)
        end = LENGTH_BYTES + length
        return _whole(body[:end], body[end:]) if len(body) >= end else None

    def end(self) -> DamagedAnswerError:
        """Return the defect when no more bytes follow; some have arrived."""
        found = self._bytes.find(PREAMBLE) >= 0
        return DamagedAnswerError(Damage.CUT_SHORT if found else Damage.NO_PREAMBLE)


def _whole(body: bytes, rest: bytes) -> Answer:
    if checksum(body[:-CHECK_BYTES]) != body[-1]:
        raise DamagedAnswerError(Damage.CHECKSUM)
    if rest:
        again = rest.startswith((PREAMBLE + body)[: len(rest)])
        raise DamagedAnswerError(Damage.DOUBLED if again else Damage.MORE_BYTES)
    status = body[LENGTH_BYTES : LENGTH_BYTES + STATUS_BYTES]
    known = Status._value2member_map_.get(status[2])
    if status[:2] != b"\x00\x00" or not isinstance(known, Status):
        raise DamagedAnswerError(Damage.STATUS_UNKNOWN)
    return Answer(known, body[LENGTH_BYTES + STATUS_BYTES : -CHECK_BYTES])


def check_form(command: Command, answer: Answer) -> None:
    """Check that this can be an answer to `command`.

    Raises:
        DamagedAnswerError: It is valid, but its form belongs to another command.
    """
    if answer.status not in (Status.DONE, Status.FOUND):
        return
    right = Status.FOUND if command is Command.FIND else Status.DONE
    size_fits = command in _READINGS or len(answer.data) == _GOOD.get(command, 0)
    if answer.status is not right or not size_fits:
        raise DamagedAnswerError(Damage.OTHER_ANSWER)
    if command in _READINGS:
        split_content(command, answer.data)


def split_content(command: Command, data: bytes) -> Content:
    """Return the text of a reading.

    Raises:
        DamagedAnswerError: Its parts do not have the lengths of this reading.
    """
    parts = 3 if command is Command.READ_WITH_FINGERPRINT else 2
    head = parts * LENGTH_BYTES
    lengths = [
        int.from_bytes(data[at : at + LENGTH_BYTES], "big") for at in range(0, head, LENGTH_BYTES)
    ]
    expected = [TEXT_BYTES, PICTURE_BYTES]
    if lengths[:2] != expected or len(data) != head + sum(lengths):
        raise DamagedAnswerError(Damage.OTHER_ANSWER)
    if parts == 3 and lengths[2] not in FINGERPRINT_BYTES:
        raise DamagedAnswerError(Damage.OTHER_ANSWER)
    return Content(data[head : head + TEXT_BYTES])


def decode_module_id(data: bytes) -> str:
    """Return the module's id as it is printed on readers: `05.03-20080101-0000000001-0000000001`.

    Raises:
        DamagedAnswerError: Not 16 bytes.
    """
    if len(data) != _GOOD[Command.MODULE_ID]:
        raise DamagedAnswerError(Damage.OTHER_ANSWER)
    numbers = [int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12)]
    return f"{data[0]:02d}.{data[2]:02d}-{numbers[0]:08d}-{numbers[1]:010d}-{numbers[2]:010d}"

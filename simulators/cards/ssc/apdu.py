"""Command APDUs as a T=0 card receives them, and the status words of its answers.

Source: ISO/IEC 7816-3 clause 12 (T=0: P3 is Lc or Le), ISO/IEC 7816-4; card specification part 5.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

HEADER_SIZE: Final = 4
MAX_LE: Final = 256  # Le 00


class StatusWord(enum.IntEnum):
    """SW1-SW2. Card specification part 5; the names are ours."""

    OK = 0x9000
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    WRONG_FILE_TYPE = 0x6981
    SECURITY_NOT_SATISFIED = 0x6982
    AUTHENTICATION_BLOCKED = 0x6983
    NO_CHALLENGE = 0x6984
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_FILE = 0x6986
    WRONG_MAC = 0x6988
    WRONG_DATA = 0x6A80
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    NO_SPACE = 0x6A84
    LENGTH_NOT_TLV = 0x6A85
    WRONG_P1P2 = 0x6A86
    KEY_NOT_FOUND = 0x6A88
    WRONG_OFFSET = 0x6B00
    UNKNOWN_INSTRUCTION = 0x6D00
    UNKNOWN_CLASS = 0x6E00
    NO_DATA = 0x6F00
    APPLICATION_BLOCKED = 0x9303


TRIES_LEFT: Final = 0x63C0  # low nibble: tries left
MORE_DATA: Final = 0x6100  # low byte: number of bytes for GET RESPONSE
WRONG_LE: Final = 0x6C00  # low byte: the correct Le


class RefusedError(Exception):
    """The card refuses a command; never raised out of the card.

    Attributes:
        status: SW1-SW2 of the answer.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class PowerLostError(Exception):
    """The power was lost inside a command; never raised out of the card."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        data: Bytes after Lc; empty when P3 was the last byte. Kept out of the repr.
        p3: Lc when data follows, else Le (00 means 256) or, for a command that takes data, Lc 0.
    """

    cla: int
    ins: int
    p1: int
    p2: int
    p3: int
    data: bytes

    @property
    def header(self) -> bytes:
        """The five bytes that a MAC covers besides the data."""
        return bytes([self.cla, self.ins, self.p1, self.p2, self.p3])

    def __repr__(self) -> str:
        return f"Command({self.cla:02X}{self.ins:02X}{self.p1:02X}{self.p2:02X}{self.p3:02X})"


def decode_command(raw: bytes) -> Command:
    """Return the command in `raw`. A Le after the data is dropped: T=0 never sends it.

    Raises:
        RefusedError: 6700, the length is not that of a short APDU.
    """
    if len(raw) < HEADER_SIZE:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    cla, ins, p1, p2 = raw[:HEADER_SIZE]
    p3 = raw[HEADER_SIZE] if len(raw) > HEADER_SIZE else 0
    body = raw[HEADER_SIZE + 1 :]
    if body and (p3 == 0 or len(body) not in (p3, p3 + 1)):
        raise RefusedError(StatusWord.WRONG_LENGTH)
    return Command(cla, ins, p1, p2, p3, body[:p3])


def encode_status(status: int) -> bytes:
    """Return SW1-SW2 as bytes."""
    return status.to_bytes(2, "big")

"""Acme frames. Source: invented.

Question: sequence u32, operation u8, length u32, data. Answer: sequence u32, verdict u8, length
u16, data. All big-endian. An answer repeats its question's sequence, so a late one can be told.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from station.core.errors import RemoteProtocolError

WHO, STATE, TO_CHIP, OUT, REJECT, PRINT, FORGET = range(1, 8)
NAMES: Final = {
    WHO: "who",
    STATE: "state",
    TO_CHIP: "card to chip station",
    OUT: "card to output hopper",
    REJECT: "card to reject bin",
    PRINT: "print",
    FORGET: "forget a failed feed",
}
QUESTION: Final = struct.Struct(">IBI")
ANSWER: Final = struct.Struct(">IBH")
STATE_DATA: Final = struct.Struct(">BBIHIHB")
LONGEST: Final = 512  # bytes of data; WHO has fewer than 100
ACCEPTED: Final = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `verdict` 0 is yes, anything else the reason of a refusal."""

    sequence: int
    verdict: int
    data: bytes


@dataclass(frozen=True, slots=True)
class State:
    """The answer to STATE.

    Attributes:
        at_work: Whether a movement, a print or the start-up runs.
        place: 0 empty path, 1 print station, 2 chip station, 3 elsewhere.
        conditions: Bits; see `status_map`.
        ribbon_left: Cards.
        printed: Cards in the printer's life.
        job_id: The last job that arrived whole; 0 none since the power came.
        job_state: 1 it was printed, 0 not, or not yet.
    """

    at_work: int
    place: int
    conditions: int
    ribbon_left: int
    printed: int
    job_id: int
    job_state: int


class AnswerDecoder:
    """Bytes in, answers out; needs no link."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> None:
        """Keep what a read brought."""
        self._buffer += data

    def next_answer(self) -> Answer | None:
        """Return the next whole answer; None: more bytes are needed.

        Raises:
            RemoteProtocolError: It claims to be longer than any.
        """
        if len(self._buffer) < ANSWER.size:
            return None
        sequence, verdict, length = ANSWER.unpack_from(self._buffer)
        if length > LONGEST:
            self._buffer.clear()
            raise RemoteProtocolError(f"an answer of {length} bytes")
        end = ANSWER.size + length
        if len(self._buffer) < end:
            return None
        data = bytes(self._buffer[ANSWER.size : end])
        del self._buffer[:end]
        return Answer(sequence, verdict, data)


def encode_question(sequence: int, operation: int, data: bytes = b"") -> bytes:
    """Return one question as it goes over the wire."""
    return QUESTION.pack(sequence, operation, len(data)) + data


def decode_state(data: bytes) -> State:
    """Return what STATE answers.

    Raises:
        RemoteProtocolError: Of another length.
    """
    if len(data) != STATE_DATA.size:
        raise RemoteProtocolError(f"a state of {len(data)} bytes")
    return State(*STATE_DATA.unpack(data))


def decode_who(data: bytes) -> tuple[str, str, str]:
    """Return model, serial number and firmware.

    Raises:
        RemoteProtocolError: Not three texts.
    """
    parts = data.split(b"\0")
    if len(parts) != 3 or not data.isascii():
        raise RemoteProtocolError("WHO is not three texts")
    model, serial, firmware = (part.decode("ascii") for part in parts)
    return model, serial, firmware


def is_harmless_to_show(data: bytes) -> bool:
    """Whether a write holds nothing of a person: everything but a print."""
    return len(data) >= QUESTION.size and data[4] != PRINT

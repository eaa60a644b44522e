"""Commands to a PIN pad and its answers, in both kinds of frames. Pure.

    framed   02 | length | command or status | data | BCC      BCC: XOR of length .. data
    keys     one ASCII code for each key, as it is pressed

Buffers that may hold digits are overwritten after use.

Source: docs/explanations/wire-pin-pad.md.
"""

from __future__ import annotations

import enum
import functools
import operator
from typing import Final, Protocol

from station.core.errors import PinEntryError, PinEntryFault
from station.core.pin_entry import Pin, PinPrompt
from station.desk.pin_pad.facts import Framing, PadCode, PadFacts

START: Final = 0x02
HEAD: Final = 2  # start, length
CHECK: Final = 1
LONGEST: Final = 32  # status and digits: no answer is longer
DIGITS: Final = range(0x30, 0x3A)
MOST_SECONDS: Final = 0xFF


class PadDamage(enum.StrEnum):
    """Defects in the bytes of a pad."""

    NO_START = "no-start"
    CUT_SHORT = "cut-short"
    LENGTH_IMPOSSIBLE = "length-impossible"
    CHECKSUM = "checksum-wrong"
    MORE_BYTES = "more-bytes"
    NOT_DIGITS = "not-digits"
    UNKNOWN_KEY = "unknown-key"
    ENDLESS = "endless-bytes"


class DamagedPadError(Exception):
    """Unusable bytes. The message is the damage and contains no digits."""

    def __init__(self, damage: PadDamage) -> None:
        super().__init__(damage.value)
        self.damage = damage


class PadRefusalError(Exception):
    """A status other than done, cancelled or timed out."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status:02X}")
        self.status = status


class Entry(Protocol):
    """One PIN entry by the holder, from opening the pad to its result."""

    def opening(self) -> bytes:
        """Return the bytes that open the pad."""
        ...

    def feed(self, data: bytes) -> Pin | None:
        """Add bytes of the pad; returns the PIN once it is complete.

        Raises:
            PinEntryError: The holder cancelled, or took too long.
            PadRefusalError: The pad refused.
            DamagedPadError: The bytes are unusable.
        """
        ...

    def end(self) -> PadDamage | None:
        """Return the defect when no more bytes follow; None when the holder has not finished."""
        ...

    def wipe(self) -> None:
        """Overwrite the digits typed so far."""
        ...


def start_entry(facts: PadFacts, prompt: PinPrompt, *, length: int, seconds: float) -> Entry:
    """Return the entry for this make of pad."""
    if facts.framing is Framing.FRAMED:
        return FramedEntry(facts, prompt, length, seconds)
    return KeysEntry(facts, prompt, length)


def closing(facts: PadFacts) -> bytes:
    """Return the bytes that close the pad for typing."""
    return encode_frame(facts.close) if facts.framing is Framing.FRAMED else facts.close


def checking(facts: PadFacts) -> bytes:
    """Return a command that a framed pad answers with a status; empty where there is none."""
    framed = facts.framing is Framing.FRAMED and facts.check
    return encode_frame(facts.check) if framed else b""


def encode_frame(command: bytes, data: bytes = b"") -> bytes:
    """Return a frame to the pad."""
    body = bytes([len(command) + len(data)]) + command + data
    return bytes([START]) + body + bytes([_bcc(body)])


def _bcc(body: bytes) -> int:
    return functools.reduce(operator.xor, body, 0)


class FrameReader:
    """Assembles one frame of the pad."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether no byte has arrived yet."""
        return not self._bytes

    def feed(self, data: bytes) -> tuple[int, bytearray] | None:
        """Add bytes; returns status and data of the frame once it is complete.

        Raises:
            DamagedPadError: It can't become a valid frame.
        """
        self._bytes += data
        at = self._bytes.find(START)
        if at < 0:
            if len(self._bytes) > LONGEST:
                raise DamagedPadError(PadDamage.NO_START)
            return None
        if len(self._bytes) < at + HEAD:
            return None
        length = self._bytes[at + 1]
        if not 1 <= length <= LONGEST:
            raise DamagedPadError(PadDamage.LENGTH_IMPOSSIBLE)
        end = at + HEAD + length + CHECK
        if len(self._bytes) < end:
            return None
        with memoryview(self._bytes) as seen:  # a slice would be a copy that remains in memory
            check = functools.reduce(operator.xor, seen[at + 1 : end - CHECK], 0)
        if check != self._bytes[end - CHECK]:
            raise DamagedPadError(PadDamage.CHECKSUM)
        if len(self._bytes) > end:
            raise DamagedPadError(PadDamage.MORE_BYTES)
        return self._bytes[at + HEAD], self._bytes[at + HEAD + 1 : end - CHECK]

    def end(self) -> PadDamage | None:
        """See `Entry.end`."""
        if self.is_empty:
            return None
        return PadDamage.CUT_SHORT if START in self._bytes else PadDamage.NO_START

    def wipe(self) -> None:
        """See `Entry.wipe`."""
        _overwrite(self._bytes)


class FramedEntry:
    """An entry at a pad that sends the whole PIN. Implements `Entry`."""

    def __init__(self, facts: PadFacts, prompt: PinPrompt, length: int, seconds: float) -> None:
        self._facts = facts
        self._data = bytes([facts.prompts[prompt], length, min(int(seconds), MOST_SECONDS)])
        self._length = length
        self._frame = FrameReader()

    def opening(self) -> bytes:
        """See `Entry.opening`."""
        return encode_frame(self._facts.open, self._data)

    def feed(self, data: bytes) -> Pin | None:
        """See `Entry.feed`."""
        found = self._frame.feed(data)
        if found is None:
            return None
        status, digits = found
        code = self._facts.codes.get(status)
        if code is not PadCode.DONE:
            _overwrite(digits)
            raise _no_pin(code) or PadRefusalError(status)
        if any(digit not in DIGITS for digit in digits):
            _overwrite(digits)
            raise DamagedPadError(PadDamage.NOT_DIGITS)
        return _of_length(digits, self._length)

    def end(self) -> PadDamage | None:
        """See `Entry.end`."""
        return self._frame.end()

    def wipe(self) -> None:
        """See `Entry.wipe`."""
        self._frame.wipe()


class KeysEntry:
    """An entry at a pad that sends each key. Implements `Entry`."""

    def __init__(self, facts: PadFacts, prompt: PinPrompt, length: int) -> None:
        self._facts = facts
        self._data = bytes([facts.prompts[prompt], length])
        self._length = length
        self._typed = bytearray()

    def opening(self) -> bytes:
        """See `Entry.opening`."""
        return self._facts.open + self._data

    def feed(self, data: bytes) -> Pin | None:
        """See `Entry.feed`."""
        for at, key in enumerate(data):
            code = self._facts.codes.get(key)
            if code is PadCode.DONE:
                if at + 1 < len(data):
                    raise DamagedPadError(PadDamage.MORE_BYTES)
                typed, self._typed = self._typed, bytearray()
                return _of_length(typed, self._length)
            self._take(key, code)
        return None

    def _take(self, key: int, code: PadCode | None) -> None:
        if code is PadCode.CORRECTED:
            if self._typed:
                self._typed[-1] = 0
                del self._typed[-1]
        elif code is not None:
            raise _no_pin(code) or PadRefusalError(key)
        elif key not in DIGITS or len(self._typed) >= LONGEST:
            raise DamagedPadError(PadDamage.UNKNOWN_KEY)
        else:
            self._typed.append(key)

    def end(self) -> PadDamage | None:
        """See `Entry.end`."""
        return None

    def wipe(self) -> None:
        """See `Entry.wipe`."""
        _overwrite(self._typed)


def _no_pin(code: PadCode | None) -> PinEntryError | None:
    faults = {
        PadCode.CANCELLED: PinEntryFault.CANCELLED,
        PadCode.TIMED_OUT: PinEntryFault.TIMED_OUT,
    }
    return PinEntryError(faults[code]) if code in faults else None


def _of_length(digits: bytearray, length: int) -> Pin:
    if len(digits) != length:
        _overwrite(digits)
        raise PinEntryError(PinEntryFault.LENGTH)
    return Pin(digits)


def _overwrite(buffer: bytearray) -> None:
    buffer[:] = bytes(len(buffer))
    buffer.clear()

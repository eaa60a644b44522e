"""The holder's PIN: its short-lived container, and the interface of PIN pads.

A PIN is in a `Pin` from the key press to the card and is overwritten after use. It never appears in
a text, a log, an error, the journal or, where a pad is configured, in HTTP. Overwriting can't reach
the short-lived copies in the serial port, in the card command and, for a new PIN that the HSM must
encrypt, in the request to the province.
"""

from __future__ import annotations

import enum
import hmac
from types import TracebackType
from typing import Final, Protocol

SHORTEST_PIN: Final = 4
LONGEST_PIN: Final = 16
_DIGITS: Final = frozenset(b"0123456789")


class Pin:
    """Digits of a PIN, overwritten by `wipe` or at the end of a `with` block; `repr` hides them."""

    __slots__ = ("_digits",)

    def __init__(self, digits: bytearray) -> None:
        """Take ownership of the buffer: the caller must not keep it.

        Args:
            digits: ASCII digits.
        """
        self._digits = digits

    @property
    def is_digits(self) -> bool:
        """Whether it consists of 4 to 16 digits."""
        return SHORTEST_PIN <= len(self._digits) <= LONGEST_PIN and _DIGITS.issuperset(self._digits)

    def __len__(self) -> int:
        return len(self._digits)

    def coded(self) -> bytes:
        """Return two digits per byte, an odd count padded with F, as a card takes it."""
        digits = self._digits + b"F" * (len(self._digits) % 2)
        try:
            return bytes(
                (digits[at] - 0x30) << 4 | (digits[at + 1] - 0x30 if digits[at + 1] < 0x3A else 0xF)
                for at in range(0, len(digits), 2)
            )
        finally:
            digits[:] = bytes(len(digits))

    def equals(self, other: Pin) -> bool:
        """Whether both have the same digits; takes constant time."""
        return hmac.compare_digest(self._digits, other._digits)

    def wipe(self) -> None:
        """Overwrite the digits. Safe to call twice."""
        self._digits[:] = bytes(len(self._digits))
        self._digits.clear()

    def __enter__(self) -> Pin:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "Pin(***)"

    __str__ = __repr__


class PinPrompt(enum.StrEnum):
    """What the pad asks the holder to type."""

    CURRENT = "current"  #: the PIN of the card
    NEW = "new"  #: a new PIN
    AGAIN = "again"  #: the new PIN again


class PinPad(Protocol):
    """A keypad that the holder types on. Thread-safe; calls wait for each other.

    A call may raise `DeskDeviceNotConnectedError` (the pad can't be reached; the next call tries to
    open it again) and `DeskDeviceError` (it refuses, or its answer is unusable).
    """

    @property
    def address(self) -> str:
        """The pad's address, for people."""
        ...

    def check(self) -> None:
        """Find out whether the pad is there. Displays nothing to the holder and makes no sound."""
        ...

    def ask_pin(self, prompt: PinPrompt, *, length: int, timeout: float) -> Pin:
        """Have the holder type a PIN of `length` digits; blocks, at most about `timeout` seconds.

        The pad is closed for typing afterwards, whatever the result.

        Raises:
            PinEntryError: Cancelled, not typed in time, or of another length.
        """
        ...

    def recent_exchanges(self) -> list[str]:
        """Return the last exchanges: prompt, result and duration; never a digit or a count."""
        ...

    def close(self) -> None:
        """Release the device. Safe to call twice."""
        ...

"""Values that must never be shown: their `repr` and `str` are masked."""

from __future__ import annotations

from dataclasses import dataclass

BIN_LENGTH = 6  #: ISO/IEC 7812-1: the original length of the issuer identification number
SHOWN_TAIL = 4


@dataclass(frozen=True, slots=True, repr=False)
class BankNumber:
    """A PAN. Only `reveal()` gives it in full, for the chip compare and the write-back."""

    _digits: str

    def reveal(self) -> str:
        """Return all digits. Never log, store unsealed or show the result."""
        return self._digits

    @property
    def bank_bin(self) -> str:
        """The first six digits, which identify the bank."""
        return self._digits[:BIN_LENGTH]

    @property
    def masked(self) -> str:
        """First six and last four digits; the rest are stars (PCI DSS 3.4.1)."""
        hidden = max(0, len(self._digits) - BIN_LENGTH - SHOWN_TAIL)
        return f"{self._digits[:BIN_LENGTH]}{'*' * hidden}{self._digits[-SHOWN_TAIL:]}"

    def __repr__(self) -> str:
        return "BankNumber(***)"

    __str__ = __repr__


def passes_luhn(digits: str) -> bool:
    """Whether the last digit fits the others, ISO/IEC 7812-1 annex B."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return (total + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0

"""Numbers that identify a person.

Source: GB 11643-1999 (18 digits, MOD 11-2 check of GB/T 17710), and for residence permits the same
    form with
region 81, 82, 83 (Hong Kong, Macao, Taiwan) or first digit 9 (foreigners, since 2023-12).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from station.core.errors import IdNumberError

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS: Final = "10X98765432"
_EIGHTEEN: Final = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_FIFTEEN: Final = re.compile(r"[0-9]{15}", re.ASCII)


def check_digit(first_seventeen: str) -> str:
    """Return the 18th character for the first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True))
    return CHECK_DIGITS[total % 11]


def parse_id_number(text: str) -> str:
    """Return the 18-character number in its normal form (X in upper case, no blanks).

    A 15-digit number is refused with its own code: the person decides whether the 18-digit form is
    theirs.

    Raises:
        IdNumberError: Length or characters, check digit, or birth date are wrong. The message holds
            no digits.
    """
    number = "".join(text.split()).upper()
    if _FIFTEEN.fullmatch(number):
        raise IdNumberError(
            "15-digit number: the 18-digit form is needed", code="id-number-15-digits"
        )
    if not _EIGHTEEN.fullmatch(number):
        raise IdNumberError(
            f"expected 17 digits and a digit or X, got {len(number)} characters",
            code="id-number-form",
        )
    if check_digit(number[:17]) != number[17]:
        raise IdNumberError(
            "the check digit does not fit the first 17 digits", code="id-number-check-digit"
        )
    try:
        dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as exc:
        raise IdNumberError("digits 7 to 14 are not a date", code="id-number-birth-date") from exc
    return number


def masked_id_number(number: str) -> str:
    """Return the number with its birth date and sequence hidden, for lists and logs."""
    return f"{number[:3]}{'*' * max(0, len(number) - 5)}{number[-2:]}"

"""Numbers that identify a person.

Source: GB 11643-1999 (18 digits, MOD 11-2 check of GB/T 17710); residence permits use the same form
    with region 81, 82 or 83 (Hong Kong, Macao, Taiwan) or first digit 9 (foreigners, since
    2023-12). Earlier permits of foreigners have three letters and twelve digits (GA/T 1186).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from station.core.characters import plain_text
from station.core.errors import IdNumberError

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS: Final = "10X98765432"
_EIGHTEEN: Final = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_FIFTEEN: Final = re.compile(r"[0-9]{15}", re.ASCII)
_FOREIGNERS_FIFTEEN: Final = re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII)
#: A number inside a pasted text: surrounded by characters that can't be part of a number.
_EMBEDDED: Final = re.compile(r"(?<![0-9A-Z])[0-9]{17}[0-9X](?![0-9A-Z])", re.ASCII)
#: Sequence numbers reserved for people of a hundred years and more: born in the 19th century.
_CENTENARIANS: Final = ("996", "997", "998", "999")


def check_digit(first_seventeen: str) -> str:
    """Return the 18th character for the first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True))
    return CHECK_DIGITS[total % 11]


def parse_id_number(text: str) -> str:
    """Return the 18-character number in its normal form (X in upper case, no blanks).

    Full-width characters are folded, and a number is extracted from a pasted text (身份证号：…)
    when there is exactly one. A 15-digit number is refused with its own code and its 18-digit form
    in `details["eighteen"]`: the person confirms whether it is theirs.

    Raises:
        IdNumberError: Length or characters, check digit, or birth date are wrong, or the form is no
            longer used by this system. The message contains no digits.
    """
    number = _extracted("".join(plain_text(text).split()).upper())
    _refuse_older_forms(number)
    if not _EIGHTEEN.fullmatch(number):
        raise IdNumberError(
            f"expected 17 digits and a digit or X, got {len(number)} characters",
            code="id-number-form",
        )
    if check_digit(number[:17]) != number[17]:
        raise IdNumberError(
            "the check digit does not fit the first 17 digits", code="id-number-check-digit"
        )
    if not _has_birth_date(number):
        raise IdNumberError("digits 7 to 14 are not a date", code="id-number-birth-date")
    return number


def eighteen_digits(fifteen: str) -> str:
    """Return the 18-character form of a 15-digit number."""
    century = "18" if fifteen[12:] in _CENTENARIANS else "19"
    first = f"{fifteen[:6]}{century}{fifteen[6:]}"
    return first + check_digit(first)


def _extracted(text: str) -> str:
    found = _EMBEDDED.findall(text)
    return found[0] if len(found) == 1 else text


def _refuse_older_forms(number: str) -> None:
    if _FIFTEEN.fullmatch(number):
        raise IdNumberError(
            "15-digit number: the 18-digit form is needed",
            code="id-number-15-digits",
            details={"eighteen": eighteen_digits(number)},
        )
    if _FOREIGNERS_FIFTEEN.fullmatch(number):
        raise IdNumberError(
            "a foreigner's 15-character number: the permit's 18-digit one is needed",
            code="id-number-foreigner-15",
        )


def _has_birth_date(number: str) -> bool:
    try:
        dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return True


def masked_id_number(number: str) -> str:
    """Return the number with its birth date and sequence hidden, for lists and logs."""
    return f"{number[:3]}{'*' * max(0, len(number) - 5)}{number[-2:]}"

"""Identity and card numbers of invented people, with their check characters.

Source: GB 11643-1999 (identity number); 人社信息函〔2012〕37号 appendix A (9-character 卡号).
"""

from __future__ import annotations

from typing import Final

IDENTITY_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS: Final = "10X98765432"
CARD_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
#: District letter of the simulated city's 卡号.
CARD_LETTER: Final = "G"
#: GB/T 2260 assigns this county code to no county, so a number made with it belongs to no real
#: person.
NOBODYS_COUNTY: Final = "98"


def identity_check(first_seventeen: str) -> str:
    """Return the 18th character of an identity number."""
    products = (w * int(digit) for w, digit in zip(IDENTITY_WEIGHTS, first_seventeen, strict=True))
    return IDENTITY_CHECKS[sum(products) % 11]


def identity_number(address: str, birth_date: str, sequence: int) -> str:
    """Return an 18-character number.

    Args:
        address: Six digits.
        birth_date: YYYYMMDD.
        sequence: 0 to 999; odd for men.
    """
    body = f"{address}{birth_date}{sequence:03d}"
    return body + identity_check(body)


def card_check(body: str) -> str:
    """Return the 9th character of a 卡号: letters count from A = 10."""
    total = sum(w * int(char, 36) for w, char in zip(CARD_WEIGHTS, body, strict=True))
    check = 11 - total % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def card_number(serial: int) -> str:
    """Return the 卡号 with this serial number (0 to 9999999)."""
    body = f"{CARD_LETTER}{serial:07d}"
    return body + card_check(body)


def masked(number: str) -> str:
    """Return `number` with its middle hidden, for records that people look through."""
    return number if len(number) < 9 else f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"

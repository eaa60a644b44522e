"""The form of each national data element, independent of sender and receiver.

Source: GB 11643-1999 (AAC002), GB/T 2260 (AAC025, AAB301), GB/T 7408 (dates), ISO/IEC 7812 (bank
    numbers); the national list of the card's elements (AAZ500, AAZ501, AAZ507).

A key is an element's name, or our own word where the list has none (`batch`, `bank_number`). Code
lists (AAC004 性别, AAC005 民族) are not checked here: the caller has them.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from station.core.characters import has_hidden_characters

_DATE: Final = re.compile(r"[0-9]{8}", re.ASCII)
_FORMS: Final = {
    "AAC002": re.compile(r"[0-9]{17}[0-9X]", re.ASCII),
    "AAC003": re.compile(r"(?=\S).{1,50}(?<=\S)"),
    "AAC025": re.compile(r"[0-9]{6}", re.ASCII),
    "AAZ500": re.compile(r"[0-9A-Z]{9}", re.ASCII),
    "AAZ501": re.compile(r"[0-9A-F]{32}", re.ASCII),
    "AAZ507": re.compile(r"[0-9A-F]{26}", re.ASCII),
    "AAE008": re.compile(r"[0-9A-Z]{1,12}", re.ASCII),
    "AAB301": re.compile(r"[0-9]{6}", re.ASCII),
    "batch": re.compile(r"[0-9A-Za-z_-]{1,40}", re.ASCII),
    "bank_name": re.compile(r".{1,60}"),
    "issuer": re.compile(r".{1,60}"),
    "algorithm": re.compile(r"0[123]", re.ASCII),
    "key_address": re.compile(r"[0-9A-F]{4}", re.ASCII),
    "bank_number": re.compile(r"[0-9]{12,19}", re.ASCII),
    "admin_pin": re.compile(r"[0-9]{4,16}", re.ASCII),
    "master_key": re.compile(r"[0-9A-Fa-f]{32}", re.ASCII),
}
_READ_BY_PEOPLE: Final = ("AAC003", "bank_name", "issuer")
_DATES: Final = ("AAC006", "AAZ503", "valid_until")


def has_form(key: str, value: str) -> bool:
    """Whether `value` has the form of the element of this name; dates must exist.

    Raises:
        KeyError: There is no element of this name.
    """
    if key in _DATES:
        return is_date(value)
    if key in _READ_BY_PEOPLE and has_hidden_characters(value):
        return False
    return _FORMS[key].fullmatch(value) is not None


def is_date(text: str) -> bool:
    """Whether `text` is an existing date, YYYYMMDD."""
    if not _DATE.fullmatch(text):
        return False
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True

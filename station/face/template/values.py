"""Formats production data as text for the face."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from station.core.characters import standard_text
from station.core.errors import InputError, NameNotEncodableError
from station.core.gateways import ProductionData
from station.face.template.model import FaceValue, TextField

#: What systems put where a character was lost on the way; nobody is called that.
_LOST: Final = frozenset(("?", "\uff1f", "\u25a1", "\u25a0", "\u3013", "\ufffd"))  # ？□■〓�
_DATE_PART: Final = re.compile(r"YYYY|MM|M|DD|D")


def field_text(field: TextField, data: ProductionData) -> str:
    """Return what the field prints; empty only for an optional field.

    Raises:
        InputError: The value is empty, or a date is not YYYYMMDD; `details["field"]` names it.
        NameNotEncodableError: The name has a replacement sign for a lost character.
    """
    if field.value is None:
        return field.text
    text = _raw_value(field.value, data)
    if not text:
        if field.optional:
            return ""
        raise _unusable(field.value, "is empty")
    if field.value is FaceValue.AAC003 and (lost := _LOST & set(text)):
        raise NameNotEncodableError(
            "AAC003: a character was lost before the name came here",
            details={"character": min(lost), "field": "AAC003", "reason": "lost"},
        )
    if field.date_format:
        return _formatted_date(field.value, text, field.date_format)
    return standard_text(text)


def _raw_value(value: FaceValue, data: ProductionData) -> str:
    chip = data.chip
    return {
        FaceValue.AAC002: chip.AAC002,
        FaceValue.AAC003: chip.AAC003,
        FaceValue.AAZ500: chip.AAZ500,
        FaceValue.AAZ503: chip.AAZ503,
        FaceValue.VALID_UNTIL: chip.valid_until,
        FaceValue.ISSUER: data.issuer,
        FaceValue.BANK_NAME: data.bank_name,
    }[value]


def _formatted_date(value: FaceValue, text: str, date_format: str) -> str:
    try:
        day = dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC)
    except ValueError as exc:
        raise _unusable(value, "is not a date YYYYMMDD") from exc
    parts = {
        "YYYY": f"{day.year:04d}",
        "MM": f"{day.month:02d}",
        "M": str(day.month),
        "DD": f"{day.day:02d}",
        "D": str(day.day),
    }
    return _DATE_PART.sub(lambda match: parts[match.group()], date_format)


def _unusable(value: FaceValue, reason: str) -> InputError:
    return InputError(f"{value.value} {reason}", details={"field": value.value})

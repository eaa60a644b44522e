"""The text on the four kinds of resident ID cards: 256 bytes to fields. Pure.

The text is UTF-16LE, each field padded with spaces. Two bytes at 248 identify the layout.

Source: docs/explanations/wire-id-reader.md, table of layouts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from station.core.characters import has_hidden_characters, standard_text
from station.core.errors import IdNumberError
from station.core.identity import parse_id_number
from station.core.identity_cards import IdCardKind, IdentityCard
from station.desk.id_reader.codec import TEXT_BYTES

KIND_AT: Final = slice(248, 250)
LONG_TERM: Final = bytes.fromhex("7F 95 1F 67").decode("utf-16-le")  # U+957F U+671F
IDEOGRAPHIC_SPACE: Final = "\u3000"
_DATE: Final = re.compile(r"[0-9]{8}", re.ASCII)
#: Three letters of the country, four digits of the region, two of the year, six more.
_FOREIGNERS_NUMBER: Final = re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII)


class CardTextError(Exception):
    """The text does not follow its layout. The message names the field and contains no data."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Byte ranges of the fields on one kind of card.

    Attributes:
        kind: The kind of card.
        name: The Chinese name.
        latin_name: None where there is none.
        number: The number.
        birth: yyyymmdd.
        valid_from: yyyymmdd.
        valid_until: yyyymmdd or 长期.
    """

    kind: IdCardKind
    name: slice
    latin_name: slice | None
    number: slice
    birth: slice
    valid_from: slice
    valid_until: slice


LAYOUTS: Final[Mapping[str, Layout]] = {
    "": Layout(
        IdCardKind.RESIDENT,
        name=slice(0, 30),
        latin_name=None,
        number=slice(122, 158),
        birth=slice(36, 52),
        valid_from=slice(188, 204),
        valid_until=slice(204, 220),
    ),
    "J": Layout(
        IdCardKind.HONG_KONG_MACAO_TAIWAN,
        name=slice(0, 30),
        latin_name=None,
        number=slice(122, 158),
        birth=slice(36, 52),
        valid_from=slice(188, 204),
        valid_until=slice(204, 220),
    ),
    "I": Layout(
        IdCardKind.FOREIGNER_2017,
        name=slice(158, 188),
        latin_name=slice(0, 120),
        number=slice(122, 152),
        birth=slice(220, 236),
        valid_from=slice(188, 204),
        valid_until=slice(204, 220),
    ),
    "Y": Layout(
        IdCardKind.FOREIGNER_2023,
        name=slice(0, 30),
        latin_name=slice(52, 122),
        number=slice(122, 158),
        birth=slice(36, 52),
        valid_from=slice(188, 204),
        valid_until=slice(204, 220),
    ),
}


def parse_text(text: bytes) -> IdentityCard:
    """Return the fields that the window needs.

    Raises:
        CardTextError: The text is truncated, or a field does not have its form.
    """
    if len(text) != TEXT_BYTES:
        raise CardTextError(f"the text has {len(text)} bytes")
    layout = LAYOUTS.get(_field(text, KIND_AT, "kind"), LAYOUTS[""])
    chinese, is_full = _name(text, layout.name)
    latin, latin_is_full = _name(text, layout.latin_name) if layout.latin_name else ("", False)
    if not chinese and not latin:
        raise CardTextError("name: empty")
    return IdentityCard(
        kind=layout.kind,
        number=_number(text, layout),
        name=chinese or latin,
        latin_name=latin,
        name_fills_field=is_full if chinese else latin_is_full,
        birth=_date(text, layout.birth, "birth"),
        valid_from=_optional_date(text, layout.valid_from, "valid-from"),
        valid_until=_valid_until(text, layout.valid_until),
    )


def _name(text: bytes, where: slice) -> tuple[str, bool]:
    raw = text[where]
    is_full = raw[-2:] not in (b" \x00", b"\x00\x00")
    if is_full and 0xD8 <= raw[-1] <= 0xDB:
        raw = raw[:-2]  # the field ends within a surrogate pair
    found = standard_text(_decoded(raw, "name"))
    if has_hidden_characters(found):
        raise CardTextError("name: a character that can't be seen")
    return found, is_full


def _number(text: bytes, layout: Layout) -> str:
    number = _field(text, layout.number, "number").upper()
    if layout.kind is IdCardKind.FOREIGNER_2017:
        if not _FOREIGNERS_NUMBER.fullmatch(number):
            raise CardTextError("number: not three letters and twelve digits")
        return number
    try:
        parsed = parse_id_number(number)
    except IdNumberError as exc:
        raise CardTextError(f"number: {exc.code}") from exc
    if parsed[6:14] != _field(text, layout.birth, "birth"):
        raise CardTextError("number: another date of birth than the card's")
    return parsed


def _valid_until(text: bytes, where: slice) -> dt.date | None:
    if _field(text, where, "valid-until") == LONG_TERM:
        return None
    return _date(text, where, "valid-until")


def _optional_date(text: bytes, where: slice, name: str) -> dt.date | None:
    return _date(text, where, name) if _field(text, where, name) else None


def _date(text: bytes, where: slice, name: str) -> dt.date:
    value = _field(text, where, name)
    if not _DATE.fullmatch(value):
        raise CardTextError(f"{name}: not eight digits")
    try:
        return dt.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        raise CardTextError(f"{name}: no such day") from None


def _field(text: bytes, where: slice, name: str) -> str:
    return _decoded(text[where], name)


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-16-le").strip(" \0" + IDEOGRAPHIC_SPACE)
    except UnicodeDecodeError:
        # Not chained: the original error quotes the bytes.
        raise CardTextError(f"{name}: half of a character") from None

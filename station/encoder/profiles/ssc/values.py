"""Values of the records: cn and an coding, and names in two parts.

Source: 人社信息函〔2012〕37号, 7 (cn, an) and tables 11, 12 (姓名 30 bytes, 姓名扩展 20 bytes); GB
    18030-2022 (the separator of minority names, U+00B7, is A1A4).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Final

from station.core.cards import ChipData, IssuerData
from station.core.characters import decode_text, encode_text
from station.core.errors import InputError, NameNotEncodableError
from station.encoder.profiles.ssc.files import (
    BIRTH_DATE,
    BIRTHPLACE,
    CARD_NUMBER,
    CARD_TYPE,
    HOLDER_FILE,
    INITIALISER,
    ISSUE_DATE,
    NAME,
    NAME_EXTENSION,
    NATION,
    PERSON_NUMBER,
    SEX,
    VALID_UNTIL,
    Coding,
    Record,
)

PAD_AN: Final = b"\x00"
#: A record that was never written is missing or holds only these; all three fillings were seen.
GBK_LENGTH: Final = 2  # bytes of its longest codes
UNWRITTEN: Final = b"\x00\xff "
_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)
#: Control characters and lone surrogates can't be part of a name.
_NO_NAME_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def encode_cn(digits: str, record: Record) -> bytes:
    """Return BCD. The records that an order writes have no room for padding, so none is added.

    Raises:
        InputError: Not digits, too few or too many. The message contains no digits.
    """
    room = record.length * 2
    if not _DIGITS.fullmatch(digits) or len(digits) != room:
        raise InputError(f"{record.element}: expected {room} digits, got {len(digits)} characters")
    return bytes.fromhex(digits)


def encode_an(text: str, record: Record) -> bytes:
    """Return ASCII, left-justified, padded with 00.

    Raises:
        InputError: Empty, not printable ASCII, or too long. The message does not contain the text.
    """
    if not text or not text.isascii() or not text.isprintable() or len(text) > record.length:
        raise InputError(
            f"{record.element}: expected 1 to {record.length} printable ASCII characters, "
            f"got {len(text)} characters"
        )
    return text.encode("ascii").ljust(record.length, PAD_AN)


def split_name(name: str) -> tuple[bytes, bytes]:
    """Return a name as the values of 姓名 and 姓名扩展, cut only between characters.

    Raises:
        InputError: The name is empty.
        NameNotEncodableError: A character has no GB18030 code, or does not fit in 30 + 20 bytes.
            `details["character"]` is that one character.
    """
    if not name.strip():
        raise InputError("AAC003: the name is empty")
    first, rest = bytearray(), bytearray()
    for character in name:
        code = _encode_character(character)
        if not rest and len(first) + len(code) <= NAME.length:
            first += code
        elif len(rest) + len(code) <= NAME_EXTENSION.length:
            rest += code
        else:
            raise NameNotEncodableError(
                f"the name needs more than {NAME.length} + {NAME_EXTENSION.length} bytes",
                details={"character": character, "cause": "no-room"},
            )
    return bytes(first).ljust(NAME.length, PAD_AN), bytes(rest).ljust(NAME_EXTENSION.length, PAD_AN)


def _encode_character(character: str) -> bytes:
    point = ord(character)
    is_noncharacter = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    if is_noncharacter or unicodedata.category(character) in _NO_NAME_CATEGORIES:
        raise NameNotEncodableError(
            f"U+{point:04X} can't be part of a name on the chip",
            details={"character": f"U+{point:04X}", "cause": "no-code"},
        )
    return encode_text(character)


def encode_records(data: ChipData) -> dict[Record, bytes]:
    """Return the values that an order writes, by record, in the order of the files.

    Raises:
        InputError: A record can't hold its value.
        NameNotEncodableError: See `split_name`.
    """
    first, rest = split_name(data.AAC003)
    texts = {
        ISSUE_DATE: data.AAZ503,
        VALID_UNTIL: data.valid_until,
        CARD_NUMBER: data.AAZ500,
        PERSON_NUMBER: data.AAC002,
        SEX: data.AAC004,
        NATION: data.AAC005,
        BIRTHPLACE: data.AAC025,
        BIRTH_DATE: data.AAC006,
    }
    values = {record: _encode(text, record) for record, text in texts.items()}
    values |= {NAME: first, NAME_EXTENSION: rest}
    return {
        record: values[record] for record in (*HOLDER_FILE, ISSUE_DATE, VALID_UNTIL, CARD_NUMBER)
    }


def encode_issuer(issuer: IssuerData, records: Collection[Record]) -> dict[Record, bytes]:
    """Return the values of the issuer's `records` for which no order has data.

    Raises:
        InputError: A value is missing, or a record can't hold it.
    """
    texts = {CARD_TYPE: issuer.card_type, INITIALISER: issuer.initialiser}
    return {record: _encode(text, record) for record, text in texts.items() if record in records}


def refuse_long_name(wanted: Mapping[Record, bytes]) -> None:
    """Check that the name needs no 姓名扩展.

    Raises:
        NameNotEncodableError: It does; `details["character"]` is the first one that does not fit.
    """
    rest = decode_an(wanted[NAME_EXTENSION])
    if rest:
        raise NameNotEncodableError(
            f"the name needs more than the {NAME.length} bytes of this card's version",
            details={"character": rest[0], "cause": "no-room"},
        )


def refuse_four_byte_characters(wanted: Mapping[Record, bytes]) -> None:
    """Check that the name can be encoded in GBK.

    Raises:
        NameNotEncodableError: It can't; `details["character"]` is the first one that needs four
            bytes.
    """
    for character in decode_an(wanted[NAME]) + decode_an(wanted[NAME_EXTENSION]):
        if len(encode_text(character)) > GBK_LENGTH:
            raise NameNotEncodableError(
                "a character of the name is not in GBK, which this card's version is written in",
                details={"character": character, "cause": "no-code"},
            )


def _encode(text: str, record: Record) -> bytes:
    return encode_cn(text, record) if record.coding is Coding.CN else encode_an(text, record)


def is_unwritten(value: bytes) -> bool:
    """Whether a record was never written: missing, all 00, all FF or blanks."""
    return not value.strip(UNWRITTEN)


def same_value(record: Record, left: bytes, right: bytes) -> bool:
    """Whether two values of `record` mean the same; the padding of an `an` value may differ.

    Cards in the field pad 姓名扩展 with 00 or with FF; no GB18030 code ends in either.
    """
    if record.coding is Coding.AN:
        return left.rstrip(b"\x00\xff") == right.rstrip(b"\x00\xff")
    return left == right


def decode_an(value: bytes) -> str:
    """Return the text of an `an` value, with U+FFFD for invalid codes; empty when unwritten."""
    if is_unwritten(value):
        return ""
    return decode_text(value.rstrip(b"\x00\xff"))

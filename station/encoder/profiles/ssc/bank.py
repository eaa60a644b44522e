"""Finds the bank number in the card's bank application, without any key.

Source: EMV 4.3 Book 1, 11.3 (SELECT) and 12.2 (PSE); EMV Contactless Book B, 3.3 (PPSE); EMV 4.3
    Book 3, 6.5.8 (GET PROCESSING OPTIONS), 10.2 (AFL), annex B; ISO/IEC 7812-1 annex B (Luhn).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from station.core.errors import RemoteProtocolError
from station.core.secrets import BankNumber, passes_luhn
from station.encoder.apdu import MAX_LE, CommandApdu
from station.encoder.card_profile import Script, exchange
from station.encoder.profiles.ssc.facts import BankFacts
from station.encoder.tlv import (
    Tlv,
    encode_tlv,
    find_tag,
    find_tags,
    parse_tags_and_lengths,
    parse_tlv,
)

TAG_AID: Final = 0x4F
TAG_SFI: Final = 0x88
TAG_PDOL: Final = 0x9F38
TAG_AFL: Final = 0x94
TAG_PAN: Final = 0x5A
TAG_TRACK_2: Final = 0x57
TAG_COMMAND_TEMPLATE: Final = 0x83
TAG_FORMAT_1: Final = 0x80
AIP_LENGTH: Final = 2  # a format 1 answer is AIP, then AFL
AFL_ENTRY_LENGTH: Final = 4
MAX_RECORDS: Final = 32  # EMV cards have about ten; bounds the reading after a broken AFL
_PAN: Final = re.compile(r"[0-9]{12,19}", re.ASCII)  # ISO/IEC 7812-1: at most 19

#: SFI and record number.
RecordAddress = tuple[int, int]


def read_bank_number(facts: BankFacts) -> Script[BankNumber | None]:
    """Return the PAN of the first bank application that shows one; None when none does.

    The known applications are selected directly; the card's own directory takes more bytes and is
    read only when they show nothing. Deselects the application that was selected before: a security
    state reached there is lost.
    """
    for aid in facts.applications:
        number = yield from _read_application(facts, aid)
        if number is not None:
            return number
    for name in facts.directories:
        listed = yield from _listed_applications(name)
        for aid in listed:
            if aid in facts.applications:
                continue
            number = yield from _read_application(facts, aid)
            if number is not None:
                return number
    return None


def _read_application(facts: BankFacts, aid: bytes) -> Script[BankNumber | None]:
    answer = yield from exchange(_select("bank application", aid))
    if not answer.is_ok:
        return None
    listed = yield from _listed_records(facts, answer.data)
    return (yield from _search((*listed, *facts.fallback_records)))


def _select(what: str, name: bytes) -> CommandApdu:
    return CommandApdu(f"SELECT {what}", 0x00, 0xA4, 0x04, 0x00, name, MAX_LE)


def _listed_applications(directory: bytes) -> Script[tuple[bytes, ...]]:
    """Return the AIDs of a directory: of its file (PSE), or of its FCI itself (PPSE)."""
    answer = yield from exchange(_select(directory.decode("ascii"), directory))
    fci = _lenient_parse(answer.data) if answer.is_ok else ()
    found = list(find_tags(fci, TAG_AID))
    sfi = find_tag(fci, TAG_SFI)
    if not sfi:
        return tuple(found)
    for number in range(1, MAX_RECORDS + 1):
        answer = yield from exchange(_read_record(sfi[0], number))
        if not answer.is_ok:
            break
        found += find_tags(_lenient_parse(answer.data), TAG_AID)
    return tuple(found)


def _listed_records(facts: BankFacts, fci: bytes) -> Script[tuple[RecordAddress, ...]]:
    """Ask the application, as a terminal does, which records must be read."""
    try:
        data = encode_tlv(TAG_COMMAND_TEMPLATE, _pdol_answer(facts, fci))
    except RemoteProtocolError:
        return ()  # no readable PDOL: leave out GPO and try the fallback records
    answer = yield from exchange(
        CommandApdu("GET PROCESSING OPTIONS", 0x80, 0xA8, 0x00, 0x00, data, MAX_LE)
    )
    return tuple(_afl_records(answer.data))[:MAX_RECORDS] if answer.is_ok else ()


def _pdol_answer(facts: BankFacts, fci: bytes) -> bytes:
    pdol = find_tag(parse_tlv(fci), TAG_PDOL) or b""
    return b"".join(
        _fitted(facts.terminal_data.get(tag, b""), length)
        for tag, length in parse_tags_and_lengths(pdol)
    )


def _fitted(value: bytes, length: int) -> bytes:
    """Cut or fill a numeric value from the left, EMV 4.3 Book 3 5.4."""
    return value.rjust(length, b"\x00")[-length:] if length else b""


def _afl_records(answer: bytes) -> Iterator[RecordAddress]:
    afl = _afl(_lenient_parse(answer))
    for at in range(0, len(afl) - AFL_ENTRY_LENGTH + 1, AFL_ENTRY_LENGTH):
        for number in range(afl[at + 1], afl[at + 2] + 1):
            yield afl[at] >> 3, number


def _afl(objects: tuple[Tlv, ...]) -> bytes:
    short = find_tag(objects, TAG_FORMAT_1)
    return short[AIP_LENGTH:] if short is not None else find_tag(objects, TAG_AFL) or b""


def _search(addresses: tuple[RecordAddress, ...]) -> Script[BankNumber | None]:
    # A number with a valid check digit is used at once. Some banks may issue numbers without one;
    # such a number is kept: the site's rule decides whether the window uses the card.
    unchecked: BankNumber | None = None
    for sfi, number in dict.fromkeys(addresses):
        answer = yield from exchange(_read_record(sfi, number))
        pan = find_pan(answer.data) if answer.is_ok else None
        if pan is not None and passes_luhn(pan.reveal()):
            return pan
        unchecked = unchecked or pan
    return unchecked


def _read_record(sfi: int, number: int) -> CommandApdu:
    name = f"READ bank SFI {sfi} record {number}"
    return CommandApdu(name, 0x00, 0xB2, number, sfi << 3 | 0x04, le=MAX_LE)


def find_pan(record: bytes) -> BankNumber | None:
    """Return the PAN in a record: tag 5A, or the start of track 2; None when there is none.

    One with a valid check digit takes precedence; otherwise the first with the form of a PAN.
    """
    objects = _lenient_parse(record)
    unchecked: BankNumber | None = None
    for value in (find_tag(objects, TAG_PAN), find_tag(objects, TAG_TRACK_2)):
        digits = re.split("[DF]", (value or b"").hex().upper())[0]
        if _PAN.fullmatch(digits):
            if passes_luhn(digits):
                return BankNumber(digits)
            unchecked = unchecked or BankNumber(digits)
    return unchecked


def _lenient_parse(data: bytes) -> tuple[Tlv, ...]:
    """Parse TLV; return no objects for anything else: the number is then searched elsewhere."""
    try:
        return parse_tlv(data)
    except RemoteProtocolError:
        return ()

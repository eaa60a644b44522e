import sys
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.cards import ChipData
from station.core.errors import InputError, NameNotEncodableError
from station.encoder.profiles.ssc.files import (
    BIRTHPLACE,
    CARD_NUMBER,
    HOLDER_FILE,
    ISSUE_DATE,
    ISSUER_FILE,
    NAME,
    NAME_EXTENSION,
    NATION,
    PERSON_NUMBER,
    VALID_UNTIL,
    Coding,
    Record,
)
from station.encoder.profiles.ssc.values import (
    decode_an,
    encode_an,
    encode_cn,
    encode_records,
    is_unwritten,
    same_value,
    split_name,
)
from station.encoder.tlv import encode_simple_tlv, parse_simple_tlv
from tests.rigs.scripted_chip import read_vectors

DATA = ChipData(
    AAC002="41070219900307123X",
    AAC003="欧阳小测试",
    AAC004="2",
    AAC005="03",
    AAC025="410702",
    AAC006="19900307",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)


def test_every_record_of_an_order() -> None:
    values = {record.place: value.hex().upper() for record, value in encode_records(DATA).items()}
    assert values == {
        "EF06 08": "343130373032313939303033303731323358",
        "EF06 09": "C5B7D1F4D0A1B2E2CAD4" + "00" * 20,
        "EF06 4E": "00" * 20,
        "EF06 0A": "32",
        "EF06 0B": "03",
        "EF06 0C": "410702",
        "EF06 0D": "19900307",
        "EF05 05": "20261122",
        "EF05 06": "20361122",
        "EF05 07": "583030303030303139",
    }


@pytest.mark.parametrize(
    ("name", "first", "rest"),
    [
        ("李四", "C0EECBC4", ""),
        ("阿里·买买提", "B0A2C0EFA1A4C2F2C2F2CCE1", ""),  # U+00B7 is A1A4
        ("𠀀一", "95328236D2BB", ""),  # a four-byte code of GB 18030
        ("䶮", "FE9F", ""),
        ("一" * 15, "D2BB" * 15, ""),
        ("一" * 16, "D2BB" * 15, "D2BB"),
        ("一" * 25, "D2BB" * 15, "D2BB" * 10),
        ("A" + "一" * 15, "41" + "D2BB" * 14, "D2BB"),  # 29 bytes: the next character is not cut
        ("一" * 14 + "𠀀", "D2BB" * 14, "95328236"),  # 28 + 4
        ("A" * 30 + "B" * 20, "41" * 30, "42" * 20),
    ],
)
def test_names_are_split_between_characters(name: str, first: str, rest: str) -> None:
    got_first, got_rest = split_name(name)
    assert got_first == bytes.fromhex(first).ljust(30, b"\x00")
    assert got_rest == bytes.fromhex(rest).ljust(20, b"\x00")


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("一" * 25 + "丁", "丁"),  # 52 bytes
        ("A" + "一" * 24 + "丁", "丁"),  # 51 bytes
        ("一" * 14 + "𠀀" * 5 + "丁" + "己", "丁"),  # would be 50, but 28 + 20 leave no room
        ("A" * 50 + "Z", "Z"),
    ],
)
def test_names_that_find_no_room_are_refused(name: str, character: str) -> None:
    with pytest.raises(NameNotEncodableError) as refused:
        split_name(name)
    assert refused.value.details["character"] == character
    assert name not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("李\ud800", "U+D800"), ("李\x00", "U+0000"), ("李\n四", "U+000A"), ("李\uffff", "U+FFFF")],
)
def test_characters_that_are_none_are_refused(name: str, shown: str) -> None:
    with pytest.raises(NameNotEncodableError) as refused:
        split_name(name)
    assert refused.value.details["character"] == shown
    with pytest.raises(NameNotEncodableError):
        encode_records(replace(DATA, AAC003=name))


@pytest.mark.parametrize("name", ["", " ", "\u3000"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        split_name(name)


@given(st.text(st.characters(categories=["Lo", "Lu", "Ll"], include_characters="·"), min_size=1))
def test_a_split_name_reads_back_as_it_was(name: str) -> None:
    try:
        first, rest = split_name(name)
    except NameNotEncodableError:
        assert len(name.encode("gb18030")) > 46  # a cut loses at most 3 bytes at the 30th
        return
    assert (len(first), len(rest)) == (NAME.length, NAME_EXTENSION.length)
    assert decode_an(first) + decode_an(rest) == name


@pytest.mark.parametrize(
    "digits", ["", "2026112", "202611220", "2026-1-1", "２０２６１１２２", "2026112F"]
)
def test_a_date_is_eight_digits(digits: str) -> None:
    with pytest.raises(InputError, match="AAZ503: expected 8 digits"):
        encode_cn(digits, ISSUE_DATE)


def test_numbers_are_packed() -> None:
    assert encode_cn("20361122", VALID_UNTIL) == bytes.fromhex("20361122")
    assert encode_cn("56", NATION) == b"\x56"
    assert encode_cn("410702", BIRTHPLACE) == bytes.fromhex("410702")


def test_text_is_padded_on_the_right() -> None:
    assert encode_an("AB12", CARD_NUMBER) == bytes.fromhex("414231320000000000")


@pytest.mark.parametrize("text", ["", "D214356", "１２３", "12\x0034", "0123456789"])
def test_text_that_is_no_card_number(text: str) -> None:
    if text == "D214356":
        assert encode_an(text, CARD_NUMBER)
        return
    with pytest.raises(InputError, match="AAZ500") as refused:
        encode_an(text, CARD_NUMBER)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("value", ["", "00" * 9, "FF" * 9, "20" * 9])
def test_what_nobody_has_written(value: str) -> None:
    assert is_unwritten(bytes.fromhex(value))
    assert decode_an(bytes.fromhex(value)) == ""


def test_a_digit_zero_is_something() -> None:
    assert not is_unwritten(b"0")
    assert not is_unwritten(bytes.fromhex("0300"))


def test_padding_with_ff_means_the_same() -> None:
    assert same_value(NAME_EXTENSION, bytes(20), b"\xff" * 20)
    assert same_value(PERSON_NUMBER, b"1" * 18, b"1" * 18)
    assert not same_value(PERSON_NUMBER, b"1" * 18, b"1" * 17)
    assert not same_value(ISSUE_DATE, bytes.fromhex("20261100"), bytes.fromhex("202611"))


def test_a_text_that_is_no_gb18030_is_still_something() -> None:
    assert decode_an(b"\x81") == "�"


SSSE = {
    f"{entry['file'].removeprefix('SSSE/')} {entry['written'][:2]}": entry
    for entry in read_vectors("ssc/layouts.toml")["record"]
    if entry["file"].startswith("SSSE")
} | {
    # A card's own four records; the card id with digits only, as cn has them.
    "EF05 01": {"written": "011041070091560000050000000101020304", "blank": "0110" + "FF" * 16},
    "EF05 02": {"written": "020133", "blank": "020100"},
    "EF05 03": {"written": "0304332E3030", "blank": "030400000000"},
    "EF05 04": {"written": "040C915600000211000011010002", "blank": "040C" + "FF" * 12},
}


@pytest.mark.parametrize("record", [*ISSUER_FILE, *HOLDER_FILE], ids=lambda r: r.place)
def test_every_record_of_the_application_by_literal_bytes(record: Record) -> None:
    written = bytes.fromhex(SSSE[record.place]["written"])
    tag, value = parse_simple_tlv(written)
    assert (tag, len(value)) == (record.tag, record.length)
    if record.coding is Coding.CN:
        encoded = encode_cn(value.hex().upper(), record)
    else:
        encoded = encode_an(decode_an(value), record)
    assert encode_simple_tlv(tag, encoded) == written
    assert is_unwritten(parse_simple_tlv(bytes.fromhex(SSSE[record.place]["blank"]))[1])


#: The planes with anything in them whole; of the empty and private ones every 61st.
EVERY_CHARACTER = [*range(0x34000), *range(0x34000, sys.maxunicode + 1, 61)]
MOVED_TO_HAN = [0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864]
#: GB 18030-2022, annex on changes: these code points were private use before.
PRIVATE_BEFORE_2022 = dict(
    zip(
        [*range(0xE78D, 0xE797), 0xE7C7, *MOVED_TO_HAN],
        [0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A), 0x1E3F, *range(0x9FB4, 0x9FBC)],
        strict=True,
    )
)
REFUSED_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}


def is_a_name_character(point: int) -> bool:
    is_noncharacter = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return not is_noncharacter and unicodedata.category(chr(point)) not in REFUSED_CATEGORIES


def test_every_character_of_gb18030_goes_onto_the_chip_and_comes_back() -> None:
    held = 0
    for point in EVERY_CHARACTER:
        character = chr(point)
        name = f"李{character}文"
        if not is_a_name_character(point):
            with pytest.raises(NameNotEncodableError) as refused:
                split_name(name)
            assert refused.value.details["character"] == f"U+{point:04X}"
            continue
        first, rest = split_name(name)
        assert decode_an(first) == name.translate(PRIVATE_BEFORE_2022)
        assert not any(rest)
        held += 1
    assert held == sum(map(is_a_name_character, EVERY_CHARACTER)) > 200_000


@pytest.mark.parametrize("before", [26, 27, 28, 29, 30])
def test_no_character_is_cut_at_the_30th_byte(before: int) -> None:
    for point in (0x41, 0xB7, 0x4E00, 0x4DAE, 0x9FA6, 0x20000, 0x2EBF0, 0x10FFFF - 2):
        character = chr(point)
        size = len(character.encode("gb18030"))
        first, rest = split_name("A" * before + character)
        fits = before + size <= 30
        assert first == (b"A" * before + (character.encode("gb18030") if fits else b"")).ljust(
            30, b"\x00"
        )
        assert rest == (b"" if fits else character.encode("gb18030")).ljust(20, b"\x00")


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("䶮", "FE9F"),
        ("龴", "FE59"),  # these from GB 18030-2022 have two bytes: the codec of 2000 gives four
        ("龻", "FEA0"),
        ("\ufe11", "A6DB"),
        ("\ufe12", "A6DA"),
        ("\ufe19", "A6F3"),
        ("ḿ", "A8BC"),  # since 2005
        ("ǹ", "A8BF"),
        ("€", "A2E3"),
        ("𠀇", "95328333"),
    ],
)
def test_codes_of_the_standard(character: str, code: str) -> None:
    first, _ = split_name(character)
    assert first.rstrip(b"\x00") == bytes.fromhex(code)
    assert decode_an(first) == character


def test_a_moved_character_in_its_old_code_is_read_as_the_same() -> None:
    assert decode_an(bytes.fromhex("82359037")) == "龴"


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"]), min_size=1, max_size=60
)


@given(NAMES)
def test_any_name_is_split_between_characters_or_refused_by_its_character(name: str) -> None:
    try:
        first, rest = split_name(name)
    except NameNotEncodableError as refused:
        shown = refused.details["character"]
        assert shown in name or shown.startswith("U+")
        assert len(name.encode("gb18030", "replace")) > 46 or shown.startswith("U+")
        return
    except InputError:
        assert not name.strip()
        return
    assert (len(first), len(rest)) == (30, 20)
    pieces = [decode_an(piece) for piece in (first, rest)]
    assert "".join(pieces) == name.translate(PRIVATE_BEFORE_2022)
    assert not pieces[1] or len((pieces[0] + pieces[1][0]).encode("gb18030")) > 30


@pytest.mark.parametrize(
    "number",
    [
        "41070219900307002X",  # check digit X
        "810000199003070015",  # residence permits of Hong Kong, Macao, Taiwan
        "820000199003070017",
        "830000199003070019",
        "911156199003070017",  # foreign permanent resident since 2023-12
    ],
)
def test_numbers_of_people_are_held_as_they_are(number: str) -> None:
    assert encode_an(number, PERSON_NUMBER) == number.encode("ascii")
    assert decode_an(encode_an(number, PERSON_NUMBER)) == number


def test_a_15_digit_number_is_padded_and_comes_back() -> None:
    value = encode_an("410702900307123", PERSON_NUMBER)
    assert value == b"410702900307123\x00\x00\x00"
    assert decode_an(value) == "410702900307123"
    assert encode_records(replace(DATA, AAC002="410702900307123"))[PERSON_NUMBER] == value


@pytest.mark.parametrize("number", ["41070219900307123Ｘ", "", "4107021990030712345", "四一"])
def test_numbers_that_are_none_are_refused_unseen(number: str) -> None:
    with pytest.raises(InputError, match="AAC002") as refused:
        encode_records(replace(DATA, AAC002=number))
    assert not number or number not in str(refused.value)

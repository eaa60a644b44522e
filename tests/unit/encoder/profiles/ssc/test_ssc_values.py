from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.cards import ChipData
from station.core.errors import InputError, NameNotEncodableError
from station.encoder.profiles.ssc.files import (
    BIRTHPLACE,
    CARD_NUMBER,
    ISSUE_DATE,
    NAME,
    NAME_EXTENSION,
    NATION,
    PERSON_NUMBER,
    VALID_UNTIL,
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

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.encoder.tlv import (
    encode_simple_tlv,
    encode_tlv,
    find_tag,
    parse_simple_tlv,
    parse_tags_and_lengths,
    parse_tlv,
)

#: FCI of SSSE on a 3.00 card: card specification part 6, table 36.
SSSE_FCI = bytes.fromhex("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103")
#: A PDOL from a public client (EMV Book 3, 5.4).
PDOL = bytes.fromhex("9F66049F02069F03069F1A0295055F2A029A039C019F3704")


def test_the_application_answer_of_the_specification() -> None:
    objects = parse_tlv(SSSE_FCI)
    assert [item.tag for item in objects] == [0x6F]
    assert [item.tag for item in objects[0].children] == [0x84, 0xA5]
    assert find_tag(objects, 0x84) == bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
    assert find_tag(objects, 0x88) == b"\x1e"
    assert find_tag(objects, 0x9F0C) == bytes.fromhex("860103")
    assert find_tag(objects, 0x9F0D) is None


@pytest.mark.parametrize("size", range(1, len(SSSE_FCI)))
def test_every_cut_is_noticed(size: int) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_tlv(SSSE_FCI[:size])


@pytest.mark.parametrize(
    ("tag", "size", "start"),
    [
        (0x5A, 0, "5A00"),
        (0x5A, 127, "5A7F"),
        (0x5A, 128, "5A8180"),
        (0x9F38, 255, "9F3881FF"),
        (0x53, 256, "53820100"),
        (0xDF8101, 1, "DF810101"),  # three bytes of tag
    ],
)
def test_lengths_and_tags_of_the_standard(tag: int, size: int, start: str) -> None:
    value = bytes([0xAB]) * size
    raw = bytes.fromhex(start) + value
    assert encode_tlv(tag, value) == raw
    assert [(item.tag, item.value) for item in parse_tlv(raw)] == [(tag, value)]


def test_longer_length_fields_than_needed_are_read() -> None:
    assert parse_tlv(bytes.fromhex("5A8200015F"))[0].value == b"\x5f"


def test_padding_between_objects_is_skipped() -> None:
    assert [item.tag for item in parse_tlv(bytes.fromhex("00005A01110000FF950122FF"))] == [
        0x5A,
        0x95,
    ]


@pytest.mark.parametrize("raw", ["5A", "9F", "9F818181810100", "5A80", "5A8500000000011", "5A81"])
def test_broken_objects_are_refused(raw: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_tlv(bytes.fromhex(raw.ljust(len(raw) + len(raw) % 2, "1")))


def test_bottomless_nesting_is_refused() -> None:
    raw = b"\x5a\x00"
    for _ in range(20):
        raw = encode_tlv(0x70, raw)
    with pytest.raises(RemoteProtocolError):
        parse_tlv(raw)


@given(st.binary(max_size=64))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    try:
        parse_tlv(raw)
    except RemoteProtocolError:
        return


@given(
    st.lists(
        st.tuples(st.sampled_from([0x5A, 0x57, 0x9F38, 0x5F24, 0xDF8101]), st.binary(max_size=300))
    )
)
def test_objects_survive_encoding(objects: list[tuple[int, bytes]]) -> None:
    raw = b"".join(encode_tlv(tag, value) for tag, value in objects)
    assert [(item.tag, item.value) for item in parse_tlv(raw)] == objects


def test_a_data_object_list() -> None:
    assert parse_tags_and_lengths(PDOL) == (
        (0x9F66, 4),
        (0x9F02, 6),
        (0x9F03, 6),
        (0x9F1A, 2),
        (0x95, 5),
        (0x5F2A, 2),
        (0x9A, 3),
        (0x9C, 1),
        (0x9F37, 4),
    )
    with pytest.raises(RemoteProtocolError):
        parse_tags_and_lengths(PDOL[:-1])


def test_values_never_show() -> None:
    assert "11" not in repr(parse_tlv(bytes.fromhex("5A0111"))[0])


@given(tag=st.integers(0, 255), value=st.binary(max_size=254), rest=st.binary(max_size=4))
def test_simple_records_survive_encoding(tag: int, value: bytes, rest: bytes) -> None:
    assert parse_simple_tlv(encode_simple_tlv(tag, value) + rest) == (tag, value)


def test_simple_records_of_the_file_structure() -> None:
    assert encode_simple_tlv(0x03, b"3.00") == bytes.fromhex("0304332E3030")
    assert parse_simple_tlv(bytes.fromhex("0B01FF")) == (0x0B, b"\xff")


@pytest.mark.parametrize("raw", ["", "08", "0802AA", "08FF0001AA"])
def test_broken_simple_records_are_refused(raw: str) -> None:
    with pytest.raises(RemoteProtocolError):
        parse_simple_tlv(bytes.fromhex(raw))


def test_a_value_too_long_for_a_simple_record_is_refused() -> None:
    with pytest.raises(LocalProtocolError):
        encode_simple_tlv(0x08, bytes(255))

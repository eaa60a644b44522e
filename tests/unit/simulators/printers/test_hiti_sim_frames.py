from __future__ import annotations

import pytest

from simulators.printers.hiti_cs.frames import (
    BadFrameError,
    ImageHeader,
    Request,
    RequestParser,
    accepted,
    refused,
)

STATUS = bytes.fromhex("A5 0003 50 0400")
RESET = bytes.fromhex("A5 0004 50 0301 02")
WHOLE_PLANE = bytes.fromhex("A5 0A65 50 8309 C8 0000 03F6")  # 681408 + 8 = 0A65C8


def parse_all(data: bytes) -> list[Request | ImageHeader]:
    parser = RequestParser()
    parser.feed(data)
    found = []
    while (request := parser.next()) is not None:
        found.append(request)
    return found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (STATUS, Request(0x0400, b"")),
        (RESET, Request(0x0301, b"\x02")),
        (WHOLE_PLANE, ImageHeader(672 * 1014, 0, 1014)),
    ],
)
def test_one_byte_at_a_time(data: bytes, expected: Request | ImageHeader) -> None:
    parser = RequestParser()
    for byte in data[:-1]:
        parser.feed(bytes([byte]))
        assert parser.next() is None
    parser.feed(data[-1:])
    assert parser.next() == expected


def test_two_requests_in_one_transfer() -> None:
    assert parse_all(STATUS + RESET) == [Request(0x0400, b""), Request(0x0301, b"\x02")]


@pytest.mark.parametrize(
    "data",
    ["00", "A5 0002 50 0400", "A5 0003 40 0400", "FF A5 0003 50 0400"],
    ids=["start", "length", "flag", "noise"],
)
def test_what_is_no_request_is_refused_at_once(data: str) -> None:
    with pytest.raises(BadFrameError):
        parse_all(bytes.fromhex(data))


def test_answers_are_a_header_and_packets_of_64() -> None:
    assert accepted(0x0400, b"\x00\x01\x02") == [
        bytes.fromhex("A5 0006 50 0400"),
        bytes.fromhex("000102"),
    ]
    assert [len(packet) for packet in accepted(0x0100, bytes(79))] == [6, 64, 15]
    assert [len(packet) for packet in accepted(0x0100, bytes(64))] == [6, 64, 0]


def test_refusals_carry_bit_7_and_the_reason() -> None:
    assert refused(0xE02E, 0xB) == [bytes.fromhex("A5 0003 DB E02E")]

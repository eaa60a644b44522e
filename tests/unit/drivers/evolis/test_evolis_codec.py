import tomllib
from pathlib import Path

import pytest

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.drivers.evolis.codec import (
    MAX_REPLY,
    Reply,
    ReplyDecoder,
    encode_command,
    encode_download,
    encode_request,
    is_harmless_to_show,
)

VECTORS = Path(__file__).parents[3] / "vectors" / "evolis" / "replies.toml"
REST = "00 00 14 10 00 54 20 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 00"


def load(kind: str) -> list[object]:
    rows = tomllib.loads(VECTORS.read_text(encoding="utf-8"))[kind]
    return [pytest.param(row, id=row["name"]) for row in rows]


def decode(wire: bytes) -> Reply:
    decoder = ReplyDecoder()
    decoder.receive_data(wire)
    return decoder.finish()


def check(reply: Reply, row: dict[str, object]) -> None:
    assert reply.text == row["text"]
    if "words" not in row:
        assert reply.status is None
        return
    status = reply.status
    assert status is not None
    words = [status.config, status.information, status.warning, status.error]
    assert words == row["words"]
    assert status.session == row.get("session")
    assert list(status.extensions) == row["extensions"]


@pytest.mark.parametrize("row", load("request"))
def test_encode(row: dict[str, str]) -> None:
    assert encode_request(row["text"]) == bytes.fromhex(row["wire"])


@pytest.mark.parametrize("row", load("reply"))
def test_decode_one_byte_at_a_time(row: dict[str, object]) -> None:
    decoder = ReplyDecoder()
    assert decoder.is_empty
    for byte in bytes.fromhex(str(row["wire"])):
        decoder.receive_data(bytes([byte]))
        assert not decoder.is_empty
    check(decoder.finish(), row)


@pytest.mark.parametrize("row", load("reply"))
def test_decode_in_one_piece(row: dict[str, object]) -> None:
    check(decode(bytes.fromhex(str(row["wire"]))), row)


def test_a_second_reply_behind_the_first_is_void() -> None:
    one = bytes.fromhex("4f 4b " + REST)
    assert decode(one + b"ERROR MECA" + one) == decode(one)


@pytest.mark.parametrize("noise", [b"\r\n", b"\x06", b"x"])
def test_noise_before_the_text_is_never_an_ok(noise: bytes) -> None:
    assert not decode(noise + bytes.fromhex("4f 4b " + REST)).is_ok


@pytest.mark.parametrize(
    ("text", "is_ok"),
    [("OK", True), ("OK\r", True), ("OK \r\n", True), ("ok", False), ("OKx", False), ("", False)],
)
def test_only_ok_is_ok(text: str, is_ok: bool) -> None:
    assert decode(text.encode() + bytes.fromhex(REST)).is_ok is is_ok


def test_a_text_that_breaks_off_is_never_taken_for_whole() -> None:
    # count:12 must not be read as count:1
    for wire in (b"OK", b"count:1"):
        with pytest.raises(RemoteProtocolError, match="broke off"):
            decode(wire)


def test_a_truncated_status_keeps_the_text_and_the_whole_parts() -> None:
    whole = bytes.fromhex("4f 4b " + REST)
    for end in range(3, len(whole)):
        reply = decode(whole[:end])
        assert reply.is_ok
        assert (reply.status is not None) is (end >= 22)
        if reply.status is not None:
            assert reply.status.session is None


def test_a_text_that_is_no_text() -> None:
    with pytest.raises(RemoteProtocolError, match="not ASCII"):
        decode(b"\xff\xfe" + bytes.fromhex(REST))


def test_an_endless_reply_is_given_up() -> None:
    decoder = ReplyDecoder()
    decoder.receive_data(bytes(MAX_REPLY))
    with pytest.raises(RemoteProtocolError, match="more than"):
        decoder.receive_data(b"\0")


@pytest.mark.parametrize("text", ["", "Rsn\r", "Rsn\0", "Rsn\x1b", "Rsé"])
def test_a_command_that_would_break_the_framing_is_our_fault(text: str) -> None:
    with pytest.raises(LocalProtocolError, match="printable"):
        encode_command(text)


@pytest.mark.parametrize("text", ["Mc;1", "Mf", "Mh", "Sa", "Psc;A;B;C", "Clock;1", "Pkine;E"])
def test_a_dangerous_command_can_not_be_encoded(text: str) -> None:
    with pytest.raises(LocalProtocolError, match="never sent"):
        encode_command(text)
    assert encode_command("Mr;s")  # a part of every job


def test_a_download_holds_any_byte() -> None:
    assert encode_download("k", 2, b"\x1b\r\0") == bytes.fromhex("1b 44623b6b3b323b 1b0d00 0d")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"", True),
        (b"\x1bSis\r\0", True),
        (b"\x1bPsid;2;45\r\0", True),
        (b"\x1bDm;2;622700=3012\r\0", False),
        (b"\x1bDb;k;2;\xff\xff\r", False),
        (b"\x1bPsync;1;0\r<HEADER>\x1bPsmgr;1\r\0", False),
        (b"\x1bSis\r\x1bSce\r\0", False),
        (bytes(4096), False),
    ],
)
def test_a_recorded_session_shows_commands_alone(data: bytes, shown: bool) -> None:
    assert is_harmless_to_show(data) is shown

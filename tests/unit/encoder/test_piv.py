"""The PIV commands byte for byte, and what a strange or hostile card may answer.

The bytes are written from the tables of NIST SP 800-73-5 part 2, not taken from our simulator.
"""

from __future__ import annotations

import gzip

import pytest

from station.core.errors import CardMuteError, StationError, TransportClosedError
from station.core.errors.doors import (
    OperatorCardAbsentError,
    OperatorCardError,
    OperatorCardLastTryError,
    OperatorCardLockedError,
    OperatorCardPinError,
    OperatorCardRefusedError,
)
from station.core.operator_cards import CardKey
from station.encoder.piv import PivCard, PivReader

SELECT = "00A4040009A0000003080000100000"
SELECTED = "61114F0600001000010079074F05A0000003089000"
GET_DATA = "00CB3FFF055C035FC10500"
TRIES = "00200080"
VERIFY = "0020008008313233343536FFFF"
DIGEST = bytes(range(32))
SIGN_P256 = f"0087119A267C2482008120{DIGEST.hex().upper()}00"


class Script:
    """A link that knows one session, and fails on another byte."""

    address = "memory:script"

    def __init__(self, *lines: tuple[str, str]) -> None:
        self.lines = list(lines)
        self.powered = False
        self.mute = False

    def check_reader(self) -> None:
        return None

    def reader_present(self) -> bool:
        return True

    def power_on(self) -> bytes:
        if self.mute:
            raise CardMuteError("no card", details={"cause": "no-card"})
        self.powered = True
        return b"\x3b\x00"

    def power_off(self) -> None:
        self.powered = False

    def close(self) -> None:
        self.power_off()

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        expected, answer = self.lines.pop(0)
        assert command.hex().upper() == expected, name
        if answer == "torn":
            raise TransportClosedError("torn out")
        return bytes.fromhex(answer)


def stored(content: bytes, info: str) -> str:
    inner = b"\x70" + bytes([0x82]) + len(content).to_bytes(2, "big") + content
    inner += bytes.fromhex(f"7101{info}FE00")
    return (b"\x53\x82" + len(inner).to_bytes(2, "big") + inner).hex() + "9000"


def test_the_application_is_selected_by_its_name_and_the_card_unpowered_afterwards() -> None:
    link = Script((SELECT, SELECTED))
    powered = []
    with PivReader(link).session():
        powered.append(link.powered)
    assert [*powered, link.powered] == [True, False]
    assert not link.lines


@pytest.mark.parametrize(("content", "info"), [(b"\x30\x82" * 100, "00"), (b"\x3f" * 90, "01")])
def test_the_certificate_is_read_in_pieces_and_decompressed(content: bytes, info: str) -> None:
    answer = stored(gzip.compress(content) if info == "01" else content, info)
    first, rest = answer[:64], answer[64:-4]
    length = f"{len(rest) // 2:02X}"
    link = Script((GET_DATA, first + f"61{length}"), (f"00C00000{length}", rest + "9000"))
    assert PivCard(link).certificate() == content


@pytest.mark.parametrize(
    "answer",
    [
        *("6A82", "9000", "53009000", "53037101009000", "53057003309000", "53FF9000"),
        stored(b"\x1f\x8b\x08" + bytes(20), "01"),
        stored(gzip.compress(bytes(40_000)), "01"),
    ],
)
def test_a_card_without_a_readable_certificate_is_refused(answer: str) -> None:
    with pytest.raises(OperatorCardRefusedError):
        PivCard(Script((GET_DATA, answer))).certificate()


def test_the_pin_is_padded_and_sent_once() -> None:
    link = Script((TRIES, "63C3"), (VERIFY, "9000"))
    PivCard(link).verify_pin("123456", spare_last_try=True)
    assert not link.lines


@pytest.mark.parametrize(
    ("lines", "spare", "error", "left"),
    [
        ([(TRIES, "63C3"), (VERIFY, "63C2")], True, OperatorCardPinError, "2"),
        ([(TRIES, "63C1")], True, OperatorCardLastTryError, "1"),
        ([(TRIES, "63C1"), (VERIFY, "6983")], False, OperatorCardLockedError, "0"),
        ([(TRIES, "63C2"), (VERIFY, "63C0")], False, OperatorCardLockedError, "0"),
        ([(TRIES, "6983")], False, OperatorCardLockedError, "0"),
        ([(TRIES, "63C0")], False, OperatorCardLockedError, "0"),
    ],
)
def test_a_wrong_pin_says_how_many_tries_are_left(
    lines: list[tuple[str, str]], spare: bool, error: type[StationError], left: str
) -> None:
    with pytest.raises(error) as caught:
        PivCard(Script(*lines)).verify_pin("123456", spare_last_try=spare)
    assert type(caught.value) is error
    assert caught.value.details == {"tries_left": left}
    assert "123456" not in str(caught.value)


@pytest.mark.parametrize("pin", ["", "12345", "123456789", "12345a", "１２３４５６"])
def test_what_is_no_pin_is_never_sent(pin: str) -> None:
    link = Script((TRIES, "63C3"))
    with pytest.raises(OperatorCardPinError):
        PivCard(link).verify_pin(pin, spare_last_try=True)
    assert not link.lines


@pytest.mark.parametrize("answer", ["9000", "6D00", "6A88"])
def test_a_card_that_does_not_count_tries_is_refused(answer: str) -> None:
    with pytest.raises(OperatorCardRefusedError):
        PivCard(Script((TRIES, answer))).verify_pin("123456", spare_last_try=True)


def test_a_digest_is_signed_in_one_command_and_a_padded_block_in_two() -> None:
    assert (
        PivCard(Script((SIGN_P256, "7C048202AABB9000"))).sign(CardKey.P_256, DIGEST) == b"\xaa\xbb"
    )
    block = bytes(256)
    data = bytes.fromhex("7C820106820081820100") + block
    first, last = data[:255].hex().upper(), data[255:].hex().upper()
    link = Script(
        (f"1087079AFF{first}", "9000"),
        (f"0087079A{len(data) - 255:02X}{last}00", "7C048202AABB9000"),
    )
    assert PivCard(link).sign(CardKey.RSA_2048, block) == b"\xaa\xbb"


@pytest.mark.parametrize("answer", ["6982", "9000", "7C009000", "7C0282009000", "7C0482059000"])
def test_an_answer_without_a_signature_is_refused(answer: str) -> None:
    with pytest.raises(OperatorCardRefusedError):
        PivCard(Script((SIGN_P256, answer))).sign(CardKey.P_256, DIGEST)


def test_an_answer_that_never_ends_is_ended() -> None:
    more = [("00C00000FF", "0061FF")] * 40
    with pytest.raises(OperatorCardRefusedError):
        PivCard(Script((GET_DATA, "0061FF"), *more)).certificate()


@pytest.mark.parametrize("answer", ["torn", "", "90", "1234"])
def test_a_card_torn_out_or_without_status_is_no_defect(answer: str) -> None:
    link = Script((SELECT, answer))
    with pytest.raises(OperatorCardError), PivReader(link).session():
        pass
    assert not link.powered


def test_no_card_says_so() -> None:
    link = Script()
    link.mute = True
    with pytest.raises(OperatorCardAbsentError), PivReader(link).session():
        pass

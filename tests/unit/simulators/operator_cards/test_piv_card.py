"""The simulated PIV card by itself: it refuses what the standard refuses."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from simulators.operator_cards import PivCard, make_card
from simulators.operator_cards.maker import PIN

SELECT = bytes.fromhex("00A4040009A0000003080000100000")
GET_DATA = bytes.fromhex("00CB3FFF055C035FC10500")
VERIFY = bytes.fromhex("0020008008") + PIN.encode().ljust(8, b"\xff")
DIGEST = bytes(range(32))
SIGN = bytes.fromhex("0087119A267C2482008120") + DIGEST + b"\x00"


@pytest.fixture(scope="module")
def made() -> PivCard:
    return make_card("li.na")


@pytest.fixture
def card(made: PivCard) -> PivCard:
    made.power_on()
    made.tries = 3
    return made


def whole(card: PivCard, command: bytes) -> bytes:
    answer = card.transmit(command)
    data = answer[:-2]
    while answer[-2] == 0x61:
        answer = card.transmit(bytes([0, 0xC0, 0, 0, answer[-1]]))
        data += answer[:-2]
    assert answer[-2:] == b"\x90\x00"
    return data


def test_it_signs_after_its_pin_and_forgets_it_without_power(card: PivCard) -> None:
    assert card.transmit(SELECT)[-2:] == b"\x90\x00"
    assert card.transmit(SIGN) == b"\x69\x82"
    assert card.transmit(VERIFY) == b"\x90\x00"
    signature = whole(card, SIGN)[4:]
    data = whole(card, GET_DATA)
    certificate = x509.load_der_x509_certificate(data[data.index(b"\x30\x82") : -5])
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, DIGEST, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    card.power_off()
    card.power_on()
    assert card.transmit(SIGN) == b"\x6a\x82"
    card.transmit(SELECT)
    assert card.transmit(SIGN) == b"\x69\x82"


def test_three_wrong_pins_lock_it(card: PivCard) -> None:
    card.transmit(SELECT)
    wrong = VERIFY[:-8] + b"135791\xff\xff"
    assert [card.transmit(wrong) for _ in range(3)] == [b"\x63\xc2", b"\x63\xc1", b"\x69\x83"]
    assert card.transmit(VERIFY) == b"\x69\x83"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        *(("", "6700"), ("00A4", "6700"), ("0020008008313233", "6700"), ("80CB3FFF", "6E00")),
        *(("00D6000000", "6D00"), ("00CB3FFF055C035FC10A", "6A82"), ("0020008104", "6A86")),
        *(("0087119A00", "6982"), ("00A4040005A000000003", "6A82"), ("00C0000000", "6985")),
    ],
)
def test_it_answers_what_it_does_not_take(card: PivCard, command: str, status: str) -> None:
    card.transmit(SELECT)
    card.transmit(bytes.fromhex("00C0000000"))
    assert card.transmit(bytes.fromhex(command)).hex().upper() == status

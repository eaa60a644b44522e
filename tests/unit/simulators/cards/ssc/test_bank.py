"""The bank application, read as EMV terminals and as the kiosks do."""

import random
from collections.abc import Callable

import pytest

from simulators.cards.ssc import Quirks, SscCard, make_blank
from simulators.cards.ssc.bank import BankAccount, luhn_digit, payment_directories

Talk = Callable[[SscCard, str], str]
SELECT_BANK = "00A4040008A000000333010101"
SELECT_PSE = "00A404000E315041592E5359532E4444463031"
OPTIONS = "80A80000238321" + "00" * 33  # as the 9F38 of the card asks
NUMBER_RECORD = "701A9F1F0B5A303030303030303030305A0A6228237737000000011F"
TRACK_RECORD = "702357116228237737000000011D361222000000005F24033612315F25032601015F340101"


@pytest.mark.parametrize(
    ("digits", "check"),
    [("7992739871", "3"), ("411111111111111", "1"), ("622823773700000001", "1"), ("0", "0")],
)
def test_luhn(digits: str, check: str) -> None:
    assert luhn_digit(digits) == check


def test_the_way_from_the_directory(card: SscCard, talk: Talk) -> None:
    assert talk(card, SELECT_PSE) == "611C"
    assert talk(card, "00C000001C") == (
        "6F1A840E315041592E5359532E4444463031A5088801015F2D027A689000"
    )
    assert talk(card, "00B2010C1D") == (
        "701B61194F08A000000333010101500A50424F432044454249548701019000"
    )
    assert talk(card, "00B2020C00") == "6A83"


def test_the_application_tells_its_pdol(card: SscCard, talk: Talk) -> None:
    assert talk(card, SELECT_BANK) == "613D"
    assert talk(card, "00C000003D") == (
        "6F3B8408A000000333010101A52F500A50424F43204445424954870101"
        "9F38189F66049F02069F03069F1A0295055F2A029A039C019F37045F2D027A689000"
    )


def test_the_emv_way(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_BANK)
    assert talk(card, OPTIONS) == "610C"
    assert talk(card, "00C000000C") == "800A7C0010010100180101009000"
    assert talk(card, "00B201141C") == NUMBER_RECORD + "9000"
    assert talk(card, "00B2011C25") == TRACK_RECORD + "9000"
    assert talk(card, OPTIONS) == "6985"  # once per selection
    talk(card, SELECT_BANK)
    assert talk(card, OPTIONS) == "610C"


def test_the_short_way_without_options(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_BANK)
    assert talk(card, "00B2011400") == "6C1C"
    assert talk(card, "00B201141C") == NUMBER_RECORD + "9000"


def test_a_card_that_insists_on_options(card: SscCard, talk: Talk) -> None:
    card.behave(Quirks(options_before_records=True))
    talk(card, SELECT_PSE)
    assert talk(card, "00B2010C1D")[-4:] == "9000"  # the directory needs none
    talk(card, SELECT_BANK)
    assert talk(card, "00B201141C") == "6985"
    talk(card, OPTIONS)
    assert talk(card, "00B201141C") == NUMBER_RECORD + "9000"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("80A800000B8309" + "00" * 9, "6700"),  # not what its own 9F38 asks for
        ("80A80000238421" + "00" * 33, "6A80"),
        ("80A80000238320" + "00" * 33, "6A80"),
        ("80A80100238321" + "00" * 33, "6A86"),
    ],
)
def test_odd_options_are_refused(card: SscCard, talk: Talk, command: str, status: str) -> None:
    talk(card, SELECT_BANK)
    assert talk(card, command) == status
    assert talk(card, OPTIONS) == "610C"


def test_options_belong_to_the_bank(card: SscCard, talk: Talk) -> None:
    assert talk(card, OPTIONS) == "6985"


def test_nobody_writes_the_bank_records(card: SscCard, talk: Talk) -> None:
    talk(card, SELECT_BANK)
    assert talk(card, "00DC01141C" + NUMBER_RECORD) == "6982"
    assert talk(card, "00A4000002EF02") == "6A82"


def test_the_other_forms() -> None:
    account = BankAccount(
        number="6228237737000000011",
        expires="361231",
        effective="260101",
        number_sfi=3,
        options_template=0x77,
    )
    bank = payment_directories(account)[1]
    assert bank.options.hex().upper() == "770E82027C0094081001010018010100"
    contents = {file.sfi: file for file in bank.files}
    assert getattr(contents[3], "records")[0].hex().upper() == NUMBER_RECORD  # noqa: B009
    assert getattr(contents[2], "records")[0].hex().upper() == TRACK_RECORD  # noqa: B009


def test_each_blank_has_its_own_valid_number() -> None:
    rng = random.Random(7)
    numbers = {
        str(make_blank(rng, "622823", serial).image()["bank_number"]) for serial in range(1, 21)
    }
    assert len(numbers) == 20
    for number in numbers:
        assert len(number) == 19
        assert number.startswith("622823")
        # ISO/IEC 7812-1: doubled digits from the right, cross sums, multiple of ten.
        doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(number))]
        assert sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from simulators.cards.ssc import make_blank
from station.core.secrets import BankNumber, passes_luhn
from station.encoder import open_encoder
from station.encoder.apdu import CommandApdu, ResponseApdu
from station.encoder.card_profile import Script
from station.encoder.profiles.ssc.bank import find_pan, read_bank_number
from station.encoder.profiles.ssc.facts import load_facts
from tests.rigs.card_in_reader import CardInReader

PAN = "6228480123456789015"  # invented; its last digit is right
WITH_PAN = "70125A0A" + PAN + "F5F2403361130"
SELECT = "00A4040008A00000033301010100"
#: The PDOL of a public client's sample card.
FCI = "6F278408A000000333010101A51B9F38189F66049F02069F03069F1A0295055F2A029A039C019F3704"
#: 9F66 04, 9F02 06, 9F03 06, 9F1A 02 = 0156, 95 05, 5F2A 02 = 0156, 9A 03, 9C 01, 9F37 04: 33 bytes
GPO = "80A80000238321" + "00" * 16 + "0156" + "00" * 5 + "0156" + "00" * 8 + "00"


def drive(script: Script[BankNumber | None], card: Mapping[str, str]) -> tuple[str, list[str]]:
    """Run `script` against a table of commands; whatever isn't in it is answered 6A83."""
    sent = []
    try:
        step = next(script)
        while True:
            assert isinstance(step, CommandApdu)
            command = step.encode().hex().upper()
            sent.append(command)
            step = script.send(ResponseApdu.decode(bytes.fromhex(card.get(command, "6A83"))))
    except StopIteration as stop:
        return (stop.value.reveal() if stop.value else "none"), sent


def read(card: Mapping[str, str]) -> tuple[str, list[str]]:
    return drive(read_bank_number(load_facts().bank), card)


def test_the_pdol_is_answered_from_the_cards_own_list() -> None:
    number, sent = read(
        {
            SELECT: FCI + "9000",
            GPO: "800E7C00100102000801010018010100" + "9000",
            "00B2011400": "70045F240111" + "9000",
            "00B2021400": WITH_PAN + "9000",
        }
    )
    assert number == PAN
    assert sent == [SELECT, GPO, "00B2011400", "00B2021400"]


def test_the_second_form_of_the_answer() -> None:
    number, _sent = read(
        {
            SELECT: "6F0A8408A0000003330101019000",
            "80A8000002830000": "770A82027C00940418010100" + "9000",
            "00B2011C00": WITH_PAN + "9000",
        }
    )
    assert number == PAN


@pytest.mark.parametrize("refusal", ["6985", "6A81", "6D00"])
def test_a_refused_gpo_leads_to_the_known_records(refusal: str) -> None:
    number, sent = read(
        {
            SELECT: FCI + "9000",
            GPO: refusal,
            "00B2011C00": WITH_PAN + "9000",
        }
    )
    assert number == PAN
    assert sent[-2:] == ["00B2011400", "00B2011C00"]


def test_a_record_is_read_once() -> None:
    number, sent = read({SELECT: FCI + "9000", GPO: "80067C0010010100" + "9000"})
    assert number == "none"
    assert sent.count("00B2011400") == 1


PSE = "00A404000E315041592E5359532E444446303100"
PPSE = "00A404000E325041592E5359532E444446303100"
SELECT_CREDIT = "00A4040008A00000033301010200"


def test_no_bank_application_is_no_number() -> None:
    assert read({SELECT: "6A82"}) == ("none", [SELECT, PSE, PPSE])


def test_another_application_is_found_in_the_cards_directory() -> None:
    number, sent = read(
        {
            SELECT: "6A82",
            PSE: "6F15840E315041592E5359532E4444463031A503880101" + "9000",
            "00B2010C00": "700F610D4F08A000000333010101500141" + "9000",  # debit: known already
            "00B2020C00": "700F610D4F08A000000333010102500142" + "9000",
            SELECT_CREDIT: "6F0A8408A0000003330101029000",
            "00B2011400": WITH_PAN + "9000",
        }
    )
    assert number == PAN
    assert sent[:5] == [SELECT, PSE, "00B2010C00", "00B2020C00", "00B2030C00"]
    assert sent[5] == SELECT_CREDIT


def test_a_contactless_directory_lists_them_in_its_own_answer() -> None:
    number, sent = read(
        {
            SELECT: "6A82",
            PPSE: "6F24840E325041592E5359532E4444463031A512BF0C0F610D4F08A000000333010102870101"
            + "9000",
            SELECT_CREDIT: "6F0A8408A0000003330101029000",
            "00B2011400": WITH_PAN + "9000",
        }
    )
    assert number == PAN
    assert sent[:4] == [SELECT, PSE, PPSE, SELECT_CREDIT]


def test_the_directory_is_not_asked_when_the_known_application_shows_its_number() -> None:
    _, sent = read({SELECT: FCI + "9000", GPO: "6985", "00B2011400": WITH_PAN + "9000"})
    assert PSE not in sent


def test_the_simulated_cards_directory_leads_to_its_number() -> None:
    card = make_blank(random.Random(4), "622848", 4)
    encoder = open_encoder(CardInReader(card), "ssc")
    unknown = replace(load_facts().bank, applications=())
    number = encoder.run(lambda _: read_bank_number(unknown), None)
    assert number is not None
    assert number.reveal() == card.image()["bank_number"]


def test_a_broken_directory_answer_does_not_stop_the_search() -> None:
    number, sent = read({SELECT: "6F299000", "00B2011400": WITH_PAN + "9000"})
    assert number == PAN
    assert not any(command.startswith("80A8") for command in sent)


def test_a_file_list_without_end_is_cut() -> None:
    _number, sent = read({SELECT: FCI + "9000", GPO: "80067C000801FF00" + "9000"})
    assert len(sent) < 40


@pytest.mark.parametrize(
    ("record", "number"),
    [
        (WITH_PAN, PAN),
        ("70145712" + PAN + "D3611220000000000", PAN),  # only track 2
        ("700A5A086217001234567893", "6217001234567893"),
        ("700A5A086217001234567892", "6217001234567892"),  # a wrong check digit is the site's rule
        ("70145A086217001234567892" + "57086217001234567893", "6217001234567893"),
        ("70065A04FFFFFFFF", None),
        ("70025A00", None),
        ("700A5F340A5A086217", None),  # 5A is inside another value, and the record is cut
        ("", None),
    ],
)
def test_where_the_number_stands(record: str, number: str | None) -> None:
    found = find_pan(bytes.fromhex(record))
    assert (found.reveal() if found else None) == number


@pytest.mark.parametrize(
    ("digits", "fits"),
    [("79927398713", True), ("79927398710", False), ("4111111111111111", True), (PAN, True)],
)
def test_luhn(digits: str, fits: bool) -> None:  # ISO/IEC 7812-1 annex B
    assert passes_luhn(digits) is fits

"""Cards of version 1.00 and 2.00 beside 3.00."""

import random

import pytest

from simulators.cards.ssc import from_json, make_blank
from tests.unit.simulators.cards.ssc.host import SSSE, Host, blank

NAME = "7378312E73682EC9E7BBE1B1A3D5CF"


@pytest.mark.parametrize(
    ("version", "fci"),
    [
        ("1.00", f"6F16840F{NAME}A50388010B"),
        ("2.00", f"6F1C840F{NAME}A50988011E9F0C03860101"),
        ("3.00", f"6F1C840F{NAME}A50988011E9F0C03860103"),
    ],
)
def test_what_selection_answers(version: str, fci: str) -> None:
    host = Host(blank(version))
    assert host.talk(SSSE) == f"61{len(fci) // 2:02X}"
    assert host.talk(f"00C00000{len(fci) // 2:02X}") == fci + "9000"


@pytest.mark.parametrize(
    ("version", "record"),
    [("1.00", "0304312E3030"), ("2.00", "0304322E3030"), ("3.00", "0304332E3030")],
)
def test_the_version_record(version: str, record: str) -> None:
    host = Host(blank(version))
    host.talk(SSSE)
    assert host.talk("00B2032806") == record + "9000"


def test_a_version_record_as_some_makers_write_it() -> None:
    card = make_blank(random.Random(1), "622823", 1, version="2.00", version_text="2.0")
    card.power_on()
    host = Host(card)
    host.talk(SSSE)
    assert host.talk("00B2032806") == "0304322E30009000"
    assert from_json(card.to_json()).to_json() == card.to_json()


@pytest.mark.parametrize(
    ("version", "before_any_key"),
    [("1.00", "0A01009000"), ("2.00", "0A01009000"), ("3.00", "6982")],
)
def test_who_may_read_the_person(version: str, before_any_key: str) -> None:
    host = Host(blank(version))
    host.talk(SSSE)
    assert host.talk("00B20A3003") == before_any_key


@pytest.mark.parametrize("version", ["1.00", "2.00", "3.00"])
def test_a_person_is_written_under_the_update_key(version: str) -> None:
    host = Host(blank(version))
    host.talk(SSSE)
    assert host.talk("00DC0A30030A0132") == "6982"
    assert host.prove("UKSSSE", wrong=True) == "63C2"
    assert host.talk("00DC0A30030A0132") == "6982"
    assert host.prove("UKSSSE") == "9000"
    assert host.talk("00DC0A30030A0132") == "9000"
    assert host.talk("00DC05280605042026112" + "2") == "9000"
    if version == "3.00":
        assert host.prove("RKSSSE") == "9000"
    assert host.talk("00B20A3003") == "0A01329000"
    assert host.card.image()["blank"] is False


def test_the_oldest_card_has_no_name_extension() -> None:
    for version, answer in (("1.00", "6A83"), ("2.00", "6C16")):
        host = Host(blank(version))
        host.talk(SSSE)
        assert host.talk("00B24E3000") == answer
        assert host.talk("00B2063400")[:4] == ("6C06" if version == "1.00" else "6C05")


def test_what_the_oldest_card_does_not_have() -> None:
    host = Host(blank("1.00"))
    host.talk(SSSE)
    for file in ("EF07", "EF08", "DF01"):
        assert host.talk(f"00A4000002{file}") == "6A82"
    assert host.talk("00A4040006D15600000500") == "6A82"
    assert host.talk("00A404000C504B492EC9E7BBE1B1A3D5CF") == "6A82"
    assert host.talk("0084000008")[-4:] == "9000"
    assert host.talk("0082000A10" + "00" * 16) == "6A88"  # no RKSSSE


def test_only_the_newest_has_certificates() -> None:
    host = Host(blank("2.00"))
    assert host.talk("00A404000C504B492EC9E7BBE1B1A3D5CF") == "6A82"
    assert host.talk("00A4040006D15600000500")[:2] == "61"


@pytest.mark.parametrize("version", ["1.00", "2.00"])
def test_the_card_proves_itself(version: str) -> None:
    host = Host(blank(version))
    host.talk(SSSE)
    factor, original = bytes(range(8)), bytes(range(8, 16))
    assert host.talk(f"0088000010{(factor + original).hex()}") == "6108"
    expected = host.session("IRK", factor, original).hex().upper()
    assert host.talk("00C0000008") == expected + "9000"


def test_the_cos_version_in_the_atr() -> None:
    assert [blank(version).atr[8] for version in ("1.00", "2.00", "3.00")] == [0x10, 0x20, 0x30]


def test_an_algorithm_that_is_not_published_is_refused() -> None:
    with pytest.raises(ValueError, match="SSF33"):
        make_blank(random.Random(1), "622823", 1, region="110100", version="1.00")
    make_blank(random.Random(1), "622823", 1, region="110100", version="2.00")


def test_a_2_00_card_survives_a_restart() -> None:
    host = Host(blank("2.00"))
    host.talk(SSSE)
    host.prove("UKSSSE")
    host.talk("00DC0B30030B0101")
    host.prove("UKSSSE", wrong=True)
    copy = from_json(host.card.to_json())
    assert copy.to_json() == host.card.to_json()
    copy.power_on()
    again = Host(copy)
    again.talk(SSSE)
    assert again.talk("00B20B3003") == "0B01019000"
    assert again.prove("UKSSSE", wrong=True) == "63C1"
    assert again.prove("UKSSSE") == "9000"

"""Odd cards of the field, the on-chip photo, and what a write costs."""

import pytest

from simulators.cards.ssc import KeyVersion, Quirks, from_json
from tests.unit.simulators.cards.ssc.host import SSSE, Host, blank


@pytest.mark.parametrize(
    ("key_version", "bare", "with_version"),
    [
        (KeyVersion.EITHER, "9000", "9000"),
        (KeyVersion.NEEDED, "6700", "9000"),
        (KeyVersion.REFUSED, "9000", "6700"),
    ],
)
def test_the_key_version(key_version: KeyVersion, bare: str, with_version: str) -> None:
    host = Host(blank("3.00", Quirks(key_version=key_version)))
    host.talk(SSSE)
    assert host.prove("UKSSSE") == bare
    challenge = host.challenge()
    proof = (host.session("UKSSSE", challenge, challenge) + challenge).hex()
    assert host.talk(f"0082000411{proof}01") == with_version
    tries = host.card.image()["tries_left"]
    assert isinstance(tries, dict)
    assert tries["UKSSSE"] == 3


def test_a_warm_reset_that_fails_and_a_cold_one_that_works() -> None:
    card = blank("3.00", Quirks(mute_warm_resets=1))
    host = Host(card)
    assert card.reset() is None
    assert host.talk(SSSE) == ""
    assert card.power_on() == card.atr
    assert card.reset() == card.atr
    assert host.talk(SSSE) == "611E"


def test_a_card_without_certificates() -> None:
    host = Host(blank("3.00", Quirks(missing=frozenset({"PKI"}))))
    assert host.talk("00A404000C504B492EC9E7BBE1B1A3D5CF") == "6A82"
    assert host.talk("00A404000C53532E434552542E41444631") == "6A82"
    assert host.talk(SSSE) == "611E"


def test_a_card_without_the_application_has_no_dfs() -> None:
    host = Host(blank("3.00", Quirks(missing=frozenset({"SSSE"}))))
    assert host.talk("00A4040006D15600000500") == "6A82"


def test_a_whole_photo_in_slices() -> None:
    host = Host(blank("3.00"))
    host.talk(SSSE)
    host.prove("UKSSSE")
    host.prove("RKSSSE")
    assert host.talk("00A4020002EF08") == "9000"
    photo = bytes(number % 251 for number in range(0x1000))
    for at in range(0, len(photo), 255):
        part = photo[at : at + 255]
        assert host.talk(f"00D6{at:04X}{len(part):02X}{part.hex()}") == "9000"
    assert host.card.counts["writes SSSE/EF08"] == 17
    read = "".join(host.talk(f"00B0{at:04X}00")[:512] for at in range(0, 0x1000, 256))
    assert bytes.fromhex(read) == photo
    copy = from_json(host.card.to_json())
    assert copy.image()["files"] == host.card.image()["files"]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00D60FFF01AA", "9000"),
        ("00D60FFF02AAAA", "6A84"),
        ("00D61000" + "01AA", "6B00"),
        ("00D688" + "0502AAAA", "9000"),  # by short identifier, offset 5
        ("00B01000" + "01", "6B00"),
        ("00B00FFF02", "6C01"),
        ("00DC0104" + "03010101", "6981"),
        ("00E20000" + "03010101", "6981"),
    ],
)
def test_the_ends_of_the_photo(command: str, status: str) -> None:
    host = Host(blank("2.00"))
    host.talk(SSSE)
    host.prove("UKSSSE")
    host.prove("RKSSSE")
    host.talk("00A4020002EF08")
    assert host.talk(command) == status


def test_what_a_written_record_costs() -> None:
    assert blank().eeprom_ms == 5.0
    card = blank("3.00", Quirks(eeprom_ms=2))
    assert card.eeprom_ms == 2
    card.behave(Quirks(eeprom_ms=10))
    assert from_json(card.to_json()).eeprom_ms == 10

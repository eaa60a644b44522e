"""What a site may switch on for its chips: other records of EF05, and the portrait."""

from __future__ import annotations

import random

import pytest

from simulators.cards.ssc import Quirks, make_blank
from station.core.cards import (
    ChipCondition,
    IssuerData,
)
from station.core.errors import (
    ConfigError,
    InputError,
)
from station.core.photos import Portrait
from station.encoder import open_encoder
from station.encoder.card_profile import ProfileOptions
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.chip import BANK_BIN, PERSON, Rig, rig_with
from tests.rigs.faces import unopened
from tests.rigs.province_hsm import hsm_answer

INITIALISER = "915600000241070041070001"


def issuer_updates(rig: Rig) -> list[str]:
    """Return the commands that wrote EF05."""
    commands = [c.encode().hex().upper() for c in rig.link.commands if c.ins == 0xDC]
    return [command for command in commands if command[6:8] == "28"]


def test_a_site_may_rewrite_all_of_the_issuers_records() -> None:
    tags = ("01", "02", "03", "04", "05", "06", "07")
    issuer = IssuerData(card_type="4", initialiser=INITIALISER)
    rig = rig_with(Quirks(), options=ProfileOptions(issuer_tags=tags, issuer=issuer))
    identity = rig.identify()
    before = rig.link.card.image()["files"]
    written = rig.encoder.personalise(identity, PERSON, hsm_answer)
    after = rig.link.card.image()["files"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert written.same_card(identity)
    for tag in ("01", "03"):
        assert after["SSSE/EF05"][tag] == before["SSSE/EF05"][tag]
    assert after["SSSE/EF05"]["02"] == "34"
    assert after["SSSE/EF05"]["04"] == INITIALISER
    assert issuer_updates(rig) == [
        f"00DC0128120110{identity.AAZ501}",
        "00DC022803020134",
        "00DC0328060304332E3030",
        f"00DC04280E040C{INITIALISER}",
        "00DC052806050420261122",
        "00DC062806060420361122",
        "00DC07280B0709583030303030303139",
    ]
    assert rig.link.card.counts["writes"] == 14
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA


def test_a_missing_value_of_the_issuers_refuses_to_start() -> None:
    with pytest.raises(ConfigError, match="initialiser"):
        rig_with(Quirks(), options=ProfileOptions(issuer_tags=("04", "07")))


def test_a_site_may_leave_the_validity_as_it_came() -> None:
    rig = rig_with(Quirks(), options=ProfileOptions(issuer_tags=("05", "07")))
    rig.encoder.personalise(rig.identify(), PERSON, hsm_answer)
    assert issuer_updates(rig) == ["00DC052806050420261122", "00DC07280B0709583030303030303139"]
    assert rig.link.card.counts["writes"] == 9
    assert rig.link.card.counts.get("writes SSSE/EF05/06", 0) == 0
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA


def portrait(size: int) -> bytes:
    return b"\xff\xd8" + bytes(random.Random(3).randbytes(size - 4)) + b"\xff\xd9"


@pytest.mark.parametrize("version", ["2.00", "3.00"])
@pytest.mark.parametrize("size", [4096, 255, 256, 3000])
def test_a_site_may_put_the_portrait_onto_the_chip(version: str, size: int) -> None:
    rig = rig_with(Quirks(), version, ProfileOptions(photo=True))
    photo = portrait(size)
    rig.encoder.personalise(rig.identify(), PERSON, hsm_answer, unopened(photo))
    files = rig.link.card.image()["files"]
    assert isinstance(files, dict)
    assert bytes.fromhex(files["SSSE/EF08"])[:size] == photo
    slices = [c for c in rig.link.commands if c.ins == 0xD6]
    assert [len(c.data) for c in slices[:-1]] == [255] * (len(slices) - 1)
    assert len(slices) == -(-size // 255)
    assert [c.p1 << 8 | c.p2 for c in slices] == list(range(0, size, 255))
    last_write = [c.name for c in rig.link.commands if rig.link.is_writing(c)][-1]
    assert last_write == "UPDATE EF05 07"  # the card is closed after the portrait
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA


@pytest.mark.parametrize(
    "photo", [portrait(4097), portrait(300)[:-2], b"\x89PNG" + bytes(300)], ids=len
)
def test_a_portrait_that_is_none_or_too_large_writes_nothing(photo: bytes) -> None:
    rig = rig_with(Quirks(), options=ProfileOptions(photo=True))
    with pytest.raises(InputError):
        rig.encoder.personalise(rig.identify(), PERSON, hsm_answer, unopened(photo))
    assert rig.link.card.counts["writes"] == 0


def test_the_portrait_is_made_to_fit_before_the_chip_gets_power() -> None:
    card = make_blank(random.Random(1), BANK_BIN, 1)
    link = CardInReader(card)
    asked: list[int] = []

    def fit(photo: Portrait, most: int) -> bytes:
        asked.extend((len(photo.jpeg), most))
        assert card.counts["power_ons"] == 1
        return portrait(500)

    encoder = open_encoder(link, "ssc", ProfileOptions(photo=True), fit_photo=fit)
    encoder.personalise(encoder.identify(), PERSON, hsm_answer, unopened(portrait(30_000)))
    assert asked == [30_000, 4096]
    assert card.counts["writes SSSE/EF08"] == 2


def test_without_the_switch_no_portrait_is_written() -> None:
    rig = rig_with(Quirks())
    rig.encoder.personalise(rig.identify(), PERSON, hsm_answer, unopened(portrait(300)))
    assert not any(command.ins == 0xD6 for command in rig.link.commands)
    with pytest.raises(ConfigError):
        open_encoder(rig.link, "ssc", ProfileOptions(photo=True))

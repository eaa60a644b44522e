"""One suite, run against every card profile through its simulated card.

The HSM is a third, independent computation (`tests.province_hsm`): it checks the card's arithmetic
and shares none of it.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from simulators.cards import CardSimulator
from simulators.cards.ssc import AtrForm, CaseFour, Quirks, SscCard, WrongLe, make_blank
from station.core.cards import (
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
    IssuerData,
)
from station.core.errors import (
    CardMuteError,
    ConfigError,
    InputError,
    OutcomeUnknownError,
    StatusWordError,
    TransportClosedError,
    WrongCardError,
    WrongCardReason,
)
from station.encoder import ChipEncoder, open_encoder, profile_names
from station.encoder.card_profile import ProfileOptions
from tests.card_in_reader import CardInReader
from tests.province_hsm import hsm_answer, wrong_hsm

BANK_BIN = "622848"
#: Invented. 27 characters of two bytes would be too long; this one fills 姓名 and spills over.
PERSON = ChipData(
    AAC002="410702199001011234",
    AAC003="阿卜杜热西提·买买提吐尔逊江·艾",
    AAC004="1",
    AAC005="05",
    AAC025="410702",
    AAC006="19900101",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)
SOMEBODY_ELSE = replace(PERSON, AAC002="410702198502022345", AAC003="李某某", AAZ500="D2143569X")


@dataclass
class Rig:
    """One profile, its simulated card, and an encoder between them."""

    profile: str
    link: CardInReader
    encoder: ChipEncoder
    version: str = "3.00"

    @property
    def rule(self) -> BlankRule:
        return BlankRule(frozenset({BANK_BIN}), frozenset({self.version}))

    @property
    def person(self) -> ChipData:
        """Somebody whose name fits this version."""
        return PERSON if self.version != "1.00" else replace(PERSON, AAC003="阿卜杜热西提·买买提")

    def identify(self) -> ChipIdentity:
        return self.encoder.identify()


@pytest.fixture(params=profile_names())
def make_rig(request: pytest.FixtureRequest) -> Callable[[], Rig]:
    simulator = importlib.import_module(f"simulators.cards.{request.param}").SIMULATOR
    assert isinstance(simulator, CardSimulator)

    def make() -> Rig:
        link = CardInReader(simulator.make_blank(random.Random(1), BANK_BIN, 1))
        return Rig(request.param, link, open_encoder(link, request.param))

    return make


def test_a_blank_becomes_this_persons_card(make_rig: Callable[[], Rig]) -> None:
    rig = make_rig()
    identity = rig.identify()
    rig.encoder.check_blank(identity, rig.rule)
    assert rig.link.card.card_id == identity.AAZ501
    assert identity.bank_number is not None
    assert identity.bank_number.reveal() == rig.link.card.image()["bank_number"]
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.BLANK

    written = rig.encoder.personalise(identity, PERSON, hsm_answer)

    assert written.same_card(identity)
    assert written.AAZ500 == PERSON.AAZ500
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    assert rig.encoder.inspect(SOMEBODY_ELSE, hsm_answer) is ChipCondition.OTHER_DATA
    assert rig.link.card.counts["writes"] == 10
    with pytest.raises(WrongCardError) as refused:
        rig.encoder.check_blank(rig.identify(), rig.rule)
    assert refused.value.reason is WrongCardReason.ALREADY_PERSONALISED


def test_the_same_data_again_ends_in_the_same_content(make_rig: Callable[[], Rig]) -> None:
    rig = make_rig()
    identity = rig.identify()
    rig.encoder.personalise(identity, PERSON, hsm_answer)
    before = rig.link.card.image()["files"]
    rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert rig.link.card.image()["files"] == before


def test_somebody_elses_card_is_never_written(make_rig: Callable[[], Rig]) -> None:
    rig = make_rig()
    identity = rig.identify()
    rig.encoder.personalise(identity, SOMEBODY_ELSE, hsm_answer)
    writes = rig.link.card.counts["writes"]
    with pytest.raises(WrongCardError) as refused:
        rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert refused.value.reason is WrongCardReason.ALREADY_PERSONALISED
    assert rig.link.card.counts["writes"] == writes


def test_a_refused_authentication_is_not_repeated(make_rig: Callable[[], Rig]) -> None:
    rig = make_rig()
    identity = rig.identify()
    for left in (2, 1):
        with pytest.raises(StatusWordError) as refused:
            rig.encoder.personalise(identity, PERSON, wrong_hsm)
        assert refused.value.tries_left == left
    sent = sum(command.ins == 0x82 for command in rig.link.commands)
    assert sent == 2
    with pytest.raises(StatusWordError):  # the last try is not spent, even with a right answer
        rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert sum(command.ins == 0x82 for command in rig.link.commands) == sent
    assert rig.link.card.counts["writes"] == 0


def _count_of_a_whole_personalisation(rig: Rig) -> tuple[int, int]:
    """Return how many APDUs one personalisation takes, and which is the first write."""
    identity = rig.identify()
    rig.link.commands.clear()
    rig.encoder.personalise(identity, PERSON, hsm_answer)
    first_write = next(n for n, c in enumerate(rig.link.commands, 1) if c.is_writing)
    return len(rig.link.commands), first_write


@pytest.mark.parametrize("answer_lost", [False, True], ids=["not-received", "answer-lost"])
def test_torn_at_every_command_the_card_can_be_finished(
    make_rig: Callable[[], Rig], answer_lost: bool
) -> None:
    total, first_write = _count_of_a_whole_personalisation(make_rig())
    seen: set[ChipCondition] = set()
    for torn_at in range(1, total + 1):
        rig = make_rig()
        identity = rig.identify()
        rig.link.sent = 0
        if answer_lost:
            rig.link.tear_after = torn_at
        else:
            rig.link.tear_before = torn_at
        expected = OutcomeUnknownError if torn_at >= first_write else TransportClosedError
        with pytest.raises(expected):
            rig.encoder.personalise(identity, PERSON, hsm_answer)
        assert rig.link.sent == torn_at, "something was sent after the tear"

        rig.link.tear_after = rig.link.tear_before = None
        condition = rig.encoder.inspect(PERSON, hsm_answer)
        assert condition is not ChipCondition.OTHER_DATA
        if torn_at < first_write:
            assert condition is ChipCondition.BLANK
        seen.add(condition)
        rig.encoder.personalise(rig.identify(), PERSON, hsm_answer)
        assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    assert seen == {ChipCondition.BLANK, ChipCondition.HALF_WRITTEN, ChipCondition.THIS_DATA}


def test_a_half_written_card_is_refused_to_another_order(make_rig: Callable[[], Rig]) -> None:
    total, first_write = _count_of_a_whole_personalisation(make_rig())
    for torn_after in range(first_write, total):
        rig = make_rig()
        identity = rig.identify()
        rig.link.sent, rig.link.tear_after = 0, torn_after
        with pytest.raises(OutcomeUnknownError):
            rig.encoder.personalise(identity, PERSON, hsm_answer)
        rig.link.tear_after = None
        assert rig.encoder.inspect(SOMEBODY_ELSE, hsm_answer) is ChipCondition.OTHER_DATA
        with pytest.raises(WrongCardError):
            rig.encoder.personalise(rig.identify(), SOMEBODY_ELSE, hsm_answer)


def test_nothing_of_the_person_or_the_bank_is_in_the_trace(make_rig: Callable[[], Rig]) -> None:
    rig = make_rig()
    identity = rig.identify()
    rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert identity.bank_number is not None
    trace = "\n".join(rig.encoder.recent_exchanges()).upper()
    for text in (PERSON.AAC002, PERSON.AAC003, PERSON.AAZ500, identity.bank_number.reveal()):
        assert text not in trace
        assert text.encode("gb18030").hex().upper() not in trace
    assert "UPDATE EF06 08: 9000" in trace


def test_another_card_at_the_station_is_refused(make_rig: Callable[[], Rig]) -> None:
    rig = make_rig()
    identity = replace(rig.identify(), AAZ501="0" * 32)
    with pytest.raises(WrongCardError) as refused:
        rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert refused.value.reason is WrongCardReason.NOT_THIS_ORDERS
    assert rig.link.card.counts["writes"] == 0


def rig_with(quirks: Quirks, version: str = "3.00", options: ProfileOptions | None = None) -> Rig:
    card = make_blank(random.Random(1), BANK_BIN, 1, version=version, quirks=quirks)
    link = CardInReader(card)
    encoder = open_encoder(
        link, "ssc", options or ProfileOptions(), fit_photo=lambda photo, _: photo
    )
    return Rig("ssc", link, encoder, version)


VERSIONS = ["1.00", "2.00", "3.00"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_written_and_read_back(version: str) -> None:
    rig = rig_with(Quirks(), version)
    identity = rig.identify()
    rig.encoder.check_blank(identity, rig.rule)
    assert version == identity.AAZ508
    assert identity.algorithm == ("03" if version == "3.00" else "01")
    rig.encoder.personalise(identity, rig.person, hsm_answer)
    assert rig.encoder.inspect(rig.person, hsm_answer) is ChipCondition.THIS_DATA
    assert rig.link.card.counts["writes"] == (9 if version == "1.00" else 10)
    assert rig.link.card.counts["authentication_failures"] == 0


@pytest.mark.parametrize("version", ["1.00", "2.00"])
@pytest.mark.parametrize("answer_lost", [False, True], ids=["not-received", "answer-lost"])
def test_older_cards_torn_at_every_command_can_be_finished(version: str, answer_lost: bool) -> None:
    whole = rig_with(Quirks(), version)
    identity = whole.identify()
    whole.link.commands.clear()
    whole.encoder.personalise(identity, whole.person, hsm_answer)
    for torn_at in range(1, len(whole.link.commands) + 1):
        rig = rig_with(Quirks(), version)
        identity = rig.identify()
        rig.link.sent = 0
        rig.link.tear_after = torn_at if answer_lost else None
        rig.link.tear_before = None if answer_lost else torn_at
        with pytest.raises((OutcomeUnknownError, TransportClosedError)):
            rig.encoder.personalise(identity, rig.person, hsm_answer)
        rig.link.tear_after = rig.link.tear_before = None
        assert rig.encoder.inspect(rig.person, hsm_answer) is not ChipCondition.OTHER_DATA
        rig.encoder.personalise(rig.identify(), rig.person, hsm_answer)
        assert rig.encoder.inspect(rig.person, hsm_answer) is ChipCondition.THIS_DATA


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
    rig.encoder.personalise(rig.identify(), PERSON, hsm_answer, photo)
    files = rig.link.card.image()["files"]
    assert isinstance(files, dict)
    assert bytes.fromhex(files["SSSE/EF08"])[:size] == photo
    slices = [c for c in rig.link.commands if c.ins == 0xD6]
    assert [len(c.data) for c in slices[:-1]] == [255] * (len(slices) - 1)
    assert len(slices) == -(-size // 255)
    assert [c.p1 << 8 | c.p2 for c in slices] == list(range(0, size, 255))
    last_write = [c.name for c in rig.link.commands if c.is_writing][-1]
    assert last_write == "UPDATE EF05 07"  # the card is closed after the portrait
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA


@pytest.mark.parametrize(
    "photo", [portrait(4097), portrait(300)[:-2], b"\x89PNG" + bytes(300)], ids=len
)
def test_a_portrait_that_is_none_or_too_large_writes_nothing(photo: bytes) -> None:
    rig = rig_with(Quirks(), options=ProfileOptions(photo=True))
    with pytest.raises(InputError):
        rig.encoder.personalise(rig.identify(), PERSON, hsm_answer, photo)
    assert rig.link.card.counts["writes"] == 0


def test_the_portrait_is_made_to_fit_before_the_chip_gets_power() -> None:
    card = make_blank(random.Random(1), BANK_BIN, 1)
    link = CardInReader(card)
    asked: list[int] = []

    def fit(photo: bytes, most: int) -> bytes:
        asked.extend((len(photo), most))
        assert card.counts["power_ons"] == 1
        return portrait(500)

    encoder = open_encoder(link, "ssc", ProfileOptions(photo=True), fit_photo=fit)
    encoder.personalise(encoder.identify(), PERSON, hsm_answer, portrait(30_000))
    assert asked == [30_000, 4096]
    assert card.counts["writes SSSE/EF08"] == 2


def test_without_the_switch_no_portrait_is_written() -> None:
    rig = rig_with(Quirks())
    rig.encoder.personalise(rig.identify(), PERSON, hsm_answer, portrait(300))
    assert not any(command.ins == 0xD6 for command in rig.link.commands)
    with pytest.raises(ConfigError):
        open_encoder(rig.link, "ssc", ProfileOptions(photo=True))


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(case_four=CaseFour.DIRECT),
        Quirks(wrong_le=WrongLe.DATA),
        Quirks(atr_form=AtrForm.FAST),
        Quirks(atr_form=AtrForm.CONTACTLESS, case_four=CaseFour.DIRECT),
        Quirks(options_before_records=True),
    ],
    ids=repr,
)
def test_odd_cards_of_the_field_are_written_all_the_same(quirks: Quirks) -> None:
    rig = rig_with(quirks)
    identity = rig.identify()
    rig.encoder.check_blank(identity, rig.rule)
    rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA


@pytest.mark.parametrize("good_writes", range(10))
def test_a_refused_write_is_reported_and_can_be_finished(good_writes: int) -> None:
    rig = rig_with(Quirks())
    identity = rig.identify()
    card = rig.link.card
    assert isinstance(card, SscCard)
    rig.link.before_write = good_writes, lambda: setattr(card.quirks, "failing_writes", 1)
    with pytest.raises(StatusWordError) as refused:
        rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert refused.value.sw == 0x6581
    expected = ChipCondition.HALF_WRITTEN if good_writes else ChipCondition.BLANK
    assert rig.encoder.inspect(PERSON, hsm_answer) is expected
    rig.encoder.personalise(rig.identify(), PERSON, hsm_answer)
    assert rig.encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA


def test_a_mute_card_is_mute() -> None:
    with pytest.raises(CardMuteError):
        rig_with(Quirks(mute_power_ons=1)).identify()

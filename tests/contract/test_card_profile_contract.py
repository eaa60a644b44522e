"""One suite, run against every card profile through its simulated card.

The HSM is a third, independent computation (`tests.rigs.province_hsm`): it checks the card's
arithmetic and shares none of it.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from simulators.cards import CardSimulator
from simulators.cards.ssc import AtrForm, CaseFour, Quirks, SscCard, WrongLe
from station.core.cards import (
    ChipCondition,
)
from station.core.errors import (
    CardMuteError,
    OutcomeUnknownError,
    StatusWordError,
    TransportClosedError,
    WrongCardError,
    WrongCardReason,
)
from station.encoder import open_encoder, profile_names
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.chip import BANK_BIN, PERSON, SOMEBODY_ELSE, Rig, rig_with
from tests.rigs.province_hsm import hsm_answer, wrong_hsm
from tests.rigs.vectors import FOLDERS


@pytest.fixture(params=profile_names())
def make_rig(request: pytest.FixtureRequest) -> Callable[[], Rig]:
    simulator = importlib.import_module(f"simulators.cards.{request.param}").SIMULATOR
    assert isinstance(simulator, CardSimulator)

    def make() -> Rig:
        link = CardInReader(simulator.make_blank(random.Random(1), BANK_BIN, 1), request.param)
        encoder = open_encoder(link, request.param)
        return Rig(request.param, link, encoder, encoder.identify().AAZ508)

    return make


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_has_literal_vectors(name: str) -> None:
    found = [file for folder in FOLDERS for file in (folder / name).glob("*.toml")]
    assert found, f"no vectors in tests/vectors/{name}"


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
    assert rig.link.card.counts["writes"] > 0
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
    if not rig.link.kinds.proofs:
        pytest.skip("this card asks for no proof of a key")
    for left in (2, 1):
        with pytest.raises(StatusWordError) as refused:
            rig.encoder.personalise(identity, PERSON, wrong_hsm)
        assert refused.value.tries_left == left
    sent = sum(map(rig.link.kinds.is_proof, rig.link.commands))
    assert sent == 2
    with pytest.raises(StatusWordError):  # the last try is not spent, even with a right answer
        rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert sum(map(rig.link.kinds.is_proof, rig.link.commands)) == sent
    assert rig.link.card.counts["writes"] == 0


def _count_of_a_whole_personalisation(rig: Rig) -> tuple[int, int]:
    """Return how many APDUs one personalisation takes, and which is the first write."""
    identity = rig.identify()
    rig.link.commands.clear()
    rig.encoder.personalise(identity, PERSON, hsm_answer)
    first_write = next(n for n, c in enumerate(rig.link.commands, 1) if rig.link.is_writing(c))
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
    written = [command.name for command in rig.link.commands if rig.link.is_writing(command)]
    assert [name for name in written if f"{name}: ".upper() not in trace] == []


def test_another_card_at_the_station_is_refused(make_rig: Callable[[], Rig]) -> None:
    rig = make_rig()
    identity = replace(rig.identify(), AAZ501="0" * 32)
    with pytest.raises(WrongCardError) as refused:
        rig.encoder.personalise(identity, PERSON, hsm_answer)
    assert refused.value.reason is WrongCardReason.NOT_THIS_ORDERS
    assert rig.link.card.counts["writes"] == 0


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

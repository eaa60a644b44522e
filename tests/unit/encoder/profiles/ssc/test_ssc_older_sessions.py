"""Whole sessions of 1.00 and 2.00 cards, byte by byte: tests/vectors/ssc/session_{1,2}_00.toml."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from station.core.cards import ChipCondition, ChipData, ChipIdentity
from station.core.errors import CardMismatchError, NameNotEncodableError
from station.encoder import load_profile
from station.encoder.card_profile import ProfileOptions
from station.encoder.session import ChipEncoder
from tests.rigs.scripted_chip import HSM, Line, ScriptedChip, read_lines, read_vectors

TOO_LONG = "司马·长名字测试甲乙丙丁戊己庚辛壬"  # 34 bytes


@pytest.fixture(params=["1_00", "2_00"])
def session(request: pytest.FixtureRequest) -> dict[str, Any]:
    return read_vectors(f"ssc/session_{request.param}.toml")


def lines(session: dict[str, Any], title: str) -> list[Line]:
    return read_lines(session[title])


def blank(session: dict[str, Any]) -> ChipIdentity:
    return ChipIdentity(
        AAZ501=session["card_id"],
        AAZ507=session["reset_information"],
        AAZ508=session["version"],
        AAB301="410700",
        algorithm=session["algorithm"],
        AAZ500="",
        bank_number=None,
    )


def chip(session: dict[str, Any], title: str) -> tuple[ScriptedChip, ChipEncoder]:
    card = ScriptedChip(session["atr"], lines(session, title))
    return card, ChipEncoder(card, load_profile("ssc"))


def test_identify(session: dict[str, Any]) -> None:
    card, encoder = chip(session, "identify")
    assert encoder.identify() == blank(session)
    assert card.is_done


def test_personalise(session: dict[str, Any]) -> None:
    card, encoder = chip(session, "personalise")
    person = ChipData(**session["person"])
    written = encoder.personalise(blank(session), person, card.authenticate)
    assert written == replace(blank(session), AAZ500=person.AAZ500)
    assert card.is_done
    assert [(r.algorithm, r.key_address) for r in card.requests] == [("01", "0094")]


def test_inspect_asks_no_province(session: dict[str, Any]) -> None:
    card, encoder = chip(session, "inspect")
    condition = encoder.inspect(ChipData(**session["person"]), card.authenticate)
    assert condition is ChipCondition.THIS_DATA
    assert card.is_done
    assert card.requests == []


def test_a_long_name_is_refused_by_a_1_00_card_before_anything_is_written() -> None:
    session = read_vectors("ssc/session_1_00.toml")
    card, encoder = chip(session, "personalise")
    person = replace(ChipData(**session["person"]), AAC003=TOO_LONG)
    with pytest.raises(NameNotEncodableError) as refused:
        encoder.personalise(blank(session), person, card.authenticate)
    assert refused.value.details == {"character": "辛", "cause": "no-room"}
    assert all(line.name != HSM for line in card.script[: card.done])


def test_a_1_00_card_never_holds_a_long_name() -> None:
    session = read_vectors("ssc/session_1_00.toml")
    card, encoder = chip(session, "inspect")
    full = "司马小测试".encode("gb18030").ljust(30, b"\0")
    cut = TOO_LONG.encode("gb18030")[:30]
    card.script = [replace(line, response=line.response.replace(full, cut)) for line in card.script]
    person = replace(ChipData(**session["person"]), AAC003=TOO_LONG)
    assert encoder.inspect(person, card.authenticate) is ChipCondition.OTHER_DATA


@pytest.mark.parametrize(
    ("versions", "is_refused"),
    [
        ((), False),
        (("1.00",), True),
        (("2.00",), False),
        (("3.00",), False),
        (("1.00", "3.00"), False),
    ],
)
def test_a_name_that_no_blank_in_use_can_hold_is_refused_before_the_feed(
    versions: tuple[str, ...], is_refused: bool
) -> None:
    profile = load_profile("ssc").configure(ProfileOptions(versions=frozenset(versions)))
    person = ChipData(**read_vectors("ssc/session_2_00.toml")["person"])
    if not is_refused:
        profile.check_data(person)
        return
    with pytest.raises(NameNotEncodableError):
        profile.check_data(person)
    profile.check_data(replace(person, AAC003="司马小测试"))


@pytest.mark.parametrize(
    ("versions", "name", "refused"),
    [
        (("1.00",), "李\U00020007", "\U00020007"),
        (("1.00",), "\u3400四", "\u3400"),
        (("1.00",), "李四", ""),
        (("1.00",), "\u9fb4四", ""),  # two bytes since 2022
        (("2.00",), "李\U00020007", ""),
        (("1.00", "3.00"), "李\U00020007", ""),
        ((), "李\U00020007", ""),
    ],
)
def test_a_character_that_no_card_in_use_knows_is_refused_before_the_feed(
    versions: tuple[str, ...], name: str, refused: str
) -> None:
    profile = load_profile("ssc").configure(ProfileOptions(versions=frozenset(versions)))
    person = replace(ChipData(**read_vectors("ssc/session_1_00.toml")["person"]), AAC003=name)
    if not refused:
        profile.check_data(person)
        return
    with pytest.raises(NameNotEncodableError) as told:
        profile.check_data(person)
    assert told.value.details == {"character": refused, "cause": "no-code"}


def test_a_rare_character_is_refused_by_a_1_00_card_before_anything_is_written() -> None:
    session = read_vectors("ssc/session_1_00.toml")
    card, encoder = chip(session, "personalise")
    person = replace(ChipData(**session["person"]), AAC003="李\U00020007")
    with pytest.raises(NameNotEncodableError):
        encoder.personalise(blank(session), person, card.authenticate)
    assert all(line.name != HSM for line in card.script[: card.done])


@pytest.mark.parametrize("name", ["READ EF06 09", "READ EF06 0D", "READ EF05 07"])
def test_what_reads_back_wrong_is_noticed(session: dict[str, Any], name: str) -> None:
    card, encoder = chip(session, "personalise")
    at = max(n for n, line in enumerate(card.script) if line.name == name)
    response = card.script[at].response
    wrong = response[:-3] + bytes([response[-3] ^ 1]) + response[-2:]
    card.script[at] = replace(card.script[at], response=wrong)
    with pytest.raises(CardMismatchError):
        encoder.personalise(blank(session), ChipData(**session["person"]), card.authenticate)

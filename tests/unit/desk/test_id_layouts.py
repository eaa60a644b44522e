"""The four layouts, with the characters that names really have."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from simulators.desk.id_cards import Card, invented, with_check
from station.core.characters import is_private_use
from station.core.identity_cards import IdCardKind
from station.desk.id_reader.layouts import CardTextError, parse_text

#: Field after field of a resident's card, written out: an invented number (region 4107 99).
RESIDENT = b"".join(
    text.encode("utf-16-le")
    for text in (
        "张三" + " " * 13,
        "1",
        "01",
        "19900307",
        "虚构省虚构市虚构路1号" + " " * 24,
        "410799199003070010",
        "虚构市公安局" + " " * 9,
        "20200101",
        "20400101",
        " " * 18,
    )
)


def number(first: str) -> str:
    return with_check(first)


def resident(**changes: str) -> Card:
    values = {"number": number("41079919900307001"), "name": "张三"} | changes
    return Card(**values)


def test_a_residents_card_field_by_field() -> None:
    assert len(RESIDENT) == 256
    card = parse_text(RESIDENT)
    assert card.kind is IdCardKind.RESIDENT
    assert (card.number, card.name, card.latin_name) == ("410799199003070010", "张三", "")
    assert card.birth == dt.date(1990, 3, 7)
    assert (card.valid_from, card.valid_until) == (dt.date(2020, 1, 1), dt.date(2040, 1, 1))
    assert not card.name_fills_field
    assert card.number not in repr(card)
    assert "张三" not in repr(card)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("", IdCardKind.RESIDENT),
        ("J", IdCardKind.HONG_KONG_MACAO_TAIWAN),
        ("I", IdCardKind.FOREIGNER_2017),
        ("Y", IdCardKind.FOREIGNER_2023),
    ],
)
@pytest.mark.parametrize("seed", range(50))
def test_the_four_layouts(kind: str, expected: IdCardKind, seed: int) -> None:
    written = invented(random.Random(seed), kind)
    card = parse_text(written.text())
    assert card.kind is expected
    assert (card.number, card.name, card.latin_name) == (
        written.number,
        written.name,
        written.latin_name,
    )
    assert card.birth.strftime("%Y%m%d") == written.birth


RARE = [
    "𠮷野",  # beyond the first plane: a surrogate pair
    "王𫖯",
    "李㛃",  # extension A
    "阿卜杜拉·买买提",
    "古丽娜尔·艾尼瓦尔·伊",
    "赵龴",
    "欧阳\u3007",
]


@pytest.mark.parametrize("name", RARE)
@pytest.mark.parametrize("kind", ["", "J", "Y"])
def test_rare_characters(name: str, kind: str) -> None:
    base = invented(random.Random(1), kind)
    card = parse_text(Card(base.number, name, kind, birth=base.birth, latin_name="DOE").text())
    assert card.name == name


def test_old_private_use_codes_are_read_as_the_real_characters() -> None:
    card = parse_text(resident(name="赵\ue81e").text())
    assert card.name == "赵\u9fb4"
    kept = parse_text(resident(name="赵\ue000").text())
    assert kept.name == "赵\ue000"
    assert [is_private_use(char) for char in kept.name] == [False, True]
    assert is_private_use("\U000f0001")
    assert not is_private_use("𫖯")


def test_a_name_that_fills_its_field_is_marked() -> None:
    name = "阿" * 15
    assert parse_text(resident(name=name).text()).name_fills_field
    assert parse_text(resident(name=name).text()).name == name
    assert not parse_text(resident(name=name[:14]).text()).name_fills_field


def test_a_character_cut_in_half_by_the_end_of_the_field_is_left_out() -> None:
    card = parse_text(resident(name="阿" * 14 + "𠮷").text())
    assert card.name == "阿" * 14
    assert card.name_fills_field


def test_a_foreigner_without_a_chinese_name_is_called_by_the_latin_one() -> None:
    base = invented(random.Random(1), "I")
    card = parse_text(Card(base.number, "", "I", latin_name="DOE, JO", birth=base.birth).text())
    assert card.name == card.latin_name == "DOE, JO"


def test_long_term_has_no_last_day() -> None:
    assert parse_text(resident(valid_until="长期").text()).valid_until is None


def test_a_first_day_may_be_missing() -> None:
    assert parse_text(resident(valid_from="").text()).valid_from is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"number": "410799199003070011"}, "number: id-number-check-digit"),
        ({"number": ""}, "number: id-number-form"),
        ({"birth": "19900308"}, "number: another date of birth"),
        ({"birth": "1990030X"}, "number: another date of birth"),
        ({"valid_until": "20401301"}, "valid-until: no such day"),
        ({"valid_until": "永久"}, "valid-until: not eight digits"),
        ({"name": ""}, "name: empty"),
        ({"name": "张\u202e三"}, "name: a character that can't be seen"),
        ({"name": "张\ud842"}, "name: half of a character"),
    ],
)
def test_what_does_not_follow_the_layout_is_named(change: dict[str, str], reason: str) -> None:
    with pytest.raises(CardTextError) as caught:
        parse_text(resident(**change).text())
    assert str(caught.value).startswith(reason)
    assert "410799" not in str(caught.value)


def test_a_foreigners_number_of_2017_has_its_form() -> None:
    base = invented(random.Random(1), "I")
    with pytest.raises(CardTextError, match="three letters"):
        parse_text(Card("12X000000000000", "", "I", latin_name="DOE", birth=base.birth).text())


def test_text_of_another_length_is_refused() -> None:
    with pytest.raises(CardTextError, match="255 bytes"):
        parse_text(RESIDENT[:-1])

from __future__ import annotations

import re

import pytest

from simulators.province import codes
from simulators.province.numbers import IDENTITY_CHECKS, IDENTITY_WEIGHTS
from simulators.province.people import EVERYTHING, generate_people, named_people

NAMED = {
    "ready": "410798198001150016",
    "not-lost": "410798197511030028",
    "no-fee": "410798199006220030",
    "not-applied": "410798198809300048",
    "not-marked": "410798196912120054",
    "withdrawn": "410798195804080062",
    "other-city": "410198199510190077",
    "rare-name": "410798199302280089",
    "minority-name": "653198198507090094",
    "long-name": "653198197805210117",
    "latin-name": "941616198203170124",
    "hmt-permit": "810000199108050141",
    "x-number": "41079820000101089X",
    "split-name": "653198198706110174",
    "other-bank": "410798199811250187",
}


def test_named_cases_keep_their_numbers() -> None:
    first: dict[str, str] = {}
    for person in named_people():
        first.setdefault(person.case, person.id_number)
    assert first == NAMED


@pytest.mark.parametrize(("count", "seed"), [(1, 1), (200, 1), (500, 7)])
def test_named_cases_come_first_whatever_the_seed_and_the_number(count: int, seed: int) -> None:
    people = generate_people(count, seed)
    assert people[:18] == named_people()
    assert len(people) == max(18, count)


def test_same_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert generate_people(200, 3) == generate_people(200, 3)
    assert generate_people(200, 3)[18:] != generate_people(200, 4)[18:]


def test_more_people_do_not_change_the_first_ones() -> None:
    assert generate_people(400, 1)[:200] == generate_people(200, 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_is_valid_and_nobody_has_it_twice(seed: int) -> None:
    people = generate_people(300, seed)
    assert len({person.id_number for person in people}) == 300
    for person in people:
        number = person.id_number
        assert re.fullmatch(r"[0-9]{17}[0-9X]", number)
        total = sum(w * int(d) for w, d in zip(IDENTITY_WEIGHTS, number[:17], strict=True))
        assert IDENTITY_CHECKS[total % 11] == number[17]
        assert number[6:14] == person.birth_date
        assert int(number[16]) % 2 == int(person.sex) % 2


def test_numbers_that_come_twice_are_given_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.province.people._birth_date", lambda _: "19800115")
    people = generate_people(400, 1)
    assert len({person.id_number for person in people}) == len(people) == 400


def test_residents_have_a_county_that_does_not_exist() -> None:
    for person in generate_people(300, 1):
        if person.document == "01":
            assert person.id_number[4:6] == "98"


@pytest.mark.parametrize("seed", [1, 2])
def test_names_fit_the_chip_and_the_csv(seed: int) -> None:
    for person in generate_people(300, seed):
        assert 2 <= len(person.name) <= 35
        assert len(person.name.encode("gb18030")) <= 50
        assert "," not in person.name


def test_long_name_fills_the_chip_and_split_name_lies_across_the_border() -> None:
    names = {person.case: person.name for person in named_people()}
    assert len(names["long-name"]) == 25
    assert len(names["long-name"].encode("gb18030")) == 50
    before = names["split-name"][:14].encode("gb18030")
    assert len(before) == 28
    assert len(names["split-name"][14].encode("gb18030")) == 4


def test_all_kinds_of_people_are_there() -> None:
    people = generate_people(200, 1)
    names = "".join(person.name for person in people)
    assert {"𠮷", "㛃", "䶮", "·"} <= set(names)
    assert {person.document for person in people} == set(codes.DOCUMENTS)
    assert {person.id_number[:2] for person in people} >= {"41", "81", "82", "83", "94"}
    assert {person.sex for person in people} == {"1", "2"}
    assert any(person.id_number.endswith("X") for person in people)
    assert any(person.name[:2] == "欧阳" for person in people)


def test_most_are_prepared_and_each_lack_is_there_more_than_once() -> None:
    people = generate_people(200, 1)
    cases = [person.case for person in people]
    assert cases.count("ready") >= 120
    for case in ("not-lost", "no-fee", "not-applied", "not-marked", "withdrawn", "other-city"):
        assert cases.count(case) >= 2, case
    for person in people:
        if person.case == "ready":
            assert person.preparation == EVERYTHING
            assert person.bank == codes.MAIN_BANK


def test_codes_of_everybody_are_in_the_tables() -> None:
    for person in generate_people(300, 1):
        assert person.nation in codes.NATIONS
        assert person.birth_place in codes.BIRTH_PLACES
        assert person.bank in codes.BANKS

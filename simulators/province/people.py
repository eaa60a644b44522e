"""Invents the province's people: fixed named cases first, then as many as requested.

The same seed gives the same people. The named cases do not depend on the seed or the number.
Identity numbers use a county code that no county has, so that they belong to no real person;
permits of Hong Kong, Macao and Taiwan and numbers of foreigners have no such gap and are merely
invented.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulators.province import codes, names
from simulators.province.numbers import NOBODYS_COUNTY, identity_number


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person, with the progress of their re-issue when the province starts.

    Attributes:
        id_number: 社会保障号码.
        name: 姓名.
        sex: `1` or `2`.
        nation: 民族, two digits.
        birth_date: YYYYMMDD.
        birth_place: Six digits.
        nationality: ISO 3166 alpha-3.
        document: 证件类型.
        region: 发卡地; the window serves one only.
        bank: The bank chosen in the application.
        case: Which named case or precondition this person shows.
        preparation: Which of the steps before the station are done.
        withdrawn: Why the data was withdrawn; empty when it was not.
    """

    id_number: str
    name: str
    sex: str
    nation: str
    birth_date: str
    birth_place: str
    nationality: str
    document: str
    region: str
    bank: str
    case: str
    preparation: frozenset[str]
    withdrawn: str = ""


LOSS: Final = "loss"
APPLICATION: Final = "application"
FEE: Final = "fee"
MARK: Final = "mark"
EVERYTHING: Final = frozenset({LOSS, APPLICATION, FEE, MARK})
POLICE: Final = "公安部人口信息比对不一致"
BANK_DATA: Final = "银行返回开户信息不符"

#: The missing preconditions of a case. A mark needs the three steps before it.
LACKING: Final = {
    "not-lost": frozenset({LOSS, APPLICATION, FEE, MARK}),
    "no-fee": frozenset({FEE, MARK}),
    "not-applied": frozenset({APPLICATION, MARK}),
    "not-marked": frozenset({MARK}),
}


@dataclass(frozen=True, slots=True)
class _Identity:
    """A person's identity, before the case is decided."""

    name: str
    sex: str
    nation: str
    birth_place: str
    address: str
    nationality: str = "CHN"
    document: str = "01"


def _resident(name: str, sex: str, *, nation: str = "01", place: str = "410702") -> _Identity:
    return _Identity(name, sex, nation, place, place[:4] + NOBODYS_COUNTY)


def _permit(name: str, sex: str, place: str) -> _Identity:
    document = "06" if place == "830000" else "04"
    return _Identity(name, sex, "01", place, place, document=document)


def _foreigner(name: str, country: str, numeric: str, sex: str) -> _Identity:
    return _Identity(name, sex, "99", "000000", f"941{numeric}", country, "07")


#: Case, person, birth date, sequence. Their numbers never change: documents and tests refer to
#: them.
_NAMED: Final = (
    ("ready", _resident("王建国", "1"), "19800115", 1),
    ("not-lost", _resident("李秀英", "2", place="410703"), "19751103", 2),
    ("no-fee", _resident("张海涛", "1", place="410711"), "19900622", 3),
    ("not-applied", _resident("刘晓燕", "2", place="410721"), "19880930", 4),
    ("not-marked", _resident("陈志强", "1", place="410782"), "19691212", 5),
    ("withdrawn", _resident("赵桂兰", "2", place="410781"), "19580408", 6),
    ("other-city", _resident("周文博", "1", place="410102"), "19951019", 7),
    ("rare-name", _resident("欧阳𠮷㛃", "2", place="410704"), "19930228", 8),
    ("minority-name", _resident("艾力·买买提", "1", nation="05", place="653101"), "19850709", 9),
    (
        "long-name",
        _resident(
            "阿卜杜热合曼·买买提吐尔逊·阿卜杜喀迪尔·艾合买提",
            "1",
            nation="05",
            place="653101",
        ),
        "19780521",
        11,
    ),
    ("latin-name", _foreigner("MARTA ELENA KOVALCHUK", "POL", "616", "2"), "19820317", 12),
    ("hmt-permit", _permit("何嘉敏", "2", "810000"), "19910805", 14),
    ("x-number", _resident("司马䶮", "1", place="410727"), "20000101", 89),
    # 14 two-byte characters, then a four-byte one: it spans byte 30, where the chip splits.
    (
        "split-name",
        _resident("阿不都热西提江·吐尼亚孜古丽𠮷", "1", nation="05", place="653101"),
        "19870611",
        17,
    ),
    ("other-bank", _resident("孙雨欣", "2", place="410726"), "19981125", 18),
    ("ready", _resident("吴国栋", "1", place="410724"), "19830903", 19),
    ("ready", _resident("徐慧敏", "2", place="410725"), "19790614", 20),
    ("ready", _resident("诸葛明哲", "1", place="410711"), "19961001", 21),
)

#: Every sixth person shows one of these in turn; with 200 people each occurs several times.
_LACKING_CYCLE: Final = ("not-lost", "no-fee", "not-applied", "not-marked", "withdrawn")
_LACKING_EVERY: Final = 6
_EVERY: Final = ((60, "other-city"), (40, "other-bank"))


def named_people() -> list[Person]:
    """Return the fixed cases. Every seed and every number of people begins with them."""
    return [
        _person(case, identity, birth_date, sequence)
        for case, identity, birth_date, sequence in _NAMED
    ]


def generate_people(count: int, seed: int) -> list[Person]:
    """Return the named cases and further people, all with different numbers.

    Args:
        count: Total number; at least the named ones are returned.
        seed: Determines all people except the named ones.
    """
    people = named_people()
    known = {person.id_number for person in people}
    for person in _stream(random.Random(seed)):
        if len(people) >= count:
            break
        if person.id_number not in known:
            known.add(person.id_number)
            people.append(person)
    return people


def _stream(rng: random.Random) -> Iterator[Person]:
    for index in itertools.count():
        identity = _identity(rng)
        # Odd sequences are men's, even ones women's.
        sequence = 2 * rng.randrange(15, 490) + (1 if identity.sex == "1" else 0)
        yield _person(_case(index), identity, _birth_date(rng), sequence)


def _case(index: int) -> str:
    for every, case in _EVERY:
        if index % every == every - 1:
            return case
    if index % _LACKING_EVERY == _LACKING_EVERY - 1:
        return _LACKING_CYCLE[index // _LACKING_EVERY % len(_LACKING_CYCLE)]
    return "ready"


def _birth_date(rng: random.Random) -> str:
    first, last = dt.date(1945, 1, 1).toordinal(), dt.date(2007, 12, 31).toordinal()
    return dt.date.fromordinal(rng.randint(first, last)).strftime("%Y%m%d")


def _identity(rng: random.Random) -> _Identity:
    kind = rng.random()
    if kind < 0.06:
        name, nation, sex, place = rng.choice(names.MINORITY_NAMES)
        return _resident(name, sex, nation=nation, place=place)
    if kind < 0.09:
        return _foreigner(*rng.choice(names.LATIN_NAMES))
    sex = rng.choice("12")
    if kind < 0.13:
        return _permit(_han_name(rng, sex), sex, rng.choice(("810000", "820000", "830000")))
    place = rng.choice(codes.LOCAL_PLACES)
    nation = "01" if rng.random() < 0.92 else rng.choice(("03", "11", "15", "06", "08"))
    return _resident(_han_name(rng, sex), sex, nation=nation, place=place)


def _han_name(rng: random.Random, sex: str) -> str:
    surname = rng.choice(names.SURNAMES)
    if rng.random() < 0.06:
        surname = rng.choice(names.DOUBLE_SURNAMES)
    given = rng.choice(names.MALE_GIVEN if sex == "1" else names.FEMALE_GIVEN)
    if rng.random() < 0.08:
        given = rng.choice(names.RARE_GIVEN)
    return surname + given


def _person(case: str, identity: _Identity, birth_date: str, sequence: int) -> Person:
    return Person(
        id_number=identity_number(identity.address, birth_date, sequence),
        name=identity.name,
        sex=identity.sex,
        nation=identity.nation,
        birth_date=birth_date,
        birth_place=identity.birth_place,
        nationality=identity.nationality,
        document=identity.document,
        region=codes.OTHER_REGION if case == "other-city" else codes.REGION,
        bank=codes.OTHER_BANK if case == "other-bank" else codes.MAIN_BANK,
        case=case,
        preparation=EVERYTHING - LACKING.get(case, frozenset()),
        withdrawn=_withdrawal(case, sequence),
    )


def _withdrawal(case: str, sequence: int) -> str:
    if case != "withdrawn":
        return ""
    return POLICE if sequence % 4 < 2 else BANK_DATA

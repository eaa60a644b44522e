"""Invented ID cards, encoded into the 256 bytes that a reader returns. Pure.

Written from the published table of layouts, without the station's own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Final

WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK: Final = "10X98765432"
KINDS: Final = ("", "J", "I", "Y")
SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英"


@dataclass(frozen=True, slots=True)
class Card:
    """One card.

    Attributes:
        number: 18 characters, or 15 on the foreigner's card of 2017.
        name: The Chinese name.
        kind: The character at byte 248: empty, `J`, `I` or `Y`.
        latin_name: On both foreigner's cards.
        sex: 1 or 2.
        nation: Two digits, of residents only.
        birth: yyyymmdd.
        valid_from: yyyymmdd.
        valid_until: yyyymmdd or 长期.
    """

    number: str = field(repr=False)
    name: str = field(repr=False)
    kind: str = ""
    latin_name: str = field(default="", repr=False)
    sex: str = "1"
    nation: str = "01"
    birth: str = field(default="19900307", repr=False)
    valid_from: str = "20200101"
    valid_until: str = "20400101"

    def text(self) -> bytes:
        """Return the 256 bytes."""
        if self.kind == "I":
            parts = _parts_of_2017(self)
        elif self.kind == "Y":
            parts = _parts_of_2023(self)
        else:
            parts = _parts_of_residents(self)
        text = b"".join(_padded(value, size) for value, size in parts)
        assert len(text) == 256, len(text)  # noqa: S101 - the table's own sum
        return text


def _parts_of_residents(card: Card) -> list[tuple[str, int]]:
    is_permit = card.kind == "J"
    head = [
        (card.name, 30),
        (card.sex, 2),
        ("" if is_permit else card.nation, 4),
        (card.birth, 16),
        ("虚构省虚构市虚构路1号", 70),
        (card.number, 36),
        ("虚构市公安局", 30),
        (card.valid_from, 16),
        (card.valid_until, 16),
    ]
    if not is_permit:
        return [*head, ("", 36)]
    return [*head, ("H00000000", 18), ("01", 4), ("", 6), ("J", 2), ("", 6)]


def _parts_of_2017(card: Card) -> list[tuple[str, int]]:
    return [
        (card.latin_name, 120),
        (card.sex, 2),
        (card.number, 30),
        (card.number[:3], 6),
        (card.name, 30),
        (card.valid_from, 16),
        (card.valid_until, 16),
        (card.birth, 16),
        ("01", 4),
        ("1500", 8),
        ("I", 2),
        ("", 6),
    ]


def _parts_of_2023(card: Card) -> list[tuple[str, int]]:
    return [
        (card.name, 30),
        (card.sex, 2),
        ("01", 4),
        (card.birth, 16),
        (card.latin_name, 70),
        (card.number, 36),
        ("", 30),
        (card.valid_from, 16),
        (card.valid_until, 16),
        ("", 28),
        ("Y", 2),
        ("", 6),
    ]


def _padded(value: str, size: int) -> bytes:
    # `surrogatepass`: a name may end with half a surrogate pair, where the field was too short for
    # it.
    raw = value.encode("utf-16-le", "surrogatepass")[:size]
    return raw + b" \x00" * ((size - len(raw)) // 2)


def with_check(first_seventeen: str) -> str:
    """Return the 18-character number."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True))
    return first_seventeen + CHECK[total % 11]


def invented(rng: random.Random, kind: str = "") -> Card:
    """Return a card of an invented person: every part is random."""
    birth = f"{rng.randint(1930, 2010)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    serial = f"{rng.randint(0, 999):03d}"
    name = rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.randint(1, 2)))
    regions = {"": "410799", "J": "830000", "Y": "911840"}
    card = Card("", name, kind, birth=birth, sex=rng.choice("12"))
    if kind == "I":
        return replace(card, number=f"XYZ{rng.randint(0, 10**12 - 1):012d}", latin_name="DOE, JO")
    latin = "DOE JO" if kind == "Y" else ""
    return replace(card, number=with_check(regions[kind] + birth + serial), latin_name=latin)


def of_person(number: str, name: str) -> Card:
    """Return the card of one of the province's invented people."""
    return Card(number, name, birth=number[6:14])

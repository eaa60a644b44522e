"""Decides how an invented person looks: proportions, colours, hair style."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from simulators.province.drawing.canvas import Colour, mix

SKINS: Final[tuple[Colour, ...]] = (
    (246, 219, 197),
    (240, 208, 182),
    (234, 198, 168),
    (226, 186, 154),
    (213, 171, 138),
    (196, 152, 118),
)
HAIRS: Final[tuple[Colour, ...]] = ((30, 26, 26), (40, 32, 29), (56, 42, 34), (74, 54, 42))
GREY: Final[Colour] = (168, 166, 166)
CLOTHES: Final[tuple[Colour, ...]] = (
    (34, 40, 56),
    (40, 40, 44),
    (54, 36, 44),
    (28, 52, 52),
    (56, 50, 44),
    (30, 34, 76),
)
MALE_STYLES: Final = ("side-part", "crew", "swept", "side-part", "swept")
FEMALE_STYLES: Final = ("tied-back", "bob", "long", "bob", "long", "tied-back", "pixie")


@dataclass(frozen=True, slots=True)
class Traits:
    """Proportions are factors around 1, lengths are pixels of the finished picture."""

    male: bool
    age: int
    skin: Colour
    hair: Colour
    clothes: Colour
    collar: str
    style: str
    parting: float
    cheek: float
    jaw: float
    chin: float
    forehead: float
    eye_gap: float
    eye_width: float
    eye_open: float
    crease: bool
    eye_tilt: float
    brow_height: float
    brow_width: float
    nose_width: float
    nose_length: float
    mouth_width: float
    lip: float
    smile: float


def choose_traits(rng: random.Random, sex: str, age: int) -> Traits:
    """Return the looks of one person, random except for sex and age."""
    male = sex == "1"
    greying = min(0.85, max(0.0, (age - 45) / 40 + rng.uniform(-0.15, 0.1)))
    return Traits(
        male=male,
        age=age,
        skin=rng.choice(SKINS),
        hair=mix(rng.choice(HAIRS), GREY, greying),
        clothes=rng.choice(CLOTHES),
        collar=rng.choice(("shirt", "jacket", "round")),
        style=_style(rng, male, age),
        parting=rng.choice((-1.0, 1.0)),
        cheek=rng.uniform(0.93, 1.05),
        jaw=rng.uniform(0.94, 1.06) if male else rng.uniform(0.84, 0.98),
        chin=rng.uniform(0.97, 1.03),
        forehead=rng.uniform(-6, 6),
        eye_gap=rng.uniform(41, 46),
        eye_width=rng.uniform(18, 22),
        eye_open=rng.uniform(5.6, 7.4) if male else rng.uniform(6.6, 8.4),
        crease=rng.random() < 0.65,
        eye_tilt=rng.uniform(-1.0, 2.6),
        brow_height=rng.uniform(24, 30),
        brow_width=rng.uniform(5.0, 7.0) if male else rng.uniform(3.2, 4.6),
        nose_width=rng.uniform(18, 23) if male else rng.uniform(15.5, 19),
        nose_length=rng.uniform(46, 54),
        mouth_width=rng.uniform(26, 33),
        lip=rng.uniform(0.8, 1.2),
        smile=rng.uniform(0.0, 3.5),
    )


def _style(rng: random.Random, male: bool, age: int) -> str:
    if male and age > 50 and rng.random() < 0.5:
        return "receding"
    return rng.choice(MALE_STYLES if male else FEMALE_STYLES)

"""Every golden card comes out as its picture that a person has looked at.

Tolerance: a dot may differ by 24 of 255 (palette, decoder); 3 of 1000 may differ by more (another
version of FreeType moves the edge of a stroke). A lost stroke or a shift by one dot is far more.
"""

from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.golden.cases import Golden, golden_sides, observed
from tests.golden.make import FOLDER, MOST_BYTES

LEVELS: Final = 24
SHARE: Final = 0.003


@pytest.fixture(scope="module")
def drawn() -> dict[str, Golden]:
    return {golden.name: golden for golden in golden_sides()}


def differing(found: NDArray[np.uint8], kept: NDArray[np.uint8]) -> float:
    steps = np.abs(found.astype(np.int16) - kept.astype(np.int16)).max(axis=2)
    return float((steps > LEVELS).mean())


def kept(name: str) -> NDArray[np.uint8]:
    with Image.open(FOLDER / f"{name}.png") as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("name", sorted(file.stem for file in FOLDER.glob("*.png")))
def test_a_card_looks_like_its_golden_picture(drawn: dict[str, Golden], name: str) -> None:
    assert (FOLDER / f"{name}.png").stat().st_size <= MOST_BYTES
    assert differing(observed(drawn[name].side), kept(name)) <= SHARE


def test_every_golden_card_has_a_picture(drawn: dict[str, Golden]) -> None:
    assert set(drawn) == {file.stem for file in FOLDER.glob("*.png")}
    assert len(drawn) >= 7


def test_a_shift_by_one_dot_would_be_noticed() -> None:
    for name in ("henan-3", "henan-3-back", "test-card"):
        picture = kept(name)
        assert differing(np.roll(picture, 1, axis=1), picture) > SHARE
        assert differing(np.roll(picture, 1, axis=0), picture) > SHARE

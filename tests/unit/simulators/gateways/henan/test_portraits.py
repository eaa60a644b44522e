from __future__ import annotations

import io

import pytest
from PIL import Image

from simulators.province.people import Person, generate_people
from simulators.province.portraits import draw_portrait

PEOPLE = generate_people(200, 1)[:6]


def _picture(person: Person) -> tuple[bytes, Image.Image]:
    jpeg = draw_portrait(1, person.id_number, person.sex, person.birth_date)
    return jpeg, Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.case)
def test_portrait_keeps_the_photo_rules(person: Person) -> None:
    jpeg, picture = _picture(person)
    assert picture.format == "JPEG"
    assert picture.size == (358, 441)
    assert picture.mode == "RGB"
    assert 15 * 1024 <= len(jpeg) <= 60 * 1024


@pytest.mark.parametrize("person", PEOPLE[:2])
def test_background_is_white_and_the_head_fills_two_thirds(person: Person) -> None:
    grey = _picture(person)[1].convert("L")
    for corner in ((0, 0), (357, 0), (0, 200), (357, 200)):
        pixel = grey.crop((*corner, corner[0] + 1, corner[1] + 1)).tobytes()
        assert pixel[0] >= 250
    dark = grey.point([255 if level < 235 else 0 for level in range(256)])
    box = dark.crop((0, 0, 358, 306)).getbbox()
    assert box is not None
    assert 7 <= box[1] <= 40
    assert 0.55 <= (306 - box[1]) / 441 <= 0.72


def test_same_person_has_the_same_portrait_and_others_another() -> None:
    first, second = PEOPLE[:2]
    assert _picture(first)[0] == _picture(first)[0]
    assert _picture(first)[0] != _picture(second)[0]


def test_another_seed_draws_another_portrait() -> None:
    person = PEOPLE[0]
    one = draw_portrait(1, person.id_number, person.sex, person.birth_date)
    two = draw_portrait(2, person.id_number, person.sex, person.birth_date)
    assert one != two

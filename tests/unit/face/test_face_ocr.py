"""A reader that is not ours reads printed cards back: what stands there is what was ordered.

The way of a card: production data, planes, the wire's column order, the simulated head, dye on
white. The lines' places are written down here once more, not taken from the template.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.machine.picture import blank_picture, burn
from simulators.printers.hiti_cs.planes import face_from_wire
from simulators.printers.hiti_cs.tables import HEAD_COLUMNS
from station.core.faces import FaceSide, PrintGeometry
from station.core.gateways import ProductionData
from station.drivers.hiti_cs.planes import to_wire
from station.face import TemplateRenderer
from tests.reports.invented_names import GIVEN, SURNAMES
from tests.rigs.faces import render_person

ocr = pytest.importorskip("rapidocr", reason="the reader is a test-only dependency")

CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
CARDS: Final = 50
#: x, y and width in mm of name, number, card number and date.
LINES: Final = ((41.5, 13.5, 42.0), (41.5, 19.0, 42.0), (41.5, 24.5, 21.0), (41.5, 30.0, 21.0))
MINORITY: Final = ("阿卜杜热合曼·麦麦提艾力", "古丽努尔·买买提", "巴特尔·格日勒图", "扎西·次仁多吉")
LATIN: Final = ("ALEXANDER MAXIMILIAN", "MARIA SATO", "JOHN FITZGERALD")


class Printed(NamedTuple):
    """What must be read."""

    name: str
    number: str
    card_number: str
    date: str


@pytest.fixture(scope="module")
def reader() -> Any:  # noqa: ANN401 - the reader has no types
    # One thread: two of them spin at each other for three times the processor's time. Lines as
    # narrow as a date are not padded to the usual 320 columns.
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    return ocr.RapidOCR(params={**threads, "Global.log_level": "error"})


def read_line(reader: Any, picture: NDArray[np.uint8]) -> str:  # noqa: ANN401 - as above
    """Return what the reader sees in the picture of one line."""
    return str(reader(picture, use_det=False, use_cls=False, use_rec=True).txts[0])


def invented_people() -> Iterator[Printed]:
    chance = random.Random(20)
    for number in range(CARDS):
        name = chance.choice(SURNAMES[:90]) + "".join(chance.choices(GIVEN[:40], k=2))
        special = (*MINORITY, *LATIN)
        if number < len(special):
            name = special[number]
        born = f"{chance.randint(1940, 2007)}{chance.randint(1, 12):02d}"
        yield Printed(
            name,
            f"410702{born}{chance.randint(10_000, 28_999)}{chance.choice('0123456789X')}",
            f"{chance.choice('ABDEFGHK')}{chance.randint(0, 99_999_999):08d}",
            f"{chance.randint(2020, 2031)}年{chance.randint(1, 12)}月",
        )


def observed(side: FaceSide) -> NDArray[np.uint8]:
    """Return the picture of the card that the planes make in the simulated machine."""
    card = blank_picture(side.geometry.width_dots, side.geometry.height_dots)
    for panel, plane in side.planes.items():
        dots, _ = face_from_wire(to_wire(plane, side.geometry, HEAD_COLUMNS))
        burn(card, panel, dots)
    return card


def line(card: NDArray[np.uint8], place: tuple[float, float, float]) -> NDArray[np.uint8]:
    """Cut out a line, to the ink at its end: the reader sees signs in long empty rows."""
    left, top = round(1.5 + place[0] * 300 / 25.4), round(2.2 + place[1] * 300 / 25.4)
    room = card[top - 8 : top + 44, left - 8 : left + round(place[2] * 300 / 25.4)]
    inked = np.flatnonzero((room < 128).any(axis=(0, 2)))
    return room[:, : inked[-1] + 10, ::-1].copy()


def printed(renderer: TemplateRenderer, person: ProductionData, who: Printed) -> NDArray[np.uint8]:
    year, month = re.findall(r"\d+", who.date)
    chip = replace(
        person.chip,
        AAC003=who.name,
        AAC002=who.number,
        AAZ500=who.card_number,
        AAZ503=f"{year}{int(month):02d}15",
    )
    return observed(render_person(renderer, replace(person, chip=chip), CS220E, duplex=False).front)


@pytest.mark.parametrize("batch", range(5))
def test_every_line_of_fifty_cards_is_read_back(
    reader: Any,  # noqa: ANN401 - as above
    renderer: TemplateRenderer,
    person: ProductionData,
    batch: int,
) -> None:
    people = list(invented_people())[batch::5]
    cards = [printed(renderer, person, who) for who in people]
    words = [read_line(reader, line(card, place)) for card in cards for place in LINES]
    for number, who in enumerate(people):
        assert Printed(*words[4 * number : 4 * number + 4]) == who


def test_a_whole_card_is_found_and_read(
    reader: Any,  # noqa: ANN401 - as above
    renderer: TemplateRenderer,
    person: ProductionData,
    named: Callable[[str], ProductionData],
) -> None:
    card = printed(renderer, person, next(invented_people()))[:, :, ::-1].copy()
    found = reader(card, use_det=True, use_cls=True, use_rec=True)
    text = "".join(found.txts)
    for label in ("姓名", "社会保障号码", "社会保障卡号", "发卡日期"):
        assert label in text


def test_a_wrong_digit_would_be_noticed(
    reader: Any,  # noqa: ANN401 - as above
    renderer: TemplateRenderer,
    person: ProductionData,
) -> None:
    who = next(invented_people())._replace(number="410702199003071234")
    card = printed(renderer, person, who._replace(number="410702199003071284"))
    assert read_line(reader, line(card, LINES[1])) != who.number

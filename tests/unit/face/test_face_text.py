from collections.abc import Callable
from typing import Final

import numpy as np
import pytest

from station.core.errors import NameNotEncodableError
from station.core.faces import PrintGeometry
from station.core.gateways import ProductionData
from station.face import TemplateRenderer, default_font_files
from station.face.template.grid import CardGrid
from station.face.template.model import Align, FaceValue, TextField
from station.face.text.fonts import FontChain
from station.face.text.typesetting import fit_text, set_field
from tests.rigs.faces import render_person

CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
GRID: Final = CardGrid(CS220E)
NAME: Final = TextField(
    value=FaceValue.AAC003,
    x_mm=36.0,
    y_mm=15.5,
    max_width_mm=46.0,
    size_pt=8.0,
    min_size_pt=6.5,
    two_lines_pt=5.5,
)


@pytest.fixture(scope="module")
def fonts() -> FontChain:
    return FontChain(default_font_files())


def lines(fonts: FontChain, text: str, field: TextField = NAME) -> list[str]:
    setting = fit_text(field, text, GRID, fonts)
    return ["".join(run.text for run in runs) for runs in setting.lines]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("测试人", ["测试人"]),
        ("阿卜杜热合曼·麦麦提艾力", ["阿卜杜热合曼·麦麦提艾力"]),
        ("测" * 20, ["测" * 20]),
        ("测" * 25, ["测" * 12, "测" * 13]),
        ("测" * 20 + "·试试试试试", ["测" * 20 + "·", "试试试试试"]),
        ("测" * 2 + "·" + "试" * 26, ["测测·" + "试" * 12, "试" * 14]),
        (
            "MUHAMMAD ABDULLAH AL RASHID IBN YUSUF MAXIMILIAN",
            ["MUHAMMAD ABDULLAH AL", "RASHID IBN YUSUF MAXIMILIAN"],
        ),
    ],
)
def test_a_name_breaks_at_its_dot_or_space(
    fonts: FontChain, name: str, expected: list[str]
) -> None:
    assert lines(fonts, name) == expected


def test_a_latin_word_is_never_broken(fonts: FontChain) -> None:
    with pytest.raises(NameNotEncodableError) as caught:
        fit_text(NAME, "W" * 40, GRID, fonts)
    assert caught.value.code == "text-too-long"
    assert caught.value.details["room"] == "46 mm"


def test_no_line_starts_with_a_dot(fonts: FontChain) -> None:
    """Ten hanzi fill the line; the dot behind them has no room and may not start the second."""
    em_mm = 5.5 * 25.4 / 72
    narrow = NAME.model_copy(update={"max_width_mm": 10.2 * em_mm})
    with pytest.raises(NameNotEncodableError):
        fit_text(narrow, "测" * 10 + "·" + "试" * 9, GRID, fonts)
    wider = NAME.model_copy(update={"max_width_mm": 10.6 * em_mm})
    expected = ["测" * 10 + "·", "试" * 9]
    assert lines(fonts, "测" * 10 + "·" + "试" * 9, wider) == expected


def test_a_field_of_one_line_stays_one(fonts: FontChain) -> None:
    single = NAME.model_copy(update={"two_lines_pt": None})
    with pytest.raises(NameNotEncodableError):
        fit_text(single, "测" * 25, GRID, fonts)


@pytest.mark.parametrize("align", list(Align))
def test_two_lines_stay_in_their_room(fonts: FontChain, align: Align) -> None:
    at = {Align.LEFT: 36.0, Align.CENTRE: 59.0, Align.RIGHT: 82.0}[align]
    field = NAME.model_copy(update={"align": align, "x_mm": at})
    plane = np.zeros(GRID.shape, np.uint8)
    set_field(plane, field, "鼐" * 26, GRID, fonts)
    rows, columns = np.nonzero(plane)
    room = GRID.box(field.box.grown(0.35))
    assert room.top <= rows.min()
    assert rows.max() < room.bottom
    assert room.left <= columns.min()
    assert columns.max() < room.right
    gap = np.flatnonzero(~plane[rows.min() : rows.max()].any(axis=1))
    assert gap.size >= 1


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_field_is_the_upright_one_turned_about_its_start(
    fonts: FontChain, rotation: int
) -> None:
    upright = NAME.model_copy(update={"label": "姓名", "label_x_mm": 34.0, "x_mm": 44.0})
    field = upright.model_copy(update={"rotation": rotation, "max_width_mm": 22.0})
    middle = field.model_copy(update={"x_mm": 42.8, "label_x_mm": 32.8, "y_mm": 26.99})
    plain, turned = (np.zeros(GRID.shape, np.uint8) for _ in range(2))
    set_field(plain, middle.model_copy(update={"rotation": 0}), "阿卜杜·Ag", GRID, fonts)
    set_field(turned, middle, "阿卜杜·Ag", GRID, fonts)
    pivot = GRID.x_dots(42.8), GRID.y_dots(26.99)
    rows, columns = np.nonzero(plain)
    across, down = columns - pivot[0], rows - pivot[1]
    for _ in range(rotation // 90):
        across, down = -1 - down, across
    expected = np.zeros(GRID.shape, np.uint8)
    expected[down + pivot[1], across + pivot[0]] = 255
    assert np.array_equal(turned, expected)
    rooms = np.zeros(GRID.shape, bool)
    for box in (middle.box, middle.label_box):
        assert box is not None
        rooms[GRID.box(box.grown(0.45)).area] = True
    assert not turned[~rooms].any()


def ink_rows(
    fonts: FontChain, number: int, character: str, size_dots: float
) -> tuple[float, float]:
    """Return top and bottom of the ink in ems below the baseline."""
    glyph = fonts.glyph(number, character, size_dots)
    found = np.flatnonzero(glyph.ink.any(axis=1)) + glyph.top_dots
    return float(found[0]) / size_dots, float(found[-1] + 1) / size_dots


def test_every_font_sets_hanzi_at_the_same_height(fonts: FontChain) -> None:
    size_dots, tall = 200.0, "国圍鼐鬱團"
    spans = {
        number: np.mean([ink_rows(fonts, number, c, size_dots) for c in tall], axis=0)
        for number, file in enumerate(default_font_files())
        if tall[0] in fonts._coverage(number)
    }
    assert len(spans) >= 2
    middles = [(top + bottom) / 2 for top, bottom in spans.values()]
    assert max(middles) - min(middles) < 0.04
    for top, bottom in spans.values():
        assert -0.90 < top < bottom < 0.14


def test_the_dot_stands_at_the_middle_of_the_hanzi(fonts: FontChain) -> None:
    top, bottom = ink_rows(fonts, 0, "·", 200.0)
    hanzi = ink_rows(fonts, 0, "国", 200.0)
    assert (top + bottom) / 2 == pytest.approx(sum(hanzi) / 2, abs=0.06)


def test_latin_and_hanzi_share_a_baseline(fonts: FontChain) -> None:
    _, bottom = ink_rows(fonts, 0, "H", 200.0)
    assert bottom == pytest.approx(0, abs=0.02)


def test_a_combining_mark_is_refused(fonts: FontChain) -> None:
    with pytest.raises(NameNotEncodableError) as caught:
        fonts.runs("Rene\u0301", field="AAC003")
    assert caught.value.details["character"] == "\u0301"


@pytest.mark.parametrize("sign", ["?", "？", "□", "〓", "\ufffd"])
def test_a_sign_for_a_lost_character_is_no_name(
    renderer: TemplateRenderer, named: Callable[[str], ProductionData], sign: str
) -> None:
    with pytest.raises(NameNotEncodableError) as caught:
        render_person(renderer, named(f"测{sign}"), CS220E, duplex=False)
    assert caught.value.details == {"character": sign, "field": "AAC003", "reason": "lost"}

import io
import re
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

from station.cli import app
from station.core.errors import ConfigError
from station.core.faces import Panel, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.face import TemplateRenderer, default_font_files
from station.face.photo.profile import load_photo_profile
from station.face.technician_card import draw_test_card
from station.face.template.card import Box
from station.face.template.grid import CardGrid
from station.face.template.model import load_template
from station.face.text.fonts import FontChain
from tests.rigs.faces import render_person

CONFIG: Final = Path(__file__).parents[3] / "config"
FILE: Final = CONFIG / "faces" / "test-card.toml"
CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
GRID: Final = CardGrid(CS220E)
#: ISO/IEC 7816-2 contacts of a side turned by 180 degrees, in mm.
CONTACTS: Final = Box(x_mm=65.73, y_mm=25.43, width_mm=9.62, height_mm=9.32)


@pytest.fixture(scope="module")
def card() -> RenderedFace:
    return draw_test_card(load_template(FILE), CS220E, FontChain(default_font_files()))


def plane(card: RenderedFace, panel: Panel) -> NDArray[np.uint8]:
    return np.frombuffer(card.front.planes[panel], np.uint8).reshape(642, 1014)


def test_it_has_every_panel_of_the_ribbon_in_order(card: RenderedFace) -> None:
    assert "".join(card.front.planes) == "YMCKO"
    assert card.back is None
    assert len(card.sha256) == 64


def test_each_bar_is_its_own_dyes(card: RenderedFace) -> None:
    row = GRID.y_dots(13)
    columns = [GRID.x_dots(4 + 8 * number + 4) for number in range(7)]
    dyes = {p.value: plane(card, p)[row, columns].tolist() for p in list(Panel)[:3]}
    assert dyes == {
        "Y": [255, 0, 0, 255, 255, 0, 255],
        "M": [0, 255, 0, 255, 0, 255, 255],
        "C": [0, 0, 255, 0, 255, 255, 255],
    }


def test_the_wedge_falls_in_equal_steps(card: RenderedFace) -> None:
    row = plane(card, Panel.CYAN)[GRID.y_dots(20)]
    steps = [int(row[GRID.x_dots(4 + 56 / 12 * (n + 0.5))]) for n in range(12)]
    assert steps[0] == 255
    assert set(np.diff(steps)) <= {-23, -24}


def test_lines_of_one_dot_stand_alone(card: RenderedFace) -> None:
    resin = plane(card, Panel.RESIN_BLACK)
    row = resin[GRID.y_dots(25.5), GRID.x_dots(4) : GRID.x_dots(4) + 100] > 0
    assert row.tolist() == [True, False] * 50


def test_the_chip_window_is_bare_in_every_panel(card: RenderedFace) -> None:
    window = GRID.box(CONTACTS.grown(1.7)).area
    for panel in card.front.planes:
        assert not plane(card, panel)[window].any(), panel
    assert plane(card, Panel.OVERCOAT).any()


def test_the_frame_is_one_millimetre_inside_the_card(card: RenderedFace) -> None:
    rows, columns = np.nonzero(plane(card, Panel.RESIN_BLACK))
    assert (columns.min(), columns.max()) == (GRID.x_dots(1), GRID.x_dots(84.6) - 1)
    assert (rows.min(), rows.max()) == (GRID.y_dots(1), GRID.y_dots(52.98) - 1)


def test_a_watermark_lies_over_the_middle(card: RenderedFace) -> None:
    middle = GRID.box(Box(x_mm=15, y_mm=36, width_mm=55, height_mm=2)).area
    assert set(np.unique(plane(card, Panel.CYAN)[middle])) > {0, 49}


def test_no_person_can_get_it(person: ProductionData) -> None:
    profile = load_photo_profile(CONFIG / "photos" / "xinxiang.toml")
    renderer = TemplateRenderer(load_template(FILE), profile, default_font_files())
    with pytest.raises(ConfigError, match="no person gets one"):
        render_person(renderer, person, CS220E, duplex=False)


def test_a_persons_template_makes_no_test_card() -> None:
    henan = load_template(CONFIG / "faces" / "henan-3.toml")
    with pytest.raises(ConfigError, match="not a test card's"):
        draw_test_card(henan, CS220E, FontChain(default_font_files()))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('text = "5 pt', 'value = "AAC003" # "', "neither a photo nor anything of a person"),
        ("测试卡 TEST", "好卡 TEST", "says 测试卡"),
        ("is_test_card = true", "is_test_card = false", "a person's card shows"),
    ],
)
def test_a_test_card_can_not_look_like_a_real_one(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    file = tmp_path / "card.toml"
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_template(file)


def test_its_resin_stays_under_the_limit_of_the_ribbon() -> None:
    template = load_template(FILE)
    fonts = FontChain(default_font_files())
    for limit in ({"resin_side": 0.02}, {"resin_row": 0.3}):
        strict = template.model_copy(update={"limits": template.limits.model_copy(update=limit)})
        with pytest.raises(ConfigError, match="solid of resin"):
            draw_test_card(strict, CS220E, fonts)


def test_the_command_draws_it(tmp_path: Path) -> None:
    out, config = tmp_path / "card.png", CONFIG / "station.toml"
    words = ["face", "test-card", "--out", str(out), "--template", str(FILE), "-c", str(config)]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 0, run.output
    assert Image.open(io.BytesIO(out.read_bytes())).size == (1014, 642)


def test_the_command_draws_the_card_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(FILE.read_text(encoding="utf-8").replace("5 pt", "9 pt"), encoding="utf-8")
    monkeypatch.setenv("STATION_FACE__TEST_CARD", str(own))
    out, config = tmp_path / "card.png", CONFIG / "station.toml"
    drawn = []
    for template in ((), ("--template", str(own)), ("--template", str(FILE))):
        words = ["face", "test-card", "--out", str(out), *template, "-c", str(config)]
        run = CliRunner().invoke(app, words)
        assert run.exit_code == 0, run.output
        drawn.append(out.read_bytes())
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_the_check_command_says_what_is_printed_and_names_file_and_line(tmp_path: Path) -> None:
    henan = CONFIG / "faces" / "henan-3.toml"
    wrong, other = tmp_path / "wrong.toml", tmp_path / "other.toml"
    wrong.write_text(FILE.read_text(encoding="utf-8").replace("14.0", "99.0"), encoding="utf-8")
    other.write_text("title = 3", encoding="utf-8")
    run = CliRunner().invoke(app, ["face", "check", str(wrong), str(other), str(henan)])
    assert run.exit_code == 2
    assert re.search(r"wrong\.toml:\d+: front\.text\.0\.min_size_pt: ", run.output)
    assert "other.toml:1: title:" in run.output
    assert "正面 YMCKO：照片、姓名、社会保障号码、卡号、发卡日期" in run.output
    assert "背面 K：卡号、发卡机构、有效期、12333" in run.output
    assert CliRunner().invoke(app, ["face", "check", str(henan)]).exit_code == 0


def test_it_is_drawn_for_600_by_300_too() -> None:
    fine = PrintGeometry(width_dots=2028, height_dots=642, dpi=300, dpi_along=600)
    face = draw_test_card(load_template(FILE), fine, FontChain(default_font_files()))
    assert {len(dots) for dots in face.front.planes.values()} == {2028 * 642}

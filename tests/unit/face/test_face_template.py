import itertools
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from station.core.errors import ConfigError
from station.core.faces import Panel, RenderedFace
from station.core.gateways import ProductionData
from station.face import default_font_files, load_renderer
from station.face.photo.profile import load_photo_profile
from station.face.template.card import CARD_HEIGHT_MM, CARD_WIDTH_MM, Contacts, ContactSide
from station.face.template.model import FaceTemplate, load_template
from tests.rigs.faces import render_person

CONFIG: Final = Path(__file__).parents[3] / "config"
TEMPLATE: Final = CONFIG / "faces" / "henan-3.toml"
PROFILE: Final = CONFIG / "photos" / "xinxiang.toml"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "changed.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize("file", sorted((CONFIG / "faces").glob("*.toml")), ids=lambda f: f.stem)
def test_every_shipped_template_loads(file: Path) -> None:
    assert load_template(file).name == file.stem


@pytest.mark.parametrize("file", sorted((CONFIG / "photos").glob("*.toml")), ids=lambda f: f.stem)
def test_every_shipped_photo_profile_loads(file: Path) -> None:
    assert load_photo_profile(file).name == file.stem


def test_henan_places_what_the_published_layout_says() -> None:
    front = load_template(TEMPLATE).front
    assert front.photo is not None
    assert (front.photo.x_mm, front.photo.y_mm) == (4, 12)
    assert (front.photo.width_mm, front.photo.height_mm) == (20, 25)
    assert [field.y_mm for field in front.text] == [13.5, 19, 24.5, 30]
    assert len({field.x_mm for field in front.text}) == 1, "values start at one x"
    assert [field.size_pt for field in front.text] == [8, 8, 8, 8]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('title = "河南', 'titel = "河南', "titel|title"),
        ("photo_dye = 0.90", "photo_dye = 1.5", "limits.photo_dye"),
        ("photo_dye = 0.90", 'photo_dye = "0.9"', "limits.photo_dye"),
        ('panels = "YMCKO"', 'panels = "YMKCO"', "front.panels"),
        ('panels = "YMCKO"', 'panels = "KO"', "front: .*a photo needs"),
        ('panels = "K"\n', 'panels = "O"\n', "back: .*text and rules need K"),
        ('value = "AAC003"', 'value = "AAC999"', "front.text.0.value"),
        ('value = "AAC003"', "", "front.text.0: .*either value or text"),
        ("label_x_mm = 27.0\nlabel_size_pt", "label_size_pt", "front.text.0: .*label"),
        ("min_size_pt = 6.5", "min_size_pt = 9.0", "front.text.0: .*min_size_pt"),
        ("two_lines_pt = 6.0", "two_lines_pt = 7.0", "front.text.0: .*two_lines_pt"),
        (
            "y_mm = 13.5\n",
            "y_mm = 15.0\n",
            "front.text.1.*: overlaps",
        ),
        ("size_pt = 8.0", "size_pt = 8.0\ncolour = 1", "front.text.0.colour"),
        ("y_mm = 13.5", "y_mm = -1.0", "front.text.0.y_mm"),
        ("max_width_mm = 42.0", "max_width_mm = 60.0", "front.text.0: reaches beyond"),
        ("label_x_mm = 27.0", "label_x_mm = 20.0", "front.text.0.label: overlaps front.photo"),
        ("y_mm = 19.0", "y_mm = 15.0", "front.text.1: overlaps front.text.0"),
        ("max_width_mm = 21.0", "max_width_mm = 24.0", "front.text.2: lies on the chip contacts"),
        ("y_mm = 8.0, width_mm = 48.0", "y_mm = 50.0, width_mm = 48.0", "back.no_overcoat.0"),
        ('side = "right"', 'side = "top"', "front.contacts.side"),
        ('top = "#d9e8f3"', 'top = "blue"', "front.artwork.top"),
        ("[limits]", "[limits", "can't be read"),
    ],
)
def test_a_wrong_template_is_refused_with_file_key_and_reason(
    tmp_path: Path, old: str, new: str, key: str
) -> None:
    file = changed(tmp_path, old, new)
    with pytest.raises(ConfigError, match=key) as caught:
        load_template(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('value = "AAC003"', 'value = "AAC999"'),
        ("photo_dye = 0.90", "photo_dye = 1.5"),
        ('top = "#d9e8f3"', 'top = "blue"'),
        ("max_width_mm = 21.0", "max_width_mm = 24.0"),
        ("size_pt = 8.0", "size_pt = 8.0\ncolour = 1"),
    ],
)
def test_the_line_is_that_of_the_key_or_of_its_table(tmp_path: Path, old: str, new: str) -> None:
    file = changed(tmp_path, old, new)
    with pytest.raises(ConfigError) as caught:
        load_template(file)
    found = re.match(rf"{re.escape(str(file))}:(\d+): ", str(caught.value))
    assert found is not None
    lines = file.read_text(encoding="utf-8").splitlines()
    key = new.splitlines()[-1].split(" =", maxsplit=1)[0]
    if key == "max_width_mm":  # the whole field is misplaced: its table is named
        assert lines[int(found[1]) - 1] == "[[front.text]]"
        assert "AAZ500" in lines[int(found[1]) + 3]
    else:
        assert key in lines[int(found[1]) - 1]


def test_a_text_right_aligned_over_the_left_edge_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "x_mm = 41.5\n", 'align = "right"\nx_mm = 41.5\n')
    with pytest.raises(ConfigError, match=r"front\.text\.0: reaches beyond"):
        load_template(file)


def test_a_missing_file_and_bad_bytes_are_config_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        load_template(tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b'title = "\xff"')
    with pytest.raises(ConfigError, match=re.escape(str(broken))):
        load_template(broken)


def test_a_template_can_not_be_changed() -> None:
    template = load_template(TEMPLATE)
    with pytest.raises(ValueError, match="frozen"):
        template.name = "other"


def test_a_photo_profile_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "city.toml"
    file.write_text(PROFILE.read_text(encoding="utf-8") + "\ndpi = 350\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"city\.toml:\d+: soft\.dpi"):
        load_photo_profile(file)


def test_a_missing_font_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.ttc"):
        load_renderer(TEMPLATE, PROFILE, [tmp_path / "none.ttc"])


def test_contacts_stand_where_iso_7816_2_figure_2_has_them() -> None:
    left = Contacts(side=ContactSide.LEFT, margin_mm=0).area
    assert (left.x_mm, left.y_mm) == (10.25, 19.23)
    assert (left.right_mm, left.bottom_mm) == pytest.approx((19.87, 28.55))


def test_a_side_printed_upside_down_has_them_turned_by_180_degrees() -> None:
    right = Contacts(side=ContactSide.RIGHT, margin_mm=0).area
    assert (right.x_mm, right.right_mm) == pytest.approx((85.60 - 19.87, 85.60 - 10.25))
    assert (right.y_mm, right.bottom_mm) == pytest.approx((53.98 - 28.55, 53.98 - 19.23))


def test_parts_of_the_shipped_faces_keep_apart() -> None:
    template: FaceTemplate = load_template(TEMPLATE)
    assert template.back is not None
    for side in (template.front, template.back):
        boxes = [box for _, box in side.parts()]
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
        assert all(b.right_mm <= CARD_WIDTH_MM and b.bottom_mm <= CARD_HEIGHT_MM for b in boxes)


def test_what_is_not_proven_is_said() -> None:
    assert len(tomllib.loads(TEMPLATE.read_text(encoding="utf-8"))["unverified"]) >= 4


#: As published: photo x, y, width, height; x of the lines, their y, size.
PUBLISHED: Final = {
    "henan-3": ((4, 12, 20, 25), (13.5, 19, 24.5, 30), 8),
    "henan-3-front": ((4, 12, 20, 25), (13.5, 19, 24.5, 30), 8),
    "zhejiang-3": ((3, 11, 20, 25), (14, 19, 24, 29), 8),
    "zhejiang-3-sample": ((3, 11, 20, 25), (14.5, 19, 23.5, 28), 8),
    "guangdong-3": (
        (46 / 300 * 25.4, 127 / 300 * 25.4, 234 / 300 * 25.4, 300 / 300 * 25.4),
        tuple(dots / 300 * 25.4 for dots in (180, 230, 280, 330)),
        8.5,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_layouts_are_the_published_ones(name: str) -> None:
    photo, rows, size = PUBLISHED[name]
    front = load_template(CONFIG / "faces" / f"{name}.toml").front
    assert front.photo is not None
    box = front.photo
    found = (box.x_mm, box.y_mm, box.width_mm, box.height_mm)
    assert found == pytest.approx(photo, abs=0.01)
    assert [field.y_mm for field in front.text] == pytest.approx(rows, abs=0.01)
    assert {field.size_pt for field in front.text} == {size}
    assert [field.value for field in front.text] == ["AAC003", "AAC002", "AAZ500", "AAZ503"]


def test_the_template_for_printers_without_flipper_is_the_usual_front_alone() -> None:
    both, front = load_template(TEMPLATE), load_template(CONFIG / "faces" / "henan-3-front.toml")
    assert (front.front, front.back) == (both.front, None)
    assert (front.provinces, front.generations) == (both.provinces, both.generations)


def test_a_template_is_for_its_provinces() -> None:
    henan = load_template(TEMPLATE)
    assert henan.is_for_region("410700")
    assert not henan.is_for_region("330300")
    assert henan.model_copy(update={"provinces": ()}).is_for_region("330300")
    assert henan.generations == ("3.00",)


def test_a_faceless_or_nameless_template_is_no_persons(tmp_path: Path) -> None:
    file = changed(tmp_path, 'value = "AAC003"', 'value = "bank_name"')
    with pytest.raises(ConfigError, match="shows photo and AAC003"):
        load_template(file)


@pytest.mark.parametrize(
    ("name", "region", "versions", "reason"),
    [
        ("henan-3", "330300", ["3.00"], r"henan-3\.toml:4: provinces: .* 330300"),
        ("henan-3", "410700", ["3.00", "2.00"], r"henan-3\.toml:3: generations: .* 2\.00"),
        ("test-card", "410700", ["3.00"], r"test-card\.toml:3: is_test_card: "),
    ],
)
def test_a_template_for_other_cards_is_refused_at_start(
    name: str, region: str, versions: list[str], reason: str
) -> None:
    file = CONFIG / "faces" / f"{name}.toml"
    with pytest.raises(ConfigError, match=reason):
        load_renderer(file, PROFILE, default_font_files(), region=region, versions=versions)
    load_renderer(TEMPLATE, PROFILE, default_font_files(), region="410700", versions=["3.00"])


def test_a_station_with_a_wrong_template_does_not_start(tmp_path: Path) -> None:
    file = changed(tmp_path, "size_pt = 8.0", "size_pt = 80.0")
    chosen = {"STATION_FACE__TEMPLATE": str(file), "STATION_SERVER__PORT": "0"}
    chosen |= {"STATION_PROVINCE__PASSWORD": "none", "STATION_STATION__STATE_DIR": str(tmp_path)}
    words = [sys.executable, "-m", "station", "serve", "-c", str(CONFIG / "station.toml")]
    run = subprocess.run(
        words,
        check=False,
        env={**os.environ, **chosen},
        cwd=CONFIG.parent,
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == 2
    assert f"{file}:33: front.text.0.size_pt: " in run.stderr.decode()


def with_fonts(tmp_path: Path, fonts: str, used: str) -> Path:
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("[limits]", f"[fonts]\n{fonts}\n\n[limits]", 1)
    file = tmp_path / "site.toml"
    file.write_text(text.replace("x_mm = 41.5", f'x_mm = 41.5\nfont = "{used}"', 1), "utf-8")
    return file


def test_a_font_of_the_templates_own_is_asked_first(
    tmp_path: Path, person: ProductionData, face: RenderedFace
) -> None:
    bold = next(f for f in default_font_files() if f.stem == "NotoSansCJK-Regular")
    (tmp_path / "own.ttc").symlink_to(bold)
    file = with_fonts(tmp_path, 'own = ["own.ttc"]', "own")
    renderer = load_renderer(file, PROFILE, default_font_files())
    other = render_person(renderer, person, face.front.geometry, duplex=False).front.planes
    assert other[Panel.RESIN_BLACK] != face.front.planes[Panel.RESIN_BLACK]
    assert other[Panel.CYAN] == face.front.planes[Panel.CYAN]


@pytest.mark.parametrize(
    ("fonts", "used", "reason"),
    [
        ('own = ["none.ttc"]', "own", r"site\.toml:\d+: fonts\.own: .*none\.ttc: no such font"),
        ('own = ["none.ttc"]', "", r"fonts\.own: "),
        ("", "own", r"site\.toml:\d+: front\.text\.0\.font: \[fonts\] has no 'own'"),
    ],
)
def test_a_font_that_is_not_there_is_refused(
    tmp_path: Path, fonts: str, used: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        load_template(with_fonts(tmp_path, fonts, used))


@pytest.mark.parametrize(
    ("rotation", "reason"),
    [
        (90, "beyond the card"),
        (180, "beyond the card"),
        (270, "beyond the card"),
        (45, "0, 90"),
    ],
)
def test_a_turned_text_must_have_its_room_too(tmp_path: Path, rotation: int, reason: str) -> None:
    file = changed(tmp_path, "x_mm = 41.5\n", f"x_mm = 41.5\nrotation = {rotation}\n")
    with pytest.raises(ConfigError, match=reason):
        load_template(file)


def test_a_turned_text_is_rendered_and_passes_the_guards(
    tmp_path: Path, person: ProductionData, face: RenderedFace
) -> None:
    turned = "x_mm = 30.0\ny_mm = 53.0\nrotation = 270\n"
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace('label = "姓名"\nlabel_x_mm = 27.0\nlabel_size_pt = 6.5\n', "", 1)
    text = text.replace("x_mm = 41.5\ny_mm = 13.5\n", turned, 1).replace("42.0", "14.0", 1)
    file = tmp_path / "turned.toml"
    file.write_text(text, encoding="utf-8")
    renderer = load_renderer(file, PROFILE, default_font_files())
    other = render_person(renderer, person, face.front.geometry, duplex=False)
    assert other.front.planes[Panel.RESIN_BLACK] != face.front.planes[Panel.RESIN_BLACK]

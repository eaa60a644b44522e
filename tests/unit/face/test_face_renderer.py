import hashlib
import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from station.core.errors import (
    ConfigError,
    InputError,
    LocalProtocolError,
    NameNotEncodableError,
    PhotoError,
)
from station.core.faces import FaceSide, Panel, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.face import TemplateRenderer, default_font_files, load_renderer
from station.face.draw.guards import check_planes
from station.face.photo.profile import load_photo_profile
from station.face.template.card import Box
from station.face.template.grid import CardGrid, DotBox
from station.face.template.model import load_template
from station.words import explain
from tests.rigs.faces import render_person

CONFIG: Final = Path(__file__).parents[3] / "config"
TEMPLATE: Final = CONFIG / "faces" / "henan-3.toml"
PROFILE: Final = CONFIG / "photos" / "xinxiang.toml"
CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
GRID = CardGrid(CS220E)
HENAN = load_template(TEMPLATE)
COLOURS = (Panel.YELLOW, Panel.MAGENTA, Panel.CYAN)


def plane(side: FaceSide, panel: Panel) -> NDArray[np.uint8]:
    shape = (side.geometry.height_dots, side.geometry.width_dots)
    return np.frombuffer(side.planes[panel], np.uint8).reshape(shape)


def photo_box() -> DotBox:
    assert HENAN.front.photo is not None
    return GRID.box(HENAN.front.photo)


def back_of(face: RenderedFace) -> FaceSide:
    assert face.back is not None
    return face.back


def test_each_side_has_its_panels_in_the_ribbons_order(face: RenderedFace) -> None:
    assert "".join(face.front.planes) == "YMCKO"
    assert "".join(back_of(face).planes) == "K"


def test_every_plane_is_as_big_as_the_printer_prints(face: RenderedFace) -> None:
    for side in (face.front, back_of(face)):
        assert side.geometry == CS220E
        assert {len(dots) for dots in side.planes.values()} == {1014 * 642}


def test_dye_is_in_the_photo_box_only(face: RenderedFace) -> None:
    left, top, right, bottom = 49, 144, 285, 439  # 4, 12, 24, 37 mm at 300 dpi, 1.5 and 2.2 off
    for panel in COLOURS:
        dye = plane(face.front, panel)
        rows, columns = np.nonzero(dye)
        assert left <= columns.min()
        assert columns.max() < right
        assert top <= rows.min()
        assert rows.max() < bottom
        assert dye[top:bottom, left:right].std() > 30


def test_each_dye_is_its_own_colour(
    renderer: TemplateRenderer,
    person: ProductionData,
    draw_portrait: Callable[..., Image.Image],
    encode_jpeg: Callable[..., bytes],
) -> None:
    """Yellow takes blue away, magenta green, cyan red, as ink on a white card does."""
    flag = np.asarray(draw_portrait()).copy()
    flag[380:, :] = (255, 128, 0)
    face = render_person(
        renderer,
        replace(person, photo_jpeg=encode_jpeg(Image.fromarray(flag))),
        CS220E,
        duplex=False,
    )
    at = (GRID.y_dots(35), GRID.x_dots(14))
    found = [int(plane(face.front, panel)[at]) for panel in COLOURS]
    assert found == pytest.approx([255, 127, 0], abs=6)


def test_resin_is_binary_and_never_on_the_photo(face: RenderedFace) -> None:
    for side in (face.front, back_of(face)):
        assert set(np.unique(plane(side, Panel.RESIN_BLACK))) == {0, 255}
    assert not plane(face.front, Panel.RESIN_BLACK)[photo_box().area].any()


def test_every_line_of_text_stands_in_its_room(face: RenderedFace) -> None:
    for side, template in ((face.front, HENAN.front), (back_of(face), HENAN.back)):
        assert template is not None
        resin = plane(side, Panel.RESIN_BLACK)
        left_over = resin.copy()
        for key, box in template.parts():
            if key == "photo":
                continue
            # Strokes may leave the em box by the width of a hair.
            area = GRID.box(box.grown(0.35)).area
            assert resin[area].any(), key
            left_over[area] = 0
        assert not left_over.any()


def test_the_overcoat_leaves_the_contacts_bare(face: RenderedFace) -> None:
    overcoat = plane(face.front, Panel.OVERCOAT)
    assert set(np.unique(overcoat)) == {0, 255}
    contacts = Box(x_mm=65.73, y_mm=25.43, width_mm=9.62, height_mm=9.32)
    assert not overcoat[GRID.box(contacts).area].any()
    bare = np.argwhere(overcoat == 0)
    margin = GRID.box(contacts.grown(1.7))
    assert bare.min(axis=0).tolist() == [margin.top, margin.left]
    assert bare.max(axis=0).tolist() == [margin.bottom - 1, margin.right - 1]
    assert overcoat[photo_box().area].all()


def test_nothing_is_printed_on_the_contacts(face: RenderedFace) -> None:
    bare = plane(face.front, Panel.OVERCOAT) == 0
    for panel in (*COLOURS, Panel.RESIN_BLACK):
        assert not plane(face.front, panel)[bare].any()


def preview(side: FaceSide) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(side.preview_png)))


def test_the_preview_is_what_is_printed(face: RenderedFace) -> None:
    picture = preview(face.front)
    assert picture.shape == (642, 1014, 4)
    for panel, light in zip(COLOURS, (2, 1, 0), strict=True):
        dye = plane(face.front, panel)[photo_box().area].astype(int)
        seen = picture[photo_box().area][:, :, light].astype(int)
        assert (seen <= 255 - dye).all(), "no printer makes the stock lighter"
    for side in (face.front, back_of(face)):
        black = (preview(side)[:, :, :3] == 0).all(axis=2)
        assert np.array_equal(black, plane(side, Panel.RESIN_BLACK) > 0)


def seen_through(face: RenderedFace) -> float:
    """Return how much darker than white the preview is where the portrait has no dye at all."""
    area = photo_box().area
    dyes = [plane(face.front, panel)[area] for panel in COLOURS]
    bare = np.logical_and.reduce([dye == 0 for dye in dyes])
    return float(255 - preview(face.front)[area][bare][:, :3].mean())


def test_the_artwork_shows_through_the_white_of_a_portrait(
    renderer: TemplateRenderer, face: RenderedFace, person: ProductionData
) -> None:
    """A dye ribbon has no white: only in a white window of the stock does a portrait keep its."""
    assert seen_through(face) > 5
    front = HENAN.front.model_copy(update={"photo_window": True})
    window = HENAN.model_copy(update={"front": front})
    profile = load_photo_profile(PROFILE)
    with_window = TemplateRenderer(window, profile, default_font_files())
    assert seen_through(render_person(with_window, person, CS220E, duplex=False)) == 0


def test_the_preview_has_the_cards_corners(face: RenderedFace) -> None:
    opacity = preview(face.front)[:, :, 3]
    assert opacity[2, 2] == 0
    assert opacity[321, 507] == 255
    assert opacity[GRID.y_dots(2), GRID.x_dots(2)] == 255


def test_the_stock_is_pale_so_that_nobody_takes_it_for_print(face: RenderedFace) -> None:
    picture = preview(back_of(face))
    unprinted = (plane(back_of(face), Panel.RESIN_BLACK) == 0) & (picture[:, :, 3] == 255)
    assert picture[unprinted][:, :3].min() > 150


def test_the_digest_is_over_template_geometry_and_planes(
    renderer: TemplateRenderer,
    face: RenderedFace,
    named: Callable[[str], ProductionData],
    person: ProductionData,
) -> None:
    again = render_person(renderer, person, CS220E, duplex=True)
    assert again.sha256 == face.sha256
    assert again.front.planes == face.front.planes
    assert again.front.preview_png == face.front.preview_png
    front_only = render_person(renderer, person, CS220E, duplex=False)
    other_name = render_person(renderer, named("测试入"), CS220E, duplex=True)
    other_size = render_person(renderer, person, PrintGeometry(1016, 648, 300), duplex=True)
    digests = {face.sha256, front_only.sha256, other_name.sha256, other_size.sha256}
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {hashlib.sha256().digest_size * 2}


def test_a_fresh_renderer_gives_the_same_digest(face: RenderedFace, person: ProductionData) -> None:
    fresh = TemplateRenderer(HENAN, load_photo_profile(PROFILE), default_font_files())
    assert render_person(fresh, person, CS220E, duplex=True).sha256 == face.sha256


def test_a_simplex_printer_gets_the_front(
    renderer: TemplateRenderer, face: RenderedFace, person: ProductionData
) -> None:
    front_only = render_person(renderer, person, CS220E, duplex=False)
    assert front_only.back is None
    assert front_only.front.planes == face.front.planes


def test_a_printer_with_other_dots_gets_the_same_card(
    renderer: TemplateRenderer, person: ProductionData
) -> None:
    double = PrintGeometry(width_dots=2028, height_dots=1284, dpi=600)
    face = render_person(renderer, person, double, duplex=False)
    rows, columns = np.nonzero(plane(face.front, Panel.MAGENTA))
    assert (columns.max() - columns.min()) * 25.4 / 600 == pytest.approx(20, abs=0.1)
    assert (rows.max() - rows.min()) * 25.4 / 600 == pytest.approx(25, abs=0.1)


def test_a_canvas_that_is_no_card_is_refused(
    renderer: TemplateRenderer, person: ProductionData
) -> None:
    for geometry in (PrintGeometry(642, 1014, 300), PrintGeometry(1014, 642, 600)):
        with pytest.raises(ConfigError, match="not an ID-1 card"):
            render_person(renderer, person, geometry, duplex=True)


def name_width_dots(face: RenderedFace) -> int:
    box = GRID.box(HENAN.front.text[0].box.grown(0.35))
    columns = np.flatnonzero(plane(face.front, Panel.RESIN_BLACK)[box.area].any(axis=0))
    return int(columns[-1] - columns[0])


@pytest.mark.parametrize(
    "name", ["𠮷田", "阿卜杜热合曼·麦麦提艾力", "测" * 25, "ALEXANDER MAXIMILIAN"]
)
def test_unusual_names_are_set_within_their_room(
    renderer: TemplateRenderer, named: Callable[[str], ProductionData], name: str
) -> None:
    face = render_person(renderer, named(name), CS220E, duplex=False)
    assert 20 < name_width_dots(face) <= 46 * 300 / 25.4


@pytest.mark.parametrize("name", ["HẰNG ẲN LǗ", "ǛǛǛ", "Ägypten jgy ç|"])
def test_marks_and_tails_pass_the_guards_at_every_size(
    renderer: TemplateRenderer, named: Callable[[str], ProductionData], name: str
) -> None:
    """A name with Ằ is set by the font 0.17 em above the hanzi, in bold more."""
    bold = load_renderer(CONFIG / "faces" / "zhejiang-3.toml", PROFILE, default_font_files())
    for text in (name, (name + " ") * (36 // len(name))):
        render_person(renderer, named(text.strip()), CS220E, duplex=False)
        render_person(bold, replace(named(text.strip()), AAB301="330300"), CS220E, duplex=False)


def test_resin_on_contacts_or_photo_is_refused_though_a_text_stands_beside(
    face: RenderedFace,
) -> None:
    assert HENAN.front.contacts is not None
    beside = HENAN.front.contacts.keep_out
    wide = HENAN.front.text[2].model_copy(update={"max_width_mm": 22.0})
    side = HENAN.front.model_copy(update={"text": (*HENAN.front.text[:2], wide)})
    planes = planes_of(face)
    row, column = GRID.y_dots(25), GRID.x_dots(beside.x_mm) + 1
    planes[Panel.RESIN_BLACK][:] = 0
    planes[Panel.RESIN_BLACK][row, column - 4] = 255
    check_planes(planes, side, HENAN.limits, GRID)
    planes[Panel.RESIN_BLACK][row, column] = 255
    with pytest.raises(LocalProtocolError, match="panel K has ink"):
        check_planes(planes, side, HENAN.limits, GRID)


def test_a_long_name_shrinks_on_the_same_baseline(
    renderer: TemplateRenderer, named: Callable[[str], ProductionData]
) -> None:
    def rows(name: str) -> tuple[int, int]:
        face = render_person(renderer, named(name), CS220E, duplex=False)
        box = GRID.box(HENAN.front.text[0].box.grown(0.35))
        found = np.flatnonzero(plane(face.front, Panel.RESIN_BLACK)[box.area].any(axis=1))
        return int(found[0]), int(found[-1])

    short, long = rows("HH"), rows("H" * 21)
    assert long[1] == short[1]
    assert long[0] > short[0]


def test_a_name_too_long_at_the_smallest_size_is_refused(
    renderer: TemplateRenderer, named: Callable[[str], ProductionData]
) -> None:
    with pytest.raises(NameNotEncodableError) as caught:
        render_person(renderer, named("测" * 50), CS220E, duplex=False)
    assert caught.value.details["field"] == "AAC003"
    assert caught.value.code == "text-too-long"
    assert caught.value.details["reason"] == "too-long"
    assert "姓名" in explain(caught.value.code, caught.value.details).cause
    assert "测" not in str(caught.value)


def test_a_missing_glyph_names_its_character(
    renderer: TemplateRenderer, named: Callable[[str], ProductionData]
) -> None:
    with pytest.raises(NameNotEncodableError) as caught:
        render_person(renderer, named("测\ue123"), CS220E, duplex=False)
    assert caught.value.details["character"] == "\ue123"


def test_an_empty_value_and_a_wrong_date_name_their_field(
    renderer: TemplateRenderer, named: Callable[[str], ProductionData], person: ProductionData
) -> None:
    with pytest.raises(InputError, match="AAC003 is empty"):
        render_person(renderer, named(""), CS220E, duplex=False)
    wrong = replace(person, chip=replace(person.chip, AAZ503="20251341"))
    with pytest.raises(InputError) as caught:
        render_person(renderer, wrong, CS220E, duplex=False)
    assert caught.value.details == {"field": "AAZ503"}
    assert "2025" not in str(caught.value)


def test_a_photo_of_one_colour_is_refused(
    renderer: TemplateRenderer, person: ProductionData, encode_jpeg: Callable[..., bytes]
) -> None:
    grain = np.random.default_rng(3).normal(0, 2.5, (441, 358, 3))
    blank = Image.fromarray((250 + grain).clip(0, 255).astype(np.uint8))
    data = replace(person, photo_jpeg=encode_jpeg(blank, quality=95))
    with pytest.raises(PhotoError) as caught:
        render_person(renderer, data, CS220E, duplex=False)
    assert caught.value.details["rule"] == "blank"


def test_a_photo_that_needs_too_much_dye_is_refused(
    renderer: TemplateRenderer, person: ProductionData, encode_jpeg: Callable[..., bytes]
) -> None:
    dark = np.random.default_rng(3).integers(0, 40, (441, 358, 3), dtype=np.uint8)
    data = replace(person, photo_jpeg=encode_jpeg(Image.fromarray(dark), quality=80))
    with pytest.raises(PhotoError) as caught:
        render_person(renderer, data, CS220E, duplex=False)
    assert caught.value.details["rule"] == "ink"


def planes_of(face: RenderedFace) -> dict[Panel, NDArray[np.uint8]]:
    return {panel: plane(face.front, panel).copy() for panel in face.front.planes}


def test_guards_refuse_another_size_grey_resin_and_solids(face: RenderedFace) -> None:
    good = planes_of(face)
    check_planes(good, HENAN.front, HENAN.limits, GRID)
    with pytest.raises(LocalProtocolError, match="panel C"):
        check_planes({**good, Panel.CYAN: good[Panel.CYAN][1:]}, HENAN.front, HENAN.limits, GRID)
    resin = good[Panel.RESIN_BLACK]
    for value, message in ((128, "grey"), (255, "solid")):
        filled = np.maximum(resin, np.uint8(value))
        with pytest.raises((LocalProtocolError, ConfigError), match=message):
            check_planes({**good, Panel.RESIN_BLACK: filled}, HENAN.front, HENAN.limits, GRID)
    row = resin.copy()
    row[100, :] = 255
    with pytest.raises(ConfigError, match="solid"):
        check_planes({**good, Panel.RESIN_BLACK: row}, HENAN.front, HENAN.limits, GRID)
    with pytest.raises(ConfigError, match="no text"):
        check_planes(
            {**good, Panel.RESIN_BLACK: resin * np.uint8(0)}, HENAN.front, HENAN.limits, GRID
        )


def test_a_side_with_too_much_resin_is_refused_though_no_row_is_solid(face: RenderedFace) -> None:
    good = planes_of(face)
    grey = np.zeros(GRID.shape, np.uint8)
    grey[::3, ::3] = 255  # one dot in nine, spread evenly
    with pytest.raises(ConfigError, match="solid"):
        check_planes({**good, Panel.RESIN_BLACK: grey}, HENAN.front, HENAN.limits, GRID)


def test_prepare_does_the_slow_part_ahead() -> None:
    fresh = TemplateRenderer(HENAN, load_photo_profile(PROFILE), default_font_files())
    fresh.prepare(CS220E)
    with pytest.raises(ConfigError, match="not an ID-1 card"):
        fresh.prepare(PrintGeometry(100, 100, 300))


def test_starting_the_station_loads_neither_numpy_nor_pillow() -> None:
    code = (
        "import sys; from station.face import load_renderer, default_font_files;"
        f"from pathlib import Path; load_renderer(Path({str(TEMPLATE)!r}), Path({str(PROFILE)!r}),"
        " default_font_files()); sys.exit(any(m in sys.modules for m in ('numpy', 'PIL')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_another_provinces_order_is_refused(
    renderer: TemplateRenderer, person: ProductionData
) -> None:
    with pytest.raises(ConfigError, match="the order is of 33"):
        render_person(renderer, replace(person, AAB301="330300"), CS220E, duplex=False)

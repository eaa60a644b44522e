"""Guards, colour and resolution: what happens to the planes on their way to a printer."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from simulators.printers.evolis.planes import face_from_wire
from station.core.errors import ConfigError, LocalProtocolError
from station.core.faces import FaceSide, Panel, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.drivers.evolis.model import load_models
from station.drivers.evolis.planes import pack_panel
from station.face import TemplateRenderer, default_font_files
from station.face.draw.colour import to_dyes
from station.face.draw.drawn_side import DrawnSide
from station.face.draw.guards import check_planes
from station.face.photo.profile import load_photo_profile
from station.face.template.grid import CardGrid
from station.face.template.model import Colour, load_template
from tests.rigs.faces import render_person

CONFIG: Final = Path(__file__).parents[3] / "config"
TEMPLATE: Final = CONFIG / "faces" / "henan-3.toml"
HENAN = load_template(TEMPLATE)
CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
GRID = CardGrid(CS220E)
Planes = dict[Panel, NDArray[np.uint8]]


def planes_of(side: FaceSide) -> Planes:
    shape = side.geometry.height_dots, side.geometry.width_dots
    return {p: np.frombuffer(plane, np.uint8).reshape(shape) for p, plane in side.planes.items()}


@pytest.mark.parametrize(
    ("panel", "turn"),
    [
        (panel, turn)
        for panel in (Panel.CYAN, Panel.RESIN_BLACK, Panel.OVERCOAT)
        for turn in ("turned", "mirrored", "upside down", "shifted")
        if (panel, turn) != (Panel.OVERCOAT, "shifted")
    ],
)
def test_a_plane_that_is_not_right_way_up_is_refused(
    face: RenderedFace, panel: Panel, turn: str
) -> None:
    good = planes_of(face.front)
    check_planes(good, HENAN.front, HENAN.limits, GRID)
    move: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] = {
        "turned": lambda plane: plane[::-1, ::-1],
        "mirrored": lambda plane: plane[:, ::-1],
        "upside down": lambda plane: plane[::-1],
        "shifted": lambda plane: np.roll(plane, 12, axis=1),
    }[turn]
    with pytest.raises(LocalProtocolError, match=f"panel {panel.value} has ink"):
        check_planes({**good, panel: move(good[panel])}, HENAN.front, HENAN.limits, GRID)


def test_the_preview_is_drawn_once_and_only_when_asked() -> None:
    calls = []

    def draw() -> bytes:
        calls.append(1)
        return b"png"

    side = DrawnSide(CS220E, {}, draw)
    assert isinstance(side, FaceSide)
    assert calls == []
    assert (side.preview_png, side.preview_png, len(calls)) == (b"png", b"png", 1)
    assert side.geometry == CS220E
    with pytest.raises(AttributeError):
        side.geometry = CS220E  # type: ignore[misc]


def renderer_with(colour: Colour | None) -> TemplateRenderer:
    template = HENAN.model_copy(update={"colour": colour})
    profile = load_photo_profile(CONFIG / "photos" / "xinxiang.toml")
    return TemplateRenderer(template, profile, default_font_files())


GREY: Final = Image.new("RGB", (8, 8), (155, 155, 155))  # 100 of every dye


def test_density_and_curves_change_the_dye_of_their_panel_only() -> None:
    assert {int(dye[0, 0]) for dye in to_dyes(GREY, None).values()} == {100}
    denser = Colour(density={Panel.CYAN: 1.2}, curves={Panel.MAGENTA: ((0, 0), (200, 100))})
    dyes = to_dyes(GREY, denser)
    found = {panel.value: int(dye[0, 0]) for panel, dye in dyes.items()}
    assert found == {"Y": 100, "M": 50, "C": 120}
    white = to_dyes(Image.new("RGB", (1, 1), "white"), denser)
    assert {int(dye[0, 0]) for dye in white.values()} == {0}
    black = to_dyes(Image.new("RGB", (1, 1), "black"), denser)
    assert {panel.value: int(dye[0, 0]) for panel, dye in black.items()} == {
        "Y": 255, "M": 100, "C": 255,
    }  # fmt: skip


def swapped_profile(folder: Path) -> Path:
    """Return an RGB profile whose red and green primaries are exchanged."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"____", 1).replace(b"gXYZ", b"rXYZ", 1)
    file = folder / "printer.icc"
    file.write_bytes(swapped.replace(b"____", b"gXYZ", 1))
    return file


def test_an_icc_profile_of_the_printer_is_used(
    tmp_path: Path, person: ProductionData, face: RenderedFace
) -> None:
    colour = Colour(icc_profile=swapped_profile(tmp_path))
    red = to_dyes(Image.new("RGB", (4, 4), (200, 60, 60)), colour)
    plain = to_dyes(Image.new("RGB", (4, 4), (200, 60, 60)), None)
    assert int(red[Panel.MAGENTA][0, 0]) == pytest.approx(int(plain[Panel.CYAN][0, 0]), abs=3)
    assert int(red[Panel.CYAN][0, 0]) == pytest.approx(int(plain[Panel.MAGENTA][0, 0]), abs=3)
    other = render_person(renderer_with(colour), person, CS220E, duplex=True)
    assert other.sha256 != face.sha256
    assert other.front.planes[Panel.RESIN_BLACK] == face.front.planes[Panel.RESIN_BLACK]


def test_a_file_that_is_no_rgb_profile_is_a_config_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.icc"
    broken.write_bytes(b"not a profile")
    with pytest.raises(ConfigError, match="not a usable ICC profile"):
        to_dyes(GREY, Colour(icc_profile=broken))
    lab = tmp_path / "lab.icc"
    lab.write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())
    with pytest.raises(ConfigError, match="RGB profile"):
        to_dyes(GREY, Colour(icc_profile=lab))


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('icc_profile = "none.icc"', r"colour\.icc_profile: .*no such file"),
        ("density = { K = 1.1 }", "panel K is no dye"),
        ("density = { Y = 9.0 }", "density"),
        ("curves = { Y = [[0, 0]] }", "at least two rising points"),
        ("curves = { Y = [[0, 9], [255, 3]] }", "at least two rising points"),
    ],
)
def test_a_wrong_colour_section_is_refused(tmp_path: Path, section: str, message: str) -> None:
    file = tmp_path / "site.toml"
    text = TEMPLATE.read_text(encoding="utf-8")
    file.write_text(text.replace("[front]", f"[colour]\n{section}\n\n[front]", 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_template(file)


def test_a_profile_stands_beside_its_template(tmp_path: Path) -> None:
    profile = swapped_profile(tmp_path)
    file = tmp_path / "site.toml"
    text = TEMPLATE.read_text(encoding="utf-8")
    section = f'[colour]\nicc_profile = "{profile.name}"\n\n[front]'
    file.write_text(text.replace("[front]", section, 1), encoding="utf-8")
    colour = load_template(file).colour
    assert colour is not None
    assert colour.icc_profile == profile


@pytest.mark.parametrize("model", ["primacy", "zenius"])
def test_an_evolis_prints_the_very_levels_of_the_preview(
    renderer: TemplateRenderer, person: ProductionData, model: str
) -> None:
    """Read back from the wire by the observer: 8 or 7 bits of dye, 1 of resin and overcoat."""
    family = load_models()[model]
    side = render_person(renderer, person, family.facts().geometry, duplex=False).front
    picture = np.asarray(Image.open(io.BytesIO(side.preview_png)))
    for panel, plane in planes_of(side).items():
        bits = family.print.bits(panel)
        printed = face_from_wire(pack_panel(plane.tobytes(), side.geometry, bits), 1 << bits)
        assert np.array_equal(printed, plane), panel
    assert HENAN.front.photo is not None
    box = CardGrid(side.geometry).box(HENAN.front.photo)
    cyan = planes_of(side)[Panel.CYAN][box.area].astype(int)
    assert (picture[box.area][:, :, 0] <= 255 - cyan).all()  # the stock's own colour lies under it
    assert len(np.unique(cyan)) > 60


FINE: Final = PrintGeometry(width_dots=2028, height_dots=642, dpi=300, dpi_along=600)


def test_600_by_300_has_twice_the_columns_and_the_same_rows(
    renderer: TemplateRenderer, person: ProductionData, face: RenderedFace
) -> None:
    fine = render_person(renderer, person, FINE, duplex=True)
    assert {len(plane) for plane in fine.front.planes.values()} == {2028 * 642}
    wide, usual = planes_of(fine.front), planes_of(face.front)
    for panel in (Panel.CYAN, Panel.OVERCOAT):
        halved = wide[panel].reshape(642, 1014, 2).mean(axis=2)
        assert np.abs(halved - usual[panel].astype(float)).mean() < 2
    assert set(np.unique(wide[Panel.RESIN_BLACK])) == {0, 255}
    for axis, factor in ((0, 2), (1, 1)):
        found = np.flatnonzero(wide[Panel.RESIN_BLACK].any(axis=axis))
        plain = np.flatnonzero(usual[Panel.RESIN_BLACK].any(axis=axis))
        assert found[0] == pytest.approx(factor * plain[0], abs=4)
        assert found[-1] == pytest.approx(factor * plain[-1], abs=16)  # hinting of 8 pt
    picture = Image.open(io.BytesIO(fine.front.preview_png))
    assert picture.size == (2028, 1284)
    assert repr(fine.front) == "DrawnSide(2028x642, panels YMCKO)"


def test_a_spacing_that_is_no_multiple_is_refused(
    renderer: TemplateRenderer, person: ProductionData
) -> None:
    for along in (450, 150):
        with pytest.raises(ConfigError, match="no multiple"):
            render_person(renderer, person, replace(FINE, dpi_along=along), duplex=False)


def test_photo_findings_come_from_the_renderer_too(
    renderer: TemplateRenderer, person: ProductionData
) -> None:
    pytest.importorskip("skimage")
    assert renderer.check_photo(person.photo_jpeg).report.hard == ()

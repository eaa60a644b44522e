"""What the picture process draws is byte for byte what the renderer draws in this process."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from simulators.province.portraits import draw_portrait
from station.core.errors import (
    ConfigError,
    DefectError,
    NameNotEncodableError,
    PhotoError,
    StationError,
)
from station.core.faces import PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.slips import Slip
from station.face import TemplateRenderer, default_font_files
from station.face.photo.for_chip import portrait_for_chip
from station.face.technician_card import draw_test_card
from station.face.template.model import load_template
from station.face.text.fonts import FontChain
from station.picture_process import PictureProcess, ProcessFaces
from tests.unit.production.doubles import ID_NUMBER, production_data

CONFIG = Path(__file__).parents[3] / "config"
CS220E = PrintGeometry(1014, 642, 300)
FINE = PrintGeometry(2028, 642, 300, dpi_along=600, colour_bits=7)
PORTRAIT = draw_portrait(3, ID_NUMBER, "1", "19900307")
PERSON = dataclasses.replace(production_data(ID_NUMBER), photo_jpeg=PORTRAIT)


@pytest.fixture(scope="module")
def here(drawing: PictureProcess) -> TemplateRenderer:
    setup = drawing.setup
    assert setup.template is not None
    assert setup.profile is not None
    return TemplateRenderer(setup.template, setup.profile, setup.fonts)


def assert_same(one: RenderedFace, other: RenderedFace) -> None:
    assert (one.template, one.sha256) == (other.template, other.sha256)
    for ours, theirs in ((one.front, other.front), (one.back, other.back)):
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert list(ours.planes.items()) == list(theirs.planes.items())
            assert ours.geometry == theirs.geometry


def test_a_portrait_is_judged_decoded_and_fitted_alike(
    faces: ProcessFaces, here: TemplateRenderer
) -> None:
    assert faces.check_photo(PORTRAIT) == here.check_photo(PORTRAIT)
    portrait = here.open_photo(PORTRAIT)
    assert faces.open_photo(PORTRAIT) == portrait
    assert faces.fit_photo(portrait, 4096) == portrait_for_chip(portrait, 4096)
    with pytest.raises(PhotoError) as there:
        faces.fit_photo(portrait, 300)
    with pytest.raises(PhotoError) as locally:
        portrait_for_chip(portrait, 300)
    assert there.value.details == locally.value.details


@pytest.mark.parametrize("geometry", [CS220E, FINE], ids=["cs220e", "600x300"])
@pytest.mark.parametrize("duplex", [True, False])
def test_both_sides_and_their_preview_are_the_same_bytes(
    faces: ProcessFaces, here: TemplateRenderer, geometry: PrintGeometry, duplex: bool
) -> None:
    portrait = faces.open_photo(PORTRAIT)
    there = faces.render(PERSON, portrait, geometry, duplex=duplex)
    locally = here.render(PERSON, portrait, geometry, duplex=duplex)
    assert_same(there, locally)
    if geometry is CS220E and duplex:
        assert there.back is not None
        assert locally.back is not None
        assert there.front.preview_png == locally.front.preview_png
        assert there.back.preview_png == locally.back.preview_png


def test_the_test_card_is_the_same(faces: ProcessFaces) -> None:
    template = load_template(CONFIG / "faces" / "test-card.toml")
    locally = draw_test_card(template, CS220E, FontChain(default_font_files()))
    there = faces.draw_test_card(template, CS220E)
    assert_same(there, locally)
    assert there.front.preview_png == locally.front.preview_png


def test_a_slip_is_a_pdf(faces: ProcessFaces) -> None:
    assert faces.print_slip(Slip("凭条", (("姓名", "欧阳"),), ())).startswith(b"%PDF")


def with_name(name: str) -> ProductionData:
    return dataclasses.replace(PERSON, chip=dataclasses.replace(PERSON.chip, AAC003=name))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (with_name("王\U000f1234"), NameNotEncodableError),
        (with_name("王" * 60), NameNotEncodableError),
        (dataclasses.replace(PERSON, AAB301="110000"), ConfigError),
    ],
    ids=["no-glyph", "too-long", "another-province"],
)
def test_what_drawing_refuses_is_refused_with_the_same_error(
    faces: ProcessFaces,
    here: TemplateRenderer,
    data: ProductionData,
    error: type[StationError],
) -> None:
    portrait = here.open_photo(PORTRAIT)
    with pytest.raises(error) as there:
        faces.render(data, portrait, CS220E, duplex=True)
    with pytest.raises(error) as locally:
        here.render(data, portrait, CS220E, duplex=True)
    assert (there.value.code, there.value.details) == (locally.value.code, locally.value.details)


def test_nobody_gets_another_persons_face(faces: ProcessFaces) -> None:
    other = faces.open_photo(draw_portrait(4, ID_NUMBER, "2", "19900307"))
    with pytest.raises(DefectError):
        faces.render(PERSON, other, CS220E, duplex=False)


def test_what_the_renderer_says_of_itself_is_the_same(
    faces: ProcessFaces, here: TemplateRenderer
) -> None:
    assert faces.sides == here.sides
    assert faces.photo_rules_unchecked == here.photo_rules_unchecked

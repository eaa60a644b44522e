import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from station.core.cards import ChipData
from station.core.faces import PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.face import TemplateRenderer, default_font_files, load_renderer
from tests.rigs.faces import render_person

_CONFIG: Final = Path(__file__).parents[3] / "config"
_TEMPLATE: Final = _CONFIG / "faces" / "henan-3.toml"
_PROFILE: Final = _CONFIG / "photos" / "xinxiang.toml"
_CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)


def _draw_portrait(size: tuple[int, int] = (358, 441)) -> Image.Image:
    """Nobody: a head and shoulders of ellipses, with grain, so that a JPEG has a usual size."""
    wide, high = 358, 441
    image = Image.new("RGB", (wide, high), (252, 252, 252))
    pen = ImageDraw.Draw(image)
    pen.ellipse((14, 330, 344, 640), fill=(38, 44, 66))
    pen.polygon([(140, 340), (218, 340), (179, 420)], fill=(236, 238, 240))
    pen.rectangle((146, 270, 212, 352), fill=(214, 172, 146))
    pen.ellipse((88, 36, 270, 250), fill=(34, 28, 26))
    pen.ellipse((76, 170, 104, 226), fill=(222, 180, 154))
    pen.ellipse((254, 170, 282, 226), fill=(222, 180, 154))
    pen.ellipse((92, 76, 266, 316), fill=(228, 188, 162))
    pen.chord((92, 52, 266, 250), 195, 345, fill=(34, 28, 26))
    for x in (138, 220):
        pen.ellipse((x - 17, 180, x + 17, 196), fill=(250, 250, 248))
        pen.ellipse((x - 8, 179, x + 8, 196), fill=(40, 28, 22))
        pen.arc((x - 24, 156, x + 24, 184), 200, 340, fill=(40, 32, 28), width=5)
    pen.arc((164, 190, 194, 240), 20, 160, fill=(186, 140, 118), width=3)
    pen.chord((150, 256, 208, 284), 0, 180, fill=(186, 92, 88))
    image = image.filter(ImageFilter.GaussianBlur(1.4))
    grain = np.random.default_rng(7).normal(0, 5, (high, wide, 1))
    grained = (np.asarray(image).astype(float) + grain).clip(0, 255).astype(np.uint8)
    return Image.fromarray(grained).resize(size)


def _encode_jpeg(image: Image.Image, quality: int = 85, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, **options)
    return stream.getvalue()


_PORTRAIT: Final = _encode_jpeg(_draw_portrait())

_PERSON: Final = ProductionData(
    chip=ChipData(
        AAC002="410702199003071234",
        AAC003="测试人",
        AAC004="1",
        AAC005="01",
        AAC025="410702",
        AAC006="19900307",
        AAZ500="A12345678",
        AAZ503="20250618",
        valid_until="20350617",
    ),
    batch="T0001",
    AAE008="95533",
    bank_name="测试银行",
    AAB301="410700",
    issuer="新乡市社会保障卡管理中心",
    photo_jpeg=_PORTRAIT,
)


@pytest.fixture(scope="session")
def draw_portrait() -> Callable[..., Image.Image]:
    return _draw_portrait


@pytest.fixture(scope="session")
def encode_jpeg() -> Callable[..., bytes]:
    return _encode_jpeg


@pytest.fixture(scope="session")
def person() -> ProductionData:
    return _PERSON


@pytest.fixture(scope="session")
def renderer() -> TemplateRenderer:
    return load_renderer(_TEMPLATE, _PROFILE, default_font_files())


@pytest.fixture(scope="session")
def face(renderer: TemplateRenderer) -> RenderedFace:
    return render_person(renderer, _PERSON, _CS220E, duplex=True)


@pytest.fixture(scope="session")
def named() -> Callable[[str], ProductionData]:
    def with_name(name: str) -> ProductionData:
        return replace(_PERSON, chip=replace(_PERSON.chip, AAC003=name))

    return with_name

"""The cards whose pictures are kept: each shows what another one does not.

A picture is what the observer sees: the planes' dye on a white card, without the stock.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulators.machine.picture import blank_picture, burn
from simulators.province.portraits import draw_portrait
from station.core.cards import ChipData
from station.core.faces import FaceSide, PrintGeometry
from station.core.gateways import ProductionData
from station.face import default_font_files, load_renderer
from station.face.technician_card import draw_test_card
from station.face.template.model import load_template
from station.face.text.fonts import FontChain
from tests.rigs.faces import render_person

ROOT: Final = Path(__file__).parents[2]
FACES: Final = ROOT / "config" / "faces"
PROFILE: Final = ROOT / "config" / "photos" / "xinxiang.toml"
CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)


class Golden(NamedTuple):
    """A side as it must come out."""

    name: str
    side: FaceSide


def person(name: str, region: str) -> ProductionData:
    """Return an invented person."""
    return ProductionData(
        chip=ChipData(
            AAC002="410702198803050023",
            AAC003=name,
            AAC004="2",
            AAC005="01",
            AAC025=region,
            AAC006="19880305",
            AAZ500="A12345678",
            AAZ503="20250618",
            valid_until="20350617",
        ),
        batch="T0001",
        AAE008="95533",
        bank_name="测试银行",
        AAB301=region,
        issuer="新乡市社会保障卡管理中心",
        photo_jpeg=draw_portrait(7, "410702198803050023", "2", "19880305"),
    )


def golden_sides() -> Iterator[Golden]:
    """Draw them all."""
    cases = (
        ("henan-3", "henan-3", "欧阳测试", "410700"),
        ("henan-3-two-lines", "henan-3", "阿卜杜热合曼江·麦麦提艾力吐尔逊·买合木提𠮷鼐", "410700"),
        ("zhejiang-3", "zhejiang-3", "MUHAMMAD NGUYỄN", "330300"),
        ("zhejiang-3-sample", "zhejiang-3-sample", "王𡿡明", "330300"),
        ("guangdong-3", "guangdong-3", "古丽努尔·买买提", "441800"),
    )
    for name, template, holder, region in cases:
        renderer = load_renderer(FACES / f"{template}.toml", PROFILE, default_font_files())
        face = render_person(renderer, person(holder, region), CS220E, duplex=True)
        yield Golden(name, face.front)
        if face.back is not None and name == "henan-3":
            yield Golden("henan-3-back", face.back)
    test = load_template(FACES / "test-card.toml")
    card = draw_test_card(test, CS220E, FontChain(default_font_files()))
    yield Golden("test-card", card.front)


def observed(side: FaceSide) -> NDArray[np.uint8]:
    """Return the picture that the side's dyes make on a white card."""
    size = side.geometry.width_dots, side.geometry.height_dots
    card = blank_picture(*size)
    for panel, plane in side.planes.items():
        burn(card, panel, np.frombuffer(plane, np.uint8).reshape(size[1], size[0]))
    return card

"""One person's card over each link and with each depth of dots: the same card."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.machine.picture import Side
from station.core.faces import FaceSide
from station.face import default_font_files, load_renderer
from tests.golden.cases import FACES, PROFILE, person
from tests.rigs.faces import render_person
from tests.rigs.printer import Case, assert_same_picture, drawn, open_rig

MACHINES = (
    Case("evolis", "tcp-transaction", "evolis-primacy"),
    Case("evolis", "usbip", "evolis-primacy"),
    Case("evolis", "tcp-transaction", "evolis-zenius"),  # 7 bits a dot, and no back
)
Pictures = dict[Side, NDArray[np.uint8]]


@pytest.fixture(scope="module")
def cards() -> dict[str, Pictures]:
    return {str(case): printed(case) for case in MACHINES}


def printed(case: Case) -> Pictures:
    """Print one person's face on one card; compare what is on it with what was asked for."""
    renderer = load_renderer(FACES / "henan-3.toml", PROFILE, default_font_files())
    pictures: Pictures = {}
    for rig in open_rig(case):
        model = rig.printer.model
        face = render_person(
            renderer, person("欧阳测试", "410700"), model.geometry, duplex=model.duplex
        )
        rig.printer.bring_card_to_chip_station()
        card = rig.card_inside() or ""
        rig.printer.print_face(face.front, face.back, job_id=1)
        sides: dict[Side, FaceSide | None] = {Side.FRONT: face.front, Side.BACK: face.back}
        for side, wanted in sides.items():
            if wanted is not None:
                pictures[side] = rig.picture(card, side)
                assert_same_picture(pictures[side], drawn(rig, wanted))
    return pictures


def test_the_link_makes_no_difference(cards: dict[str, Pictures]) -> None:
    over_tcp, over_usb = cards["evolis-primacy-tcp-transaction"], cards["evolis-primacy-usbip"]
    for side in Side:
        assert np.array_equal(over_tcp[side], over_usb[side])


def test_a_bit_less_a_dot_is_seen_by_nobody(cards: dict[str, Pictures]) -> None:
    zenius, primacy = (
        cards["evolis-zenius-tcp-transaction"],
        cards["evolis-primacy-tcp-transaction"],
    )
    assert list(zenius) == [Side.FRONT]
    apart = np.abs(zenius[Side.FRONT].astype(int) - primacy[Side.FRONT])
    assert 0 < int(apart.max()) <= 2  # of 255

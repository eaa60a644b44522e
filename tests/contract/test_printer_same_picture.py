"""One order's face, printed on every family: a person could not tell the cards apart."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from simulators.machine.picture import Side
from station.core.faces import FaceSide, Panel
from station.core.printing import Capability
from station.face import default_font_files, load_renderer
from tests.golden.cases import FACES, PROFILE, person
from tests.rigs.faces import render_person
from tests.rigs.printer import Case, kinds
from tests.rigs.printer_desk import PrinterDesk, open_desk

Picture = NDArray[np.float64]
Printed = dict[Case, dict[str, tuple[Picture, Picture | None]]]
Change = Callable[[FaceSide], FaceSide]

#: Every family, with a model that prints both sides and one that prints only the front.
PRINTERS = kinds(Capability.FEEDER, Capability.PRINT_FRONT)
#: Millimetres are compared, in blocks of 6: the dots of two families do not lie on each other.
CELLS = (86, 54)
#: Grey levels of 255, mean of the block that differs most. Printers whose black is on or off shift
#: the edge of a letter by half a dot.
ALIKE = 12.0
DIFFERENT = 30.0


def seen(desk: PrinterDesk, card: str, side: Side) -> Picture:
    """The printed side as the observer sees it, in cells of a millimetre."""
    png = desk.http.get(f"/observer/cards/{card}/{side}.png").content
    with Image.open(io.BytesIO(png)) as image:
        small = image.convert("RGB").resize(CELLS, Image.Resampling.BOX)
        return np.asarray(small, dtype=np.float64)


def as_it_is(side: FaceSide) -> FaceSide:
    """The front that the order has."""
    return side


def swapped(one: Panel, other: Panel) -> Change:
    """Send each of two panels as the other one."""

    def change(side: FaceSide) -> FaceSide:
        planes = dict(side.planes)
        planes[one], planes[other] = planes[other], planes[one]
        return FaceSide(side.geometry, planes, side.preview_png)

    return change


def each_plane(turn: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Change:
    """Do the same to every panel."""

    def change(side: FaceSide) -> FaceSide:
        shape = side.geometry.height_dots, side.geometry.width_dots
        planes = {
            panel: turn(np.frombuffer(plane, np.uint8).reshape(shape)).tobytes()
            for panel, plane in side.planes.items()
        }
        return FaceSide(side.geometry, planes, side.preview_png)

    return change


WRONG: dict[str, Change] = {
    "yellow for cyan": swapped(Panel.YELLOW, Panel.CYAN),
    "magenta for black": swapped(Panel.MAGENTA, Panel.RESIN_BLACK),
    "mirrored": each_plane(np.fliplr),
    "upside down": each_plane(lambda plane: np.rot90(plane, 2)),
    "negative": each_plane(np.invert),
}


@pytest.fixture(scope="module")
def printed() -> Printed:
    """The sides of the order's card by printer, as it is and with each mistake in its front."""
    renderer = load_renderer(FACES / "henan-3.toml", PROFILE, default_font_files())
    found: Printed = {}
    for case in PRINTERS:
        with open_desk(case.family, simulated=case.simulated) as desk:
            geometry, duplex = desk.printer.model.geometry, desk.can(Capability.PRINT_BACK)
            face = render_person(renderer, person("欧阳测试", "410700"), geometry, duplex=duplex)
            for job, (name, change) in enumerate(({"": as_it_is} | WRONG).items(), start=1):
                desk.printer.bring_card_to_chip_station()
                card = desk.card_inside()
                desk.printer.print_face(change(face.front), face.back, job_id=job)
                back = seen(desk, card, Side.BACK) if duplex else None
                found.setdefault(case, {})[name] = seen(desk, card, Side.FRONT), back
                desk.printer.present_card()
    return found


def apart(one: Picture, other: Picture) -> float:
    """How far two pictures are apart where they are furthest, over a few cells."""
    gap = np.abs(one - other).mean(axis=2)
    rows, columns = gap.shape
    blocks = gap[: rows // 6 * 6, : columns // 6 * 6].reshape(rows // 6, 6, columns // 6, 6)
    return float(blocks.mean(axis=(1, 3)).max())


def test_the_same_order_looks_the_same_on_every_printer(printed: Printed) -> None:
    fronts = [pictures[""][0] for pictures in printed.values()]
    backs = [back for pictures in printed.values() if (back := pictures[""][1]) is not None]
    assert {case.family for case in printed} > {PRINTERS[0].family}
    assert 1 < len(backs) < len(fronts)
    for first, *others in (fronts, backs):
        for other in others:
            assert apart(other, first) < ALIKE


@pytest.mark.parametrize("case", PRINTERS, ids=str)
@pytest.mark.parametrize("mistake", WRONG)
def test_a_wrong_order_turn_or_polarity_of_planes_is_seen_in_the_picture(
    printed: Printed, case: Case, mistake: str
) -> None:
    wrong, right = printed[case][mistake][0], printed[case][""][0]
    assert apart(wrong, right) > DIFFERENT

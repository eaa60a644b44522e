"""What is sealed is opened, and a portrait decoded, no more than once for a press and for a step.

A whole order costs an opened portrait of some 30 KB each time; a picture some 3 ms.
"""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import simplejpeg

from simulators.province.portraits import draw_portrait
from station.core.cards import Authenticator, ChipData, ChipIdentity
from station.core.errors import DefectError, PhotoError
from station.core.faces import FaceSide, PrintGeometry
from station.core.gateways import ProductionData
from station.core.orders import OrderReason, OrderStep
from station.core.photos import Portrait
from station.face import NoFace, default_font_files, load_renderer
from station.face.photo.for_chip import portrait_for_chip
from station.journal import records
from station.production.life.kept_faces import KeptFaces
from station.production.life.steps import data
from station.production.life.workflow import Workflow
from station.production.services.service import ProductionService
from station.ui.panels import Panels
from station.ui.pressed import Pressed
from station.ui.presses import carry_out
from tests.unit.production.doubles import (
    AGREED,
    ID_NUMBER,
    Bench,
    FakeMachine,
    Trap,
    production_data,
)
from tests.unit.production.in_place import Walk, service

S = OrderStep
CONFIG = Path(__file__).parents[3] / "config"
REASON = OrderReason.REPLACEMENT
CS220E = PrintGeometry(1014, 642, 300)
PORTRAIT = draw_portrait(3, ID_NUMBER, "1", "19900307")


class PhotoOnChip(FakeMachine):
    """A machine whose chips carry the portrait."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.model = dataclasses.replace(self.model, geometry=CS220E)

    @property
    def writes_photo(self) -> bool:
        return True

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        seen = FaceSide(front.geometry, front.planes, b"a face")
        super().print_face(seen, back, job_id=job_id)

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        assert photo is not None
        assert len(portrait_for_chip(photo, 4096)) <= 4096
        return super().personalise(identity, data, authenticate, photo)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.journal.close()


@pytest.fixture
def drawn(window: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A window with the real renderer, and chips that carry the portrait."""
    fetch = window.province.fetch_production_data

    def with_portrait(id_number: str) -> ProductionData:
        return dataclasses.replace(fetch(id_number), photo_jpeg=PORTRAIT)

    monkeypatch.setattr(window.province, "fetch_production_data", with_portrait)
    window.machine = PhotoOnChip(window.trap)
    put_faces(window)
    return window


def put_faces(window: Bench) -> None:
    """Begin with an empty memory of faces, as a new process does."""
    window.faces = KeptFaces(  # type: ignore[assignment]  # in place of the double
        load_renderer(
            CONFIG / "faces" / "henan-3.toml",
            CONFIG / "photos" / "xinxiang.toml",
            default_font_files(),
        )
    )
    window.bench = window._wire()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the orders whose data and portrait were opened."""
    count: Counter[str] = Counter()
    plain = records.open_data

    def counted(*args: Any) -> ProductionData:  # noqa: ANN401 - hands on what it is given
        count["opened"] += 1
        return plain(*args)

    monkeypatch.setattr(records, "open_data", counted)
    return count


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the pictures that were decoded."""
    count: Counter[str] = Counter()
    plain = simplejpeg.decode_jpeg

    def counted(*args: object, **kwargs: object) -> object:
        count["decoded"] += 1
        return plain(*args, **kwargs)

    monkeypatch.setattr(simplejpeg, "decode_jpeg", counted)
    return count


@pytest.mark.parametrize(
    ("at", "press"),
    [
        (S.DATA_READY, lambda desk, order: desk.orders.press(order, S.APPROVED, "clerk")),
        (S.APPROVED, lambda desk, order: desk.orders.press(order, S.FED, "clerk")),
        (S.FED, lambda desk, order: desk.orders.press(order, S.ENCODED, "clerk")),
        (S.APPROVED, lambda desk, order: desk.orders.run(order, "clerk")),
        (S.APPROVED, lambda desk, order: desk.orders.cancel(order, "clerk")),
        (
            S.APPROVED,
            lambda desk, _: desk.orders.create(ID_NUMBER, REASON, ""),
        ),
    ],
    ids=["approve", "feed", "write", "run", "cancel", "accept-again"],
)
def test_a_press_opens_the_order_once_for_its_answer(
    window: Bench,
    opened: Counter[str],
    at: OrderStep,
    press: Callable[[ProductionService, str], object],
) -> None:
    walk, desk = Walk.accept(window), service(window)
    walk.to(at)
    opened.clear()
    press(desk, walk.id)
    assert opened["opened"] == 1


@pytest.mark.parametrize(
    ("at", "action"), [(S.DATA_READY, "approve"), (S.APPROVED, "feed"), (S.FED, "write")]
)
def test_a_button_of_the_page_opens_the_order_once_and_its_panel_once(
    window: Bench, opened: Counter[str], at: OrderStep, action: str
) -> None:
    walk, desk = Walk.accept(window), service(window)
    walk.to(at)
    panels = Panels(desk, "窗口一")
    panels.read("operator", walk.id)  # the list of orders opens each name once, and keeps it
    opened.clear()
    pressed = Pressed(order=walk.id, revision=str(desk.orders.revision(walk.id)))
    assert carry_out(action, desk, pressed, lambda act, given: AGREED).notice is None
    assert opened["opened"] == 1
    panels.read("operator", walk.id)
    assert opened["opened"] == 2


def test_earlier_orders_of_a_person_are_not_opened_to_learn_where_they_stand(
    window: Bench, opened: Counter[str]
) -> None:
    first = Walk.accept(window)
    first.to(S.ACTIVATED)
    second = Walk.accept(window, key="second")
    opened.clear()
    second.step()  # it asks whether a report about an earlier card is owed
    assert second.record.step is S.DATA_READY
    opened.clear()
    service(window).orders.create(ID_NUMBER, REASON, "clerk", idempotency_key="second")
    assert opened["opened"] <= 3  # `record` above, what the key stood for, and the answer


def test_a_step_opens_its_order_again_only_once_its_card_has_come(
    window: Bench, opened: Counter[str]
) -> None:
    walk, costs = Walk.accept(window), {}
    for step in STEPS:
        order = walk.record
        opened.clear()
        if step is S.APPROVED:
            data.approve(window.bench, order, "clerk")
        else:
            Workflow(window.bench, random.Random(1)).step_once(order)
        costs[step] = opened["opened"]
        assert walk.record.step is step
    # Besides the one that the engine hands over: after the feed, with its card in the ledger.
    assert costs == {step: int(step is S.FED) for step in STEPS}


STEPS = (S.DATA_READY, S.APPROVED, S.FED, S.ENCODED, S.REPORTED, S.PRINTED, S.RELEASED)


def test_a_portrait_is_decoded_once_for_a_whole_card(drawn: Bench, decoded: Counter[str]) -> None:
    walk, costs = Walk.accept(drawn), {}
    for step in STEPS:
        decoded.clear()
        walk.to(step)
        costs[step] = decoded["decoded"]
    assert costs == {step: int(step is S.DATA_READY) for step in STEPS}


def test_after_a_restart_a_step_decodes_it_once_and_only_where_it_is_used(
    drawn: Bench, decoded: Counter[str]
) -> None:
    walk, costs = Walk.accept(drawn), {}
    for step in STEPS:
        put_faces(drawn)
        decoded.clear()
        walk.to(step)
        costs[step] = decoded["decoded"]
    used = {S.DATA_READY, S.ENCODED, S.PRINTED}
    assert costs == {step: int(step in used) for step in STEPS}


def test_nobody_gets_another_persons_face() -> None:
    faces = load_renderer(
        CONFIG / "faces" / "henan-3.toml",
        CONFIG / "photos" / "xinxiang.toml",
        default_font_files(),
    )
    other = faces.open_photo(draw_portrait(4, ID_NUMBER, "2", "19900307"))
    mine = dataclasses.replace(production_data(ID_NUMBER), photo_jpeg=PORTRAIT)
    with pytest.raises(DefectError):
        faces.render(mine, other, CS220E, duplex=False)


def test_a_window_that_prints_nothing_opens_a_portrait_only_for_its_chips() -> None:
    assert NoFace().check_photo(b"no picture").report.findings == ()
    refused = NoFace(uses_photo=True).check_photo(b"no picture")
    with pytest.raises(PhotoError):
        refused.require_picture()
    assert NoFace(uses_photo=True).check_photo(PORTRAIT).require_picture().width_px > 0

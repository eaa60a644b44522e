"""A decoder that dies, hangs or eats memory holds the order it was for, and nothing else."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulators.world import wait_until
from station.core.errors import PictureFailure, PictureWorkError
from station.core.faces import FaceSide, Panel, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.orders import OrderStep
from station.core.photos import Portrait
from station.core.phrases import phrase
from station.face.photo.profile import load_photo_profile
from station.face.template.model import load_template
from station.picture_process import Patience, PictureProcess, ProcessFaces, Setup
from station.production.life.kept_faces import KeptFaces
from station.production.life.workflow import Workflow
from station.words import explain
from tests.rigs import picture_worker
from tests.unit.production.doubles import (
    GEOMETRY,
    ID_NUMBER,
    Bench,
    FakeMachine,
    FakeProvince,
    Trap,
)
from tests.unit.production.in_place import Walk

S = OrderStep
CONFIG = Path(__file__).parents[3] / "config"
OTHER_NUMBER = "410701198805126522"  # invented


class Printing(FakeMachine):
    """A machine that keeps the planes it was given."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.printed: list[Mapping[Panel, bytes]] = []

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        self.printed.append(front.planes)
        super().print_face(FaceSide(front.geometry, front.planes, b"a face"), back, job_id=job_id)


class PicturesProvince(FakeProvince):
    """A province whose pictures and 经办机构 a test chooses, by the holder's number."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.photos: dict[str, bytes] = {}
        self.issuers: dict[str, str] = {}

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        data = super().fetch_production_data(id_number, name=name)
        photo = self.photos.get(id_number, b"a portrait")
        issuer = self.issuers.get(id_number, data.issuer)
        return dataclasses.replace(data, photo_jpeg=photo, issuer=issuer)


class MixedUp(ProcessFaces):
    """Faces whose process shares other planes than those that it has drawn."""

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        other = dataclasses.replace(data, issuer="mixes planes up")
        return super().render(other, portrait, geometry, duplex=duplex)


class Decoded(Bench):
    """A window whose pictures are decoded and drawn in a process of their own."""

    def __init__(self, folder: Path, patience: Patience) -> None:
        template = load_template(CONFIG / "faces" / "henan-3.toml")
        profile = load_photo_profile(CONFIG / "photos" / "xinxiang.toml")
        self.process = PictureProcess(
            Setup((), template, profile), patience=patience, worker=picture_worker.MODULE
        )
        self.parts = (self.process, template, profile)
        self.drawing = ProcessFaces(*self.parts)
        super().__init__(folder)
        self.machine: Printing = Printing(self.trap)
        self.province: PicturesProvince = PicturesProvince(self.trap)
        self.forget_faces()

    def forget_faces(self) -> None:
        """Draw again what was drawn, as after a restart or the next person."""
        self.faces = KeptFaces(self.drawing)  # type: ignore[assignment]  # in place of the double
        self.bench = self._wire()


@pytest.fixture(scope="module")
def patience() -> Patience:
    return Patience(start=100.0, answer=100.0)


@pytest.fixture
def window(tmp_path: Path, patience: Patience) -> Iterator[Decoded]:
    made = Decoded(tmp_path, patience)
    yield made
    made.process.close()
    made.journal.close()


def held(walk: Walk) -> dict[str, str]:
    hold = walk.record.hold
    assert hold is not None
    assert hold.code == PictureWorkError.code
    return dict(hold.details)


@pytest.mark.parametrize(
    ("photo", "failure"),
    [(b"aborts", PictureFailure.DIED), (b"eats memory", PictureFailure.MEMORY)],
)
def test_a_bad_picture_holds_its_order_and_the_next_card_is_made(
    window: Decoded, photo: bytes, failure: PictureFailure
) -> None:
    window.province.photos[ID_NUMBER] = photo
    bad = Walk.accept(window)
    bad.step()
    assert bad.record.step is S.ACCEPTED
    assert held(bad) == {"failure": phrase(f"picture-failure.{failure}")}
    assert window.machine.counts["feeds"] == 0
    good = Walk.accept(window, OTHER_NUMBER, "second")
    good.to(S.RELEASED)
    assert good.record.step is S.RELEASED
    del window.province.photos[ID_NUMBER]  # another picture at the province, and a press
    bad.to(S.DATA_READY)
    assert bad.record.hold is None


def test_a_picture_that_hangs_holds_its_order_after_its_time(tmp_path: Path) -> None:
    window = Decoded(tmp_path, Patience(start=100.0, answer=0.5))
    window.province.photos[ID_NUMBER] = b"hangs"
    walk = Walk.accept(window)
    walk.step()
    assert held(walk) == {"failure": phrase("picture-failure.too-slow")}
    assert window.process.pid is None
    window.journal.close()


def test_a_process_killed_in_the_middle_of_a_face_with_a_card_inside_costs_nothing(
    window: Decoded, tmp_path: Path
) -> None:
    end = tmp_path / "end"
    end.write_bytes(b"x")
    window.province.issuers[ID_NUMBER] = f"busy until {end}"
    walk = Walk.accept(window)
    walk.to(S.REPORTED)
    end.write_bytes(b"")
    window.forget_faces()
    order = walk.record
    with ThreadPoolExecutor() as machine:
        step = machine.submit(Workflow(window.bench, random.Random(1)).step_once, order)
        # `reported` is followed by the print: the card is inside, and its face is being drawn.
        first = wait_until(lambda: window.process.asked_now and window.process.pid, 60.0, "a face")
        os.kill(first, signal.SIGKILL)
        end.write_bytes(b"x")
        assert step.result(60.0)
    assert walk.record.step is S.PRINTED
    data = order.data
    assert data is not None
    (printed,) = window.machine.printed
    assert printed == picture_worker.planes_of(data, GEOMETRY)
    assert window.process.pid not in (first, None)


def test_planes_that_arrive_mixed_up_with_a_card_inside_are_never_printed(
    window: Decoded,
) -> None:
    walk = Walk.accept(window)
    walk.to(S.REPORTED)
    window.drawing = MixedUp(*window.parts)
    window.forget_faces()
    walk.step()
    assert walk.record.step is S.REPORTED
    assert held(walk) == {"failure": phrase("picture-failure.died")}
    assert window.machine.printed == []
    assert window.machine.path is not None  # the card is where it was


@pytest.mark.parametrize("failure", list(PictureFailure))
def test_the_clerk_reads_what_happened(failure: PictureFailure) -> None:
    error = PictureWorkError(failure, "in the log")
    said = explain(error.code, error.details)
    assert "words:" not in said.cause
    assert len(said.steps) == 2

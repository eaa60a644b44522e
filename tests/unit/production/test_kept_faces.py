"""Faces are drawn once for preview and print; other data is another face."""

from __future__ import annotations

import dataclasses
import threading

from station.core.faces import PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.photos import Portrait
from station.production.life.kept_faces import KEPT, KeptFaces
from tests.rigs.faces import render_person
from tests.unit.production.doubles import FakeFaces, production_data

CARD = PrintGeometry(4, 2, 300)
ONE = production_data("11010519491231002X")


def test_the_same_face_is_drawn_once() -> None:
    inner = FakeFaces()
    faces = KeptFaces(inner)
    first = render_person(faces, ONE, CARD, duplex=True)
    again = render_person(faces, dataclasses.replace(ONE), CARD, duplex=True)
    assert again is first
    assert inner.drawn == 1


def test_whatever_differs_is_drawn_anew() -> None:
    inner = FakeFaces()
    faces = KeptFaces(inner)
    render_person(faces, ONE, CARD, duplex=True)
    render_person(faces, dataclasses.replace(ONE, photo_jpeg=b"another"), CARD, duplex=True)
    render_person(faces, ONE, CARD, duplex=False)
    render_person(faces, ONE, PrintGeometry(2, 4, 300), duplex=True)
    assert inner.drawn == 4


def test_only_the_last_ones_are_kept() -> None:
    inner = FakeFaces()
    faces = KeptFaces(inner)
    render_person(faces, ONE, CARD, duplex=True)
    for batch in range(KEPT):
        render_person(faces, dataclasses.replace(ONE, batch=str(batch)), CARD, duplex=True)
    render_person(faces, ONE, CARD, duplex=True)
    assert inner.drawn == KEPT + 2


def test_never_two_drawings_at_once() -> None:
    inner = OneAtATime()
    faces = KeptFaces(inner)
    threads = [
        threading.Thread(
            target=render_person,
            args=(faces, dataclasses.replace(ONE, batch=str(batch)), CARD),
            kwargs={"duplex": False},
        )
        for batch in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert inner.drawn == 4
    assert not inner.met


class OneAtATime(FakeFaces):
    """Notices a second caller."""

    def __init__(self) -> None:
        super().__init__()
        self.met = False
        self._busy = threading.Lock()

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        if not self._busy.acquire(blocking=False):
            self.met = True
            return super().render(data, portrait, geometry, duplex=duplex)
        threading.Event().wait(0.01)
        face = super().render(data, portrait, geometry, duplex=duplex)
        self._busy.release()
        return face

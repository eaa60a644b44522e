"""The Evolis driver on printers that do otherwise than the rest, as nobody knows which do."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from simulators.machine.picture import Side
from station.core.errors import OutcomeUnknownError
from station.core.printing import CardPosition
from tests.rigs.printer import Case, Rig, make_side, open_rig

INSERTIONS = "evolis-counts-insertions-primacy"
IGNORES_KEEP = "evolis-ignores-keep-primacy"
CHECKS_PIDA = "evolis-checks-pida-primacy"


@pytest.fixture
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from open_rig(request.param)


def on(*models: str) -> pytest.MarkDecorator:
    cases = [
        Case("evolis", scheme, model) for model in models for scheme in ("tcp-transaction", "usbip")
    ]
    return pytest.mark.parametrize("rig", cases, indirect=True, ids=str)


def fed(rig: Rig) -> str:
    rig.printer.bring_card_to_chip_station()
    return rig.card_inside() or ""


@on(INSERTIONS, CHECKS_PIDA)
def test_a_card_is_fed_printed_and_put_out(rig: Rig) -> None:
    card = fed(rig)
    geometry = rig.printer.model.geometry
    rig.printer.print_face(make_side(geometry, "YMCKO"), make_side(geometry, "K"), job_id=1)
    faces = rig.server.machine.cards[card].faces
    assert [face.prints for face in faces.values()] == [1, 1]
    rig.printer.bring_card_to_chip_station()
    assert (rig.card_inside(), rig.feeds) == (card, 1)
    rig.printer.present_card()
    assert rig.total("releases") == 1


@on(INSERTIONS)
def test_a_count_of_insertions_without_a_readable_ribbon_count_proves_no_print(rig: Rig) -> None:
    card = fed(rig)
    rig.server.hands.let_the_ribbon_counter_read_0()
    with pytest.raises(OutcomeUnknownError):
        rig.printer.print_face(make_side(rig.printer.model.geometry, "K"), None, job_id=1)
    assert rig.server.machine.cards[card].faces[Side.FRONT].prints == 1


@on(IGNORES_KEEP)
def test_a_card_that_was_printed_and_put_out_is_printed_and_said_to_be_out(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    card = fed(rig)
    with caplog.at_level(logging.WARNING):
        rig.printer.print_face(make_side(rig.printer.model.geometry, "K"), None, job_id=1)
    assert rig.server.machine.cards[card].faces[Side.FRONT].prints == 1
    actions = [getattr(record, "action", "") for record in caplog.records]
    assert "printer-card-not-kept" in actions
    assert rig.printer.status().card in (None, CardPosition.OUTPUT_HOPPER)
    rig.printer.present_card()  # nothing is left to put out, and no other card is
    assert (rig.feeds, rig.total("releases")) == (1, 1)

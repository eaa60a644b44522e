"""The picture of the machine: the card is drawn where it is known to be, and nowhere else."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from station.core.orders import OrderStep
from station.core.printing import CardPosition, PrinterModel, PrinterStateReason
from station.core.side_view import MachinePart
from station.drivers import family_names, load_family
from station.production.views import messages
from station.production.views.orders import StationView
from station.ui.picture_contents import MachinePicture
from station.ui.picture_panel import MEANT, PARTS, card_now
from tests.unit.ui.test_desk_panel import Page

MODELS = [
    pytest.param(family, model, id=f"{family}-{name}")
    for family in family_names()
    for name, model in load_family(family).models.items()
    if model.side_view is not None
]
CS220E = load_family("hiti_cs").models["cs220e"].side_view
UNTIL = dt.datetime(2031, 5, 4, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StationView]:
    """The view of an idle machine, a HiTi CS-220e in its looks."""
    page = Page(tmp_path_factory.mktemp("window"))
    view = page.service.machine.check_now(30.0)
    yield dataclasses.replace(view, side_view=CS220E)
    page.service.stop()
    page.desk.bench.journal.close()


def with_problem(view: StationView, device: str, code: str, **changed: Any) -> StationView:  # noqa: ANN401
    problem = messages.connection_problem(code)
    devices = tuple(
        dataclasses.replace(one, problems=(problem,), **changed) if one.name == device else one
        for one in view.devices
    )
    return dataclasses.replace(view, devices=devices)


def drawn(view: StationView) -> MachinePicture:
    picture = card_now(view).picture
    assert picture is not None
    return picture


def states(picture: MachinePicture) -> dict[str, str]:
    return {part.name: part.state for part in picture.parts if part.state != "plain"}


def place_of(part: MachinePart) -> float:
    assert CS220E is not None
    return CS220E.parts[part].middle


def test_every_reason_of_a_printer_means_a_part_or_the_machine() -> None:
    assert set(MEANT) == set(PrinterStateReason)


@pytest.mark.parametrize(("family", "model"), MODELS)
def test_a_model_draws_every_part_that_it_has(family: str, model: PrinterModel) -> None:
    del family
    assert model.side_view is not None
    parts = set(model.side_view.parts)
    has_flipper = MachinePart.FLIPPER in parts
    assert has_flipper == model.duplex
    assert parts | {MachinePart.FLIPPER} == set(MachinePart)
    names = [PARTS[part] for part in parts]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("family", "model"), MODELS)
def test_a_card_moves_in_one_direction_between_the_parts(family: str, model: PrinterModel) -> None:
    del family
    assert model.side_view is not None
    parts = model.side_view.parts
    way = (
        MachinePart.FEEDER, MachinePart.CHIP_STATION, MachinePart.PRINT_STATION,
        MachinePart.OUTPUT_HOPPER,
    )  # fmt: skip
    places = [parts[part].middle for part in way]
    assert places == sorted(places)
    for part in way:
        box = parts[part]
        assert box.y < model.side_view.path < box.y + box.height


def test_an_empty_machine_shows_no_card(idle: StationView) -> None:
    now, picture = card_now(idle), drawn(idle)
    assert now.text == "机内没有卡"
    assert (picture.card, picture.move, picture.unknown, picture.jam) == (None, None, None, False)
    assert states(picture) == {}


@pytest.mark.parametrize(
    ("position", "part"),
    [
        (CardPosition.CHIP_STATION, MachinePart.CHIP_STATION),
        (CardPosition.PRINT_STATION, MachinePart.PRINT_STATION),
        (CardPosition.FLIPPER, MachinePart.FLIPPER),
        (CardPosition.OUTPUT_HOPPER, MachinePart.OUTPUT_HOPPER),
        (CardPosition.REJECT_BIN, MachinePart.REJECT_BIN),
    ],
)
def test_a_card_is_drawn_where_the_printer_reads_it(
    idle: StationView, position: CardPosition, part: MachinePart
) -> None:
    picture = drawn(dataclasses.replace(idle, card_in_path=position.value, order_inside=True))
    assert picture.card is not None
    assert (picture.card.x, picture.card.certainty) == (place_of(part), "seen")
    assert states(picture) == {part.value: "here"}
    assert picture.unknown is None


def test_while_the_card_moves_only_the_way_is_drawn(idle: StationView) -> None:
    view = dataclasses.replace(
        idle,
        at_work=OrderStep.PRINTED,
        at_work_until=UNTIL,
        card_in_path=CardPosition.CHIP_STATION.value,  # of the reading before
        order_inside=True,
    )
    picture = drawn(view)
    assert picture.card is None
    assert picture.move is not None
    ends = picture.move.start, picture.move.end
    assert ends == (place_of(MachinePart.CHIP_STATION), place_of(MachinePart.PRINT_STATION))
    assert card_now(view).deadline == UNTIL.isoformat()


def test_a_machine_that_does_not_answer_hides_the_place(idle: StationView) -> None:
    view = dataclasses.replace(
        idle, order_inside=True, card_in_path=CardPosition.CHIP_STATION.value
    )
    view = with_problem(view, "printer", "printer-not-connected", ok=False, state="absent")
    picture = drawn(view)
    assert (picture.card, picture.connected) == (None, False)
    assert picture.unknown is not None
    assert states(picture) == {"printer-cable": "error"}
    assert "不知道卡在哪里" in card_now(view).text
    assert "打印线：制卡机未连接" in picture.description


def test_a_card_that_should_be_inside_and_is_not_seen_is_a_question(idle: StationView) -> None:
    picture = drawn(dataclasses.replace(idle, order_inside=True))
    assert picture.card is None
    assert picture.unknown is not None


def test_a_jam_marks_the_path(idle: StationView) -> None:
    view = with_problem(idle, "printer", "media-jam", ok=False)
    picture = drawn(view)
    assert (picture.jam, picture.card) == (True, None)
    assert card_now(view).text == "堵在机内通道中"


def test_a_card_that_was_put_out_is_drawn_as_told(idle: StationView) -> None:
    picture = drawn(dataclasses.replace(idle, at_outlet=True))
    assert picture.card is not None
    assert picture.card.certainty == "told"


@pytest.mark.parametrize(
    ("reason", "part"), [(reason, part) for reason, part in MEANT.items() if part is not None]
)
def test_a_message_marks_its_part(
    idle: StationView, reason: PrinterStateReason, part: MachinePart
) -> None:
    view = with_problem(idle, "printer", reason.value, ok=False)
    expected = "warn" if reason.value in {"media-low", "marker-print-ribbon-almost-empty",
                                          "cleaner-life-almost-over"} else "error"  # fmt: skip
    assert states(drawn(view)) == {part.value: expected}
    assert PARTS[part] in drawn(view).description


def test_a_missing_reader_marks_its_own_cable(idle: StationView) -> None:
    view = with_problem(idle, "reader", "reader-not-connected", ok=False, state="absent")
    assert states(drawn(view)) == {"reader-cable": "error"}
    assert drawn(view).connected


def test_a_machine_without_a_picture_is_told_in_words(idle: StationView) -> None:
    now = card_now(dataclasses.replace(idle, side_view=None))
    assert (now.text, now.picture) == ("机内没有卡", None)

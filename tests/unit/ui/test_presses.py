"""What the server does with a press: stale, to be confirmed, refused, or carried out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.changes import SetGoal, SetHold
from station.core.orders import OrderStep
from station.core.questions import AnswerKind
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.ui import presses
from station.ui.confirmations import REVERSIBLE_ANSWERS
from station.ui.panels import Panels
from station.ui.pressed import Pressed
from station.ui.presses import Outcome
from tests.unit.production.doubles import AGREED, ID_NUMBER, Bench

OTHER_NUMBER = "410701199001011230"  # invented
WAIT = 20.0


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.journal.close()


@pytest.fixture
def service(window: Bench) -> Iterator[ProductionService]:
    notifier = Notifier()
    window.journal.on_change(notifier.ring)
    made = ProductionService(
        window.journal,
        window.bench.equipment,
        Engine(window.bench, notifier, random.Random(1)),
        notifier,
    )
    made.start()
    yield made
    made.stop()


def carry_out(action: str, service: ProductionService, pressed: Pressed) -> Outcome:
    """Carry out a press of the clerk, with a supervisor who agrees to everything."""
    return presses.carry_out(action, service, pressed.by("clerk"), lambda act, given: AGREED)


def fetched(service: ProductionService) -> str:
    """Return an order whose data is on the screen."""
    order = carry_out("fetch", service, Pressed(id_number=ID_NUMBER)).order
    assert service.orders.wait_for(order, OrderStep.DATA_READY, WAIT).step is OrderStep.DATA_READY
    return order


def on_screen(service: ProductionService, order: str, **more: str) -> Pressed:
    revision = str(service.orders.revision(order))
    return Pressed.model_validate({"order": order, "revision": revision, **more})


def test_a_press_about_what_is_on_the_screen_is_carried_out(service: ProductionService) -> None:
    order = fetched(service)
    outcome = carry_out("approve", service, on_screen(service, order))
    assert outcome == Outcome(order)
    assert service.orders.one(order).step is OrderStep.APPROVED


@pytest.mark.parametrize("revision", ["", "0", "one"])
def test_a_stale_press_is_refused_and_does_nothing(
    service: ProductionService, revision: str
) -> None:
    order = fetched(service)
    shown = on_screen(service, order)
    pressed = Pressed(order=order, revision=revision)
    outcome = carry_out("approve", service, pressed)
    assert outcome.notice is not None
    assert "没有执行" in outcome.notice.title
    assert service.orders.one(order).step is OrderStep.DATA_READY
    assert carry_out("approve", service, shown).notice is None, "the screen's own is not stale"
    assert carry_out("cancel", service, shown).notice is not None, "it has changed since"


def test_a_retry_by_the_station_does_not_make_the_screen_stale(
    service: ProductionService, window: Bench
) -> None:
    order = fetched(service)
    before = service.orders.revision(order)
    with window.journal.transaction("test") as change:
        change.apply(SetGoal(order, OrderStep.APPROVED))
        change.apply(SetHold(order, None))
    assert service.orders.revision(order) == before


def test_cancel_asks_first_and_is_carried_out_when_exactly_that_was_confirmed(
    service: ProductionService,
) -> None:
    order = fetched(service)
    asked = carry_out("cancel", service, on_screen(service, order))
    assert asked.confirmation is not None
    assert service.orders.one(order).step is OrderStep.DATA_READY
    other = carry_out("cancel", service, on_screen(service, order, confirmed="reject-left-card"))
    assert other.confirmation is not None, "another confirmation does not count"
    assert service.orders.one(order).step is OrderStep.DATA_READY
    done = carry_out(
        "cancel", service, on_screen(service, order, confirmed=asked.confirmation.names)
    )
    assert done == Outcome(order)
    assert service.orders.one(order).step is OrderStep.CANCELLED


def test_an_answer_that_cannot_be_undone_is_confirmed(
    service: ProductionService, window: Bench
) -> None:
    order = fetched(service)
    carry_out("approve", service, on_screen(service, order))
    service.orders.press(order, OrderStep.FED, "test")
    service.orders.wait_for(order, OrderStep.FED, WAIT)
    window.machine.path = None
    service.orders.press(order, OrderStep.ENCODED, "test")
    held = service.orders.wait_for(order, OrderStep.ENCODED, WAIT)
    assert held.question is not None
    lost = on_screen(service, order, answer=AnswerKind.LOST.value)
    asked = carry_out("answer", service, lost)
    assert asked.confirmation is not None
    assert asked.confirmation.names == f"answer:lost:{order}"
    assert service.orders.one(order).step is OrderStep.FED
    wrong = lost.model_copy(update={"confirmed": f"answer:discarded:{order}"})
    assert carry_out("answer", service, wrong).confirmation is not None
    right = lost.model_copy(update={"confirmed": asked.confirmation.names})
    assert carry_out("answer", service, right).notice is None
    assert service.orders.one(order).step is OrderStep.SPOILED


def test_every_answer_that_spoils_releases_or_settles_a_print_must_be_confirmed() -> None:
    harmless = {"go-on", "wait", "is-in", "is-out", "taken", "kept"}
    assert {answer.value for answer in REVERSIBLE_ANSWERS} == harmless


def test_a_wrong_number_leaves_nobody_elses_order_beside_its_refusal(
    service: ProductionService,
) -> None:
    order = fetched(service)
    typed = on_screen(service, order, id_number=ID_NUMBER[:-1] + "X")
    outcome = carry_out("fetch", service, typed)
    assert outcome.order == ""
    assert outcome.notice is not None
    assert outcome.notice.code == "id-number-check-digit"


def test_fetch_without_a_number_is_about_the_order_on_the_screen(
    service: ProductionService,
) -> None:
    order = fetched(service)
    assert carry_out("fetch", service, on_screen(service, order)) == Outcome(order)
    nothing = carry_out("fetch", service, Pressed())
    assert nothing.notice is not None
    assert "身份证号" in nothing.notice.title


def test_a_person_who_comes_back_goes_on_with_the_same_order(service: ProductionService) -> None:
    order = fetched(service)
    other = carry_out("fetch", service, Pressed(id_number=OTHER_NUMBER)).order
    assert other not in ("", order)
    back = carry_out("fetch", service, on_screen(service, other, id_number=ID_NUMBER))
    assert back == Outcome(order)


def test_each_page_shows_the_order_it_asks_for_and_lists_the_others(
    service: ProductionService,
) -> None:
    panels = Panels(service, "窗口一")
    first = fetched(service)
    second = carry_out("fetch", service, Pressed(id_number=OTHER_NUMBER)).order
    shown = panels.read("operator", first)
    assert shown.order == first
    assert shown.revision == str(service.orders.revision(first))
    assert f'value="{second}"' not in shown.panels["order"]
    for order in (first, second):
        assert f'data-show="{order}"' in shown.panels["orders"]
    assert panels.read("operator", "").order == "", "no order chosen: none is shown"
    assert panels.read("operator", "unknown").order == ""


def test_an_abandoned_look_up_is_listed_and_can_be_closed(service: ProductionService) -> None:
    panels = Panels(service, "窗口一")
    order = fetched(service)
    assert "row-close" in panels.read("operator", "").panels["orders"]
    asked = carry_out("cancel", service, on_screen(service, order))
    assert asked.confirmation is not None
    confirmed = on_screen(service, order, confirmed=asked.confirmation.names)
    carry_out("cancel", service, confirmed)
    assert order not in panels.read("operator", "").panels["orders"]


def test_the_end_of_an_earlier_order_stays_one_press_away(service: ProductionService) -> None:
    panels = Panels(service, "窗口一")
    first = fetched(service)
    service.orders.run(first, "test", approved=True)
    assert service.orders.wait_for(first, OrderStep.RELEASED, WAIT).step is OrderStep.RELEASED
    second = carry_out("fetch", service, Pressed(id_number=OTHER_NUMBER)).order
    rows = panels.read("operator", second).panels["orders"]
    assert f'href="/?order={first}"' in rows
    assert "待领卡启用" in rows


def test_a_prompt_is_not_shown_while_the_station_goes_on_without_a_press(
    service: ProductionService, window: Bench
) -> None:
    panels = Panels(service, "窗口一")
    order = fetched(service)
    service.stop()  # nothing is carried out any more: the order only waits for its turn
    service.orders.press(order, OrderStep.APPROVED, "test")
    assert "按 F4" in panels.read("operator", order).panels["order"]
    with window.journal.transaction("test") as change:
        change.apply(SetGoal(order, OrderStep.RELEASED))
    assert "按 F4" not in panels.read("operator", order).panels["order"]

"""A window without motors: a person moves the cards, and nothing is printed."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.core.errors import (
    CapabilityMissingError,
    NotSupervisorError,
    PersonRequest,
    StationError,
)
from station.core.orders import CardFate, EffectKind, EffectState, OrderKind, OrderReason, OrderStep
from station.core.phrases import phrase
from station.core.printing import Capability, PrinterState, PrinterStatus
from station.core.questions import AnswerKind
from station.core.reprints import ReprintReason
from station.drivers import load_family
from station.drivers.manual.driver import Manual
from station.face import NoFace
from station.production.intake import capabilities
from station.production.intake.reprints import Reprint
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.people.questions import BY_HAND
from station.production.services.service import ProductionService
from station.production.views.orders import OrderView
from station.ui.machine_panel import machine_panel
from station.ui.order_panel import order_panel
from station.words import Table
from tests.unit.production.doubles import ID_NUMBER, Bench, FakeMachine

WAIT = 20.0  #: seconds; only a failure takes them
READER = load_family("manual").models["reader"]


class Slot:
    """The plain reader: what lies in the fake machine's path, and a person's hands."""

    address = "pcsc:Some Reader"

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.unseen = 0  #: looks after which it notices the card

    def card_present(self) -> bool:
        if self.machine.path is not None and self.unseen:
            self.unseen -= 1
            return False
        return self.machine.path is not None

    def put_in(self) -> None:
        assert self.machine.path is None
        self.machine.path = self.machine.feeder.pop(0)

    def take_out(self) -> None:
        assert self.machine.path is not None
        self.machine.out.append(self.machine.path)
        self.machine.path = None


class Window:
    """One window in memory with a person at its reader."""

    def __init__(self, folder: Path, *, patience: float = 0.0) -> None:
        self.bench = Bench(folder)
        self.patience = patience
        self.slot = Slot(self.bench.machine)
        self.start()

    def start(self) -> None:
        equipment = dataclasses.replace(
            self.bench.bench.equipment,
            printer=Manual(self.slot, READER, patience=self.patience),
            faces=NoFace(),
        )
        self.workbench = Workbench(self.bench.journal, equipment)
        notifier = Notifier()
        self.bench.journal.on_change(notifier.ring)
        self.engine = Engine(self.workbench, notifier, random.Random(1))
        self.service = ProductionService(self.bench.journal, equipment, self.engine, notifier)
        self.service.start()

    def restart(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.service.stop()
        meanwhile()
        self.bench.restart()
        self.start()

    def until(self, true: Callable[[], bool]) -> None:
        """Wait until it is so and the order waits for a person, or has nothing left to do."""
        deadline = time.monotonic() + WAIT
        while not (true() and self.at_rest()):
            heard = self.service.notifier.count
            assert time.monotonic() < deadline
            self.service.notifier.wait(heard, 0.1)

    def at_rest(self) -> bool:
        heads = self.bench.journal.orders.heads()
        return all(head.hold is not None or head.goal is head.step for head in heads)

    def close(self) -> None:
        self.service.stop()
        self.bench.journal.close()

    def asked(self, goal: OrderStep = OrderStep.RELEASED) -> OrderView:
        """Accept an order and have it run towards `goal`, to the first request."""
        order = self.service.orders.create(ID_NUMBER, OrderReason.NEW, "clerk").id
        self.service.orders.press(order, OrderStep.DATA_READY, "clerk")
        self.service.orders.wait_for(order, OrderStep.DATA_READY, WAIT)
        self.service.orders.press(order, OrderStep.APPROVED, "clerk")
        if goal is OrderStep.RELEASED:
            self.service.orders.run(order, "clerk")
        else:
            self.service.orders.press(order, goal, "clerk")
        return self.service.orders.wait_for(order, goal, WAIT)

    def again(self, order: str, goal: OrderStep = OrderStep.RELEASED) -> OrderView:
        """Answer what the page asks: it was done."""
        question = self.service.orders.one(order).question
        assert question is not None
        self.service.orders.answer(order, question.answers[0].answer, "clerk")
        return self.service.orders.wait_for(order, goal, WAIT)

    def effects(self, order: str, kind: EffectKind) -> list[EffectState]:
        return [e.state for e in self.bench.journal.effects.of(order) if e.kind is kind]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    made = Window(tmp_path)
    yield made
    made.close()


def code(view: OrderView) -> tuple[str, str | None]:
    assert view.problem is not None
    return view.problem.code, view.problem.effect


def test_a_card_by_hand_from_the_first_request_to_the_last(window: Window) -> None:
    asked = window.asked()
    assert code(asked) == ("card-needed", "feed")
    assert asked.problem is not None
    assert "插入读卡器" in asked.problem.remedy
    window.slot.put_in()
    written = window.again(asked.id)
    assert code(written) == ("take-card", "release")
    assert written.step is OrderStep.PRINTED
    assert window.bench.machine.counts == {"writes": 1}
    window.slot.take_out()
    done = window.again(asked.id)
    assert (done.step, done.problem) == (OrderStep.RELEASED, None)
    kinds = [event.kind for event in window.service.events_after(0, order=asked.id)]
    assert "no-face" in kinds
    assert "face-printed" not in kinds
    assert window.effects(asked.id, EffectKind.PRINT) == []
    (card,) = window.bench.journal.cards.of(asked.id)
    assert card.fate is CardFate.ISSUED


def test_a_card_that_the_reader_sees_late_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    window = Window(tmp_path, patience=WAIT)
    order = window.asked().id
    window.slot.put_in()
    window.slot.unseen = 1
    window.service.orders.run(order, "clerk")
    written = window.service.orders.wait_for(order, OrderStep.RELEASED, WAIT)
    window.close()
    assert code(written) == ("take-card", "release")


def test_saying_that_it_was_done_is_no_proof(window: Window) -> None:
    order = window.asked().id
    assert code(window.again(order)) == ("card-needed", "feed")
    assert window.bench.journal.cards.of(order) == []
    window.slot.put_in()
    assert code(window.again(order)) == ("take-card", "release")
    assert code(window.again(order)) == ("take-card", "release")
    assert window.service.orders.one(order).step is OrderStep.PRINTED
    assert window.bench.machine.counts == {"writes": 1}


def test_a_blank_of_another_bank_is_asked_to_be_taken_out_unwritten(window: Window) -> None:
    window.bench.machine.feeder[0].bank = "621226"
    order = window.asked().id
    window.slot.put_in()
    goes_back = window.again(order)
    assert code(goes_back) == ("take-card", "release")
    assert goes_back.question is not None
    # Nothing was made of it that could be spoiled.
    assert [one.answer for one in goes_back.question.answers] == [AnswerKind.IS_OUT]
    window.slot.take_out()
    assert code(window.again(order)) == ("card-needed", "feed")
    window.slot.put_in()
    assert code(window.again(order)) == ("take-card", "release")
    fates = [card.fate for card in window.bench.journal.cards.of(order)]
    assert sorted(fates) == [CardFate.IN_MACHINE, CardFate.RETURNED]
    assert window.bench.machine.out[0].holder is None


def test_what_a_person_does_while_the_station_is_down_is_seen_when_it_is_up(
    window: Window,
) -> None:
    order = window.asked().id
    window.restart(meanwhile=window.slot.put_in)
    window.until(lambda: window.effects(order, EffectKind.RELEASE) != [])
    window.until(lambda: window.service.orders.one(order).problem is not None)  # the step has ended
    assert code(window.service.orders.one(order)) == ("take-card", "release")
    window.restart(meanwhile=window.slot.take_out)
    window.until(lambda: window.service.orders.one(order).step is OrderStep.RELEASED)
    assert window.bench.machine.counts == {"writes": 1}
    assert len(window.bench.province.reports) == 1


def test_a_restart_asks_again_for_what_was_not_done(window: Window) -> None:
    order = window.asked().id
    window.restart()
    window.until(lambda: len(window.effects(order, EffectKind.FEED)) == 2)
    window.until(lambda: window.service.orders.one(order).problem is not None)  # the step has ended
    window.slot.put_in()
    assert code(window.again(order)) == ("take-card", "release")
    assert len(window.bench.journal.cards.of(order)) == 1


def test_a_card_that_nobody_asked_for_is_no_orders(window: Window) -> None:
    window.slot.put_in()
    assert code(window.asked()) == ("card-left-inside", None)
    with pytest.raises(StationError) as caught:
        window.service.machine.reject_left_card("clerk")
    assert caught.value.code == "put-card-aside"
    window.slot.take_out()
    assert window.service.machine.reject_left_card("clerk").card_in_path is None


def test_cancelling_asks_for_the_blank_and_ends_when_it_is_out(window: Window) -> None:
    order = window.asked(OrderStep.FED).id
    window.slot.put_in()
    assert window.again(order, OrderStep.FED).step is OrderStep.FED
    with pytest.raises(StationError) as caught:
        window.service.orders.cancel(order, "clerk")
    assert caught.value.code == "take-card"
    window.slot.take_out()
    assert window.service.orders.cancel(order, "clerk").step is OrderStep.CANCELLED
    (card,) = window.bench.journal.cards.of(order)
    assert card.fate is CardFate.RETURNED
    assert window.bench.machine.counts == {}


def test_the_page_asks_and_its_button_says_that_it_was_done(window: Window) -> None:
    view = window.asked()
    panel = order_panel(view, "1", owed=0)
    assert panel.question is not None
    (answer,) = panel.question.answers
    assert (answer.answer, answer.label) == ("is-in", "已放入")
    assert panel.message.level == "info"
    assert panel.message.title == "请放入预制卡"
    assert panel.face is None
    window.slot.put_in()
    panel = order_panel(window.again(view.id), "2", owed=0)
    assert panel.question is not None
    assert panel.question.answers[0].label == "已取走"


def test_the_lights_are_those_of_what_the_machine_has(window: Window) -> None:
    view = window.service.machine.check_now(WAIT)
    assert view.ready
    names = [light.name for light in machine_panel(view).lights]
    assert names == ["printer", "reader", "province"]
    whole = ProductionService(
        window.bench.journal, window.bench.bench.equipment, window.engine, Notifier()
    )
    names = [light.name for light in machine_panel(whole.machine.view()).lights]
    assert names == ["printer", "reader", "ribbon", "stock", "province"]


def test_a_face_again_is_refused_where_no_face_is_printed(window: Window) -> None:
    order = window.asked().id
    window.slot.put_in()
    window.again(order)
    window.slot.take_out()
    assert window.again(order).step is OrderStep.RELEASED
    reason = ReprintReason.FACE_UNCLEAR
    with pytest.raises(CapabilityMissingError):
        window.service.orders.reprint(Reprint(order, OrderKind.FACE_ONLY, reason), "clerk")
    reason = ReprintReason.CHIP_DATA_DAMAGED
    with pytest.raises(NotSupervisorError):  # the machine could; a supervisor has to agree
        window.service.orders.reprint(Reprint(order, OrderKind.CHIP_ONLY, reason), "clerk")


def test_a_window_whose_machine_can_not_make_its_cards_is_not_ready(window: Window) -> None:
    equipment = dataclasses.replace(
        window.workbench.equipment, faces=window.bench.bench.equipment.faces
    )
    service = ProductionService(window.bench.journal, equipment, window.engine, Notifier())
    view = service.machine.view()
    assert not view.ready
    (problem,) = view.devices[0].problems
    assert (problem.code, problem.title) == ("machine-lacks-capability", "本机做不了这样的卡")
    assert "打印卡面" in problem.cause


def refusal(equipment: Equipment, status: PrinterStatus | None = None) -> dict[str, str]:
    with pytest.raises(CapabilityMissingError) as caught:
        capabilities.require(equipment, status)
    return caught.value.details


def test_an_order_that_needs_a_face_is_refused_before_there_is_an_order(window: Window) -> None:
    equipment = dataclasses.replace(
        window.workbench.equipment, faces=window.bench.bench.equipment.faces
    )
    service = ProductionService(window.bench.journal, equipment, window.engine, Notifier())
    with pytest.raises(CapabilityMissingError) as caught:
        service.orders.create(ID_NUMBER, OrderReason.NEW, "clerk")
    assert caught.value.details == {
        "capability": "print-front",
        "capability_title": phrase("capability.print-front"),
        "model": "普通读卡器（人工放卡）",
    }
    assert window.bench.journal.orders.recent(10) == []


PRINTING = (Capability.PRINT_FRONT, Capability.PRINT_BACK)


def without(window: Window, *lacking: Capability) -> Equipment:
    equipment = window.bench.bench.equipment
    machine = FakeMachine(window.bench.trap)
    can = machine.model.capabilities - set(lacking)
    machine.model = dataclasses.replace(machine.model, capabilities=can)
    return dataclasses.replace(equipment, printer=machine)


def test_each_thing_that_a_template_needs_is_asked_of_the_model(window: Window) -> None:
    capabilities.require(without(window), None)
    assert refusal(without(window, Capability.PRINT_BACK))["capability"] == "print-back"
    assert refusal(without(window, Capability.CONTACT_CHIP))["capability"] == "contact-chip"
    assert refusal(without(window, *PRINTING))["capability"] == "print-front"
    capabilities.require(without(window, *PRINTING), None, OrderKind.CHIP_ONLY)
    for kind in (OrderKind.FULL, OrderKind.FACE_ONLY, OrderKind.TEST):
        with pytest.raises(CapabilityMissingError):
            capabilities.require(without(window, *PRINTING), None, kind)
    front_only = without(window, Capability.PRINT_BACK)
    window.bench.faces.sides = frozenset({"front"})
    capabilities.require(front_only, None)


@pytest.mark.parametrize("absent", [Capability.PRINT_BACK, Capability.CONTACT_CHIP])
def test_an_option_that_this_unit_has_not_got_is_as_good_as_none(
    window: Window, absent: Capability
) -> None:
    status = PrinterStatus(
        PrinterState.IDLE, (), None, 100, b"", not_fitted=frozenset({absent, Capability.MAGNETIC})
    )
    assert refusal(without(window), status)["capability"] == absent.value


def test_every_request_is_a_question() -> None:
    assert set(BY_HAND) == {request.value for request in PersonRequest}


def test_every_capability_that_an_order_can_need_has_a_title() -> None:
    needs: Callable[[str], Capability] = capabilities.SIDES.__getitem__
    assert {needs("front"), needs("back"), Capability.CONTACT_CHIP} == {
        Capability(each) for each in Table("capability")
    }

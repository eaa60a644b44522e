"""Orders that share one machine, and buttons pressed while an outcome is not known."""

from __future__ import annotations

import random
import threading

import pytest

from station.core.changes import AddOrder, SetGoal
from station.core.errors import (
    CardMismatchError,
    OutcomeUnknownError,
    PrinterNotConnectedError,
    ReaderNotConnectedError,
    StationError,
    StepNotAllowedError,
)
from station.core.orders import CardFate, CardPlace, OrderReason, OrderRecord, OrderStep
from station.core.printing import PrinterCounters
from station.core.questions import AnswerKind
from station.production.life import recovery
from station.production.life.steps import data
from station.production.life.workflow import Workflow
from tests.unit.production.doubles import ID_NUMBER, Bench, Killed
from tests.unit.production.in_place import service

S = OrderStep
FIRST, SECOND = "a" * 32, "b" * 32
OTHER_NUMBER = "41070119850615482X"  # invented


def accept(window: Bench, order: str = FIRST, number: str = ID_NUMBER) -> None:
    with window.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(order, machine="m", reason=OrderReason.NEW, id_number=number, previous=None)
        )
        change.apply(SetGoal(order, S.RELEASED))


def one_step(window: Bench, order: str) -> bool:
    record = window.journal.orders.one(order)
    if record.step is S.DATA_READY:
        data.approve(window.bench, record, "clerk")
        return True
    return Workflow(window.bench, random.Random(1)).step_once(record)


def run_to(window: Bench, step: OrderStep, order: str = FIRST) -> OrderRecord:
    for _ in range(12):
        if window.journal.orders.one(order).step is step:
            break
        one_step(window, order)
    assert window.journal.orders.one(order).step is step
    return window.journal.orders.one(order)


def test_a_fed_card_whose_commit_failed_is_no_left_card(window: Bench) -> None:
    accept(window)
    run_to(window, S.APPROVED)
    window.trap.spring("feed", "after", Killed())
    with pytest.raises(Killed):
        one_step(window, FIRST)
    with pytest.raises(StepNotAllowedError):
        service(window).machine.reject_left_card("clerk")
    run_to(window, S.RELEASED)
    assert [card.fate for card in window.journal.cards.all()] == [CardFate.ISSUED]


def test_a_cancelled_order_takes_a_blank_on_its_way_along(window: Bench) -> None:
    accept(window)
    run_to(window, S.APPROVED)
    window.trap.spring("feed", "after", Killed())
    with pytest.raises(Killed):
        one_step(window, FIRST)
    assert service(window).orders.cancel(FIRST, "clerk").step is S.CANCELLED
    assert window.machine.path is None
    assert [card.fate for card in window.journal.cards.all()] == [CardFate.RETURNED]
    assert window.journal.effects.open() == []


def test_an_order_whose_cancelling_got_no_answer_is_never_written(window: Bench) -> None:
    accept(window)
    run_to(window, S.FED)
    window.trap.spring("release", "before", OutcomeUnknownError("no answer"))
    with pytest.raises(StationError):
        service(window).orders.cancel(FIRST, "clerk")
    assert window.journal.orders.one(FIRST).goal is None
    assert service(window).orders.cancel(FIRST, "clerk").step is S.CANCELLED
    assert window.machine.counts["writes"] == 0


def test_a_card_of_another_order_is_not_taken_for_ones_own(window: Bench) -> None:
    accept(window)
    accept(window, SECOND, OTHER_NUMBER)
    run_to(window, S.APPROVED, FIRST)
    window.trap.spring("feed", "before", OutcomeUnknownError("no answer"))
    assert not one_step(window, FIRST)
    run_to(window, S.APPROVED, SECOND)
    assert not one_step(window, SECOND)
    hold = window.journal.orders.one(SECOND).hold
    assert hold is not None
    assert hold.code == "other-card-in-doubt"
    assert window.machine.counts["feeds"] == 0
    service(window).orders.answer(FIRST, AnswerKind.NOT_FED, "clerk")
    run_to(window, S.FED, SECOND)
    window.restart()
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    assert [card.order for card in window.journal.cards.all()] == [SECOND]


def test_a_blank_that_is_gone_is_missed_and_no_other_is_fed_for_it(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(window)
    run_to(window, S.APPROVED)

    def no_reader() -> None:
        raise ReaderNotConnectedError("out")

    with monkeypatch.context() as patch:
        patch.setattr(window.machine, "identify", no_reader)
        assert not one_step(window, FIRST)
    window.machine.path = None  # taken out by hand
    assert not one_step(window, FIRST)
    hold = window.journal.orders.one(FIRST).hold
    assert hold is not None
    assert hold.code == "card-not-in-machine"
    assert window.machine.counts["feeds"] == 1


def test_no_answer_is_taken_about_a_print_that_is_running(window: Bench) -> None:
    accept(window)
    run_to(window, S.REPORTED)
    plain, met = window.trap.at, threading.Event()

    def answer_too_early(call: str, when: str) -> None:
        if (call, when) == ("print", "inside"):
            with pytest.raises(StepNotAllowedError):
                service(window).orders.answer(FIRST, AnswerKind.NOT_PRINTED, "clerk")
            met.set()
        plain(call, when)

    window.trap.at = answer_too_early  # type: ignore[method-assign]
    run_to(window, S.PRINTED)
    assert met.is_set()
    assert window.machine.counts["prints"] == 1


def test_the_next_card_of_a_person_waits_for_the_failure_report(window: Bench) -> None:
    accept(window)
    run_to(window, S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    assert not one_step(window, FIRST)
    accept(window, SECOND)
    assert not one_step(window, SECOND)
    hold = window.journal.orders.one(SECOND).hold
    assert hold is not None
    assert hold.code == "earlier-report-owed"
    one_step(window, FIRST)
    assert [report.outcome for report in window.province.reports] == ["spoiled"]
    assert one_step(window, SECOND)


def test_recovery_misses_a_blank_that_was_fed_and_not_yet_read(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(window)
    run_to(window, S.APPROVED)

    def no_reader() -> None:
        raise ReaderNotConnectedError("out")

    with monkeypatch.context() as patch:
        patch.setattr(window.machine, "identify", no_reader)
        assert not one_step(window, FIRST)
    window.restart()
    window.machine.path = None  # taken while the power was off
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    assert [card.place for card in window.journal.cards.all()] == [CardPlace.UNKNOWN]
    hold = window.journal.orders.one(FIRST).hold
    assert hold is not None
    assert hold.code == "card-not-in-machine"


def test_a_cable_pulled_right_after_the_print_does_not_print_twice(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(window)
    run_to(window, S.REPORTED)
    plain = window.machine.counters

    def counters() -> PrinterCounters:
        if window.machine.counts["prints"]:
            raise PrinterNotConnectedError("out")
        return plain()

    with monkeypatch.context() as patch:
        patch.setattr(window.machine, "counters", counters)
        one_step(window, FIRST)
    run_to(window, S.RELEASED)
    assert window.machine.counts["prints"] == 1


def test_a_blank_that_went_out_is_not_seen_in_the_next_orders_card(window: Bench) -> None:
    accept(window)
    accept(window, SECOND, OTHER_NUMBER)
    run_to(window, S.APPROVED, FIRST)
    run_to(window, S.APPROVED, SECOND)
    window.machine.feeder[0].mute = True
    window.trap.spring("reject", "after", Killed())
    with pytest.raises(Killed):
        one_step(window, FIRST)
    window.restart()
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    assert not one_step(window, SECOND)
    service(window).orders.answer(FIRST, AnswerKind.DISCARDED, "clerk")
    run_to(window, S.FED, SECOND)
    assert [card.fate for card in window.journal.cards.all()] == [
        CardFate.REFUSED,
        CardFate.IN_MACHINE,
    ]


def test_an_answer_ends_its_question_in_the_same_moment_and_under_its_own_name(
    window: Bench,
) -> None:
    accept(window)
    run_to(window, S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("no answer"))
    assert not one_step(window, FIRST)
    before = window.journal.last_seq
    service(window).orders.answer(FIRST, AnswerKind.NOT_PRINTED, "clerk")
    assert window.journal.orders.one(FIRST).hold is None
    events = window.journal.history.after(before)
    assert [(event.kind, event.actor) for event in events] == [
        ("answered", "clerk"),
        ("outcome", "clerk"),
        ("hold-cleared", "clerk"),
    ]
    assert len({event.at for event in events}) == 1

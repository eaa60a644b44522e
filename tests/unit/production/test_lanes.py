"""The lanes on one journal: one works in the middle of the other one's call to the world."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable

import pytest

from station.core.changes import SetGoal
from station.core.errors import (
    DeviceError,
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    RejectionReason,
)
from station.core.life import (
    EVENTS,
    STEPS,
    TRANSITIONS,
    Lane,
    OrderEvent,
    advance,
    lane_event,
)
from station.core.orders import EffectKind, EffectState, OrderKind, OrderStep, WriteBackState
from station.core.recipes import Way
from station.production.life import recovery
from station.production.life.lanes import event_in, waits_for
from station.production.life.policies import WhenOwedTooLong
from station.production.life.steps import spoil
from station.production.life.workflow import Workflow
from station.production.machine.schedule import Schedule
from station.production.people.timers import run_timers
from tests.unit.production.doubles import Bench, Killed
from tests.unit.production.in_place import Walk
from tests.unit.production.test_policies import choose

S, E = OrderStep, OrderEvent
MACHINE, REPORTS, REQUESTS = Lane


class Lanes:
    """Both lanes of one window, on an order that was taken to `encoded`."""

    def __init__(self, window: Bench, **policies: object) -> None:
        choose(window, **policies)
        self.window = window
        self.order = Walk.accept(window)
        self.order.to(S.ENCODED)
        window.bench.apply("clerk", SetGoal(self.order.id, S.RELEASED))
        self.workflow = Workflow(window.bench, random.Random(1))
        self.schedule = Schedule(window.bench, self.workflow.link)

    def step(self, lane: Lane) -> bool:
        """Let a lane take the order one step further, if its schedule gives it the order."""
        head = self.schedule.next_order(lane)
        assert head is not None
        return self.workflow.step_once(self.window.journal.orders.one(head.id), lane)

    def idle(self, lane: Lane) -> bool:
        return self.schedule.next_order(lane) is None

    def at(self) -> OrderStep:
        return self.order.record.step

    def effects(self, kind: EffectKind) -> list[EffectState]:
        effects = self.window.journal.effects.of(self.order.id)
        return [effect.state for effect in effects if effect.kind is kind]


def in_the_middle_of_the_print(lanes: Lanes, do: Callable[[], object]) -> None:
    plain = lanes.window.machine.print_face

    def print_face(*args: object, **named: object) -> None:
        do()
        plain(*args, **named)  # type: ignore[arg-type]

    lanes.window.machine.print_face = print_face  # type: ignore[method-assign]


def in_the_middle_of_the_report(lanes: Lanes, do: Callable[[], object]) -> None:
    plain = lanes.window.province.report

    def report(one: object) -> str:
        lanes.window.province.report = plain  # type: ignore[method-assign]
        do()
        return plain(one)  # type: ignore[arg-type]

    lanes.window.province.report = report  # type: ignore[method-assign, assignment]


# -- the table -------------------------------------------------------------------------------------


def test_every_event_that_runs_by_itself_belongs_to_one_lane() -> None:
    of_people = {E.APPROVED, E.CANCELLED, E.WRITTEN_AT_DESK, E.REWRITTEN_AT_DESK}
    assert {event for event, facts in EVENTS.items() if facts.lane is None} == of_people


@pytest.mark.parametrize("print_first", [False, True])
@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("goal", [None, *OrderStep])
def test_no_step_waits_for_two_lanes_but_where_a_print_does_not_wait_for_its_report(
    kind: OrderKind, goal: OrderStep | None, print_first: bool
) -> None:
    way = Way(kind, print_first=print_first, inactive=goal is S.RELEASED_OWED)
    for step in way.walk():
        following = way.next_event(step)
        every = {lane: lane_event(step, following, lane, goal) for lane in Lane}
        events = {lane: event for lane, event in every.items() if event is not None}
        if len(events) > 1:
            assert (step, print_first) == (S.ENCODED, True)
            assert events == {MACHINE: E.FACE_PRINTED, REPORTS: E.REPORTED}
        elif following is not None and EVENTS[following].lane is not None:
            assert list(events.values()) == [following]


def test_both_orders_of_print_and_report_lead_to_the_same_step() -> None:
    print_first = advance(advance(S.ENCODED, E.FACE_PRINTED), E.REPORTED)
    report_first = advance(advance(S.ENCODED, E.REPORTED), E.FACE_PRINTED)
    assert print_first is report_first is S.PRINTED


def test_whatever_owes_a_report_can_have_it_acknowledged() -> None:
    owing = {step for step, facts in STEPS.items() if facts.owes_report}
    assert all((step, E.REPORTED) in TRANSITIONS for step in owing)


# -- a report while the card is printed ------------------------------------------------------------


def test_a_report_that_is_acknowledged_during_the_print_counts(window: Bench) -> None:
    lanes = Lanes(window, print_first=True)
    in_the_middle_of_the_print(lanes, lambda: lanes.step(REPORTS))
    assert lanes.step(MACHINE)
    assert (lanes.at(), lanes.order.code) == (S.PRINTED, None)
    assert window.machine.counts["prints"] == len(window.province.reports) == 1
    assert lanes.effects(EffectKind.PRINT) == [EffectState.DONE]


def test_a_print_that_ends_before_its_report_is_acknowledged_counts(window: Bench) -> None:
    lanes = Lanes(window, print_first=True)
    in_the_middle_of_the_report(lanes, lambda: lanes.step(MACHINE))
    assert lanes.step(REPORTS)
    assert (lanes.at(), lanes.order.code) == (S.PRINTED, None)
    assert window.machine.counts["prints"] == len(window.province.reports) == 1
    assert lanes.effects(EffectKind.REPORT) == [EffectState.DONE]


def test_the_machine_does_not_release_before_the_report_is_acknowledged(window: Bench) -> None:
    lanes = Lanes(window, print_first=True)

    def print_and_look_for_more() -> None:
        lanes.step(MACHINE)
        assert lanes.at() is S.PRINTED_OWED
        assert lanes.idle(MACHINE)

    in_the_middle_of_the_report(lanes, print_and_look_for_more)
    lanes.step(REPORTS)
    assert lanes.step(MACHINE)
    assert lanes.at() is S.RELEASED


def test_a_report_without_an_answer_stops_no_print_and_is_asked_for_before_it_goes_again(
    window: Bench,
) -> None:
    lanes = Lanes(window, print_first=True)
    window.trap.spring("report", "after", GatewayUnavailableError("no answer"))
    assert not lanes.step(REPORTS)
    assert (lanes.at(), lanes.order.code) == (S.ENCODED, None)
    assert lanes.idle(REPORTS)  # once; then it waits for its turn
    assert lanes.step(MACHINE)
    assert lanes.at() is S.PRINTED_OWED
    assert lanes.step(REPORTS)
    assert lanes.at() is S.PRINTED
    assert window.province.calls["report"] == window.province.calls["find_report"] == 1


def test_a_refusal_of_the_report_that_comes_during_the_print_is_what_the_order_waits_for(
    window: Bench,
) -> None:
    lanes = Lanes(window, print_first=True)
    refused = GatewayRejectedError(RejectionReason.OTHER, province_text="invented")
    window.trap.spring("report", "before", refused)
    in_the_middle_of_the_print(lanes, lambda: lanes.step(REPORTS))
    assert lanes.step(MACHINE)
    assert (lanes.at(), lanes.order.code) == (S.PRINTED_OWED, refused.code)
    hold = lanes.order.record.hold
    assert hold is not None
    assert hold.details["province_text"] == "invented"  # sealed with the order, and kept
    assert lanes.idle(MACHINE)
    assert lanes.idle(REPORTS)


def test_a_print_that_fails_stays_the_reason_when_the_report_is_acknowledged(window: Bench) -> None:
    lanes = Lanes(window, print_first=True)

    def fail() -> None:
        jam = DeviceError("jam", native_code=1, code="media-jam")
        window.trap.spring("print", "before", jam)
        lanes.step(MACHINE)

    in_the_middle_of_the_report(lanes, fail)
    lanes.step(REPORTS)
    assert (lanes.at(), lanes.order.code) == (S.REPORTED, "media-jam")
    assert lanes.idle(MACHINE)


def test_nothing_is_reported_ahead_while_the_link_rests(window: Bench) -> None:
    lanes = Lanes(window, print_first=True)
    for _ in range(3):
        lanes.workflow.link.failed(window.clock.monotonic())
    lanes.workflow.link._rests_until = window.clock.monotonic() + 60
    assert lanes.idle(REPORTS)
    assert not lanes.idle(MACHINE)


def test_a_button_of_one_step_sends_no_report_that_nobody_asked_for(window: Bench) -> None:
    lanes = Lanes(window, print_first=True)
    window.bench.apply("clerk", SetGoal(lanes.order.id, S.PRINTED_OWED))
    assert lanes.idle(REPORTS)
    assert not lanes.idle(MACHINE)


# -- a report while something else becomes of the card ---------------------------------------------


def test_a_card_that_is_spoiled_while_its_report_is_under_way_owes_both_reports(
    window: Bench,
) -> None:
    lanes = Lanes(window)

    def throw_away() -> None:
        record = lanes.order.record
        spoil.spoil_card(window.bench, record, step=spoil.MAKING, reason="damaged")

    in_the_middle_of_the_report(lanes, throw_away)
    assert lanes.step(REPORTS)
    rows = window.journal.outbox.of(lanes.order.id)
    assert [row.state for row in rows] == [WriteBackState.DONE, WriteBackState.OWED]
    assert lanes.at() is S.SPOILED
    assert lanes.step(REPORTS)
    outcomes = [report.outcome for report in window.province.reports]
    assert outcomes == ["issued", "spoiled"]


def test_a_card_that_was_called_spoiled_is_seen_to_before_the_province_is_told_anything(
    window: Bench,
) -> None:
    lanes = Lanes(window)
    window.trap.spring("reject", "before", OutcomeUnknownError("no answer"))
    with pytest.raises(Exception, match="no answer"):
        spoil.spoil_card(window.bench, lanes.order.record, step=spoil.MAKING, reason="damaged")
    assert waits_for(window.bench, lanes.order.record) is MACHINE
    assert lanes.idle(REPORTS)
    assert lanes.step(MACHINE)  # the chip proves that it is inside
    assert lanes.at() is S.SPOILED
    assert window.province.reports == []


def test_a_card_is_not_spoiled_for_a_late_report_while_that_one_is_under_way(
    window: Bench,
) -> None:
    chosen = {"hold_owed": 1e-6, "when_owed_too_long": WhenOwedTooLong.SPOIL}
    lanes = Lanes(window, **chosen)
    window.trap.spring("report", "before", GatewayUnavailableError("no answer"))
    assert not lanes.step(REPORTS)
    in_the_middle_of_the_report(lanes, lambda: run_timers(window.bench))
    lanes.workflow.step_once(lanes.order.record, REPORTS)
    assert lanes.at() is S.REPORTED
    assert window.machine.rejected == []


def test_an_activation_that_is_answered_after_the_card_was_taken_back_is_known(
    window: Bench,
) -> None:
    lanes = Lanes(window)
    lanes.order.to(S.RELEASED)
    window.bench.apply("clerk", SetGoal(lanes.order.id, S.ACTIVATED))
    plain = window.province.activate

    def activate(**asked: str) -> str:
        record = lanes.order.record
        taken_back = spoil.used_up(record, spoil.MAKING, "card-defective", ())
        window.bench.apply("clerk", *taken_back)
        return plain(**asked)

    window.province.activate = activate  # type: ignore[method-assign]
    assert lanes.step(REQUESTS)
    assert lanes.at() is S.SPOILED
    assert lanes.effects(EffectKind.ACTIVATE) == [EffectState.DONE]


# -- two orders ------------------------------------------------------------------------------------


def test_an_hsm_that_gives_no_answer_is_no_reason_to_let_the_link_rest(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.FED)
    workflow = Workflow(window.bench, random.Random(1))
    for _ in range(5):
        window.trap.spring("hsm", "before", GatewayUnavailableError("no answer"))
        workflow.step_once(dataclasses.replace(order.record, hold=None), MACHINE)
    assert workflow.link.wait_left(window.clock.monotonic()) == 0.0


def test_what_was_under_way_at_the_province_is_unknown_after_a_crash(window: Bench) -> None:
    lanes = Lanes(window)
    window.trap.spring("report", "after", Killed())
    with pytest.raises(Killed):
        lanes.step(REPORTS)
    assert lanes.effects(EffectKind.REPORT) == [EffectState.INTENDED]
    lanes.order.restart()
    assert lanes.effects(EffectKind.REPORT) == [EffectState.UNKNOWN]
    assert event_in(window.bench, lanes.order.record, REPORTS) is E.REPORTED
    Workflow(window.bench, random.Random(1)).step_once(lanes.order.record, REPORTS)
    assert lanes.at() is S.REPORTED
    assert window.province.calls["report"] == 1


def test_recovery_settles_both_lanes_when_the_power_went_in_the_middle_of_both(
    window: Bench,
) -> None:
    lanes = Lanes(window, print_first=True)

    def both_cut_off() -> None:
        window.trap.spring("print", "after", Killed())
        with pytest.raises(Killed):
            lanes.step(MACHINE)
        raise Killed

    in_the_middle_of_the_report(lanes, both_cut_off)
    with pytest.raises(Killed):
        lanes.step(REPORTS)
    window.restart()
    choose(window, print_first=True)
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    assert lanes.effects(EffectKind.PRINT) == [EffectState.DONE]
    assert lanes.effects(EffectKind.REPORT) == [EffectState.UNKNOWN]
    assert lanes.at() is S.PRINTED_OWED

"""The wall clock is set while the station works, or between two starts: it decides nothing."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.cards import ChipIdentity
from station.core.changes import AddEvent, BeginEffect, MoveOrder, SetHold
from station.core.evidence import Proof, Proved, SendReport
from station.core.gateways import ReportOutcome
from station.core.identity import check_digit
from station.core.ledger import Counted
from station.core.orders import EffectKind, EffectState, Hold, OrderReason, OrderStep, StockMove
from station.journal import open_journal
from station.journal.age import KEEP_EVERY
from station.production.intake import reception, reprints
from station.production.life.effects import ACTOR, Workbench
from station.production.life.policies import Policies, WhenNotTaken, WhenOwedTooLong
from station.production.life.steps import spoil, which_card
from station.production.life.workflow import Workflow
from station.production.people.timers import run_timers
from station.production.views.exceptions_list import exceptions_list
from tests.torture.clock import Clock
from tests.unit.production.doubles import ID_NUMBER, Bench, GatewayUnavailableError
from tests.unit.production.in_place import Walk, service

DAY = 86_400.0
OTHER = f"41070119900307460{check_digit('41070119900307460')}"  # invented
HOLD_OWED = 600.0
TAKE_WITHIN = 120.0
S = OrderStep


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _ids_downwards(monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever sorted by id would have the newest order last.
    left = itertools.count(10_000, -1)
    for module in (reception, reprints):
        monkeypatch.setattr(module, "new_order_id", lambda: f"{next(left):032x}")


@pytest.fixture
def window(tmp_path: Path, clock: Clock) -> Iterator[Bench]:
    made = Bench(tmp_path, clock)
    yield made
    made.journal.close()


def with_policies(window: Bench, **chosen: object) -> Workbench:
    policies = Policies(
        hold_owed=HOLD_OWED,
        take_within=TAKE_WITHIN,
        **chosen,  # type: ignore[arg-type]
    )
    equipment = dataclasses.replace(window.bench.equipment, policies=policies)
    window.bench = Workbench(window.journal, equipment)
    return window.bench


def accept(window: Bench, number: str) -> str:
    return service(window).orders.create(number, OrderReason.NEW, "clerk").id


# -- which is the newest ---------------------------------------------------------------------------


@pytest.mark.field_case("B1", "G11")
@pytest.mark.parametrize("jump", [-DAY, -365 * DAY, DAY])
def test_the_order_accepted_last_is_the_newest_though_the_clock_was_set(
    window: Bench, clock: Clock, jump: float
) -> None:
    first = accept(window, ID_NUMBER)
    clock.jump(jump)
    second = accept(window, OTHER)
    serves = service(window)
    current = serves.orders.current()
    assert current is not None
    assert current.id == second
    assert [line.id for line in serves.orders.recent()] == [second, first]
    assert [line.id for line in serves.orders.recent(1, before=second)] == [first]
    assert serves.orders.recent(1, before=first) == []
    assert serves.machine.view().current == second
    assert [head.id for head in window.journal.orders.heads()] == [first, second]
    assert [order.id for order in window.journal.orders.open()] == [first, second]
    assert [order.id for order in window.journal.orders.recent(2)] == [second, first]


@pytest.mark.field_case("B1")
def test_a_persons_newest_order_and_the_list_of_exceptions_follow_the_history(
    window: Bench, clock: Clock
) -> None:
    made = []
    for _ in range(5):
        made.append(accept(window, ID_NUMBER))
        clock.jump(-DAY)
        with window.journal.transaction("test") as change:
            change.apply(MoveOrder(made[-1], S.ACCEPTED, S.SPOILED, "card-spoiled"))
    assert [order.id for order in window.journal.orders.heads_of_person(ID_NUMBER)] == made[::-1]
    assert [row[0] for row in exceptions_list(window.journal, "w").rows] == made


# -- which shift -----------------------------------------------------------------------------------


@pytest.mark.field_case("B2")
def test_blanks_loaded_after_the_clock_went_back_are_in_one_shift(
    window: Bench, clock: Clock
) -> None:
    ledger = service(window).ledger
    ledger.move_stock(StockMove.OPENED, 200, "clerk", request="open")
    ledger.close_shift(Counted(200, 0), "clerk", request="shift 1")
    clock.jump(-3600.0)
    ledger.move_stock(StockMove.LOADED, 100, "clerk", request="load")
    second = ledger.close_shift(Counted(100, 100), "clerk", request="shift 2")
    clock.jump(-3600.0)
    third = ledger.close_shift(Counted(100, 100), "clerk", request="shift 3")
    assert second.report["figures"]["loaded"] == 100
    assert second.report["balances"]
    assert third.report["figures"]["loaded"] == 0
    assert third.report["balances"]


@pytest.mark.field_case("B2")
def test_a_card_made_after_the_clock_went_back_is_in_one_shift(window: Bench, clock: Clock) -> None:
    ledger = service(window).ledger
    ledger.move_stock(StockMove.OPENED, 10, "clerk", request="open")
    ledger.move_stock(StockMove.LOADED, 10, "clerk", request="load")
    ledger.close_shift(Counted(0, 10), "clerk", request="shift 1")
    clock.jump(-3600.0)
    Walk.accept(window).to(S.ENCODED)  # fed, and inside at the end of the shift
    second = ledger.close_shift(Counted(0, 9), "clerk", request="shift 2")
    assert (second.report["figures"]["fed"], second.report["figures"]["inside"]) == (1, 1)
    assert second.report["balances"]
    clock.jump(-3600.0)
    order = window.journal.orders.current()
    assert order is not None
    Walk(window, order.id).to(S.RELEASED)
    third = ledger.close_shift(Counted(0, 9), "clerk", request="shift 3")
    assert (third.report["figures"]["fed"], third.report["figures"]["issued"]) == (0, 1)
    assert third.report["balances"]


# -- what is due -----------------------------------------------------------------------------------


def owed_card(window: Bench) -> Walk:
    """Have a written card wait inside for its report."""
    walk = Walk.accept(window)
    walk.to(S.ENCODED)
    window.trap.spring("report", "before", GatewayUnavailableError("no answer"))
    walk.step()
    assert walk.code == "province-unavailable"
    return walk


def step_of(walk: Walk) -> OrderStep:
    return walk.record.step


def card_out(window: Bench) -> int:
    walk = Walk.accept(window)
    walk.to(S.RELEASED)
    card = walk.record.card
    assert card is not None
    return card


@pytest.mark.field_case("B3", "G11")
@pytest.mark.parametrize("jump", [1200.0, DAY, 365 * DAY])
def test_a_clock_set_forward_spoils_no_card(window: Bench, clock: Clock, jump: float) -> None:
    bench = with_policies(window, when_owed_too_long=WhenOwedTooLong.SPOIL)
    walk = owed_card(window)
    clock.jump(jump)
    run_timers(bench)
    assert step_of(walk) is S.ENCODED
    clock.advance(HOLD_OWED + 1.0)
    run_timers(bench)
    assert step_of(walk) is S.SPOILED


@pytest.mark.field_case("B4")
def test_a_clock_set_back_a_month_does_not_keep_a_card_from_being_spoiled(
    window: Bench, clock: Clock
) -> None:
    bench = with_policies(window, when_owed_too_long=WhenOwedTooLong.SPOIL)
    walk = owed_card(window)
    clock.jump(-30 * DAY)
    clock.advance(HOLD_OWED + 1.0)
    run_timers(bench)
    assert step_of(walk) is S.SPOILED


def test_a_card_is_not_spoiled_while_its_report_is_on_its_way(
    window: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = with_policies(window, when_owed_too_long=WhenOwedTooLong.SPOIL)
    walk = owed_card(window)
    order, read = walk.record, which_card.read_card
    (asked,) = bench.journal.effects.open(order.id)
    bench.end(asked.id, EffectState.NOT_DONE, Proved(Proof.PROVINCE_HAS_IT_NOT))
    clock.advance(HOLD_OWED + 1.0)

    def the_report_leaves(workbench: Workbench) -> ChipIdentity | None:
        with bench.journal.transaction(ACTOR) as change:
            change.apply(BeginEffect(order.id, SendReport(ReportOutcome.ISSUED, 2), order.step))
        return read(workbench)

    monkeypatch.setattr(spoil, "read_card", the_report_leaves)
    run_timers(bench)
    assert step_of(walk) is S.ENCODED
    (sent,) = bench.journal.effects.open(order.id)
    assert sent.kind is EffectKind.REPORT
    bench.end(sent.id, EffectState.NOT_DONE, Proved(Proof.PROVINCE_HAS_IT_NOT))
    monkeypatch.setattr(spoil, "read_card", read)
    run_timers(bench)
    assert step_of(walk) is S.SPOILED


@pytest.mark.field_case("B3")
def test_a_clock_set_forward_leaves_a_card_at_the_outlet(window: Bench, clock: Clock) -> None:
    with_policies(window, when_not_taken=WhenNotTaken.RETRACT)
    card = card_out(window)
    clock.jump(DAY)
    assert question_of(window) is None
    clock.advance(TAKE_WITHIN + 1.0)
    assert question_of(window) == "card-not-taken"
    assert window.journal.cards.one(card)


@pytest.mark.field_case("B4")
def test_a_card_that_nobody_took_is_asked_about_though_the_clock_went_back(
    window: Bench, clock: Clock
) -> None:
    with_policies(window)
    card_out(window)
    clock.jump(-30 * DAY)
    clock.advance(TAKE_WITHIN + 1.0)
    assert question_of(window) == "card-not-taken"


def question_of(window: Bench) -> str | None:
    view = service(window).orders.current()
    assert view is not None
    return view.question.kind.value if view.question else None


@pytest.mark.field_case("B4")
@pytest.mark.parametrize("jump", [-30 * DAY, DAY])
def test_a_report_is_tried_again_when_its_wait_has_passed_and_not_before(
    window: Bench, clock: Clock, jump: float
) -> None:
    walk = owed_card(window)
    clock.jump(jump)
    hold = walk.record.hold
    assert hold is not None
    assert hold.due_age is not None
    assert hold.due_age > window.journal.age()
    view = service(window).orders.one(walk.id)
    assert view.problem is not None
    assert view.problem.retry_at is not None
    left = (view.problem.retry_at - clock.now()).total_seconds()
    assert abs(left) < 1.0  # as the wall clock stands now, not as it stood
    clock.advance(1.0)
    assert hold.due_age < window.journal.age()


@pytest.mark.field_case("B4")
def test_a_link_rests_for_its_time_whatever_the_wall_clock_says(
    window: Bench, clock: Clock
) -> None:
    link = Workflow(window.bench, random.Random(1)).link
    for _ in range(3):
        link.failed(clock.monotonic())
    clock.jump(-30 * DAY)
    assert 0 < link.wait_left(clock.monotonic()) < 1.0
    clock.advance(1.0)
    assert link.wait_left(clock.monotonic()) == 0


# -- across restarts -------------------------------------------------------------------------------


@pytest.mark.field_case("B3", "B4")
@pytest.mark.parametrize("jump", [-30 * DAY, 0.0, 30 * DAY])
def test_a_restart_of_the_daemon_loses_no_second(window: Bench, clock: Clock, jump: float) -> None:
    owed_card(window)
    before = window.journal.age()
    window.journal.close()
    clock.jump(jump)
    clock.advance(HOLD_OWED)
    window.restart()
    assert window.journal.age() == pytest.approx(before + HOLD_OWED, abs=0.1)


@pytest.mark.field_case("B3", "B4")
@pytest.mark.parametrize("jump", [-30 * DAY, 0.0, 30 * DAY])
def test_after_a_reboot_what_was_stored_counts_and_the_time_off_does_not(
    window: Bench, clock: Clock, jump: float
) -> None:
    bench = with_policies(window, when_owed_too_long=WhenOwedTooLong.SPOIL)
    walk = owed_card(window)
    clock.advance(HOLD_OWED - KEEP_EVERY)
    run_timers(bench)  # stores the age: a card waits
    clock.reboot(off_for=DAY)
    clock.jump(jump)
    window.restart()
    bench = with_policies(window, when_owed_too_long=WhenOwedTooLong.SPOIL)
    run_timers(bench)
    assert step_of(walk) is S.ENCODED
    clock.advance(KEEP_EVERY + 2.0)
    run_timers(bench)
    assert step_of(walk) is S.SPOILED


def test_the_age_is_stored_now_and_then_while_something_waits_and_not_otherwise(
    window: Bench, clock: Clock
) -> None:
    def stored() -> float:
        with window.journal._engine.connect() as connection:
            return float(connection.exec_driver_sql("SELECT seconds FROM age").scalar_one())

    run_timers(window.bench)
    assert stored() == 0.0
    owed_card(window)
    was = stored()
    clock.advance(KEEP_EVERY / 2)
    run_timers(window.bench)
    assert stored() == was
    clock.advance(KEEP_EVERY)
    run_timers(window.bench)
    assert stored() == pytest.approx(was + 1.5 * KEEP_EVERY, abs=0.1)


def test_a_second_program_on_the_journal_never_makes_it_younger(
    window: Bench, clock: Clock, tmp_path: Path
) -> None:
    other_clock = Clock()
    other_clock.boot = "a PC that names every process anew"
    other = open_journal(
        f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key", clock=other_clock
    )
    clock.advance(1000.0)
    accept(window, ID_NUMBER)
    with other.transaction("other") as change:
        change.apply(AddEvent("", "test", {}))
    other.close()
    window.restart()
    assert window.journal.age() >= 1000.0


def test_a_hold_of_an_earlier_version_is_due(window: Bench) -> None:
    order = accept(window, ID_NUMBER)
    with window.journal.transaction("test") as change:
        change.apply(SetHold(order, Hold("province-unavailable", retry_at=window.clock.now())))
    hold = window.journal.orders.one(order).hold
    assert hold is not None
    assert hold.due_age is None

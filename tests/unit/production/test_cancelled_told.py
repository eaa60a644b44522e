"""撤销 gives mark and batch lock back to the province; owed like a report when it is silent."""

from __future__ import annotations

import random

import pytest

from station.core.cards import ChipData
from station.core.changes import AddOrder, SetGoal, SetHold, StoreData
from station.core.errors import GatewayUnavailableError, NameNotEncodableError, RejectionReason
from station.core.gateways import ProductionData
from station.core.orders import OrderReason, OrderStep, WriteBackState
from station.production.life.policies import Policies
from station.production.life.steps import data, release
from station.production.life.workflow import Workflow
from tests.rigs.withdrawals import ProvinceWithMarks
from tests.unit.production.doubles import ID_NUMBER, Bench, Killed, production_data

S = OrderStep
FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def province(window: Bench) -> ProvinceWithMarks:
    made = window.province = ProvinceWithMarks(window.trap)
    window.bench = window._wire()
    return made


def accept(window: Bench, order: str = FIRST, goal: OrderStep = S.DATA_READY) -> None:
    added = AddOrder(order, "m", OrderReason.REPLACEMENT, ID_NUMBER, previous=None)
    with window.journal.transaction("clerk") as change:
        change.apply(added, SetGoal(order, goal))


def step(window: Bench, order: str = FIRST) -> None:
    if window.journal.orders.one(order).hold is not None:
        with window.journal.transaction("clerk") as change:
            change.apply(SetHold(order, None))
    Workflow(window.bench, random.Random(1)).step_once(window.journal.orders.one(order))


def fetched_and_cancelled(window: Bench) -> None:
    accept(window)
    step(window)
    cancel(window)


def cancel(window: Bench) -> None:
    record = window.journal.orders.one(FIRST)
    if not release.cancel_in_journal(window.bench, record, "clerk"):
        release.cancel(window.bench, record, "clerk")


def owed(window: Bench) -> list[tuple[str, WriteBackState]]:
    return [(row.outcome, row.state) for row in window.journal.outbox.rows()]


def test_a_cancelled_order_gives_its_mark_back(window: Bench, province: ProvinceWithMarks) -> None:
    fetched_and_cancelled(window)
    assert owed(window) == [("cancelled", WriteBackState.OWED)]
    assert [head.id for head in window.journal.orders.heads()] == [FIRST]  # it is run once more
    step(window)
    assert province.withdrawals == ["B1"]
    assert owed(window) == [("cancelled", WriteBackState.DONE)]
    assert window.journal.orders.heads() == []


def test_a_blank_that_was_fed_is_given_back_with_the_mark(
    window: Bench, province: ProvinceWithMarks
) -> None:
    accept(window, goal=S.FED)
    step(window)
    data.approve(window.bench, window.journal.orders.one(FIRST), "clerk")
    step(window)
    assert window.journal.orders.one(FIRST).step is S.FED
    cancel(window)
    step(window)
    assert province.withdrawals == ["B1"]
    assert len(window.machine.out) == 1


def test_data_of_which_no_card_can_be_made_is_given_back_too(
    window: Bench, province: ProvinceWithMarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(data: ChipData) -> None:
        raise NameNotEncodableError("no such character")

    accept(window)
    monkeypatch.setattr(window.bench.equipment.encoder, "check_data", refuse)
    step(window)
    record = window.journal.orders.one(FIRST)
    assert record.step is S.ACCEPTED
    assert record.hold is not None
    assert record.hold.code == NameNotEncodableError.code
    assert record.face_sha256 == ""
    cancel(window)
    step(window)
    assert province.withdrawals == ["B1"]
    assert owed(window) == [("cancelled", WriteBackState.DONE)]


@pytest.mark.parametrize("known", [False, True])
def test_an_order_cancelled_while_its_data_is_given_out_gives_the_mark_back_once(
    window: Bench, province: ProvinceWithMarks, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    accept(window)
    if known:  # it was fetched before, and no card could be made of it
        with window.journal.transaction("station") as change:
            change.apply(StoreData(FIRST, production_data(ID_NUMBER), None))
    fetch = province.fetch_production_data

    def leaves_meanwhile(id_number: str, *, name: str = "") -> ProductionData:
        data = fetch(id_number, name=name)
        cancel(window)
        return data

    monkeypatch.setattr(province, "fetch_production_data", leaves_meanwhile)
    record = window.journal.orders.one(FIRST)
    assert Workflow(window.bench, random.Random(1)).step_once(record)
    assert window.journal.orders.one(FIRST).step is S.CANCELLED
    assert owed(window) == [("cancelled", WriteBackState.OWED)]
    step(window)
    assert province.withdrawals == ["B1"]
    assert window.journal.orders.heads() == []


def test_an_order_without_data_has_nothing_to_give_back(
    window: Bench, province: ProvinceWithMarks
) -> None:
    accept(window)
    cancel(window)
    assert owed(window) == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_silent_province_is_asked_before_it_is_told_again(
    window: Bench, province: ProvinceWithMarks, when: str
) -> None:
    fetched_and_cancelled(window)
    window.trap.spring("withdraw", when, GatewayUnavailableError("no answer"))
    step(window)
    assert owed(window) == [("cancelled", WriteBackState.OWED)]
    hold = window.journal.orders.one(FIRST).hold
    assert hold is not None
    assert hold.retry_at is not None
    for _ in range(2):
        step(window)
    assert province.withdrawals == ["B1"]
    assert owed(window) == [("cancelled", WriteBackState.DONE)]
    assert window.journal.orders.one(FIRST).hold is None


def test_a_power_cut_in_the_middle_tells_it_once(
    window: Bench, province: ProvinceWithMarks
) -> None:
    fetched_and_cancelled(window)
    window.trap.spring("withdraw", "after", Killed())
    with pytest.raises(Killed):
        step(window)
    window.restart()
    for _ in range(2):
        step(window)
    assert province.withdrawals == ["B1"]
    assert owed(window) == [("cancelled", WriteBackState.DONE)]


def test_the_next_order_of_the_person_waits_until_the_mark_is_given_back(
    window: Bench, province: ProvinceWithMarks
) -> None:
    fetched_and_cancelled(window)
    accept(window, SECOND)
    step(window, SECOND)
    hold = window.journal.orders.one(SECOND).hold
    assert hold is not None
    assert hold.code == "earlier-report-owed"
    step(window)
    step(window, SECOND)
    hold = window.journal.orders.one(SECOND).hold
    assert hold is not None
    assert hold.code == "not-marked-for-instant-issue"  # the clerk marks it anew
    province.unmarked.clear()
    step(window, SECOND)
    assert window.journal.orders.one(SECOND).step is S.DATA_READY
    assert province.withdrawals == ["B1"]


def test_a_refusal_is_noted_and_blocks_nobody(window: Bench, province: ProvinceWithMarks) -> None:
    fetched_and_cancelled(window)
    province.refusal = RejectionReason.OTHER
    step(window)
    assert owed(window) == [("cancelled", WriteBackState.WITHDRAWN)]
    accept(window, SECOND)
    step(window, SECOND)
    assert window.journal.orders.one(SECOND).step is S.DATA_READY


def test_a_site_that_does_not_want_it_and_a_dialect_without_it_owe_nothing(
    window: Bench, province: ProvinceWithMarks
) -> None:
    assert window.bench.equipment.policies.tell_cancelled
    object.__setattr__(window.bench.equipment, "policies", Policies(tell_cancelled=False))
    fetched_and_cancelled(window)
    assert owed(window) == []
    window.province = type(window.province).__mro__[1](window.trap)  # a province without marks
    assert not window._wire().equipment.policies.tell_cancelled

"""An order that came from a backup feeds nothing before the province has confirmed its data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from station.core.changes import AddEvent
from station.core.errors import GatewayRejectedError, GatewayUnavailableError, RejectionReason
from station.core.errors.base import StationError
from station.core.orders import OrderStep
from station.production.life.steps.data import RESTORED
from tests.unit.production.doubles import Bench, production_data
from tests.unit.production.in_place import Walk

S = OrderStep


@pytest.fixture
def asked(window: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    numbers: list[str] = []
    fetch = window.province.fetch_production_data

    def noting(number: str, *, name: str = "") -> object:
        numbers.append(number)
        return fetch(number, name=name)

    monkeypatch.setattr(window.province, "fetch_production_data", noting)
    return numbers


def restored(window: Bench) -> Walk:
    order = Walk.accept(window)
    order.to(S.APPROVED)
    window.bench.apply("station restore", AddEvent(order.id, RESTORED, {}))
    return order


def test_the_province_is_asked_once_more_and_then_a_blank_is_fed(
    window: Bench, asked: list[str]
) -> None:
    order = restored(window)
    assert len(asked) == 1
    order.to(S.RELEASED)
    assert len(asked) == 2
    assert window.machine.counts == {"feeds": 1, "writes": 1, "prints": 1, "releases": 1}


def test_an_order_of_this_journal_is_not_asked_about_again(window: Bench, asked: list[str]) -> None:
    order = Walk.accept(window)
    order.to(S.FED)
    assert len(asked) == 1


@pytest.mark.parametrize(
    "answer",
    [GatewayRejectedError(RejectionReason.PERSON_UNKNOWN), GatewayUnavailableError("silent")],
    ids=["made since", "no answer"],
)
def test_nothing_is_fed_when_the_province_does_not_confirm(
    window: Bench, answer: StationError
) -> None:
    order = restored(window)
    window.province.data_error = answer
    order.step()
    assert window.machine.counts["feeds"] == 0
    hold = window.journal.orders.head(order.id).hold
    assert hold is not None
    assert hold.code == answer.code
    window.province.data_error = None
    order.to(S.FED)
    assert window.machine.counts["feeds"] == 1


def test_nothing_is_fed_when_the_province_has_other_data_now(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = restored(window)
    other = replace(production_data("x"), AAE008="95588")
    monkeypatch.setattr(window.province, "fetch_production_data", lambda *_, **__: other)
    order.step()
    hold = window.journal.orders.head(order.id).hold
    assert hold is not None
    assert hold.code == RESTORED
    assert window.machine.counts["feeds"] == 0

"""补卡, 换卡, first cards: the order first, then the steps at the province, each safe to repeat."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.applications import ApplicationType, CardApplication, ExchangeReason
from station.core.card_states import CardState
from station.core.errors import (
    GatewayUnavailableError,
    InputError,
    OldCardNeededError,
    OrderConflictError,
    ServiceNotThereError,
    ServiceOffError,
)
from station.core.orders import OrderReason
from station.production.life.policies import Policies, WindowService
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.applications import ApplicationWish
from station.production.services.persons import PersonSearch
from station.production.services.service import ProductionService
from tests.rigs.card_states import ProvinceWithStates
from tests.unit.production.doubles import ID_NUMBER, Bench, FakeProvince, Trap

T = ApplicationType
R = ExchangeReason
PERSON = PersonSearch(id_number=ID_NUMBER)


class ProvinceWithApplications(ProvinceWithStates):
    """Takes applications; what was done before is acknowledged again."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.done: list[tuple[str, object]] = []

    def apply(self, application: CardApplication) -> str:
        return self._once("apply", application)

    def register_fee(self, AAC002: str) -> str:
        return self._once("fee", AAC002)

    def mark(self, AAC002: str, AAC003: str) -> str:
        return self._once("mark", (AAC002, AAC003))

    def _once(self, call: str, what: object) -> str:
        self.trap.at(call, "before")
        if (call, what) not in self.done:
            self.done.append((call, what))
        self.trap.at(call, "after")
        return "OK"

    @property
    def steps(self) -> list[str]:
        return [call for call, _ in self.done]


class Window:
    """A window whose province takes applications."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.province = ProvinceWithApplications(self.bench.trap)
        self.province.states[ID_NUMBER] = CardState.NORMAL
        self.bench.province = self.province
        self.start()

    def start(self, **policies: object) -> None:
        equipment = dataclasses.replace(
            self.bench._wire().equipment,
            policies=Policies(**policies),  # type: ignore[arg-type]
        )
        bench = dataclasses.replace(self.bench.bench, equipment=equipment)
        bell = Notifier()
        engine = Engine(bench, bell, random.Random(1))
        self.service = ProductionService(self.bench.journal, equipment, engine, bell)

    def apply(self, kind: T, reason: R | None = None, **more: object) -> str:
        wish = ApplicationWish(PERSON, kind, reason, **more)  # type: ignore[arg-type]
        return self.service.applications.apply(wish, "clerk")

    def events(self, order: str) -> list[tuple[str, dict[str, str]]]:
        found = self.bench.journal.history.after(0, 99, order)
        return [(one.kind, dict(one.data)) for one in found]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    made = Window(tmp_path)
    yield made
    made.bench.journal.close()


def test_a_lost_card_is_replaced(window: Window) -> None:
    order = window.apply(T.LOST, R.STOLEN, AAE008="95588", fee_paid=True)
    record = window.bench.journal.orders.one(order)
    assert (record.id_number, record.reason) == (ID_NUMBER, OrderReason.REPLACEMENT)
    assert window.province.done == [
        ("apply", CardApplication(ID_NUMBER, T.LOST, R.STOLEN, "95588")),
        ("fee", ID_NUMBER),
        ("mark", (ID_NUMBER, "张三")),
    ]
    assert window.events(order)[1:] == [
        ("application", {"step": "applied", "type": "lost"}),
        ("application", {"step": "fee-registered"}),
        ("application", {"step": "marked"}),
    ]


def test_a_card_is_exchanged_for_the_old_one(window: Window) -> None:
    for kind, reason in ((T.EXCHANGE, R.DAMAGED), (T.WARRANTY, R.QUALITY)):
        with pytest.raises(OldCardNeededError):
            window.apply(kind, reason)
    assert window.province.done == []
    order = window.apply(T.WARRANTY, R.QUALITY, old_card_collected=True, fee_paid=True)
    assert window.province.steps == ["apply", "mark"]  # a defective card costs nothing
    assert ("old-card-collected", {}) in window.events(order)


def test_a_first_card_needs_a_name(window: Window) -> None:
    order = window.apply(T.FIRST, name="张三")
    assert window.bench.journal.orders.one(order).reason is OrderReason.NEW
    assert window.province.done[-1] == ("mark", (ID_NUMBER, "张三"))


@pytest.mark.parametrize(
    ("kind", "reason"), [(T.LOST, None), (T.LOST, R.DAMAGED), (T.FIRST, R.LOST)]
)
def test_a_reason_of_another_type_is_refused(window: Window, kind: T, reason: R | None) -> None:
    with pytest.raises(InputError):
        window.apply(kind, reason)
    assert window.province.done == []
    assert window.bench.journal.orders.recent(9) == []


@pytest.mark.parametrize("call", ["apply", "fee", "mark"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    window: Window, call: str, when: str
) -> None:
    window.bench.trap.spring(call, when, GatewayUnavailableError("lost"))
    with pytest.raises(GatewayUnavailableError):
        window.apply(T.LOST, R.LOST, fee_paid=True, key="k")
    order = window.apply(T.LOST, R.LOST, fee_paid=True, key="k")
    assert window.province.steps == ["apply", "fee", "mark"]
    assert len(window.bench.journal.orders.recent(9)) == 1
    assert len(window.events(order)) == 4
    with pytest.raises(OrderConflictError):
        window.apply(T.LOST, R.LOST, key="another")


def test_a_township_window_makes_no_replacements(window: Window) -> None:
    window.start(services_off={WindowService.REPLACEMENT})
    with pytest.raises(ServiceOffError):
        window.apply(T.LOST, R.LOST)
    window.apply(T.FIRST, name="张三")


def test_a_dialect_without_applications_says_so(window: Window) -> None:
    window.bench.province = FakeProvince(window.bench.trap)
    window.start()
    with pytest.raises(ServiceNotThereError):
        window.apply(T.LOST, R.LOST)

"""What is slow, a card, the province, another program, is in nobody else's way."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from station.core.cards import AuthenticationRequest
from station.core.changes import AddOrder, MoveOrder, SetGoal, StoreData
from station.core.errors import JournalBusyError, MachineAtWorkError, StepNotAllowedError
from station.core.gateways import IssuanceReport, ProductionData
from station.core.identity import check_digit
from station.core.orders import EffectKind, OrderReason, OrderStep
from station.core.printing import CardPosition
from station.journal import Transaction, store
from station.production.machine.engine import Engine
from station.production.machine.looks import Running
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.words import where
from tests.unit.production.doubles import ID_NUMBER, Bench, production_data

S = OrderStep
OTHER = f"41070119900307460{check_digit('41070119900307460')}"  # invented
LONG_ENOUGH = 20.0  #: seconds; only a failure takes them
AT_ONCE = 2.0  #: seconds: less than `BUTTON_PATIENCE`, more than a loaded machine needs


class Gate:
    """Stops a thread that passes, until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def wait(self) -> None:
        self.reached.set()
        assert self.opened.wait(LONG_ENOUGH)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.opened.set()


@pytest.fixture
def serves(window: Bench) -> Iterator[ProductionService]:
    notifier = Notifier()
    window.journal.on_change(notifier.ring)
    engine = Engine(window.bench, notifier, random.Random(1))
    made = ProductionService(window.journal, window.bench.equipment, engine, notifier)
    made.start()
    yield made
    made.stop()


def until(true: Callable[[], bool]) -> None:
    deadline, never = time.monotonic() + LONG_ENOUGH, threading.Event()
    while not true():
        assert time.monotonic() < deadline
        never.wait(0.02)


def made_up_to(serves: ProductionService, step: OrderStep, number: str = ID_NUMBER) -> str:
    order = serves.orders.create(number, OrderReason.NEW, "clerk").id
    serves.orders.press(order, S.DATA_READY, "clerk")
    assert serves.orders.wait_for(order, S.DATA_READY, LONG_ENOUGH).step is S.DATA_READY
    if step is not S.DATA_READY:
        serves.orders.press(order, S.APPROVED, "clerk")
    if step not in (S.DATA_READY, S.APPROVED):
        serves.orders.press(order, S.FED, "clerk")
        assert serves.orders.wait_for(order, S.FED, LONG_ENOUGH).step is S.FED
    return order


def slow_data(window: Bench, gate: Gate, number: str) -> None:
    plain = window.province.fetch_production_data

    def fetch(id_number: str, *, name: str = "") -> ProductionData:
        if id_number == number:
            gate.wait()
        return plain(id_number, name=name)

    window.province.fetch_production_data = fetch  # type: ignore[method-assign]


def slow_print(window: Bench, gate: Gate) -> None:
    plain = window.machine.print_face

    def print_face(*args: object, **named: object) -> None:
        gate.wait()
        plain(*args, **named)  # type: ignore[arg-type]

    window.machine.print_face = print_face  # type: ignore[method-assign]


def slow_hsm(window: Bench, gate: Gate) -> None:
    plain = window.province.authenticate

    def authenticate(request: AuthenticationRequest) -> bytes:
        gate.wait()
        return plain(request)

    window.province.authenticate = authenticate  # type: ignore[method-assign]


def slow_report(window: Bench, gate: Gate) -> None:
    plain = window.province.report

    def send(report: IssuanceReport) -> str:
        gate.wait()
        return plain(report)

    window.province.report = send  # type: ignore[method-assign]


# -- cancelling ------------------------------------------------------------------------------------


@pytest.mark.field_case("G4")
@pytest.mark.parametrize("slow", [slow_print, slow_report])
@pytest.mark.parametrize("at", [S.ACCEPTED, S.DATA_READY, S.APPROVED])
def test_another_persons_order_is_cancelled_at_once_while_a_card_is_made(
    window: Bench,
    serves: ProductionService,
    gate: Gate,
    slow: Callable[[Bench, Gate], None],
    at: OrderStep,
) -> None:
    if at is S.ACCEPTED:
        other = serves.orders.create(OTHER, OrderReason.NEW, "clerk").id
    else:
        other = made_up_to(serves, at, OTHER)
    slow(window, gate)
    order = made_up_to(serves, S.APPROVED)
    serves.orders.press(order, S.FED, "clerk")
    serves.orders.wait_for(order, S.FED, LONG_ENOUGH)
    serves.orders.run(order, "clerk")
    assert gate.reached.wait(LONG_ENOUGH)
    began = time.monotonic()
    assert serves.orders.cancel(other, "clerk").step is S.CANCELLED
    assert time.monotonic() - began < AT_ONCE
    gate.opened.set()
    assert serves.orders.wait_for(order, S.RELEASED, LONG_ENOUGH).step is S.RELEASED


@pytest.mark.field_case("G4")
def test_an_order_is_cancelled_at_once_while_its_own_data_is_on_the_way(
    window: Bench, serves: ProductionService, gate: Gate
) -> None:
    slow_data(window, gate, ID_NUMBER)
    order = serves.orders.create(ID_NUMBER, OrderReason.NEW, "clerk").id
    serves.orders.press(order, S.DATA_READY, "clerk")
    assert gate.reached.wait(LONG_ENOUGH)
    began = time.monotonic()
    view = serves.orders.cancel(order, "clerk")
    assert time.monotonic() - began < AT_ONCE
    assert (view.step, view.running, view.problem) == (S.CANCELLED, None, None)
    gate.opened.set()
    until(lambda: serves._engine.running(order) is None)
    record = window.journal.orders.one(order)
    assert (record.step, record.data, record.hold) == (S.CANCELLED, None, None)


@pytest.mark.field_case("G4")
def test_a_card_in_the_middle_of_a_step_is_not_cancelled_and_the_reason_is_told(
    window: Bench, serves: ProductionService, gate: Gate
) -> None:
    slow_hsm(window, gate)
    order = made_up_to(serves, S.FED)
    serves.orders.run(order, "clerk")
    assert gate.reached.wait(LONG_ENOUGH)
    with pytest.raises(MachineAtWorkError) as refused:
        serves.orders.cancel(order, "clerk", timeout=0.1)
    assert refused.value.details == {"step_title": "写卡"}
    gate.opened.set()
    assert serves.orders.wait_for(order, S.RELEASED, LONG_ENOUGH).step is S.RELEASED


@pytest.mark.field_case("G4")
def test_a_card_whose_report_is_on_its_way_is_refused_at_once_as_too_late_to_cancel(
    window: Bench, serves: ProductionService, gate: Gate
) -> None:
    slow_report(window, gate)
    order = made_up_to(serves, S.FED)
    serves.orders.run(order, "clerk")
    assert gate.reached.wait(LONG_ENOUGH)
    began = time.monotonic()
    with pytest.raises(StepNotAllowedError) as refused:
        serves.orders.cancel(order, "clerk")
    assert refused.value.details == {"step": S.ENCODED.value}
    assert time.monotonic() - began < AT_ONCE
    gate.opened.set()
    assert serves.orders.wait_for(order, S.RELEASED, LONG_ENOUGH).step is S.RELEASED


@pytest.mark.field_case("G4")
def test_an_order_that_is_cancelled_as_its_blank_is_about_to_be_fed_feeds_none(
    window: Bench, serves: ProductionService
) -> None:
    order = made_up_to(serves, S.APPROVED)
    plain = window.machine.status
    begin = window.journal.transaction

    @contextlib.contextmanager
    def transaction(actor: str) -> Iterator[Transaction]:
        if threading.current_thread().name == "machine":  # it has decided to feed
            window.journal.transaction = begin  # type: ignore[method-assign]
            serves.orders.cancel(order, "clerk")
        with begin(actor) as change:
            yield change

    window.journal.transaction = transaction  # type: ignore[method-assign]
    with contextlib.suppress(Exception):
        with begin("clerk") as change:
            change.apply(SetGoal(order, S.FED))
        serves._engine.wake()
    until(lambda: window.journal.orders.one(order).step is S.CANCELLED)
    until(lambda: serves._engine.running(order) is None)
    assert plain().card is None
    assert window.machine.counts["feeds"] == 0
    assert window.journal.effects.of(order) == []


# -- a card in the machine and the next person's data ----------------------------------------------


@pytest.mark.field_case("G4")
def test_a_fed_card_is_written_while_the_next_persons_data_is_fetched(
    window: Bench, serves: ProductionService, gate: Gate
) -> None:
    order = made_up_to(serves, S.FED)
    slow_data(window, gate, OTHER)
    other = serves.orders.create(OTHER, OrderReason.NEW, "clerk").id
    serves.orders.press(other, S.DATA_READY, "clerk")
    assert gate.reached.wait(LONG_ENOUGH)
    serves.orders.run(order, "clerk")
    assert serves.orders.wait_for(order, S.RELEASED, LONG_ENOUGH).step is S.RELEASED
    assert serves.orders.one(other).running is S.DATA_READY
    gate.opened.set()
    assert serves.orders.wait_for(other, S.DATA_READY, LONG_ENOUGH).step is S.DATA_READY


@pytest.mark.field_case("G4")
def test_what_people_ask_of_the_machine_is_done_at_once_while_a_report_is_on_its_way(
    window: Bench, serves: ProductionService, gate: Gate
) -> None:
    slow_report(window, gate)
    order = made_up_to(serves, S.FED)
    serves.orders.run(order, "clerk")
    assert gate.reached.wait(LONG_ENOUGH)
    other = made_up_to(serves, S.APPROVED, OTHER)
    began, engine = time.monotonic(), serves._engine
    assert engine.call_and_wait(lambda *_: None, LONG_ENOUGH) is None
    assert engine.look_now(LONG_ENOUGH) is not None
    assert serves.orders.one(other).step is S.APPROVED
    assert time.monotonic() - began < AT_ONCE
    assert (engine.at_work(), engine.running(order)) == (None, S.REPORTED)
    gate.opened.set()
    assert serves.orders.wait_for(order, S.RELEASED, LONG_ENOUGH).step is S.RELEASED


@pytest.mark.field_case("G4")
def test_a_card_does_not_wait_for_the_activation_of_the_one_before_it(
    window: Bench, serves: ProductionService, gate: Gate
) -> None:
    first = made_up_to(serves, S.APPROVED)
    serves.orders.run(first, "clerk")
    assert serves.orders.wait_for(first, S.RELEASED, LONG_ENOUGH).step is S.RELEASED
    plain = window.province.activate

    def activate(**asked: str) -> str:
        gate.wait()
        return plain(**asked)

    window.province.activate = activate  # type: ignore[method-assign]
    serves.orders.press(first, S.ACTIVATED, "clerk")
    assert gate.reached.wait(LONG_ENOUGH)
    with window.journal.transaction("clerk") as change:
        added = AddOrder("b" * 32, "m", OrderReason.NEW, OTHER, previous=None)
        data = production_data(OTHER)
        change.apply(added, StoreData("b" * 32, data, ""), SetGoal("b" * 32, S.RELEASED))
        change.apply(MoveOrder("b" * 32, S.ACCEPTED, S.APPROVED, "approved"))
    serves._engine.wake()
    until(lambda: window.journal.orders.one("b" * 32).step is S.REPORTED)
    gate.opened.set()
    assert serves.orders.wait_for(first, S.ACTIVATED, LONG_ENOUGH).step is S.ACTIVATED


# -- another program holds the journal -------------------------------------------------------------


@pytest.fixture
def impatient(window: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the station give up a lock after a moment: a test need not take half a minute."""
    monkeypatch.setattr(store, "LOCK_PATIENCE", 0.05)
    window.restart()  # the connections take the new patience


@contextlib.contextmanager
def journal_held(window: Bench) -> Iterator[None]:
    """Hold the journal's write lock, as a backup tool does."""
    other = sqlite3.connect(window.folder / "journal.db", check_same_thread=False)
    other.isolation_level = None
    other.execute("PRAGMA busy_timeout=10000")
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.field_case("G3")
@pytest.mark.usefixtures("impatient")
def test_a_fed_blank_is_in_the_ledger_as_soon_as_the_journal_is_free(window: Bench) -> None:
    with running(window) as serves:
        order = made_up_to(serves, S.APPROVED)
        plain, held = window.machine.bring_card_to_chip_station, contextlib.ExitStack()

        def bring() -> None:
            plain()
            window.machine.bring_card_to_chip_station = plain  # type: ignore[method-assign]
            held.enter_context(journal_held(window))  # just as the blank is fed

        window.machine.bring_card_to_chip_station = bring  # type: ignore[method-assign]
        serves.orders.press(order, S.FED, "clerk")
        until(lambda: bool(window.bench.unwritten))
        view = serves.orders.one(order)
        assert view.problem is not None
        assert (view.problem.code, view.problem.effect) == ("journal-busy", EffectKind.FEED.value)
        with pytest.raises(JournalBusyError) as refused:
            serves.orders.create(OTHER, OrderReason.NEW, "clerk")
        assert (refused.value.http_status, refused.value.retry_after) == (503, 5)
        held.close()
        until(lambda: window.journal.orders.one(order).step is S.FED)
        assert window.machine.counts["feeds"] == 1
        assert [card.order for card in window.journal.cards.in_machine()] == [order]
        assert [effect.kind for effect in window.journal.effects.of(order)] == [EffectKind.FEED]
        until(lambda: serves.orders.one(order).problem is None)
        serves.orders.create(OTHER, OrderReason.NEW, "clerk")


@pytest.mark.field_case("G3")
@pytest.mark.usefixtures("impatient")
def test_an_order_whose_step_could_not_begin_goes_on_without_a_press(window: Bench) -> None:
    with running(window) as serves:
        order = made_up_to(serves, S.APPROVED)
        plain, held = window.machine.status, contextlib.ExitStack()
        met = threading.Event()

        def status() -> object:
            if not met.is_set() and serves._engine.running(order) is S.FED:
                held.enter_context(journal_held(window))  # before the intent
                met.set()
            return plain()

        window.machine.status = status  # type: ignore[assignment, method-assign]
        serves.orders.press(order, S.FED, "clerk")
        assert met.wait(LONG_ENOUGH)
        until(lambda: window.journal.failure == "journal-busy")
        assert window.machine.counts["feeds"] == 0
        held.close()
        assert serves.orders.wait_for(order, S.FED, LONG_ENOUGH).step is S.FED
        assert window.machine.counts["feeds"] == 1


@contextlib.contextmanager
def running(window: Bench) -> Iterator[ProductionService]:
    notifier = Notifier()
    window.journal.on_change(notifier.ring)
    engine = Engine(window.bench, notifier, random.Random(1))
    made = ProductionService(window.journal, window.bench.equipment, engine, notifier)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_a_wait_ends_with_what_is_true_after_the_look_that_follows_the_step(
    serves: ProductionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = made_up_to(serves, S.FED)
    engine = vars(serves.orders)["_engine"]
    looked_at = iter([Running(order, S.FED, engine.bench.clock.now())])

    def running_of(_: str) -> Running | None:
        return next(looked_at, None)  # the look ends right after the first question

    monkeypatch.setattr(engine, "running_of", running_of)
    view = serves.orders.wait_for(order, S.FED, 0.0)
    assert view.where == where(CardPosition.CHIP_STATION.value)

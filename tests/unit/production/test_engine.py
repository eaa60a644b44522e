"""The machine's thread: what must not end it, hang it or block it indefinitely."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from station.core.changes import AddOrder, SetGoal, SetHold
from station.core.errors import JournalError, StationError
from station.core.orders import Hold, OrderReason, OrderStep
from station.core.printing import PrinterStateReason, Reason, Severity
from station.journal import Transaction
from station.production.life.effects import Workbench
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from tests.unit.production.doubles import ID_NUMBER, Bench

ORDER = "a" * 32
MENDED_WITHIN = 2.0
LONG_ENOUGH = 20.0  #: seconds; only a failure takes them


@pytest.fixture
def engine(window: Bench) -> Iterator[Engine]:
    made = Engine(window.bench, Notifier(), random.Random(1))
    yield made
    made.stop()


def accept(window: Bench, hold: Hold | None = None) -> None:
    with window.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, machine="m", reason=OrderReason.NEW, id_number=ID_NUMBER, previous=None)
        )
        change.apply(SetGoal(ORDER, OrderStep.DATA_READY))
        if hold is not None:
            change.apply(SetHold(ORDER, hold))


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_ENOUGH
    changed = threading.Event()
    while not true():
        assert time.monotonic() < deadline
        changed.wait(0.05)


def test_a_full_disk_does_not_end_the_machines_thread(window: Bench, engine: Engine) -> None:
    accept(window)
    plain, met, full = window.journal.transaction, threading.Event(), [True]
    refused: list[str] = []

    @contextlib.contextmanager
    def transaction(actor: str) -> Iterator[Transaction]:
        with plain(actor) as change:
            yield change
            if full[0]:
                refused.append(actor)
                if len(refused) == len(("step", "its hold", "hold of the defect")):
                    met.set()
                raise JournalError("the journal can't be written: OperationalError")

    window.journal.transaction = transaction  # type: ignore[method-assign]
    engine.start()
    engine.wake()
    assert met.wait(LONG_ENOUGH)
    full[0] = False

    def pressed_again() -> bool:
        with window.journal.transaction("clerk") as change:
            change.apply(SetHold(ORDER, None))
        engine.wake()
        return window.journal.orders.one(ORDER).step is OrderStep.DATA_READY

    wait_until(pressed_again)


@pytest.mark.field_case("G3")
def test_an_order_that_a_full_disk_stopped_is_held_for_the_journal_and_no_defect(
    window: Bench, engine: Engine
) -> None:
    accept(window)
    plain, refused = window.journal.transaction, ["step", "its hold"]

    @contextlib.contextmanager
    def transaction(actor: str) -> Iterator[Transaction]:
        with plain(actor) as change:
            yield change
            if refused:
                refused.pop()
                raise JournalError("the journal can't be written: OperationalError")

    window.journal.transaction = transaction  # type: ignore[method-assign]
    engine.start()
    engine.wake()
    wait_until(lambda: window.journal.orders.one(ORDER).hold is not None)
    hold = window.journal.orders.one(ORDER).hold
    assert hold is not None
    assert hold.code == JournalError.code


def test_an_unreadable_journal_does_not_end_the_machines_thread(
    window: Bench, engine: Engine
) -> None:
    plain, met, broken = window.journal.orders.heads, threading.Event(), [True]

    def heads() -> object:
        if broken[0]:
            met.set()
            raise JournalError("the journal can't be read: OperationalError")
        return plain()

    window.journal.orders.heads = heads  # type: ignore[assignment, method-assign]
    engine.start()
    assert met.wait(LONG_ENOUGH)
    broken[0] = False
    accept(window)
    engine.wake()
    wait_until(lambda: window.journal.orders.one(ORDER).step is OrderStep.DATA_READY)


def test_a_defect_in_one_request_does_not_leave_the_next_one_waiting(engine: Engine) -> None:
    both, done = threading.Barrier(2), []

    def ask(work: Callable[[Workbench, Workflow], None]) -> None:
        both.wait()
        done.append(engine.call_and_wait(work, LONG_ENOUGH))

    def defect(_: Workbench, __: Workflow) -> None:
        raise ValueError("a defect")

    threads = [threading.Thread(target=ask, args=(defect,), daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(engine._machine.jobs) == len(threads))
    engine.start()
    for thread in threads:
        thread.join(LONG_ENOUGH)
    assert [type(error) for error in done] == [StationError, StationError]


def test_a_clock_that_was_set_back_does_not_put_a_retry_off(window: Bench, engine: Engine) -> None:
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    accept(window, Hold("province-unavailable", retry_at=tomorrow))
    engine.start()
    wait_until(lambda: window.journal.orders.one(ORDER).step is OrderStep.DATA_READY)


def test_what_was_asked_for_before_a_restart_goes_on_at_once(window: Bench, engine: Engine) -> None:
    accept(window)
    engine.start()
    wait_until(lambda: window.journal.orders.one(ORDER).step is OrderStep.DATA_READY)


def test_a_recovery_that_fell_over_is_begun_again(window: Bench, engine: Engine) -> None:
    plain, met, broken = window.journal.effects.open, threading.Event(), [True]

    def open_effects(order: str | None = None) -> object:
        if broken[0]:
            met.set()
            raise JournalError("the journal can't be read: OperationalError")
        return plain(order)

    window.journal.effects.open = open_effects  # type: ignore[assignment, method-assign]
    engine.start()
    assert met.wait(LONG_ENOUGH)
    assert not engine.recovered
    broken[0] = False
    wait_until(lambda: engine.recovered)


def cover_open(window: Bench, there: bool) -> None:
    reason = Reason(PrinterStateReason.COVER_OPEN, Severity.ERROR, "050001/0100")
    window.machine.reasons = (reason,) if there else ()


def reader_out(window: Bench, there: bool) -> None:
    window.machine.reader = not there


@pytest.mark.parametrize("fault", [cover_open, reader_out])
def test_a_fault_is_gone_within_2_s_of_being_mended_though_nobody_looks(
    window: Bench, fault: Callable[[Bench, bool], None]
) -> None:
    notifier = Notifier()
    fault(window, True)
    engine = Engine(window.bench, notifier, random.Random(1))
    engine.start()
    try:
        assert notifier.wait(0, LONG_ENOUGH) > 0  # the first look: it has the fault
        fault(window, False)
        known = notifier.count
        assert notifier.wait(known, MENDED_WITHIN) > known
    finally:
        engine.stop()


def test_the_machines_thread_counts_as_silent_while_a_step_hangs(window: Bench) -> None:
    engine, clock = Engine(window.bench, Notifier(), random.Random(1)), window.bench.clock
    inside, may_go_on = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        inside.set()
        assert may_go_on.wait(LONG_ENOUGH)

    caller = threading.Thread(target=engine.call_and_wait, args=(hang, LONG_ENOUGH))
    engine.start()
    try:
        caller.start()
        assert inside.wait(LONG_ENOUGH)
        hangs_since = clock.monotonic()
        first = engine.heartbeat.silent_for
        assert engine.heartbeat.silent_for > first
        assert engine.heartbeat.silent_for > clock.monotonic() - hangs_since
        may_go_on.set()
        caller.join(LONG_ENOUGH)
        asked_at = clock.monotonic()
        assert engine.call_and_wait(lambda *_: None, LONG_ENOUGH) is None
        assert engine.heartbeat.silent_for <= clock.monotonic() - asked_at
    finally:
        may_go_on.set()
        engine.stop()

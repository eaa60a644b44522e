"""Nobody's data is asked for while no card could be made."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from station.core.errors import MachineNotReadyError, PrinterNotConnectedError
from station.core.orders import OrderStep
from station.core.printing import PrinterStateReason, Reason, Severity
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from tests.unit.production.doubles import Bench
from tests.unit.production.test_engine import ORDER, accept, cover_open, reader_out, wait_until

Fault = Callable[[Bench, bool], None]


def silent(window: Bench, there: bool) -> None:
    status = type(window.machine).status

    def none() -> object:
        raise PrinterNotConnectedError("no printer")

    window.machine.status = none if there else status.__get__(window.machine)  # type: ignore[method-assign, assignment]


@pytest.fixture
def engine(window: Bench) -> Iterator[Engine]:
    made = Engine(window.bench, Notifier(), random.Random(1))
    yield made
    made.stop()


@pytest.fixture
def asked(window: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers that the province is asked for."""
    numbers: list[str] = []
    fetch = type(window.province).fetch_production_data

    def noting(number: str, *, name: str = "") -> object:
        numbers.append(number)
        return fetch(window.province, number, name=name)

    monkeypatch.setattr(window.province, "fetch_production_data", noting)
    return numbers


@pytest.mark.parametrize("fault", [cover_open, reader_out, silent])
def test_data_waits_until_the_machine_is_well_and_then_comes_by_itself(
    window: Bench, engine: Engine, asked: list[str], fault: Fault
) -> None:
    fault(window, True)
    accept(window)
    engine.start()
    wait_until(lambda: window.journal.orders.head(ORDER).hold is not None)
    hold = window.journal.orders.head(ORDER).hold
    assert hold is not None
    assert hold.code == MachineNotReadyError.code
    assert asked == []
    fault(window, False)
    engine.look_now(10.0)
    wait_until(lambda: window.journal.orders.head(ORDER).step is OrderStep.DATA_READY)
    assert len(asked) == 1
    held = [one for one in window.journal.history.after(0, 500) if one.kind == "held"]
    assert len(held) == 1, "it is told once"


def test_a_fault_that_came_a_moment_ago_is_seen(
    window: Bench, engine: Engine, asked: list[str]
) -> None:
    engine.start()
    wait_until(lambda: engine.last_look is not None)
    reason = Reason(PrinterStateReason.COVER_OPEN, Severity.ERROR, "050001/0100")
    window.machine.reasons = (reason,)
    engine._looks._looked_at -= 60.0  # nobody has looked for a minute
    accept(window)
    engine.wake()
    wait_until(lambda: window.journal.orders.head(ORDER).hold is not None)
    assert asked == []

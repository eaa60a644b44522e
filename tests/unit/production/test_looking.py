"""Readings of the machine: a caller gets the result of one that began after its request."""

from __future__ import annotations

import threading

import pytest

from station.core.printing import PrinterStatus
from station.production.machine.looking import Looks
from station.production.machine.looks import MachineSnapshot
from station.production.machine.notifier import Notifier
from tests.unit.production.doubles import Bench

SECONDS = 20.0  #: only a failure takes them


def test_a_look_that_is_under_way_does_not_answer_who_asks_meanwhile(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = window.bench.equipment.printer
    begun, go, asked = threading.Event(), threading.Event(), threading.Event()
    plain = printer.status

    def slow() -> PrinterStatus:
        begun.set()
        assert go.wait(SECONDS)
        return plain()

    looks = Looks(window.bench, Notifier(), asked.set)
    monkeypatch.setattr(printer, "status", slow)
    old = threading.Thread(target=looks.look)
    old.start()
    assert begun.wait(SECONDS)
    told: list[MachineSnapshot | None] = []
    asker = threading.Thread(target=lambda: told.append(looks.look_now(SECONDS)))
    asker.start()
    assert asked.wait(SECONDS)
    go.set()
    old.join(SECONDS)
    first = looks.last
    assert first is not None
    assert looks.due_in() <= 0, "the look that was asked for is still due"
    looks.look()
    asker.join(SECONDS)
    assert told == [looks.last]
    assert told[0] is not first

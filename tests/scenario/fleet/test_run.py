"""The run of `make fleet`, small: real servers, windows in a process of their own, all faults."""

from __future__ import annotations

from tests.fleet.__main__ import options_for
from tests.fleet.faults import planned
from tests.fleet.run import run

STATIONS = 4
SECONDS = 8.0


def test_a_small_fleet_survives_every_fault() -> None:
    figures = run(options_for(STATIONS, 1, SECONDS))
    assert figures["found"] == []
    assert figures["cards"] >= STATIONS
    happened = {"central-killed", "nats-killed", "nats-older-store", "station-killed"}
    assert happened <= figures["faults"].keys()


def test_a_seed_decides_whom_a_fault_strikes_and_when() -> None:
    names = [f"city.hall.window-{at}" for at in range(500)]
    first, again, other = planned(names, 1, 60), planned(names, 1, 60), planned(names, 2, 60)
    assert first == again
    assert first != other
    assert {one.what for one in first} == {one.what for one in other}

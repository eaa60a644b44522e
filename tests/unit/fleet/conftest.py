"""A window of a fleet in memory, without a thread, and a played central."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fleet.stations import Station
from tests.rigs.carrier import MemoryBroker, MemoryCarrier
from tests.rigs.played_central import PlayedCentral

NAME = "xinxiang.hall-1.window-1"


@pytest.fixture
def central() -> PlayedCentral:
    return PlayedCentral(MemoryCarrier(MemoryBroker()))


@pytest.fixture
def station(central: PlayedCentral) -> Iterator[Station]:
    broker = central.carrier.broker  # type: ignore[attr-defined]
    made = Station(NAME, seed=1, connect=lambda: MemoryCarrier(broker))
    broker.now = made.window.clock.monotonic
    made.open()
    central.enrol(made.window.journal, NAME)
    made.join()
    yield made
    made.close()

"""A driver on a played printer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from station.drivers.hiti_cs.driver import HitiCs
from tests.rigs.played_hiti import Bench, PlayedPrinter, impatient


@pytest.fixture
def bench() -> Iterator[Bench]:
    played = PlayedPrinter()
    printer = HitiCs(played.open, impatient(goal_factor=1.0))
    yield Bench(played, printer)
    printer.close()


@pytest.fixture
def settled(bench: Bench) -> Bench:
    """After the first opening, with what it sent forgotten."""
    bench.printer.status()
    bench.played.requests.clear()
    return bench

"""How many events a second central takes in: what the sums for a province rest on.

The events of a real card are published for many stations; then central takes them in, as fast as
it can. Publishing is not counted.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from simulators.engines import running_postgres
from station.core.orders import EventRecord
from station.transport.nats_carrier import NatsCarrier
from tests.fleet.figures import cpu_of, postmaster
from tests.fleet.stations import Station, person
from tests.rigs.carrier import MemoryBroker, MemoryCarrier, nats_server
from tests.rigs.central import PlayedStation, Rig, make_template, new_database
from tests.torture.clerk import Wish

STATIONS: Final = 500
CARDS: Final = 2  #: of each station


def events_of_a_card() -> Sequence[EventRecord]:
    """Return what a window writes for one walk-in."""
    station = Station("city.hall.window", 1, lambda: MemoryCarrier(MemoryBroker()))
    station.open()
    before = station.window.journal.last_seq
    station.finish([Wish(person(1), "walk-in")])
    found = station.window.journal.history.after(before, 1000)
    station.close()
    return found


@dataclass
class _Cost:
    """Processor seconds of all three parts while central takes in what waits."""

    nats: int
    postgres: int
    wall: float = 0.0
    count: int = 0
    used: dict[str, float] = field(default_factory=dict)

    def take(self, turn: Callable[[float], int]) -> None:
        before, began, own = self._now(), time.monotonic(), time.process_time()
        while found := turn(0):
            self.count += found
        self.wall = time.monotonic() - began
        self.used["central"] = time.process_time() - own
        for part, seconds in self._now().items():
            self.used[part] = seconds - before[part]

    def _now(self) -> dict[str, float]:
        return {"nats": cpu_of(self.nats), "postgres": cpu_of(self.postgres, with_children=True)}

    def told(self) -> dict[str, Any]:
        per_thousand = {
            part: round(seconds * 1000 / self.count, 3) for part, seconds in self.used.items()
        }
        return {"a_second": round(self.count / self.wall), "cpu_per_1000": per_thousand}


def measure(stations: int = STATIONS, cards: int = CARDS) -> dict[str, Any]:
    """Return how many events and signs of life a second, and processor seconds for a thousand."""
    card = events_of_a_card()
    folder = Path(tempfile.mkdtemp(prefix="fleet-intake-"))
    try:
        with running_postgres() as postgres, nats_server(folder) as nats:
            make_template(postgres)
            rig = Rig(new_database(postgres), NatsCarrier(nats.address))
            rig.carrier.prepare()
            windows = [
                PlayedStation(rig, f"city.hall-{at // 16}.window-{at % 16}")
                for at in range(stations)
            ]
            for window in windows:
                window.enrol()
            for number in range(cards):
                for window in windows:
                    window.publish(
                        *(window.write(one.kind, one.data, f"{number} {one.order}") for one in card)
                    )
            events, signs = (
                _Cost(nats.pid, postmaster(postgres.folder)),
                _Cost(nats.pid, postmaster(postgres.folder)),
            )
            events.take(rig.central.receiver.turn_events)
            for window in windows:
                window.say()
            signs.take(rig.central.receiver.turn_presence)
            rig.carrier.close()
            rig.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert events.count == len(card) * cards * stations
    assert signs.count == stations
    return {
        "stations": stations,
        "events_of_a_card": len(card),
        "events": events.told(),
        "signs_of_life": signs.told(),
    }

"""How many events a second central takes in: what the sums for a province rest on.

The events of a real card are published for many stations; then central takes them in, as fast as
it can. Publishing is not counted.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
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


def measure(stations: int = STATIONS, cards: int = CARDS) -> dict[str, Any]:
    """Return events a second and processor seconds for a thousand events."""
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
            pids = {"nats": (nats.pid, False), "postgres": (postmaster(postgres.folder), True)}
            before = {part: cpu_of(pid, with_children=more) for part, (pid, more) in pids.items()}
            began, own = time.monotonic(), time.process_time()
            taken = 0
            while found := rig.central.receiver.turn_events(0):
                taken += found
            seconds, own = time.monotonic() - began, time.process_time() - own
            used = {
                part: cpu_of(pid, with_children=more) - before[part]
                for part, (pid, more) in pids.items()
            }
            rig.carrier.close()
            rig.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert taken == len(card) * cards * stations
    per_thousand = {"central": own, **used}
    return {
        "stations": stations,
        "events": taken,
        "events_of_a_card": len(card),
        "events_per_second": round(taken / seconds),
        "cpu_per_1000_events": {
            part: round(cpu * 1000 / taken, 3) for part, cpu in per_thousand.items()
        },
    }

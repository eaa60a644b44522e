"""`make bench-queue`: a queue of cards at a slow province, beside the best possible time.

Twelve people are approved in advance; then all cards are made one after another, once with a
province that answers in 50 ms and once in 2 s. Measured is the time from the first feed to the last
release, by the simulated machine's own record. The best possible time is

* what the machine spends on its motions, prints and contacts in that time, and
* the answers of the HSM that a chip session can't do without: two a card. A 3.00 chip is opened for
  reading with one key, so that another person's data is never overwritten, and for writing with
  another. Each answer enciphers a random number of the chip that is valid for the next command only
  and lost when the chip is powered down, so neither can be asked for earlier or with the other.

The site prints first (`policies.print_first`): a report is sent while its card is printed. With the
default policy the card waits inside for its report, which `--report-first` measures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from simulators.world import World, WorldOptions, running, wait_until
from tests.bench.report import finish, say

PEOPLE: Final = 12
SPEED: Final = 10.0
DELAYS: Final = {"50ms": 0.05, "2s": 2.0}
HSM_ANSWERS: Final = 2  #: of one card, while its chip is powered
PATIENCE: Final = 600.0  #: seconds for the whole queue


def approved(world: World, people: list[dict[str, Any]]) -> list[str]:
    """Accept an order for each person and have its data fetched; returns the orders."""
    orders = []
    for person in people:
        made = world.api("POST", "/orders", json={"id_number": person["id_number"]})
        order = str(made.raise_for_status().json()["id"])
        ready = world.api("POST", f"/orders/{order}/steps/data-ready?wait=60").json()
        if ready["step"] != "data-ready":
            raise SystemExit(f"no data: {ready['problem']}")
        orders.append(order)
    return orders


def queue_times(world: World, people: list[dict[str, Any]], delay: float) -> tuple[float, float]:
    """Make one queue of cards; returns the seconds that it took, and the best possible ones."""
    orders = approved(world, people)
    world.province("work late", seconds=delay, calls=0)
    before = world.observer()
    device, released = before["device_wall_seconds"], before["totals"]["releases"]
    fed, goal = before["totals"]["feeds"], released + len(orders)
    body = {"orders": orders, "approved": True}
    world.api("POST", "/queue", json=body).raise_for_status()
    wait_until(lambda: world.observer()["totals"]["feeds"] > fed or None, PATIENCE, "a feed")
    began = time.perf_counter()
    wait_until(
        lambda: world.observer()["totals"]["releases"] >= goal or None, PATIENCE, "all cards"
    )
    took = time.perf_counter() - began
    world.province("behave")
    best = world.observer()["device_wall_seconds"] - device + HSM_ANSWERS * len(orders) * delay
    return took, best


def main() -> int:
    """Run the benchmark; slow is not a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--speed", type=float, default=SPEED)
    parser.add_argument("--report-first", action="store_true", help="the default policy")
    chosen = parser.parse_args()
    figures, ratios = {}, {}
    for name, delay in DELAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            options = WorldOptions(
                folder=Path(folder),
                speed=chosen.speed,
                blanks=chosen.people + 5,
                station_settings={"policies": {"print_first": not chosen.report_first}},
            )
            with running(options) as world:
                people = world.people("ready")[: chosen.people]
                took, best = queue_times(world, people, delay)
        figures[f"seconds_{name}"], figures[f"best_seconds_{name}"] = took, best
        figures[f"busy_{name}"] = min(1.0, best / took)
        ratios[f"over_best_{name}"] = took / best
        say(f"province {name}: {took:.2f} s, best possible {best:.2f} s")
    finish(
        "queue",
        runs=chosen.people,
        figures={**figures, "hsm_answers_per_card": HSM_ANSWERS, "speed": chosen.speed},
        peers={},
        ratios=ratios,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

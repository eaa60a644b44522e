"""`make soak`: 500 cards at the highest speed; nothing may grow with them but the journal.

Memory, open files and threads of the daemon after 50 cards and after all of them; bytes of journal
and log for each card; the time of the first and of the last card, without the device's own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

import psutil

from simulators.world import World, WorldOptions, running
from tests.bench.report import finish, median, say
from tests.bench.station import station_times

CARDS: Final = 500
SETTLED: Final = 50  #: cards after which nothing may grow any more
PORTION: Final = 50  #: cards between two times that a hand fills the feeder and changes the ribbon
LAST: Final = 10  #: cards whose median is the time of the last one
ALLOWED: Final = 1.03  #: growth from `SETTLED` cards to the end


def state(world: World) -> dict[str, float]:
    """Return what the daemon holds now."""
    process = psutil.Process(world.station_pid)
    return {
        "rss_mb": process.memory_info().rss / 1e6,
        "descriptors": float(process.num_fds()),
        "threads": float(process.num_threads()),
    }


def stored(world: World) -> tuple[int, int]:
    """Return the bytes of the journal's files and of the log."""
    journal = sum(file.stat().st_size for file in (world.folder / "state").glob("journal.db*"))
    return journal, (world.folder / "station.log").stat().st_size


def make_cards(world: World, cards: int, after: int = 0) -> list[float]:
    """Make cards in portions that the feeder and the ribbon hold; returns each one's time."""
    times: list[float] = []
    while len(times) < cards:
        portion = min(PORTION, cards - len(times))
        world.machine("empty the feeder")
        world.machine("fill the feeder", count=portion)
        world.machine("put a new ribbon in")
        times += station_times(world, portion, after + len(times))[0]
    return times


def main() -> int:
    """Run it; 1 when something has grown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=CARDS)
    chosen = parser.parse_args()
    settled = min(SETTLED, chosen.cards // 2)
    with tempfile.TemporaryDirectory() as folder:
        options = WorldOptions(folder=Path(folder), people=4 * chosen.cards + 200)
        with running(options) as world:
            times = make_cards(world, settled)
            early, (journal, log) = state(world), stored(world)
            times += make_cards(world, chosen.cards - settled, settled)
            late, (journal_after, log_after) = state(world), stored(world)
    cards = chosen.cards - settled
    grown = {f"{name}_growth": late[name] / early[name] for name in early}
    finish(
        "soak",
        runs=len(times),
        figures={
            **{f"{name}_at_{settled}": value for name, value in early.items()},
            **{f"{name}_at_{chosen.cards}": value for name, value in late.items()},
            "journal_bytes_per_card": (journal_after - journal) / cards,
            "log_bytes_per_card": (log_after - log) / cards,
            "first_card_seconds": times[0],
            "last_card_seconds": median(times[-LAST:]),
        },
        peers={},
        ratios=grown,
    )
    too_much = [name for name, ratio in grown.items() if ratio > ALLOWED]
    for name in too_much:
        say(f"more than {ALLOWED:.0%} of what it was: {name}")
    return 1 if too_much else 0


if __name__ == "__main__":
    sys.exit(main())

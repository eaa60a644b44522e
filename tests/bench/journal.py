"""`make bench-journal`: durable transitions beside bare SQLite and DBOS, and a million orders.

Round by round, on the same disk and from the same prepared journal: the journal's transitions and,
in turn with them, the very same statements through `sqlite3` alone; then the same statements as
steps of a DBOS workflow with the same pragmas. DBOS as it comes (a rollback journal) is timed
apart. Then the questions of lists and details, asked of a journal with a million orders.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from station.journal import open_journal
from tests.bench import journal_dbos, journal_million
from tests.bench import journal_transitions as transitions
from tests.bench.report import finish, median, percentile, say

#: Under the project, not in a folder of the system's: that may be memory, where fsync is nothing.
FOLDER: Final = Path(__file__).parents[2] / "build" / "bench-journal"
GOALS: Final = (
    "over_raw_sqlite >= 0.3, over_dbos >= 2, transition_ms_p99 <= 5, "
    "list_ms_p99 and detail_ms_p99 <= 50"
)


def main() -> int:
    """Print the figures and, last, one line of JSON; slow is not a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--transitions", type=int, default=400, help="in each round")
    parser.add_argument("--questions", type=int, default=1000, help="of each kind")
    chosen = parser.parse_args()
    figures, peers, ratios = compare(chosen.rounds, chosen.transitions)
    figures |= ask(chosen.orders, chosen.questions)
    for name, value in {**figures, **peers, **ratios}.items():
        say(f"{name:28} {value:10.2f}")
    say(f"goals: {GOALS}")
    finish(
        "journal",
        runs=chosen.rounds * chosen.transitions,
        figures=figures,
        peers=peers,
        ratios=ratios,
    )
    return 0


def compare(rounds: int, count: int) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Return figures, peers and ratios of durable transitions."""
    folder = FOLDER / "rounds"
    shutil.rmtree(folder, ignore_errors=True)
    prepared = transitions.prepare(folder / "prepared", count)
    recorded = transitions.record(prepared, folder / "recorded", count)
    ours: list[float] = []
    raw: list[float] = []
    dbos: list[float] = []
    over_raw, over_dbos = [], []
    for number in range(rounds):
        place = folder / str(number)
        mine, bare = transitions.paired_times(prepared, place, recorded)
        peer = _dbos(prepared, place / "dbos", recorded, same_pragmas=True)
        ours, raw, dbos = ours + mine, raw + bare, [*dbos, peer]
        over_raw.append(sum(bare) / sum(mine))
        over_dbos.append(peer / sum(mine))
        say(f"round {number + 1}: {over_raw[-1]:.2f} x sqlite3, {over_dbos[-1]:.2f} x DBOS")
    shipped = _dbos(prepared, folder / "shipped", recorded, same_pragmas=False)
    shutil.rmtree(folder)
    figures = {
        "transitions_per_second": len(ours) / sum(ours),
        "transition_ms_p50": 1000 * median(ours),
        "transition_ms_p99": 1000 * percentile(ours, 0.99),
    }
    peers = {
        "raw_sqlite_per_second": len(raw) / sum(raw),
        "raw_sqlite_ms_p50": 1000 * median(raw),
        "raw_sqlite_ms_p99": 1000 * percentile(raw, 0.99),
        "dbos_per_second": rounds * count / sum(dbos),
        "dbos_as_shipped_per_second": count / shipped,
    }
    return figures, peers, {"over_raw_sqlite": median(over_raw), "over_dbos": median(over_dbos)}


def ask(count: int, runs: int) -> dict[str, float]:
    """Return how long questions to a journal with `count` orders take, in milliseconds."""
    started = time.perf_counter()
    folder = journal_million.built(FOLDER, count)
    say(f"{count} orders in {folder} ({time.perf_counter() - started:.0f} s)")
    started = time.perf_counter()
    journal = open_journal(f"sqlite:///{folder}/journal.db", folder / "seal.key")
    opened = time.perf_counter() - started
    times = journal_million.query_times(journal, count, runs)
    times |= journal_million.http_times(journal, count, runs // 4)
    journal.close()
    figures: dict[str, float] = {"orders": count, "open_seconds": opened}
    return figures | _in_milliseconds(times)


def _in_milliseconds(times: Mapping[str, list[float]]) -> dict[str, float]:
    # A list is the newest page, a page further down, or one of those at a step: all three.
    lists = [*times["list"], *times["list_page"], *times["list_filtered"]]
    named = {**times, "list": lists}
    return {f"{name}_ms_p99": 1000 * percentile(taken, 0.99) for name, taken in named.items()}


def _dbos(
    prepared: Path, folder: Path, recorded: transitions.Transitions, *, same_pragmas: bool
) -> float:
    database = transitions.copy(prepared, folder)
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(journal_dbos.run, (database, recorded), {"same_pragmas": same_pragmas})


if __name__ == "__main__":
    sys.exit(main())

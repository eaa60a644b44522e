"""How the cost grows with the fleet: the same work for each station, without faults."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from station.fleet.member import LONG_WAIT
from station.fleet.upward import SHOW_EVERY
from tests.fleet import intake
from tests.fleet.fleet import Options
from tests.fleet.run import run

SIZES: Final = (50, 100, 200, 500)
OVER: Final = 100.0  #: seconds over which people come
WALK_INS: Final = 1
PATIENCE: Final = 420.0  #: seconds for windows that share two cores with much else
LEASE: Final = 900  #: as central's own
PARTS: Final = ("central", "nats", "postgres")
MOST: Final = 1.3  #: times the cost of an event in the smallest fleet


def main(sizes: Sequence[int], seed: int) -> int:
    """Run each size; print a line for each, and one that compares the ends."""
    lines = []
    for size in sizes:
        options = Options(
            stations=size,
            seed=seed,
            seconds=OVER,
            walk_ins=WALK_INS,
            over=OVER,
            inbox_every=LONG_WAIT,
            show_every=SHOW_EVERY,
            lease=LEASE,
            faults=False,
            heal=PATIENCE,
            longest=PATIENCE,
        )
        figures = run(options)
        lines.append({key: value for key, value in figures.items() if key != "faults"})
        print(json.dumps(lines[-1], ensure_ascii=False), flush=True)  # noqa: T201 - asked for
    print(json.dumps(intake.measure()), flush=True)  # noqa: T201 - asked for
    told = compared(lines)
    print(json.dumps(told), flush=True)  # noqa: T201 - asked for
    return 1 if told["ratio"] > MOST or any(line["violations"] for line in lines) else 0


def compared(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how much dearer an event is in the last fleet than in the first."""
    first, last = lines[0]["cpu_per_1000_events"], lines[-1]["cpu_per_1000_events"]
    before, after = (sum(one[part] for part in PARTS) for one in (first, last))
    return {
        "from": lines[0]["stations"],
        "to": lines[-1]["stations"],
        "ratio": round(after / before, 2),
        "ratios": {part: round(last[part] / max(0.001, first[part]), 2) for part in PARTS},
    }

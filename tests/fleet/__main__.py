"""`make fleet STATIONS=500`: a fleet on real servers under faults; one JSON line.

python -m tests.fleet --stations 500                with faults
python -m tests.fleet --growth 50 100 200 500       without, each with its figures
python -m tests.fleet --mutations                   each broken rule must be found
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.fleet import mutations
from tests.fleet.run import Options, run


def main() -> int:
    """Run what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--walk-ins", type=int, default=1)
    parser.add_argument("--assigned", type=float, default=1.0)
    parser.add_argument("--calm", action="store_true", help="no faults")
    parser.add_argument("--growth", type=int, nargs="+")
    parser.add_argument("--mutations", action="store_true")
    given = parser.parse_args()
    options = Options(
        stations=given.stations,
        seed=given.seed,
        processes=min(given.processes, given.stations),
        seconds=given.seconds,
        walk_ins=given.walk_ins,
        assigned=given.assigned,
        faults=not given.calm,
    )
    if given.mutations:
        return _mutations(options)
    return _runs(options, given.growth)


def _runs(options: Options, growth: list[int] | None) -> int:
    from dataclasses import replace

    good = True
    for count in growth or [options.stations]:
        one = replace(options, stations=count, faults=options.faults and growth is None)
        figures = run(one)
        print(json.dumps(figures, ensure_ascii=False), flush=True)  # noqa: T201 - what was asked for
        good = good and not figures["violations"]
    return 0 if good else 1


def _mutations(options: Options) -> int:
    from dataclasses import replace

    missed = []
    for name in mutations.ALL:
        figures = run(replace(options, mutation=name))
        print(json.dumps({"mutation": name, **figures}, ensure_ascii=False), flush=True)  # noqa: T201
        if not figures["violations"]:
            missed.append(name)
    print(json.dumps({"mutations": len(mutations.ALL), "missed": missed}))  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

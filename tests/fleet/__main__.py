"""`make fleet STATIONS=500`: a fleet on real servers under faults; one JSON line.

python -m tests.fleet                  500 stations with all faults
python -m tests.fleet growth           50, 100, 200, 500 without faults, each with its cost
python -m tests.fleet mutations        each broken rule must be found
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import Final

from tests.fleet import growth, mutations
from tests.fleet.fleet import Options
from tests.fleet.run import run

BROKEN: Final = 20.0  #: seconds for what may never heal


def options_for(stations: int, seed: int, seconds: float = 0.0) -> Options:
    """Return what a run of this size needs: more stations share the same two processors."""
    show_every = min(20.0, max(5.0, stations / 25))
    span = seconds or 30.0 + stations * 0.3
    return Options(
        stations=stations,
        seed=seed,
        processes=min(2, stations),
        seconds=span,
        over=0.7 * span,
        longest=60.0 + stations * 0.4,
        inbox_every=max(0.2, stations / 250),
        show_every=show_every,
        lease=round(1.6 * show_every),
    )


def main() -> int:
    """Run what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("faults", "growth", "mutations"))
    parser.add_argument("--stations", type=int, default=500)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(growth.SIZES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.0, help="of faults")
    parser.add_argument("--calm", action="store_true", help="no faults")
    given = parser.parse_args()
    if given.what == "growth":
        return growth.main(given.sizes, given.seed)
    if given.what == "mutations":
        small = options_for(6, given.seed, 15.0)
        return _mutations(replace(small, assigned=2.0, heal=BROKEN, longest=BROKEN))
    options = replace(options_for(given.stations, given.seed, given.seconds), faults=not given.calm)
    figures = run(options)
    _print(figures)
    return 1 if figures["violations"] else 0


def _mutations(options: Options) -> int:
    missed = []
    for name in mutations.ALL:
        figures = run(replace(options, mutation=name))
        rules, wanted = figures["rules"], mutations.NAMED[name]
        shown = {"mutation": name, "violations": figures["violations"], "rules": rules}
        _print({**shown, "first": figures["found"][:1], "seconds": figures["seconds"]})
        if wanted not in rules:
            missed.append(name)
    _print(
        {
            "mutations": len(mutations.ALL),
            "caught": len(mutations.ALL) - len(missed),
            "missed": missed,
        }
    )
    return 1 if missed else 0


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201 - what was asked for


if __name__ == "__main__":
    sys.exit(main())

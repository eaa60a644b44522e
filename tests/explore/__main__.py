"""`make explore`: every reachable state of one order and its card; ends with one JSON line."""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
import time

from tests.explore.courses import COURSES
from tests.explore.mutations import BREAKS, caught_by
from tests.explore.rig import POLICIES
from tests.explore.runs import searched


def main() -> int:
    """Search, or break the rules and see each break found; returns the exit status."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--together", type=int, help="how much may go wrong on one path, at most")
    read.add_argument("--course", type=int, action="append", help="only this one, from 0")
    read.add_argument("--workers", type=int, default=2)
    read.add_argument("--mutations", action="store_true", help="break each rule instead")
    wish = read.parse_args()
    if wish.mutations:
        return _mutations()
    began = time.monotonic()
    numbers = wish.course or range(len(COURSES))
    tasks = [(number, wish.together or COURSES[number].together) for number in numbers]
    tasks.sort(key=lambda task: -COURSES[task[0]].weight)
    with multiprocessing.get_context("spawn").Pool(wish.workers) as pool:
        found = []
        for one in pool.imap_unordered(searched, tasks, chunksize=1):
            found.append(one)
            _print(one["summary"])
            for text in one["stories"]:
                _print(f"\n{text}\n")
    facts = {
        "recipes": len({COURSES[number].kind for number in numbers}),
        "courses": len(tasks),
        "policies": math.prod(len(words) for words in POLICIES.values()),
        "policies_read": sorted(set().union(*(one["policies"] for one in found))),
        **{
            name: sum(one[name] for one in found)
            for name in ("states", "transitions", "ends", "violations", "states_without_exit")
        },
        "seconds": round(time.monotonic() - began, 1),
    }
    _print(json.dumps(facts, ensure_ascii=False))
    return 1 if facts["violations"] or facts["states_without_exit"] else 0


def _mutations() -> int:
    missed = []
    for broken in BREAKS:
        began = time.process_time()
        caught = caught_by(broken)
        took = f"{time.process_time() - began:.1f} s"
        _print(f"\n#### {broken.name}: {'found' if caught else 'NOT FOUND'} ({took})")
        if caught is None:
            missed.append(broken.name)
        else:
            _print(caught[1])
    facts = {"mutations": len(BREAKS), "found": len(BREAKS) - len(missed), "missed": missed}
    _print(json.dumps(facts, ensure_ascii=False))
    return 1 if missed else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

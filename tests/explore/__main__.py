"""`make explore`: every reachable state of one order and its card; ends with one JSON line."""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import sys
import time
from collections.abc import Sequence
from typing import Any

from tests.explore.courses import BOUNDS, COURSES
from tests.explore.mutations import BREAKS, caught_by
from tests.explore.rig import POLICIES
from tests.explore.runs import Task, searched


def main() -> int:
    """Search, or break the rules and see each break found; returns the exit status."""
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--together", type=int, help="how much may go wrong on one path, at most")
    read.add_argument("--course", type=int, action="append", help="only this one, from 0")
    read.add_argument("--workers", type=int, default=2)
    read.add_argument("--seconds", type=float, help="stop a course after so long, and fail")
    read.add_argument("--mutations", action="store_true", help="break each rule instead")
    wish = read.parse_args()
    if wish.mutations:
        return _mutations()
    began = time.monotonic()
    numbers = wish.course or range(len(COURSES))
    tasks = [
        Task(number, wish.together or COURSES[number].together, wish.seconds) for number in numbers
    ]
    tasks.sort(key=lambda task: -COURSES[task.number].weight)
    found = []
    with multiprocessing.get_context("spawn").Pool(min(wish.workers, len(tasks))) as pool:
        for one in pool.imap_unordered(searched, tasks, chunksize=1):
            found.append(one)
            _print(one["summary"])
            for text in one["stories"]:
                _print(f"\n{text}\n")
    facts = summary(found, time.monotonic() - began)
    _print(json.dumps(facts, ensure_ascii=False))
    return 0 if is_clean(facts) else 1


def summary(found: Sequence[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Return what the last line says.

    `policies` counts the combinations that each search covers. `stopped` names the courses of which
    not every state within the bounds was looked at.
    """
    kinds = {course.name: course.kind for course in COURSES}
    counts = ("states", "transitions", "ends", "violations", "states_without_exit")
    return {
        "recipes": len({kinds[one["course"]] for one in found}),
        "courses": len(found),
        "policies": math.prod(len(words) for words in POLICIES.values()),
        "policies_read": sorted({name for one in found for name in one["policies"]}),
        **{name: sum(one[name] for one in found) for name in counts},
        "bounds": {
            "crashes": BOUNDS.crashes,
            "faults": BOUNDS.faults,
            "breaches": BOUNDS.breaches,
            "together": {one["course"]: one["together"] for one in found},
        },
        "stopped": [one["course"] for one in found if not one["whole"]],
        "seconds": round(seconds, 1),
        "cpu_seconds": round(sum(one["cpu_seconds"] for one in found), 1),
    }


def is_clean(facts: dict[str, Any]) -> bool:
    """Whether everything within the bounds was looked at, and nothing is wrong."""
    wrong = facts["violations"] or facts["states_without_exit"] or facts["stopped"]
    return not wrong


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

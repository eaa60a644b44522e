"""`make explore`: every reachable state of one order and its card; ends with one JSON line."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time

from tests.explore.courses import COURSES
from tests.explore.mutations import BREAKS, caught_by
from tests.explore.runs import Task, is_clean, searched, summary


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

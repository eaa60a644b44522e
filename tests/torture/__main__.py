"""`python -m tests.torture --seeds 2000`: every write, every boundary, many schedules of faults."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hypothesis import Phase

from tests.torture import api_rules, boundaries, claims, kills, power_cuts, schedules
from tests.torture.runs import Result

CHUNK = 8
TELL_EVERY = 60.0  #: seconds between two lines that say how far the run is
API_SEEDS = 8  #: of calls in any order, ten examples each
WHOLE_COURSES = 2  #: the power is cut at every write of the first start and of the plain card
EVERY_WRITE = 29  #: and at each 29th write of all others: no pattern of writes has this period


class Tally:
    """Adds results up."""

    def __init__(self) -> None:
        self.runs = 0
        self.kills = 0
        self.slowest = 0.0
        self.faults: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.failed: list[Result] = []
        self._digest = hashlib.sha256()

    def add(self, result: Result) -> None:
        """Add one run."""
        self.runs += 1
        self.kills += result.kills
        self.slowest = max(self.slowest, result.slowest_recovery)
        self.faults += result.faults
        self.counts += result.counts
        self._digest.update(result.digest.encode())
        if result.violations:
            self.failed.append(result)

    @property
    def never_seen(self) -> list[str]:
        """Return which fault, question or answer never was."""
        return claims.never_seen(+self.faults, (*schedules.SEEN, *api_rules.SEEN))

    def facts(self) -> dict[str, object]:
        """Return what the JSON line holds."""
        return {
            "runs": self.runs,
            "kills": self.kills,
            "faults": sum(self.faults.values()),
            "violations": sum(len(result.violations) for result in self.failed),
            "slowest_recovery_seconds": round(self.slowest, 3),
            "never_seen": self.never_seen,
            **{name: self.counts[name] for name in ("orders", "issued", "spoiled", "held")},
            "faults_by_kind": dict(self.faults.most_common()),
            "digest": self._digest.hexdigest()[:16],
        }


def main() -> int:
    """Run what is asked for; 1 when something did not hold."""
    asked = _arguments()
    began = told = time.perf_counter()
    tally = Tally()
    for result in _results(asked):
        tally.add(result)
        for text in result.violations:
            _say(f"{result.name}: {text}\n    replay: {_replay(result.name)}")
        if time.perf_counter() - told > TELL_EVERY:
            told = time.perf_counter()
            sys.stderr.write(f"{told - began:.0f} s: {tally.runs} runs, last {result.name}\n")
    _say(_table(tally, time.perf_counter() - began))
    _say(json.dumps(tally.facts(), ensure_ascii=False))
    whole = asked.seeds >= claims.ENOUGH_SEEDS and not asked.no_boundaries and _is_whole(asked)
    return 1 if tally.failed or (whole and tally.never_seen) else 0


def _is_whole(asked: argparse.Namespace) -> bool:
    """Whether nothing was left out that a full run has."""
    single = (asked.seed, asked.api_seed, asked.replay)
    return not asked.kill_daemon and all(one is None for one in single)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many random schedules")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--seed", type=int, help="replay this one schedule only")
    parser.add_argument("--api-seed", type=int, help="replay the calls of this seed, shrunk")
    parser.add_argument("--replay", metavar="NAME", help="replay only the run with this name")
    parser.add_argument(
        "--kill-daemon", action="store_true", help="SIGKILL for the real daemon at every commit"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--no-boundaries", action="store_true", help="random schedules only")
    return parser.parse_args()


def _results(asked: argparse.Namespace) -> Iterator[Result]:
    if asked.seed is not None:
        yield schedules.result_of(asked.seed)
    elif asked.kill_daemon:
        yield from _kills(lambda name: True)
    elif asked.api_seed is not None:
        yield from api_rules.results_of(asked.api_seed, tuple(Phase))
    elif asked.replay is not None:
        yield from _named(asked.replay)
    else:
        with ProcessPoolExecutor(asked.processes) as pool:
            # All begun before the first is awaited: no process waits for the end of a part.
            seeds = range(asked.first, asked.first + asked.seeds)
            parts = [pool.map(_whole, itertools.repeat(_schedule), seeds, chunksize=CHUNK)]
            if not asked.no_boundaries:
                whole = {
                    _calls: range(asked.first, asked.first + API_SEEDS),
                    _breaks: range(len(boundaries.CASES)),
                    _power_cuts: range(len(power_cuts.COURSES)),
                }
                parts += [
                    pool.map(_whole, itertools.repeat(part), numbers)
                    for part, numbers in whole.items()
                ]
            yield from _flat(itertools.chain(*parts))


def _named(name: str) -> Iterator[Result]:
    yield from (one.run() for one in boundaries.named(name))
    for course in power_cuts.COURSES:
        if name.startswith(f"{course.name}: "):
            yield from (result for result in course.cuts() if result.name == name)
    if any(name.startswith(f"{course.name}: ") for course in kills.COURSES):
        yield from _kills(lambda one: one == name)


def _kills(wanted: kills.Wanted) -> Iterator[Result]:
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        yield from kills.results(Path(folder), wanted=wanted)


def _whole(part: Callable[[int], list[Result]], number: int) -> list[Result]:
    """Return the results of one part; a harness that falls over costs that part, not the run."""
    try:
        return part(number)
    except Exception:  # noqa: BLE001 - told as what did not hold
        return [Result(f"{part.__name__} {number}", [traceback.format_exc()])]


def _schedule(seed: int) -> list[Result]:
    return [schedules.result_of(seed)]


def _breaks(number: int) -> list[Result]:
    return [_without_points(one.run()) for one in boundaries.breaks_of(boundaries.CASES[number])]


def _calls(seed: int) -> list[Result]:
    return [_without_points(result) for result in api_rules.results_of(seed)]


def _power_cuts(number: int) -> list[Result]:
    course = power_cuts.COURSES[number]
    return list(course.cuts(every=1 if number < WHOLE_COURSES else EVERY_WRITE))


def _without_points(result: Result) -> Result:
    result.points = []
    return result


def _flat(lists: Iterable[list[Result]]) -> Iterator[Result]:
    for results in lists:
        yield from results


def _replay(name: str) -> str:
    if name.startswith("seed "):
        return f"python -m tests.torture --seed {name.removeprefix('seed ')}"
    if name.startswith("API seed "):
        return f"python -m tests.torture --api-seed {name.removeprefix('API seed ')}"
    return f'python -m tests.torture --replay "{name}"'


def _table(tally: Tally, seconds: float) -> str:
    facts = tally.facts()
    facts.pop("faults_by_kind")
    facts["never_seen"] = len(tally.never_seen)
    rows = [(name.replace("_", " "), str(value)) for name, value in facts.items()]
    rows += [(f"  {name}", str(count)) for name, count in tally.faults.most_common()]
    rows.append(("seconds", f"{seconds:.0f}"))
    rows.append(("processor seconds", f"{_processor_seconds():.0f}"))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value:>8}" for name, value in rows)


def _processor_seconds() -> float:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(one) for one in whose]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

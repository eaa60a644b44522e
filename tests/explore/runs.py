"""One course, searched in a process of its own."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.explore.courses import BOUNDS, COURSES, quiet
from tests.explore.rig import POLICIES
from tests.explore.search import Search, story


class Task(NamedTuple):
    """One search.

    Attributes:
        number: Of the course.
        together: How much may go wrong on one path, at most.
        seconds: How long it may take by the clock; a search that is stopped by this has failed.
    """

    number: int
    together: int
    seconds: float | None = None


def searched(task: Task) -> dict[str, Any]:
    """Search one course, in a process that does nothing else.

    Nothing that a search keeps refers to itself, and the collector would walk through all of it
    again and again: it is switched off.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return _searched(task)
    finally:
        if collects:
            gc.enable()


def _searched(task: Task) -> dict[str, Any]:
    course, began = COURSES[task.number], time.process_time()
    with quiet():
        rig, start = course.begin(BOUNDS._replace(together=task.together))
        result = Search(rig, start).run(seconds=task.seconds)
        broken = [*result.violations.values(), *result.stuck.values()]
        stories = [story(rig, start, one) for one in broken]
    cpu = time.process_time() - began
    return {
        "course": course.name,
        "summary": f"{course.name}: {result.states} states, {result.transitions} transitions,"
        f" at most {task.together} things wrong on one path, {result.seconds:.0f} s,"
        f" {cpu:.0f} s of the processor{'' if result.whole else ': STOPPED, not everything seen'}",
        "stories": stories,
        "policies": list(result.policies),
        "together": task.together,
        "states": result.states,
        "transitions": result.transitions,
        "ends": result.ends,
        "violations": len(result.violations),
        "states_without_exit": result.states_without_exit,
        "whole": result.whole,
        "cpu_seconds": cpu,
    }


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

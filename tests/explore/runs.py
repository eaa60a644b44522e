"""One course, searched in a process of its own."""

from __future__ import annotations

import gc
import time
from typing import Any, NamedTuple

from tests.explore.courses import BOUNDS, COURSES, quiet
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
    gc.disable()
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

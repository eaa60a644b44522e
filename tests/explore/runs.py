"""One course, searched in a process of its own."""

from __future__ import annotations

from typing import Any

from tests.explore.courses import BOUNDS, COURSES, quiet
from tests.explore.search import Search, story


def searched(task: tuple[int, int]) -> dict[str, Any]:
    """Search one course with so much going wrong."""
    number, together = task
    course = COURSES[number]
    with quiet():
        rig, start = course.begin(BOUNDS._replace(together=together))
        result = Search(rig, start).run()
        broken = [*result.violations.values(), *result.stuck.values()]
        stories = [story(rig, start, one) for one in broken]
    return {
        "summary": f"{course.name}: {result.states} states, {result.transitions} transitions,"
        f" at most {together} things wrong, {result.seconds:.0f} s",
        "stories": stories,
        "policies": list(result.policies),
        "states": result.states,
        "transitions": result.transitions,
        "ends": result.ends,
        "violations": len(result.violations),
        "states_without_exit": result.states_without_exit,
    }

"""A fixed part of `make explore`: everything that one thing going wrong can lead to.

A search takes a few seconds of the processor, and as long as it has to wait for that.
"""

from __future__ import annotations

import dataclasses
import random

import pytest

from station.core.orders import Hold, OrderRecord
from station.core.recipes import RECIPES
from tests.explore.choices import Budget
from tests.explore.courses import COURSES, Course, quiet
from tests.explore.memory import Facts
from tests.explore.mutations import BREAKS, ONE, TEST, Broken, caught_by
from tests.explore.rig import POLICIES, Rig, State
from tests.explore.runs import Task, is_clean, searched, summary
from tests.explore.search import Search, offered, replay, story

MOTORS = [course for course in COURSES if not course.by_hand]
FAST = [broken for broken in BREAKS if broken.bounds == ONE]

pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("course", MOTORS, ids=lambda course: course.name)
def test_one_thing_going_wrong_breaks_no_rule_and_leaves_a_way_out(course: Course) -> None:
    with quiet():
        rig, start = course.begin(ONE)
        result = Search(rig, start).run()
        found = [*result.violations.values(), *result.stuck.values()]
        stories = [story(rig, start, one) for one in found]
    assert stories == []
    assert result.whole
    # A card at the desk is moved by a hand alone: there is less that can happen to it.
    assert result.states > (30 if course.at_desk else 250)
    assert result.ends > (4 if course.at_desk else 50)
    if course is COURSES[0]:  # it reads every policy that concerns a card, and each of its words
        assert result.policies == {name: set(words) for name, words in POLICIES.items()}


def test_every_kind_of_order_has_a_course() -> None:
    assert {course.kind for course in COURSES} == set(RECIPES)


def test_a_search_that_was_stopped_is_named_in_the_last_line_and_fails() -> None:
    whole = searched(Task(TEST, 1))
    stopped = searched(Task(TEST, 1, seconds=0.0))
    assert summary([whole], 1.0)["stopped"] == []
    assert is_clean(summary([whole], 1.0))
    line = summary([whole, stopped], 1.0)
    assert line["stopped"] == ["test card"]
    assert not is_clean(line)
    assert {"recipes", "policies", "states", "transitions", "violations"} <= line.keys()


@pytest.mark.parametrize("broken", FAST, ids=lambda broken: broken.name)
def test_a_broken_rule_is_found_with_its_story(broken: Broken) -> None:
    caught = caught_by(broken)
    assert caught is not None, f"nothing noticed: {broken.name}"
    assert caught[1].startswith(f"== {caught[0].text}\n  1. ")


def test_there_are_enough_breaks() -> None:
    assert len(BREAKS) >= 12


def test_a_path_that_is_walked_again_leads_to_the_same_state() -> None:
    with quiet():
        rig, start = COURSES[0].begin(ONE)
        search = Search(rig, start)
        search.run(most_states=400)
        node = len(search._steps) - 1
        assert len(list(replay(rig, start, search.path(node)))) == len(search.path(node))
        assert search._state(rig.take())[0] == search._state_of[node]


@pytest.mark.parametrize("seed", range(16))
def test_what_is_forgotten_decides_nothing(seed: int) -> None:
    """A walk that keeps the whole journal meets the same states as one that forgets."""
    chance = random.Random(seed)
    course = COURSES[seed % len(COURSES)]
    with quiet():
        rig, start = course.begin(Budget(1, 1, 1))
        names = Search(rig, start)
        short, whole = start, start
        for _ in range(40):
            actions = offered(rig, short)
            assert [one.name for one in actions] == [one.name for one in offered(rig, whole)]
            if not actions:
                return  # everything has ended
            name = chance.choice(actions).name
            short, asked, _ = _after(rig, short, name)
            kept, asked_whole, facts = _after(rig, whole, name)
            assert asked == asked_whole
            assert names._key(kept) == names._key(short), name
            whole = kept._replace(facts=_remembering(kept.facts, facts))


def _remembering(kept: Facts, whole: Facts) -> Facts:
    """Return a journal in which only the times are written as words."""
    orders = tuple(
        one if one.hold is None or was.hold is None else _held_for(one, one.hold, was.hold)
        for one, was in zip(kept.orders, whole.orders, strict=True)
    )
    return kept._replace(
        orders=orders, effects=whole.effects, cards=whole.cards, outbox=whole.outbox
    )


def _held_for(order: OrderRecord, kept: Hold, whole: Hold) -> OrderRecord:
    hold = dataclasses.replace(kept, code=whole.code, details=whole.details)
    return dataclasses.replace(order, hold=hold)


def _after(rig: Rig, state: State, name: str) -> tuple[State, object, Facts]:
    """Do an action; returns the state that is kept, what could go wrong, and the whole journal."""
    action = next(one for one in offered(rig, state) if one.name == name)
    rig.put(state, kept=False)
    rig.run(action.run, (), Budget())
    asked, facts = tuple(rig.choices.open), rig.journal.facts
    return rig.take(), asked, facts

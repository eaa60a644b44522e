"""Breadth first over every state: what goes wrong is paid for, and fewest payments come first.

A state is the journal, the world, and what of the running process counts. What is equal in it
regardless of the path that led there is one state. Its parts are numbered, and a state is the tuple
of these numbers: nothing is hashed away, and two states are never taken for one.

A state that was reached with no more crashes, faults and breaches before is not looked at again:
from there everything can happen that can happen from here.
"""

from __future__ import annotations

import dataclasses
import heapq
import itertools
import time
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from station.core.orders import OrderRecord
from tests.explore import rules
from tests.explore.acts import Action
from tests.explore.choices import Budget, Script
from tests.explore.desk_acts import actions
from tests.explore.rig import Rig, State

Key = tuple[int, ...]
_NO_MORE = Budget(99, 99, 99)  #: to look at something costs nothing


class Step(NamedTuple):
    """One step of a path: from which node, by which action, with which of its ways."""

    before: int
    action: str
    script: Script


@dataclasses.dataclass(frozen=True)
class Violation:
    """A rule that does not hold, and the node or the step where that was seen."""

    text: str
    path: tuple[Step, ...]


@dataclasses.dataclass
class Result:
    """What one search has found.

    Attributes:
        states: Different states, whatever led there.
        transitions: Runs of an action.
        violations: Each kind of violation once, with its shortest path.
        stuck: States from which no good action leads to an end, one shortest path of each kind.
        states_without_exit: How many they are.
        ends: How many states are ends.
        policies: Words of the policies that were read, by field.
        seconds: Of the clock.
        whole: Whether every state was looked at.
    """

    states: int = 0
    transitions: int = 0
    violations: dict[str, Violation] = dataclasses.field(default_factory=dict)
    stuck: dict[str, Violation] = dataclasses.field(default_factory=dict)
    states_without_exit: int = 0
    ends: int = 0
    policies: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    whole: bool = True


class Numbers:
    """Numbers the parts of states."""

    def __init__(self) -> None:
        self._known: dict[Hashable, int] = {}

    def of(self, part: Hashable) -> int:
        """Return the number of a part."""
        return self._known.setdefault(part, len(self._known))


class Search:
    """One search from one state."""

    def __init__(self, rig: Rig, start: State, *, stop_at_first: bool = False) -> None:
        self.rig = rig
        self.start = start
        self.stop_at_first = stop_at_first
        self.result = Result()
        self._numbers = [Numbers() for _ in range(5)]
        self._steps: list[Step | None] = []  #: by node
        self._state_of: list[int] = []  #: number of its state, by node
        self._number: dict[Key, int] = {}
        self._pages: set[Key] = set()  #: that were drawn
        self._paid: list[list[Budget]] = []  #: by state
        self._first: list[int] = []  #: first node, by state
        self._ends: set[int] = set()
        #: By state: the good actions of other states that may lead here, as numbers of `_good`.
        self._back: list[list[int]] = []
        self._good: list[tuple[int, int]] = []  #: state, and to how many others it may lead
        self._names: list[str] = []
        rig.judge = rules.judge

    def run(self, most_states: int | None = None, seconds: float | None = None) -> Result:
        """Look at every state; stop at limits, or at the first violation where that is wanted."""
        began = time.monotonic()
        count = itertools.count()
        queue: list[tuple[int, int, int, int, State, Budget]] = []
        self._add(self._state(self.start)[0], None, Budget())
        heapq.heappush(queue, (0, 0, next(count), 0, self.start, Budget()))
        while queue:
            over = seconds is not None and time.monotonic() - began > seconds
            if over or (most_states is not None and len(self._paid) >= most_states):
                self.result.whole = False
                break
            _, depth, _, node, state, paid = heapq.heappop(queue)
            if self._dominated(self._state_of[node], paid, strictly=True):
                continue
            for found, number, step, cost in self._expand(node, state, paid):
                after = self._add(number, step, cost)
                if after is not None:
                    entry = (cost.spent, depth + 1, next(count), after, found, cost)
                    heapq.heappush(queue, entry)
            if self.stop_at_first and self.result.violations:
                self.result.whole = False
                break
        if self.result.whole:
            self._look_for_exits()
        self.result.states = len(self._paid)
        self.result.ends = len(self._ends)
        self.result.seconds = time.monotonic() - began
        return self.result

    # -- one state -----------------------------------------------------------------------------

    def _expand(
        self, node: int, state: State, paid: Budget
    ) -> Iterator[tuple[State, int, Step, Budget]]:
        for action in offered(self.rig, state):
            cost = paid.plus(action.cost)
            if cost.within(self.rig.choices.bounds):
                yield from self._ways(node, state, action, cost)

    def _ways(
        self, node: int, state: State, action: Action, paid: Budget
    ) -> Iterator[tuple[State, int, Step, Budget]]:
        rig = self.rig
        scripts: list[Script] = [()]
        led_to: set[int] = set()
        while scripts:
            script = scripts.pop()
            rig.put(state)
            step = Step(node, action.name, script)
            self.result.transitions += 1
            try:
                crashed = rig.run(action.run, script, paid)
            except Exception as exc:  # noqa: BLE001 - a defect is what is looked for
                self._violated([f"a defect of the station: {exc!r}"], step)
                continue
            scripts.extend((*script, one) for one in rig.choices.open)
            for field, word in rig.policies.chosen.items():
                self.result.policies.setdefault(field, set()).add(word)
            found, spent = rig.take(), rig.choices.spent
            number, new = self._state(found)
            self._violated(self._wrong(found, action, crashed=crashed), step)
            if new and found.up:
                self._violated(self._shown(found), step)
            if action.good and spent == paid:
                led_to.add(number)
            yield found, number, step, spent
        self._leads(self._state_of[node], led_to)

    def _wrong(self, found: State, action: Action, *, crashed: bool) -> Iterator[str]:
        rig = self.rig
        yield from rig.broken
        yield from rig.journal.broken
        yield from rules.found_in(rig, found)
        knows = not (crashed or found.disturbed or found.lied)
        if action.name == "The station starts." and knows:
            yield from rules.after_recovery(rig, found)
        if rules.is_end(rig, found):
            yield from rules.at_the_end(rig, found)

    def _shown(self, found: State) -> Iterator[str]:
        page = self._key(found)[:4]  # a page is drawn from the journal alone
        if page in self._pages:
            return
        self._pages.add(page)
        try:
            self.rig.choices.begin((), _NO_MORE)
            self.rig.journal.facts = found.facts
            self.rig.show()
        except Exception as exc:  # noqa: BLE001 - a defect is what is looked for
            yield f"a page can't be shown: {exc!r}"

    def _violated(self, texts: Iterator[str] | list[str], step: Step) -> None:
        for text in texts:
            if text not in self.result.violations:
                path = (*self.path(step.before), step)
                self.result.violations[text] = Violation(text, path)

    # -- states --------------------------------------------------------------------------------

    def _key(self, state: State) -> Key:
        n = self._numbers
        facts = state.facts
        return (
            n[0].of(tuple(_order_key(order) for order in facts.orders)),
            n[1].of(facts.effects),
            n[2].of((facts.cards, facts.outbox)),
            n[3].of((facts.written, facts.presented, state.link, state.chosen)),
            n[4].of(state.things),
            state.up + 2 * state.disturbed + 4 * state.lied,
        )

    def _state(self, state: State) -> tuple[int, bool]:
        """Return the number of a state, and whether it was not known before."""
        key = self._key(state)
        number = self._number.get(key)
        new = number is None
        if number is None:
            number = self._number[key] = len(self._number)
            self._paid.append([])
            self._first.append(-1)
            self._back.append([])
            self._names.append(_name(state))
            self.rig.world.things = state.things
            if rules.is_end(self.rig, state):
                self._ends.add(number)
        return number, new

    def _add(self, number: int, step: Step | None, paid: Budget) -> int | None:
        if self._dominated(number, paid, strictly=False):
            return None
        self._paid[number] = [one for one in self._paid[number] if not paid.within(one)]
        self._paid[number].append(paid)
        node = len(self._steps)
        self._steps.append(step)
        self._state_of.append(number)
        if self._first[number] < 0:
            self._first[number] = node
        return node

    def _dominated(self, number: int, paid: Budget, *, strictly: bool) -> bool:
        for one in self._paid[number]:
            if one.within(paid) and not (strictly and one == paid):
                return True
        return False

    def _leads(self, before: int, led_to: set[int]) -> None:
        """Note a good action and every state that it may lead to, as the policies are."""
        if not led_to or before in led_to:
            return  # it may change nothing
        number = len(self._good)
        self._good.append((before, len(led_to)))
        for after in led_to:
            self._back[after].append(number)

    def _look_for_exits(self) -> None:
        """Find the states from which good actions lead to an end, whatever the policies are."""
        reached, todo = set(self._ends), list(self._ends)
        left = [ways for _, ways in self._good]
        while todo:
            for number in self._back[todo.pop()]:
                left[number] -= 1
                before = self._good[number][0]
                if left[number] == 0 and before not in reached:
                    reached.add(before)
                    todo.append(before)
        lost = [one for one in range(len(self._paid)) if one not in reached]
        self.result.states_without_exit = len(lost)
        for number in sorted(lost, key=lambda one: self._first[one]):
            name = self._names[number]
            if name not in self.result.stuck:
                path = self.path(self._first[number])
                self.result.stuck[name] = Violation(f"I11 no way out: {name}", path)

    def path(self, node: int) -> tuple[Step, ...]:
        """Return the steps that lead to a node."""
        steps: list[Step] = []
        step = self._steps[node]
        while step is not None:
            steps.append(step)
            step = self._steps[step.before]
        return tuple(reversed(steps))


def offered(rig: Rig, state: State) -> list[Action]:
    """Return what can happen in a state, whatever the policies are that nobody has read yet."""
    found: dict[str, Action] = {}
    scripts: list[Script] = [()]
    while scripts:
        script = scripts.pop()
        rig.put(state)
        rig.choices.begin(script, _NO_MORE)  # to look at a page costs nothing
        for action in actions(rig):
            found.setdefault(action.name, action)
        scripts.extend((*script, one) for one in rig.choices.open)
    return list(found.values())


def _order_key(order: OrderRecord) -> Hashable:
    hold = order.hold
    held = None
    if hold is not None:
        held = (hold.code, hold.effect, hold.due_age, hold.details.get("tries"))
    chip = (order.chip.AAZ501, order.chip.AAZ500) if order.chip is not None else None
    known = order.data is not None
    return (order.id, order.step, order.goal, held, chip, order.card, order.kind, known)


def _name(state: State) -> str:
    """Return where an order stands, to tell kinds of dead ends apart."""
    order = state.facts.orders[-1]
    opened = [one.kind.value for one in state.facts.effects if one.ended_at is None]
    held = order.hold.code if order.hold is not None else "nothing"
    return (
        f"{'up' if state.up else 'down'}, {order.step.value}, held by {held},"
        f" open: {', '.join(opened) or 'nothing'}"
    )


def replay(rig: Rig, start: State, path: tuple[Step, ...]) -> Iterator[tuple[str, list[str]]]:
    """Do the steps of a path again; yields each with the lines that it tells."""
    state, paid = start, Budget()
    for step in path:
        action = next(one for one in offered(rig, state) if one.name == step.action)
        paid = paid.plus(action.cost)
        rig.put(state)
        rig.choices.says = lines = []
        try:
            rig.run(action.run, step.script, paid)
        except Exception as exc:  # noqa: BLE001 - the last line of such a story
            lines.append(f"    A defect: {exc!r}")
        rig.choices.says = None
        state, paid = rig.take(), rig.choices.spent
        yield step.action, lines


def story(rig: Rig, start: State, violation: Violation) -> str:
    """Return how a rule came to be broken, as somebody at the window would tell it."""
    lines = [f"== {violation.text}"]
    for number, (action, told) in enumerate(replay(rig, start, violation.path), 1):
        lines += [f"{number:3}. {action}", *told]
    return "\n".join(lines)

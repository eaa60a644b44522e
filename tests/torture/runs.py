"""One run of one window: serve everybody, whatever happens, then check the invariants."""

from __future__ import annotations

import dataclasses
import hashlib
import time
import traceback
from collections import Counter
from collections.abc import Callable
from typing import Final

from station.core.questions import AnswerKind, QuestionKind
from station.production.life.policies import Policies
from station.production.people.questions import ANSWERED
from tests.torture import temporary_rules
from tests.torture.claims import MARK_GIVEN_BACK, answered
from tests.torture.clerk import Answers, Clerk, Wish, no_choice, tally
from tests.torture.evidence import Evidence, collect
from tests.torture.invariants import violations
from tests.torture.machine import Machine
from tests.torture.points import Point
from tests.torture.service_hands import look_at_every_card
from tests.torture.service_rules import done
from tests.torture.window import DEFAULT_POLICIES, Window, new_window

MOST_ROUNDS: Final = 90  #: a person would have asked the technician long before
MOST_TRIES: Final = 20  #: of a report that is owed in the end
LONGEST_REST: Final = 400.0  #: seconds after which anything is tried again
#: Of the processor for one run, not of the wall: on a machine that others use, a run that needs two
#: would break off, and be a violation of nothing.
MOST_SECONDS: Final = 60.0

Hands = Callable[[Window], None]


def nothing(window: Window) -> None:
    """Do nothing."""
    del window


@dataclasses.dataclass
class Result:
    """What one run gave.

    Attributes:
        name: Of the schedule, or of the case and its break.
        violations: What did not hold.
        digest: Of every event, effect and report; two runs that did the same have the same.
        points: That it passed.
        kills: Power cuts.
        slowest_recovery: Seconds.
        faults: How often each fault really happened.
        counts: What became of orders and cards.
        changed: Of each point, whether anything may have happened since the one before.
    """

    name: str
    violations: list[str]
    digest: str = ""
    points: list[Point] = dataclasses.field(default_factory=list)
    kills: int = 0
    slowest_recovery: float = 0.0
    faults: Counter[str] = dataclasses.field(default_factory=Counter)
    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    changed: list[bool] = dataclasses.field(default_factory=list)


def run(
    name: str,
    wishes: list[Wish],
    *,
    prepare: Hands = nothing,
    while_off: Hands = nothing,
    every_round: Hands = nothing,
    seed: int = 1,
    volatile: bool = False,
    policies: Policies = DEFAULT_POLICIES,
    answers: Answers = no_choice,
    machine: type[Machine] = Machine,
) -> Result:
    """Serve the wishes to their end in a new window and check what it left behind.

    A run that breaks off is a violation of its own: the seed is named, and the others go on.
    """
    try:
        return _run(
            name,
            wishes,
            prepare=prepare,
            while_off=while_off,
            every_round=every_round,
            seed=seed,
            volatile=volatile,
            policies=policies,
            answers=answers,
            machine=machine,
        )
    except Exception:  # noqa: BLE001 - whatever breaks is the finding
        return Result(name, [f"the run broke off: {traceback.format_exc(limit=-3)}"])


def _run(
    name: str,
    wishes: list[Wish],
    *,
    prepare: Hands,
    while_off: Hands,
    every_round: Hands,
    seed: int,
    volatile: bool,
    policies: Policies,
    answers: Answers,
    machine: type[Machine],
) -> Result:
    with new_window(seed, volatile=volatile, policies=policies, machine=machine) as window:
        clerk = Clerk(window, answers)
        prepare(window)
        deadline = time.process_time() + MOST_SECONDS
        for _ in range(MOST_ROUNDS):
            if all(wish.ended for wish in wishes) or time.process_time() > deadline:
                break
            window.rounds += 1
            window.survive(lambda: every_round(window), lambda: while_off(window))
            window.survive(lambda: clerk.one_round(wishes), lambda: while_off(window))
        window.points.disarm()
        window.survive(window.engine.finish, lambda: while_off(window))
        window.survive(lambda: _end_of_day(window), lambda: while_off(window))
        evidence = collect(window, clerk.answered)
        found = violations(evidence) + clerk.stuck(wishes)
        return result_from(name, window, evidence, found)


def _end_of_day(window: Window) -> None:
    """Send what is owed still, as 失败数据回盘 does, and look at every card."""
    window.disk.mend()
    window.province.down = False
    for _ in range(MOST_TRIES):
        if not window.service.outbox.owed():
            break
        window.service.outbox.retry("clerk")
        window.clock.advance(LONGEST_REST)
        window.engine.turn()
    window.engine.finish()
    look_at_every_card(window)


def result_from(name: str, window: Window, evidence: Evidence, found: list[str]) -> Result:
    """Sum one window up."""
    return Result(
        name,
        found,
        _digest(evidence),
        window.points.passed,
        window.kills,
        window.slowest_recovery,
        window.points.fired + window.faults + _told(evidence),
        Counter(tally(window)),
        window.points.changed,
    )


def _told(evidence: Evidence) -> Counter[str]:
    """Count what the station and the province took: answers of people, marks given back."""
    told = Counter(
        answered(QuestionKind(event.data["question"]), AnswerKind(event.data["answer"]))
        for event in evidence.events
        if event.kind == ANSWERED
    )
    return told + Counter({MARK_GIVEN_BACK: len(evidence.given_back)}) + _done(evidence)


def _done(evidence: Evidence) -> Counter[str]:
    return done(evidence) + temporary_rules.done(evidence)


def _digest(evidence: Evidence) -> str:
    # Sealed columns are left out: their nonces are new in every run.
    events = [event.hash for event in evidence.events]
    told = [repr(evidence.acts), repr(evidence.reports), repr(evidence.ledger)]
    return hashlib.sha256("\n".join(events + told).encode()).hexdigest()

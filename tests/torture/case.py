"""One course of things, as a value: what is wrong, who wants what, what people say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from station.core.questions import AnswerKind, QuestionKind
from station.production.life.policies import Policies
from tests.torture.clerk import Wish
from tests.torture.machine import Machine
from tests.torture.people import PEOPLE
from tests.torture.runs import Hands, Result, nothing, run
from tests.torture.window import DEFAULT_POLICIES, Window


@dataclasses.dataclass(frozen=True)
class Case:
    """One course of things, before the power is cut.

    Attributes:
        name: For people.
        prepare: What is wrong from the start.
        while_off: What hands do while the power is off.
        every_round: What happens between the clerk's buttons.
        wishes: Who wants a card.
        policies: What the site has chosen.
        answers: What a person would rather say, where there is a choice.
        machine: What stands at the window.
    """

    name: str
    prepare: Hands = nothing
    while_off: Hands = nothing
    every_round: Hands = nothing
    wishes: Callable[[], list[Wish]] = lambda: [Wish(PEOPLE[0], "request-1")]
    policies: Policies = DEFAULT_POLICIES
    answers: Mapping[QuestionKind, AnswerKind] = dataclasses.field(default_factory=dict)
    machine: type[Machine] = Machine

    def run(
        self, prepare: Hands | None = None, name: str = "", *, volatile: bool = False
    ) -> Result:
        """Run it, with another preparation for a break."""
        return run(
            name or self.name,
            self.wishes(),
            prepare=prepare or self.prepare,
            while_off=self.while_off,
            every_round=self.every_round,
            volatile=volatile,
            policies=self.policies,
            answers=self.answers.get,
            machine=self.machine,
        )


def both(*hands: Hands) -> Hands:
    """Do all of these, in this order."""

    def do_all(window: Window) -> None:
        for one in hands:
            one(window)

    return do_all

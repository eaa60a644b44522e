"""What must happen at least once in a full run: each fault, each question, each answer to each.

A fault that never strikes and a question that is never asked prove nothing; they fail the run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from station.core.questions import ANSWERS, AnswerKind, QuestionKind

ENOUGH_SEEDS: Final = 200  #: of a run that must have seen everything
MARK_GIVEN_BACK: Final = "mark of a cancelled order given back"


def asked(kind: QuestionKind) -> str:
    """Name the fact that this was asked."""
    return f"asked: {kind.value}"


def answered(kind: QuestionKind, said: AnswerKind) -> str:
    """Name the fact that this was answered to that question."""
    return f"answered: {kind.value}, {said.value}"


def never_seen(seen: Iterable[str], faults: Collection[str]) -> list[str]:
    """Return which of these faults, and of the station's questions and answers, are missing."""
    expected = set(faults)
    for kind, answers in ANSWERS.items():
        expected |= {asked(kind), *(answered(kind, said) for said in answers)}
    return sorted(expected - set(seen))

"""Questions to a person about an order: only what printer, chip and province can't answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.errors import (
    AnswerProblem,
    CardMissingError,
    OutcomeUnknownError,
    PersonRequest,
    WrongCardReason,
    WrongMachineError,
)
from station.core.evidence import ReturnCard
from station.core.life import EFFECTS, IN_MACHINE, STEPS
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    EffectKind,
    Hold,
    OrderRecord,
)
from station.core.phrases import phrase
from station.core.printing import Capability, CardRetractor
from station.core.questions import ANSWERS, APPROVED_BY_A_SECOND, AnswerKind, QuestionKind
from station.production.life.effects import Workbench
from station.production.life.steps import hand_over, release
from station.production.people import doubt

#: The order's card is not the one in the path, or the path is empty or another printer's.
MISPLACED: Final = frozenset(
    {CardMissingError.code, WrongCardReason.NOT_THIS_ORDERS.value, WrongMachineError.code}
)
#: Request of a machine without motors -> the question.
BY_HAND: Final = {
    PersonRequest.PUT_IN.value: QuestionKind.PUT_IN,
    PersonRequest.TAKE_OUT.value: QuestionKind.TAKE_OUT,
    PersonRequest.PUT_ASIDE.value: QuestionKind.PUT_ASIDE,
}
#: Open effect on a card that moved -> the question.
IN_DOUBT: Final = {
    EffectKind.FEED: QuestionKind.FEED_IN_DOUBT,
    EffectKind.RELEASE: QuestionKind.RELEASE_IN_DOUBT,
    EffectKind.REJECT: QuestionKind.REJECT_IN_DOUBT,
}
OWED_INSIDE: Final = frozenset(step for step in IN_MACHINE if STEPS[step].owes_report)
ANSWERED: Final = "answered"  #: kind of the event that records a person's answer


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the answers to a question; its texts are phrases until it is shown.

    Attributes:
        answer: The value for the API and `station orders answer`.
        label: Label of the button.
        consequence: What the station will do.
        needs_approver: Whether a supervisor other than the answering person must agree.
    """

    answer: AnswerKind
    label: str
    consequence: str
    needs_approver: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A question about an order's card that only a person can answer."""

    kind: QuestionKind
    text: str
    answers: tuple[Answer, ...]


#: Inconclusive answers of the province: the card may wait for these as long as for no answer.
UNCLEAR: Final = frozenset(problem.value for problem in AnswerProblem)


def question_about(bench: Workbench, order: OrderRecord) -> Question | None:
    """Return the question about this order now; None when nothing is open.

    Its texts are phrases (`station.core.phrases`).
    """
    kind = _asked(bench, order)
    if kind is None:
        return None
    impossible = _impossible(bench, order)
    answers = tuple(
        Answer(
            answer,
            phrase(f"answer.{answer}"),
            phrase(f"answer-effect.{answer}"),
            answer in APPROVED_BY_A_SECOND,
        )
        for answer in ANSWERS[kind]
        if answer not in impossible
    )
    return Question(kind, phrase(f"question.{kind}"), answers)


def _impossible(bench: Workbench, order: OrderRecord) -> set[AnswerKind]:
    """Return the answers that are impossible with this machine or this card."""
    printer, effect = bench.equipment.printer, bench.open_effect(order)
    impossible = set()
    if not isinstance(printer, CardRetractor) or not hand_over.came_out_last(bench, order):
        impossible.add(AnswerKind.RETRACT)
    leaves = effect is not None and effect.kind is EffectKind.RELEASE
    stranger = leaves and effect is not None and release.released_card(order, effect) != order.card
    feeds = Capability.FEEDER in printer.model.capabilities
    if effect is not None and isinstance(effect.before, ReturnCard):
        impossible.add(AnswerKind.SPOILED)  # it goes back as it came: nothing was made of it
    # While the outcome of a write or print is unknown no other movement may begin; otherwise that
    # outcome could not be established.
    busy = effect is not None and EFFECTS[effect.kind].uses_up
    if order.chip is None or stranger or busy or not feeds:
        impossible.add(AnswerKind.PUT_BACK)
    if effect is not None and effect.kind is EffectKind.FEED:
        own = doubt.brings_own_card(order, effect)
        impossible |= {AnswerKind.DISCARDED, AnswerKind.LOST} if own else set()
    return impossible


def _asked(bench: Workbench, order: OrderRecord) -> QuestionKind | None:
    if order.hold is not None and order.hold.code in BY_HAND:
        return BY_HAND[order.hold.code]
    if order.hold is not None and order.hold.retry_at is None:
        effect = bench.open_effect(order)
        if effect is not None and effect.kind in IN_DOUBT:
            return IN_DOUBT[effect.kind]
    card = bench.card_of(order)
    if card is None:
        return None
    if card.fate is CardFate.ISSUED:
        effect = bench.open_effect(order)
        retracted = effect is not None and effect.kind is EffectKind.RETRACT
        asked = retracted or card.place is CardPlace.UNKNOWN or not_taken(bench, card)
        return QuestionKind.CARD_NOT_TAKEN if asked else None
    if card.fate is not CardFate.IN_MACHINE or order.hold is None:
        return None
    return _about_held(bench, order, order.hold)


def _about_held(bench: Workbench, order: OrderRecord, hold: Hold) -> QuestionKind | None:
    if hold.effect is EffectKind.PRINT and hold.code == OutcomeUnknownError.code:
        return QuestionKind.FACE_IN_DOUBT
    if hold.code in MISPLACED:
        return QuestionKind.CARD_MISSING
    if hold.retry_at is None and not (hold.code in UNCLEAR and owed_too_long(bench, order)):
        return QuestionKind.CARD_HELD
    return QuestionKind.REPORT_OWED_LONG if owed_too_long(bench, order) else None


def not_taken(bench: Workbench, card: CardRecord) -> bool:
    """Whether a card has been at the outlet for longer than the site gives its holder."""
    within = bench.equipment.policies.take_within
    if card.place is not CardPlace.OUTPUT_HOPPER or within <= 0:
        return False
    since = bench.journal.cards.presented_since(card.id)
    return since is not None and since > within


def owed_too_long(bench: Workbench, order: OrderRecord) -> bool:
    """Whether a written card has waited inside longer for its report than the site allows."""
    policies = bench.equipment.policies
    if order.step not in OWED_INSIDE or policies.hold_owed <= 0:
        return False
    since = bench.journal.effects.written_since(order.id, ANSWERED, AnswerKind.WAIT.value)
    return since is not None and since > policies.hold_owed

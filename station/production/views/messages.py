"""What a person is told of an order that does not go on: cause, place of the card, and what to do.

One message is put together from three things: the reason that the order was held for, what the
machine itself reports at the last look (a jam, an open cover, a cable), and what takes the order on
from here (an answer, or the button that follows). A remedy names only what stands on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from station import words
from station.core.errors import (
    AnswerProblem,
    ConnectionFailure,
    GatewayUnavailableError,
    NotDoneError,
    OutcomeUnknownError,
    ReaderNotConnectedError,
    RejectionReason,
    WrongCardReason,
)
from station.core.life import AT_PROVINCE, IN_MACHINE, OrderEvent
from station.core.orders import EffectKind, Hold, OrderRecord, OrderStep
from station.core.printing import PrinterStateReason, PrinterStatus, Severity
from station.core.questions import AnswerKind
from station.production.machine.looks import MachineSnapshot
from station.production.people.questions import Question
from station.words import OperatorText, Table, explain, known, numbered, where
from station.words.tables import ANSWER_LABELS

#: What an effect is called on the page.
EFFECT_TITLES: Final = Table("effect")
#: The button that makes an event happen, as the page labels it.
BUTTON_TITLES: Final = Table("button")
#: Answers that take the order on as it is.
GOING_ON: Final = (AnswerKind.GO_ON, AnswerKind.IS_IN, AnswerKind.IS_OUT)
#: Codes whose text says what was not done or is not known, and not why.
NO_CAUSE_OF_THEIR_OWN: Final = frozenset({NotDoneError.code, OutcomeUnknownError.code})
PRINTER_CODES: Final = frozenset(keyword.value for keyword in PrinterStateReason)
PROVINCE_CODES: Final = frozenset(
    word.value for each in (RejectionReason, AnswerProblem, ConnectionFailure) for word in each
) | {GatewayUnavailableError.code}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that stands in the way, in the operator's words.

    Attributes:
        code: Stable, kebab-case.
        title: What happened.
        cause: 原因.
        where: Where the card is now; empty when no card is concerned.
        remedy: 怎么办.
        retry_at: When the station tries again by itself.
        effect: The effect whose outcome is not known.
        native: The device's own number, for the technician.
    """

    code: str
    title: str
    cause: str
    where: str
    remedy: str
    retry_at: dt.datetime | None = None
    effect: str | None = None
    native: str = ""


def problem_of(
    order: OrderRecord,
    hold: Hold,
    *,
    place: str,
    look: MachineSnapshot | None,
    question: Question | None,
    following: OrderEvent | None,
    inside: bool,
    card_out: bool = False,
) -> Problem:
    """Return a hold in the operator's words.

    Args:
        order: The order that is held.
        hold: Why.
        place: Where its card is, in words.
        look: What the machine reported at the last look.
        question: What is asked about the card, if anything.
        following: The event that comes next for the order.
        inside: Whether the order's card is in the machine.
        card_out: Whether this station has put out a card of the same person before.
    """
    again = again_step(question, following, order.step, retries=hold.retry_at is not None)
    details = _details(order, hold)
    variant = _variant(hold, look, card_out=card_out)
    text = explain(hold.code, details, again=again, variant=variant)
    reported = _reported(order, hold, look)
    if reported is not None:
        text = _joined(explain(*reported, again=""), text)
    elif _broke_off(hold):
        step = EFFECT_TITLES[hold.effect] if hold.effect else ""
        text = OperatorText(
            text.title, words.text("message.broke-off", cause=text.cause, step=step), text.steps
        )
    steps = text.steps
    if inside and hold.code in PROVINCE_CODES:
        steps = (words.text("message.stays-inside"), *steps)
    native = details.get("native_code", "") or (
        reported[1].get("native_code", "") if reported else ""
    )
    return Problem(
        code=hold.code,
        title=text.title,
        cause=text.cause,
        where=place,
        remedy=numbered(steps),
        retry_at=hold.retry_at,
        effect=hold.effect.value if hold.effect else None,
        native=native,
    )


def again_step(
    question: Question | None, following: OrderEvent | None, step: OrderStep, *, retries: bool
) -> str:
    """Return the step of a remedy that takes an order up again, by what is on its page."""
    if question is not None:
        return _by_answer(question)
    if step is OrderStep.SPOILED or following is OrderEvent.REPORTED:
        return _by_button(words.text("message.retry-report"), retries=retries)
    if following is OrderEvent.DATA_FETCHED:
        return words.text("again.fetch-retried" if retries else "again.fetch")
    if following is None:
        return ""
    return _by_button(BUTTON_TITLES[following], retries=retries)


def _by_button(button: str, *, retries: bool) -> str:
    return words.text("again.button-retried" if retries else "again.button", button=button)


def printer_problems(status: PrinterStatus) -> tuple[Problem, ...]:
    """Return what the printer complains of, errors first."""
    place = status.card.value if status.card else "none"
    ranked = sorted(status.reasons, key=lambda reason: reason.severity is not Severity.ERROR)
    problems = []
    for reason in ranked:
        text = explain(reason.keyword.value, {"native_code": reason.native})
        problems.append(
            Problem(
                code=reason.keyword.value,
                title=text.title,
                cause=text.cause,
                where=where(place),
                remedy=text.remedy,
                native=reason.native,
            )
        )
    return tuple(problems)


def connection_problem(code: str, details: Mapping[str, str] = MappingProxyType({})) -> Problem:
    """Return a device that can't be asked at all, or can't do its part, in the operator's words."""
    text = explain(code, details)
    return Problem(code, text.title, text.cause, "", text.remedy)


def _by_answer(question: Question) -> str:
    offered = {one.answer for one in question.answers}
    for answer in GOING_ON:
        if answer in offered and len(offered) > 1:
            return words.text("again.answer-or-other", answer=ANSWER_LABELS[answer])
        if answer in offered:
            return words.text("again.answer", answer=ANSWER_LABELS[answer])
    return words.text("again.answer-truly")


def _details(order: OrderRecord, hold: Hold) -> dict[str, str]:
    details = dict(hold.details)
    if hold.code == WrongCardReason.OTHER_BANK.value and order.data is not None:
        details["wanted"] = order.data.bank_name
    effect = hold.effect.value if hold.effect else details.get("effect", "")
    if effect in set(EffectKind):
        details["step"] = EFFECT_TITLES[EffectKind(effect)]
    return details


def _variant(hold: Hold, look: MachineSnapshot | None, *, card_out: bool) -> str:
    if hold.effect in AT_PROVINCE and known(hold.code, "changes"):
        return "changes"
    if hold.code == RejectionReason.NOT_REPORTED_LOST.value and card_out:
        return "card-out"
    connected = look is not None and look.printer is not None and look.reader
    return "connected" if connected and known(hold.code, "connected") else ""


def _reported(
    order: OrderRecord, hold: Hold, look: MachineSnapshot | None
) -> tuple[str, dict[str, str]] | None:
    """Return what the machine names as its own trouble, unless the hold is about just that."""
    if hold.effect in AT_PROVINCE or hold.code in PROVINCE_CODES:
        return None
    needs_machine = order.step in IN_MACHINE or order.step is OrderStep.APPROVED
    now = _trouble(look) if needs_machine or hold.effect is not None else None
    if now is not None and now[0] != hold.code:
        return now
    cause = hold.details.get("cause", "")
    if hold.code in NO_CAUSE_OF_THEIR_OWN and cause and cause not in NO_CAUSE_OF_THEIR_OWN:
        return cause, {name: word for name, word in hold.details.items() if name != "cause"}
    return None


def _trouble(look: MachineSnapshot | None) -> tuple[str, dict[str, str]] | None:
    if look is None:
        return None
    if look.printer is None:
        return look.printer_error, {}
    if look.printer.errors:
        reason = look.printer.errors[0]
        return reason.keyword.value, {"native_code": reason.native}
    return None if look.reader else (ReaderNotConnectedError.code, {})


def _broke_off(hold: Hold) -> bool:
    return hold.code in PRINTER_CODES and hold.effect is not None


def _joined(reported: OperatorText, text: OperatorText) -> OperatorText:
    steps: Sequence[str] = [*reported.steps, *text.steps]
    return OperatorText(
        words.text("message.joined", reported=reported.title, title=text.title),
        f"{reported.cause}{text.cause}",
        tuple(dict.fromkeys(steps)),
    )

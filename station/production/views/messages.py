"""Messages about an order that does not continue: cause, place of the card, and remedy.

One message is assembled from three things: the reason of the hold, what the machine itself reported
at the last reading (a jam, an open cover, a cable), and what resumes the order from here (an
answer, or the button of the next step). A remedy names only elements that are on the page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from station import words
from station.core.errors import (
    AnswerProblem,
    CardMissingError,
    ChipContactLostError,
    ConnectionFailure,
    FeederStoppedError,
    GatewayUnavailableError,
    NotDoneError,
    OutcomeUnknownError,
    PrinterNotConnectedError,
    ReaderNotConnectedError,
    RejectionReason,
    TransportClosedError,
    TransportError,
    TransportTimeoutError,
    WrongCardReason,
)
from station.core.life import AT_PROVINCE, IN_MACHINE, OrderEvent
from station.core.orders import EffectKind, Hold, OrderRecord, OrderStep
from station.core.printing import PrinterStateReason, PrinterStatus, Severity
from station.core.questions import AnswerKind, QuestionKind
from station.production.life.feeder_stop import StopCause
from station.production.machine.looks import MachineSnapshot
from station.production.people.questions import Question
from station.production.views.citizen import citizen_advice
from station.words import OperatorText, Table, explain, known, numbered, where
from station.words.tables import ANSWER_LABELS

#: Names of effects on the page.
EFFECT_TITLES: Final = Table("effect")
#: The page's label of the button that triggers an event.
BUTTON_TITLES: Final = Table("button")
#: Answers that continue the order unchanged.
GOING_ON: Final = (AnswerKind.GO_ON, AnswerKind.IS_IN, AnswerKind.IS_OUT)
#: Codes whose text describes what was not done or is not known, but not the cause.
NO_CAUSE_OF_THEIR_OWN: Final = frozenset({NotDoneError.code, OutcomeUnknownError.code})
#: Codes of an exchange that did not get through: a missing cable explains them.
LINK_CODES: Final = frozenset(
    error.code
    for error in (
        TransportError,
        TransportTimeoutError,
        TransportClosedError,
        ChipContactLostError,
        PrinterNotConnectedError,
        ReaderNotConnectedError,
    )
)
#: Codes whose text names the bank whose blanks the order needs.
ABOUT_BLANKS: Final = frozenset(
    {WrongCardReason.OTHER_BANK.value, PrinterStateReason.MEDIA_EMPTY.value}
)
PRINTER_CODES: Final = frozenset(keyword.value for keyword in PrinterStateReason)
PROVINCE_CODES: Final = frozenset(
    word.value for each in (RejectionReason, AnswerProblem, ConnectionFailure) for word in each
) | {GatewayUnavailableError.code}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What the machine itself reports.

    Attributes:
        code: Of an error, or a printer-state-reason.
        details: For its text.
        variant: Of its text.
        no_link: Whether the printer or the reader can't be reached at all.
    """

    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""
    no_link: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that blocks the work, in the operator's language.

    Attributes:
        code: Stable, kebab-case.
        title: What happened.
        cause: 原因.
        where: Where the card is now; empty when no card is concerned.
        remedy: 怎么办.
        retry_at: When the station tries again automatically.
        effect: The effect whose outcome is not known.
        native: The device's own number, for the technician.
        citizen: What the holder may do meanwhile; empty when nobody waits.
    """

    code: str
    title: str
    cause: str
    where: str
    remedy: str
    retry_at: dt.datetime | None = None
    effect: str | None = None
    native: str = ""
    citizen: str = ""


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
    feeder_stopped: StopCause | None = None,
) -> Problem:
    """Return a hold in the operator's language.

    Args:
        order: The order that is held.
        hold: The hold.
        place: Where its card is, as text.
        look: What the machine reported at the last reading.
        question: The question about the card, if any.
        following: The event that comes next for the order.
        inside: Whether the order's card is in the machine.
        card_out: Whether this station has put out a card of the same person before.
        feeder_stopped: Why no blank may be fed until a test card has passed; None: it may.
    """
    out = hold.code in (CardMissingError.code, PrinterStateReason.MEDIA_JAM) or _sees_no_card(look)
    again = again_step(question, following, order.step, retries=hold.retry_at is not None, out=out)
    details = _details(order, hold)
    variant = _variant(hold, look, card_out=card_out)
    if hold.code == FeederStoppedError.code and feeder_stopped is not None:
        variant = feeder_stopped.value
    text = explain(hold.code, details, again=again, variant=variant)
    reported = _reported(order, hold, look)
    if reported is not None and reported.no_link and hold.code in LINK_CODES:
        text = explain(reported.code, reported.details, again=again, variant=reported.variant)
    elif reported is not None:
        words_of_it = explain(reported.code, reported.details, again="", variant=reported.variant)
        text = _joined(words_of_it, text)
    elif feeder_stopped is not None and order.step is OrderStep.APPROVED:
        text = _stopped(text, hold.code, again, feeder_stopped)
    elif _broke_off(hold):
        step = EFFECT_TITLES[hold.effect] if hold.effect else ""
        text = OperatorText(
            text.title, words.text("message.broke-off", cause=text.cause, step=step), text.steps
        )
    steps = text.steps
    if inside and hold.code in PROVINCE_CODES:
        steps = (words.text("message.stays-inside"), *steps)
    native = details.get("native_code", "") or (
        reported.details.get("native_code", "") if reported else ""
    )
    advice = citizen_advice(order.kind, order.step, hold.code, hold.effect)
    return Problem(
        code=hold.code,
        title=text.title,
        cause=text.cause,
        where=place,
        remedy=numbered(steps),
        retry_at=hold.retry_at,
        effect=hold.effect.value if hold.effect else None,
        native=native,
        citizen=words.text(f"citizen.{advice}") if advice else "",
    )


def again_step(
    question: Question | None,
    following: OrderEvent | None,
    step: OrderStep,
    *,
    retries: bool,
    out: bool = False,
) -> str:
    """Return the step of a remedy that takes an order up again, by what is on its page.

    Args:
        question: What is asked on it.
        following: The event that comes next for the order.
        step: Where the order stands.
        retries: Whether the station retries automatically.
        out: Whether the card is out of the machine, or has to be taken out: it can only go on from
            the feeder then.
    """
    if question is not None:
        return _by_answer(question, out=out)
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
    """Return the printer's reported conditions, errors first."""
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
    """Return the problem of a device that can't be reached or can't do its part."""
    text = explain(code, details)
    return Problem(code, text.title, text.cause, "", text.remedy)


def _by_answer(question: Question, *, out: bool) -> str:
    offered = {one.answer for one in question.answers}
    if out and AnswerKind.NOT_FED in offered:
        return words.text("again.not-fed", answer=ANSWER_LABELS[AnswerKind.NOT_FED])
    if out and question.kind is not QuestionKind.CARD_MISSING:
        out = False
    if out and AnswerKind.PUT_BACK in offered:
        return words.text("again.put-back", answer=ANSWER_LABELS[AnswerKind.PUT_BACK])
    if out and AnswerKind.DISCARDED in offered:
        return words.text("again.discard", answer=ANSWER_LABELS[AnswerKind.DISCARDED])
    for answer in GOING_ON:
        if answer in offered and len(offered) > 1:
            return words.text("again.answer-or-other", answer=ANSWER_LABELS[answer])
        if answer in offered:
            return words.text("again.answer", answer=ANSWER_LABELS[answer])
    return words.text("again.answer-truly")


def _details(order: OrderRecord, hold: Hold) -> dict[str, str]:
    details = dict(hold.details)
    if hold.code in ABOUT_BLANKS and order.data is not None:
        details.setdefault("wanted", order.data.bank_name)
    effect = hold.effect.value if hold.effect else details.get("effect", "")
    if effect in set(EffectKind):
        details["step"] = EFFECT_TITLES[EffectKind(effect)]
    return details


def _variant(hold: Hold, look: MachineSnapshot | None, *, card_out: bool) -> str:
    if hold.effect in AT_PROVINCE and known(hold.code, "changes"):
        return "changes"
    if hold.code == RejectionReason.NOT_REPORTED_LOST.value and card_out:
        return "card-out"
    if hold.code == OutcomeUnknownError.code and _sees_no_card(look):
        return "empty"
    connected = look is not None and look.printer is not None and look.reader
    return "connected" if connected and known(hold.code, "connected") else ""


def _sees_no_card(look: MachineSnapshot | None) -> bool:
    return look is not None and look.printer is not None and look.printer.card is None


def _reported(order: OrderRecord, hold: Hold, look: MachineSnapshot | None) -> Trouble | None:
    """Return what the machine names as its own trouble, unless the hold is about just that."""
    if hold.effect in AT_PROVINCE or hold.code in PROVINCE_CODES:
        return None
    needs_machine = order.step in IN_MACHINE or order.step is OrderStep.APPROVED
    wanted = order.data.bank_name if order.data is not None else ""
    now = _trouble(look, wanted) if needs_machine or hold.effect is not None else None
    if now is not None and (now.code != hold.code or now.variant):
        return now
    cause = hold.details.get("cause", "")
    if hold.code in NO_CAUSE_OF_THEIR_OWN and cause and cause not in NO_CAUSE_OF_THEIR_OWN:
        details = {name: word for name, word in hold.details.items() if name != "cause"}
        return Trouble(cause, details)
    return None


def _trouble(look: MachineSnapshot | None, wanted: str) -> Trouble | None:
    if look is None:
        return None
    if look.printer is None:
        both = not look.reader and known(look.printer_error, "both")
        return Trouble(look.printer_error, variant="both" if both else "", no_link=True)
    if look.printer.errors:
        reason = look.printer.errors[0]
        about = {"native_code": reason.native, "wanted": wanted}
        return Trouble(reason.keyword.value, about)
    if look.reader:
        return None
    code, details = look.reader_error
    return Trouble(code or ReaderNotConnectedError.code, details, no_link=True)


def _stopped(text: OperatorText, code: str, again: str, cause: StopCause) -> OperatorText:
    """Return the stop of the feeder with the last blank's own fault, which led to it.

    The steps are the stop's alone: no press feeds another blank before a test card has passed.
    """
    if code == FeederStoppedError.code:
        return text
    stop = explain(FeederStoppedError.code, again=again, variant=cause.value)
    return replace(_joined(stop, text), steps=stop.steps)


def _broke_off(hold: Hold) -> bool:
    return hold.code in PRINTER_CODES and hold.effect is not None


def _joined(reported: OperatorText, text: OperatorText) -> OperatorText:
    steps: Sequence[str] = [*reported.steps, *text.steps]
    return OperatorText(
        words.text("message.joined", reported=reported.title, title=text.title),
        words.text("message.two-causes", first=reported.cause, second=text.cause),
        tuple(dict.fromkeys(steps)),
    )

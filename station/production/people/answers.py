"""The effect of each answer of a person. Runs on the machine's thread, on an order that is held.

Every answer is recorded in the history with the person; the same answer given twice takes effect
once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from station.core.changes import AddEvent, Change, Changes, SetGoal, SetHold
from station.core.errors import NotDoneError, PrinterBusyError, StepNotAllowedError
from station.core.life import EFFECTS, is_at
from station.core.orders import CardPlace, EffectKind, EffectState, OrderRecord, OrderStep
from station.core.printing import PrinterState
from station.core.questions import APPROVED_BY_A_SECOND, AnswerKind
from station.production.life.approvals import require_approver
from station.production.life.effects import ACTOR, OutcomePendingError, Workbench
from station.production.life.steps import hand_over, printing, put_back, spoil
from station.production.life.workflow import Workflow
from station.production.people import doubt
from station.production.people.questions import ANSWERED, Question, question_about

A = AnswerKind

#: Reason in the ledger and in the failure report.
FACE_SPOILED: Final = "face-spoiled"
CARD_DAMAGED: Final = "card-damaged"
CARD_LOST: Final = "card-lost"

Follows = Callable[[Workbench, OrderRecord], Changes]
Doing = Callable[[Workbench, OrderRecord, Change, str], None]  #: the change records the answer


def answer(
    bench: Workbench,
    workflow: Workflow,
    order_id: str,
    said: AnswerKind,
    *,
    actor: str,
    approver: str = "",
) -> None:
    """Take a person's answer and act on it. May move a card; may be irreversible.

    Raises:
        StepNotAllowedError: The order has no such question.
        NotSupervisorError: The answer needs the approval of a supervisor.
        StationError: The machine can't do it now; the question remains.
    """
    order = bench.journal.orders.one(order_id)
    question = asked(bench, order, said)
    if question is None:
        return
    if said in APPROVED_BY_A_SECOND:
        require_approver(bench.equipment.policies, actor, approver)
    if said in _ABOUT_WHAT_IS_INSIDE:
        now = _asked_again(bench, workflow, order, said)
        if now is None:
            return
        order = now
    try:
        note = _noted(order, question, said, approver)
        if said in FOLLOWS:
            bench.apply(actor, note, *FOLLOWS[said](bench, order))
        else:
            DOING[said](bench, order, note, actor)
    # The answer moved the card: the next question is about that movement.
    except OutcomePendingError as exc:
        workflow.hold(bench.journal.orders.one(order_id), exc)
        raise


def asked(bench: Workbench, order: OrderRecord, said: AnswerKind) -> Question | None:
    """Return the question that this answers; None when the same answer was taken before.

    Raises:
        StepNotAllowedError: The order has no such question.
    """
    question = question_about(bench, order)
    if question is not None and said in {one.answer for one in question.answers}:
        return question
    last = bench.journal.history.last(order.id, ANSWERED)
    if last is not None and last.data.get("answer") == said:
        return None
    raise StepNotAllowedError(
        f"{said.value} is not an answer to what is asked", details={"step": order.step.value}
    )


def _asked_again(
    bench: Workbench, workflow: Workflow, order: OrderRecord, said: AnswerKind
) -> OrderRecord | None:
    """Inspect the machine again; return the order if the person's answer is still needed.

    Raises:
        NotDoneError: The machine's evidence contradicts the answer; the evidence counts, and the
            order's hold reports it.
    """
    opened = bench.open_effect(order)
    if opened is None or EFFECTS[opened.kind].uses_up:
        return order
    try:
        settled = workflow.settle_card(order)
    except OutcomePendingError:
        # The machine can't tell: the person's answer decides.
        return bench.journal.orders.one(order.id)
    if settled.step is not order.step:
        return None  # the card has moved since: the question is obsolete
    if said is AnswerKind.SPOILED:
        return settled
    known = bench.journal.effects.of(order.id)[-1]
    if known.state is EffectState.NOT_DONE and said in (AnswerKind.INSIDE, AnswerKind.NOT_FED):
        bench.apply(ACTOR, SetHold(settled.id, None))
        return None
    error = NotDoneError(f"the machine's own evidence: {known.kind.value} {known.state.value}")
    workflow.hold(settled, error)
    raise error


def _noted(order: OrderRecord, question: Question, said: AnswerKind, approver: str) -> Change:
    data = {"question": question.kind.value, "answer": said.value}
    data |= {"approver": approver} if approver else {}
    return AddEvent(order.id, ANSWERED, data)


def _face_seen(bench: Workbench, order: OrderRecord, *, printed: bool) -> Changes:
    effect = bench.open_effect(order)
    if effect is None or effect.kind is not EffectKind.PRINT:
        raise StepNotAllowedError("no print is in doubt", details={"step": order.step.value})
    if bench.equipment.printer.status().state is PrinterState.PROCESSING:
        raise PrinterBusyError("the printer is at work: what is seen now is not the end of it")
    return printing.seen(bench, order, effect, printed=printed)


def _go_on(bench: Workbench, order: OrderRecord) -> Changes:
    del bench
    return (SetHold(order.id, None),)


def _wait(bench: Workbench, order: OrderRecord) -> Changes:
    del bench, order
    return ()


def _release_inactive(bench: Workbench, order: OrderRecord) -> Changes:
    return (SetGoal(order.id, OrderStep.RELEASED_OWED), *_go_on(bench, order))


def _presented(bench: Workbench, order: OrderRecord, *, place: CardPlace) -> Changes:
    del bench
    return (*hand_over.moved(order, place), *_retract_is_over(order))


def _retract_is_over(order: OrderRecord) -> Changes:
    # Only the card's place was unknown; nothing else clears the hold of an order that is done.
    held = order.hold is not None and order.hold.effect is EffectKind.RETRACT
    return (SetHold(order.id, None),) if held else ()


def _spoil(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    doubtful = bench.open_effect(order)
    printed = doubtful is not None or is_at(order.step, OrderStep.PRINTED)
    bench.apply(actor, note)
    reason = FACE_SPOILED if printed else CARD_DAMAGED
    spoil.spoil_card(bench, order, step=spoil.MAKING, reason=reason)


def _put_back(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    bench.ready_status()  # raises before anything is written
    # The release of this card has not happened, whatever is in the path: a card there is another
    # one, and the release needs an outcome before that one is released.
    bench.apply(actor, note, *doubt.in_feeder(bench, order))
    put_back.run(bench, bench.journal.orders.one(order.id))
    bench.apply(actor, SetHold(order.id, None))


def _retract(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    bench.apply(actor, note, *_retract_is_over(order))
    hand_over.retract(bench, order)


#: Changes that follow from an answer that moves no card; written together with the answer.
FOLLOWS: Final[Mapping[AnswerKind, Follows]] = {
    A.PRINTED: partial(_face_seen, printed=True),
    A.NOT_PRINTED: partial(_face_seen, printed=False),
    A.GO_ON: _go_on,
    A.IS_IN: _go_on,  # the reader is the proof
    A.IS_OUT: _go_on,
    A.WAIT: _wait,
    A.DISCARDED: partial(
        doubt.written_off, said=A.DISCARDED, place=CardPlace.REJECT_BIN, reason=CARD_DAMAGED
    ),
    A.LOST: partial(doubt.written_off, said=A.LOST, place=CardPlace.UNKNOWN, reason=CARD_LOST),
    A.NOT_FED: doubt.not_fed,
    A.INSIDE: doubt.still_inside,
    A.AT_OUTLET: doubt.at_outlet,
    A.RELEASE_INACTIVE: _release_inactive,
    A.TAKEN: partial(_presented, place=CardPlace.TAKEN),
    A.KEPT: partial(_presented, place=CardPlace.KEPT),
}
#: Actions after an answer that has a card moved.
DOING: Final[Mapping[AnswerKind, Doing]] = {
    A.SPOILED: _spoil,
    A.PUT_BACK: _put_back,
    A.RETRACT: _retract,
}
_ABOUT_WHAT_IS_INSIDE: Final = frozenset(
    {
        A.PRINTED,
        A.NOT_PRINTED,
        A.SPOILED,
        A.DISCARDED,
        A.LOST,
        A.NOT_FED,
        A.INSIDE,
        A.AT_OUTLET,
        A.PUT_BACK,
    }
)

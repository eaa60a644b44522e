"""What each answer of a person does. Runs on the machine's thread, on an order that is held.

Every answer is in the history with who gave it; the same answer given twice does its work once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from station.core.changes import AddEvent, Change, Changes, SetGoal, SetHold
from station.core.errors import NotDoneError, PrinterBusyError, StepNotAllowedError
from station.core.life import EFFECTS, is_at
from station.core.orders import CardPlace, EffectKind, EffectState, OrderRecord, OrderStep
from station.core.printing import PrinterState
from station.core.questions import APPROVED_BY_A_SECOND, AnswerKind
from station.production import doubt
from station.production.approvals import require_approver
from station.production.effects import ACTOR, OutcomePendingError, Workbench
from station.production.questions import ANSWERED, Question, question_about
from station.production.steps import hand_over, printing, put_back, spoil
from station.production.workflow import Workflow

A = AnswerKind

#: Reason in the ledger and in the failure report.
FACE_SPOILED: Final = "face-spoiled"
CARD_DAMAGED: Final = "card-damaged"
CARD_LOST: Final = "card-lost"

Doing = Callable[[Workbench, OrderRecord, Change, str], None]  #: the change notes the answer


def answer(
    bench: Workbench,
    workflow: Workflow,
    order_id: str,
    said: AnswerKind,
    *,
    actor: str,
    approver: str = "",
) -> None:
    """Take a person's answer and do what it says. May move a card; may be irreversible.

    Raises:
        StepNotAllowedError: This is not asked about the order.
        NotSupervisorError: The answer needs a supervisor beside the actor.
        StationError: The machine can't do it now; the question stays.
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
        DOING[said](bench, order, _noted(order, question, said, approver), actor)
    except OutcomePendingError as exc:  # the answer moved the card: that is what is asked now
        workflow.hold(bench.journal.orders.one(order_id), exc)
        raise


def asked(bench: Workbench, order: OrderRecord, said: AnswerKind) -> Question | None:
    """Return the question that this answers; None when the same answer was taken before.

    Raises:
        StepNotAllowedError: This is not asked about the order.
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
    """Ask the machine once more; return the order if the person's answer is still needed.

    Raises:
        NotDoneError: The machine's evidence contradicts the answer; it stands, and the order says
            so.
    """
    opened = bench.open_effect(order)
    if opened is None or EFFECTS[opened.kind].uses_up:
        return order
    try:
        settled = workflow.settle_card(order)
    except OutcomePendingError:
        return bench.journal.orders.one(order.id)  # it can't tell: the person's word decides
    if settled.step is not order.step:
        return None  # the card moved on: it is no longer the one that was asked about
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


def _print_seen(printed: bool) -> Doing:
    def look(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
        effect = bench.open_effect(order)
        if effect is None or effect.kind is not EffectKind.PRINT:
            raise StepNotAllowedError("no print is in doubt", details={"step": order.step.value})
        if bench.equipment.printer.status().state is PrinterState.PROCESSING:
            raise PrinterBusyError("the printer is at work: what is seen now is not the end of it")
        outcome = printing.seen(bench, order, effect, printed=printed)
        bench.apply(actor, note, *outcome)

    return look


def _go_on(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    bench.apply(actor, note, SetHold(order.id, None))


def _wait(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    del order
    bench.apply(actor, note)


def _spoil(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    doubtful = bench.open_effect(order)
    printed = doubtful is not None or is_at(order.step, OrderStep.PRINTED)
    bench.apply(actor, note)
    reason = FACE_SPOILED if printed else CARD_DAMAGED
    spoil.spoil_card(bench, order, step=spoil.MAKING, reason=reason)


def _write_off(said: AnswerKind, place: CardPlace, reason: str) -> Doing:
    def end(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
        bench.apply(actor, note, *doubt.written_off(bench, order, said, place, reason))

    return end


def _said(changes_of: Callable[[Workbench, OrderRecord], Changes]) -> Doing:
    def end(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
        bench.apply(actor, note, *changes_of(bench, order))

    return end


def _put_back(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    if bench.ready_status().card is None:
        bench.apply(actor, note, *doubt.in_feeder(bench, order))
    put_back.run(bench, bench.journal.orders.one(order.id))
    _go_on(bench, order, note, actor)


def _release_inactive(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    goal = SetGoal(order.id, OrderStep.RELEASED_OWED)
    bench.apply(actor, note, goal, SetHold(order.id, None))


def _presented(place: CardPlace) -> Doing:
    def note_place(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
        bench.apply(actor, note, *hand_over.moved(order, place))

    return note_place


def _retract(bench: Workbench, order: OrderRecord, note: Change, actor: str) -> None:
    bench.apply(actor, note)
    hand_over.retract(bench, order)


DOING: Final[Mapping[AnswerKind, Doing]] = {
    A.PRINTED: _print_seen(True),
    A.NOT_PRINTED: _print_seen(False),
    A.GO_ON: _go_on,
    A.IS_IN: _go_on,  # the reader is the proof
    A.IS_OUT: _go_on,
    A.WAIT: _wait,
    A.SPOILED: _spoil,
    A.DISCARDED: _write_off(A.DISCARDED, CardPlace.REJECT_BIN, CARD_DAMAGED),
    A.LOST: _write_off(A.LOST, CardPlace.UNKNOWN, CARD_LOST),
    A.NOT_FED: _said(doubt.not_fed),
    A.INSIDE: _said(doubt.still_inside),
    A.AT_OUTLET: _said(doubt.at_outlet),
    A.PUT_BACK: _put_back,
    A.RELEASE_INACTIVE: _release_inactive,
    A.TAKEN: _presented(CardPlace.TAKEN),
    A.KEPT: _presented(CardPlace.KEPT),
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

"""What only a person can say: when it is asked, and what each answer does to card and province."""

from __future__ import annotations

import dataclasses

import pytest

from station.core.errors import (
    CardMismatchError,
    DeviceError,
    GatewayUnavailableError,
    NotSupervisorError,
    OutcomeUnknownError,
    StationError,
    StepNotAllowedError,
)
from station.core.orders import CardFate, CardPlace, OrderStep, WriteBackState
from station.core.questions import ANSWERS, AnswerKind, QuestionKind
from station.production.life.effects import OutcomePendingError
from station.production.life.policies import Policies
from station.production.people.answers import DOING, FOLLOWS
from station.words.tables import ANSWER_EFFECTS, ANSWER_LABELS, QUESTION_TEXTS
from tests.unit.production.doubles import Bench, Card, agreed
from tests.unit.production.in_place import Walk, service

S, A, Q = OrderStep, AnswerKind, QuestionKind
OTHER_NUMBER = "410701198506154822"  # invented
SUPERVISED = Policies(hold_owed=0.001)


def answer(order: Walk, said: AnswerKind, approver: str = "") -> OrderStep:
    approval = agreed(approver) if approver else None
    return service(order.window).orders.answer(order.id, said, "clerk", approval=approval).step


def asked(order: Walk) -> QuestionKind | None:
    question = service(order.window).orders.one(order.id).question
    return question.kind if question else None


def outcomes(window: Bench) -> list[str]:
    return [report.outcome.value for report in window.province.reports]


def test_every_question_has_few_answers_and_every_answer_its_words() -> None:
    assert set(ANSWERS) == set(QuestionKind) == set(QUESTION_TEXTS)
    requests = {QuestionKind.PUT_IN, QuestionKind.PUT_ASIDE}  # done, or not yet: nothing to choose
    for kind, answers in ANSWERS.items():
        assert len(answers) in ((1,) if kind in requests else range(2, 6))
    assert (
        {one for answers in ANSWERS.values() for one in answers}
        == set(ANSWER_LABELS)
        == set(ANSWER_EFFECTS)
    )


@pytest.mark.parametrize("step", [S.FED, S.ENCODED, S.REPORTED, S.PRINTED])
def test_a_lost_card_is_spoiled_and_reported_and_the_machine_is_free(
    window: Bench, step: OrderStep
) -> None:
    order = Walk.accept(window)
    order.to(step)
    window.machine.path = None
    while order.step():  # a written chip is reported without the card
        pass
    assert asked(order) is Q.CARD_MISSING
    assert answer(order, A.LOST) is S.SPOILED
    (card,) = window.journal.cards.all()
    assert (card.fate, card.place) == (CardFate.SPOILED, CardPlace.UNKNOWN)
    order.step()
    assert outcomes(window)[-1] == "spoiled"
    assert window.journal.outbox.rows(WriteBackState.OWED) == []
    following = Walk.accept(window, OTHER_NUMBER, "next")
    following.to(S.RELEASED)
    assert window.machine.counts["rejects"] == 0


def test_a_success_report_that_never_left_is_withdrawn_with_its_card(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.machine.path = None
    order.restart()
    assert asked(order) is Q.CARD_MISSING
    answer(order, A.LOST)
    states = {row.outcome: row.state for row in window.journal.outbox.rows()}
    assert states == {"issued": WriteBackState.WITHDRAWN, "spoiled": WriteBackState.OWED}
    order.step()
    assert outcomes(window) == ["spoiled"]


@pytest.mark.parametrize(
    ("when", "told"), [("before", ["spoiled"]), ("after", ["issued", "spoiled"])]
)
def test_a_success_report_of_unknown_outcome_is_asked_for_before_the_failure_goes(
    window: Bench, when: str, told: list[str]
) -> None:
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", when, GatewayUnavailableError("no answer"))
    assert not order.step()
    window.machine.path = None
    order.restart()
    answer(order, A.LOST)
    while window.journal.outbox.rows(WriteBackState.OWED):
        order.step()
    assert outcomes(window) == told
    assert window.province.calls["report"] == 2
    assert window.province.calls["find_report"] == 1


def test_a_card_that_is_found_goes_on_as_if_nothing_had_been(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    card, window.machine.path = window.machine.path, None
    assert not order.step()
    window.machine.path = card
    assert answer(order, A.GO_ON) is S.REPORTED
    order.to(S.RELEASED)
    assert window.machine.out == [card]


def test_a_blank_lost_before_it_was_read_is_written_off_and_the_order_takes_another(
    window: Bench,
) -> None:
    order = Walk.accept(window)
    order.to(S.APPROVED)
    window.trap.spring("status", "before", DeviceError("x", native_code=1, code="cover-open"))
    order.step()
    order.restart()
    window.trap.spring("feed", "after", OutcomeUnknownError("no answer"))
    order.step()
    window.machine.path = None
    assert not order.step()
    assert asked(order) is Q.CARD_MISSING
    assert answer(order, A.LOST) is S.APPROVED
    order.to(S.RELEASED)
    fates = [(card.fate, card.place) for card in window.journal.cards.all()]
    assert fates == [
        (CardFate.SPOILED, CardPlace.UNKNOWN),
        (CardFate.ISSUED, CardPlace.OUTPUT_HOPPER),
    ]
    assert outcomes(window) == ["issued"]


def test_a_torn_face_is_spoiled_and_reported(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("torn"))
    assert not order.step()
    assert asked(order) is Q.FACE_IN_DOUBT
    assert answer(order, A.SPOILED) is S.SPOILED
    assert len(window.machine.rejected) == 1
    (card,) = window.journal.cards.all()
    assert (card.fate, card.reason) == (CardFate.SPOILED, "face-spoiled")
    assert window.journal.effects.open() == []
    order.step()
    assert outcomes(window) == ["issued", "spoiled"]


def test_an_answer_about_the_face_ends_no_other_effect(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("torn"))
    assert not order.step()
    window.trap.spring("reject", "after", OutcomeUnknownError("no answer"))
    with pytest.raises(OutcomePendingError):
        answer(order, A.SPOILED)  # it went into the bin, and nobody heard
    assert asked(order) is Q.REJECT_IN_DOUBT
    with pytest.raises(StepNotAllowedError):
        answer(order, A.NOT_PRINTED)
    assert answer(order, A.DISCARDED) is S.SPOILED
    (card,) = window.journal.cards.all()
    assert (card.fate, card.place) == (CardFate.SPOILED, CardPlace.REJECT_BIN)
    assert len(window.machine.rejected) == 1


def test_a_chip_that_cannot_be_written_is_spoiled_when_a_person_says_so(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.FED)
    window.trap.spring("write", "before", StationError("chip refuses"))
    assert not order.step()
    assert asked(order) is Q.CARD_HELD
    assert answer(order, A.SPOILED) is S.SPOILED
    order.step()
    assert outcomes(window) == ["spoiled"]


def test_the_spoiled_answer_moves_nothing_when_no_card_is_there(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.FED)
    window.trap.spring("write", "before", StationError("chip refuses"))
    order.step()
    window.machine.path = None
    with pytest.raises(StationError, match="no card is in the machine"):
        answer(order, A.SPOILED)
    assert order.record.step is S.FED
    assert window.journal.cards.all()[0].fate is CardFate.IN_MACHINE


@pytest.mark.parametrize("said", [A.LOST, A.PRINTED, A.RELEASE_INACTIVE, A.TAKEN])
def test_nothing_is_answered_that_is_not_asked(window: Bench, said: AnswerKind) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    with pytest.raises(StepNotAllowedError):
        answer(order, said)
    assert order.record.step is S.REPORTED


def test_an_answer_pressed_twice_does_its_work_once(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.machine.path = None
    order.step()
    for _ in range(3):
        assert answer(order, A.LOST) is S.SPOILED
    assert len(window.journal.outbox.rows(WriteBackState.OWED)) == 1
    with pytest.raises(StepNotAllowedError):
        answer(order, A.GO_ON)


def supervised(window: Bench) -> None:
    equipment = dataclasses.replace(window.bench.equipment, policies=SUPERVISED)
    window.bench = dataclasses.replace(window.bench, equipment=equipment)


def owing(window: Bench) -> Walk:
    """An order whose card is written while the province is out of reach."""
    supervised(window)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", "before", GatewayUnavailableError("no answer"))
    assert not order.step()
    assert asked(order) is Q.REPORT_OWED_LONG
    return order


@pytest.mark.parametrize("approver", ["", "clerk"])
def test_an_inactive_card_needs_a_supervisor_who_is_not_the_actor(
    window: Bench, approver: str
) -> None:
    order = owing(window)
    with pytest.raises(NotSupervisorError):
        answer(order, A.RELEASE_INACTIVE, approver)
    assert order.record.goal is not S.RELEASED_OWED


def test_a_supervisor_does_not_approve_what_they_do_themselves(window: Bench) -> None:
    order = owing(window)
    with pytest.raises(NotSupervisorError):
        service(window).orders.answer(order.id, A.RELEASE_INACTIVE, "wang", approval=agreed("wang"))


def test_an_inactive_card_is_printed_and_released_and_its_report_follows(window: Bench) -> None:
    order = owing(window)
    answer(order, A.RELEASE_INACTIVE, "wang")
    for step in (S.PRINTED_OWED, S.RELEASED_OWED):
        order.step()
        assert order.record.step is step
    assert len(window.machine.out) == 1
    assert window.province.reports == []
    window.trap.spring("find", "before", GatewayUnavailableError("still no answer"))
    assert not order.step()
    assert order.record.step is S.RELEASED_OWED
    order.to(S.RELEASED)
    assert outcomes(window) == ["issued"]
    answered = window.journal.history.last(order.id, "answered")
    assert answered is not None
    assert (answered.actor, answered.data["approver"]) == ("clerk", "wang")
    assert answered.data["method"] == "password"


def test_waiting_puts_the_question_off_and_keeps_the_card(window: Bench) -> None:
    order = owing(window)
    later = SUPERVISED.model_copy(update={"hold_owed": 3600.0})
    equipment = dataclasses.replace(window.bench.equipment, policies=later)
    answer(order, A.WAIT)
    window.bench = dataclasses.replace(window.bench, equipment=equipment)
    assert asked(order) is None
    order.to(S.RELEASED)


def test_a_card_that_nobody_took_is_asked_about_and_kept(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.RELEASED)
    assert asked(order) is None
    soon = dataclasses.replace(window.bench.equipment, policies=Policies(take_within=1e-6))
    window.bench = dataclasses.replace(window.bench, equipment=soon)
    question = service(window).orders.one(order.id).question
    assert question is not None
    assert [one.answer for one in question.answers] == [A.TAKEN, A.KEPT]  # it can't retract
    answer(order, A.KEPT)
    assert window.journal.cards.all()[0].place is CardPlace.KEPT
    assert asked(order) is None


def test_a_bad_read_back_needs_no_question(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    order.step()
    assert order.record.step is S.SPOILED
    assert asked(order) is None


def test_a_stranger_in_the_path_is_not_taken_for_the_orders_card(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.machine.path = Card(88)
    assert not order.step()
    assert asked(order) is Q.CARD_MISSING
    answer(order, A.LOST)
    assert window.machine.rejected == []
    assert window.machine.path.serial == 88


def test_every_answer_is_carried_out_in_one_way() -> None:
    assert set(FOLLOWS) | set(DOING) == set(A)
    assert not set(FOLLOWS) & set(DOING)

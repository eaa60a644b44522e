"""Answers of the province that say neither yes nor no: asked for, never taken for a refusal."""

from __future__ import annotations

import dataclasses
import logging
import random

import pytest

from station.core.changes import SetGoal
from station.core.decisions import ANSWER_TRIES
from station.core.errors import (
    AnswerProblem,
    GatewayAnswerError,
    GatewayRejectedError,
    GatewayUnavailableError,
    RejectionReason,
    StationError,
)
from station.core.orders import EffectKind, EffectState, OrderStep, WriteBackState
from station.core.questions import AnswerKind, QuestionKind
from station.production.life.breaker import BreakerState
from station.production.life.policies import Policies
from station.production.life.workflow import Workflow
from tests.unit.production.doubles import Bench
from tests.unit.production.in_place import Walk, service

S = OrderStep
BUSY = "系统繁忙"


def unlisted(text: str = BUSY) -> GatewayAnswerError:
    return GatewayAnswerError(AnswerProblem.UNLISTED, province_text=text)


def states(window: Bench) -> dict[str, WriteBackState]:
    return {row.outcome: row.state for row in window.journal.outbox.rows()}


def spoil(order: Walk) -> None:
    """作废, after a person has taken the card out."""
    order.window.machine.path = None
    order.restart()
    service(order.window).orders.answer(order.id, AnswerKind.LOST, "clerk")
    assert order.record.step is S.SPOILED


@pytest.mark.field_case("A2")
@pytest.mark.parametrize(("when", "sent"), [("before", 2), ("after", 1)])
@pytest.mark.parametrize("text", [BUSY, "ORA-01034: ORACLE not available", ""])
def test_a_report_is_asked_for_before_anything_else(
    window: Bench, when: str, sent: int, text: str
) -> None:
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", when, unlisted(text))
    assert not order.step()
    effect = window.journal.effects.of(order.id)[-1]
    assert (effect.kind, effect.state) == (EffectKind.REPORT, EffectState.UNKNOWN)
    assert order.code == "province-answer-unlisted"
    assert states(window) == {"issued": WriteBackState.OWED}
    window.trap.passed.clear()
    order.to(S.REPORTED)
    asked = [call for call, point in window.trap.passed if point == "before"]
    assert asked[:2] == (["find", "report"] if when == "before" else ["find"])
    assert window.province.calls["report"] == sent
    assert len(window.province.reports) == 1


@pytest.mark.field_case("A2")
@pytest.mark.parametrize(
    ("when", "told"), [("before", ["spoiled"]), ("after", ["issued", "spoiled"])]
)
@pytest.mark.parametrize(
    "error",
    [
        unlisted(),
        GatewayUnavailableError("no answer"),
        GatewayRejectedError(RejectionReason.OTHER),
        GatewayAnswerError(AnswerProblem.NOT_FOUND),
    ],
    ids=lambda error: error.code,
)
def test_a_success_report_that_ever_left_is_never_withdrawn_unasked(
    window: Bench, error: StationError, when: str, told: list[str]
) -> None:
    """Even a refusal: an earlier try, or a request on its way, may have been committed."""
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", when, error)
    assert not order.step()
    spoil(order)
    assert states(window)["issued"] in (WriteBackState.OWED, WriteBackState.DEAD)
    window.trap.passed.clear()
    for _ in range(4):
        order.step()
    assert window.trap.passed[0] == ("find", "before")
    assert [report.outcome.value for report in window.province.reports] == told
    kept = WriteBackState.DONE if when == "after" else WriteBackState.WITHDRAWN
    assert states(window) == {"issued": kept, "spoiled": WriteBackState.DONE}
    assert window.province.calls["report"] == 2  # the success, and the failure


@pytest.mark.field_case("A2")
@pytest.mark.parametrize(
    "error", [unlisted(), GatewayUnavailableError("x"), GatewayRejectedError(RejectionReason.OTHER)]
)
def test_a_spoiled_cards_reports_wait_while_the_query_is_unclear(
    window: Bench, error: StationError
) -> None:
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", "after", GatewayRejectedError(RejectionReason.OTHER))
    assert not order.step()
    spoil(order)
    before = states(window)
    window.trap.spring("find", "before", error)
    assert not order.step()
    assert states(window) == before
    assert order.code == error.code
    assert len(window.province.reports) == 1


@pytest.mark.field_case("A2")
def test_an_activation_that_is_unclear_is_asked_for_again(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.RELEASED)
    with window.journal.transaction("clerk") as change:
        change.apply(SetGoal(order.id, S.ACTIVATED))
    window.trap.spring("activate", "after", unlisted())
    assert not order.step()
    assert window.journal.effects.of(order.id)[-1].state is EffectState.UNKNOWN
    order.to(S.ACTIVATED)
    assert len(window.province.activated) == 1


@pytest.mark.field_case("A2")
def test_an_hsm_that_is_unclear_leaves_the_chip_to_be_read(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.FED)
    window.trap.spring("hsm", "before", unlisted())
    order.step()
    assert [effect.kind for effect in window.journal.effects.of(order.id)][
        -1
    ] is not EffectKind.REJECT
    order.to(S.RELEASED)
    assert len(window.machine.out) == 1


@pytest.mark.field_case("A2", "C3")
@pytest.mark.parametrize(
    ("problem", "is_final"),
    [
        (AnswerProblem.UNLISTED, False),
        (AnswerProblem.FAULT, False),
        (AnswerProblem.GARBLED, False),
        (AnswerProblem.STATUS, False),
        (AnswerProblem.CONTROL_CHARACTER, True),
        (AnswerProblem.LOGIN, True),
        (AnswerProblem.NOT_FOUND, True),
        (AnswerProblem.REDIRECTED, True),
    ],
)
def test_an_unclear_answer_is_not_the_network(
    window: Bench, problem: AnswerProblem, is_final: bool
) -> None:
    """It is tried again a few times at most, and never stops the reports of the others."""
    order = Walk.accept(window)
    order.to(S.ENCODED)
    workflow = Workflow(window.bench, random.Random(1))
    tries = 0
    while tries < 2 * ANSWER_TRIES:
        call = "find" if window.bench.open_at_province(order.record) else "report"
        window.trap.spring(call, "before", GatewayAnswerError(problem))
        assert not workflow.step_once(order.record)
        tries += 1
        hold = order.record.hold
        assert hold is not None
        assert (hold.code, hold.effect) == (problem.value, EffectKind.REPORT)
        if hold.retry_at is None:
            break
    assert tries == (1 if is_final else ANSWER_TRIES)
    assert workflow.link.state(window.bench.clock.monotonic()) is BreakerState.CLOSED
    order.to(S.REPORTED)  # a person presses
    assert len(window.province.reports) == 1


@pytest.mark.parametrize("owed_too_long", [False, True])
def test_a_card_that_waits_too_long_for_a_clear_answer_can_go_out_inactive(
    window: Bench, owed_too_long: bool
) -> None:
    limit = 0.001 if owed_too_long else 3600.0
    policies = Policies(hold_owed=limit)
    equipment = dataclasses.replace(window.bench.equipment, policies=policies)
    window.bench = dataclasses.replace(window.bench, equipment=equipment)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", "before", GatewayAnswerError(AnswerProblem.NOT_FOUND))
    assert not order.step()
    question = service(window).orders.one(order.id).question
    assert question is not None
    expected = QuestionKind.REPORT_OWED_LONG if owed_too_long else QuestionKind.CARD_HELD
    assert question.kind is expected


@pytest.mark.field_case("C3")
def test_an_unclear_answer_says_that_the_line_works(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.ENCODED)
    workflow = Workflow(window.bench, random.Random(1))
    for _ in range(3):
        call = "find" if window.bench.open_at_province(order.record) else "report"
        window.trap.spring(call, "before", GatewayUnavailableError("x"))
        workflow.step_once(order.record)
    assert workflow.link.state(window.bench.clock.monotonic()) is not BreakerState.CLOSED
    workflow.link.try_now()
    window.trap.spring("find", "before", unlisted())
    workflow.step_once(order.record)
    assert workflow.link.state(window.bench.clock.monotonic()) is BreakerState.CLOSED


@pytest.mark.field_case("E14")
def test_the_provinces_text_is_shown_and_in_no_history_and_no_log(
    window: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    told = ("欧阳震", "410701 1990 0307 4512", "139-0000-0000")
    text = f"{told[0]}（{told[1]}，电话 {told[2]}）资料不符"
    order = Walk.accept(window)
    for error in (
        GatewayRejectedError(RejectionReason.OTHER, province_text=text),
        GatewayAnswerError(AnswerProblem.FAULT, province_text=text),
        unlisted(text),
    ):
        window.province.data_error = error
        with caplog.at_level(logging.DEBUG):
            assert not order.step()
        problem = service(window).orders.one(order.id).problem
        assert problem is not None
        assert problem.code == error.code
        assert text in problem.cause
    events = "".join(str(event) for event in window.journal.history.after(0))
    logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert "province-fault" in events
    assert "province-fault" in logged
    assert [one for one in told if one in events + logged] == []

"""What the person at the window is told of each fault: wait, or leave and come back."""

from __future__ import annotations

import pytest

from station.core.errors import PersonRequest, RejectionReason
from station.core.life import AT_PROVINCE, BEFORE_FEED, IN_MACHINE, OUT_OF_MACHINE, reached
from station.core.orders import EffectKind, OrderKind, OrderStep
from station.core.printing import PrinterStateReason
from station.core.recipes import RECIPES
from station.production.views.citizen import HOLDER_SETTLES, CitizenAdvice, citizen_advice
from station.words import text
from tests.unit.words.test_problems import every_code

A = CitizenAdvice
FULL = OrderKind.FULL
AT_DESK = [kind for kind, recipe in RECIPES.items() if recipe.at_desk]


@pytest.mark.parametrize("step", sorted(set(OrderStep) - {OrderStep.CANCELLED}))
def test_every_fault_at_every_step_has_an_advice(step: OrderStep) -> None:
    for code in every_code() - {one.value for one in PersonRequest}:
        for effect in (None, *EffectKind):
            advice = citizen_advice(FULL, step, code, effect)
            assert advice is not None, (code, effect)
            assert text(f"citizen.{advice}").startswith("持卡人：")


@pytest.mark.parametrize("step", sorted(BEFORE_FEED))
def test_before_a_card_is_used_the_holder_may_leave(step: OrderStep) -> None:
    for reason in PrinterStateReason:
        assert citizen_advice(FULL, step, reason.value, None) is A.NOTHING_DONE
    for refusal in RejectionReason:
        expected = A.SETTLE_FIRST if refusal in HOLDER_SETTLES else A.NOTHING_DONE
        assert citizen_advice(FULL, step, refusal.value, None) is expected


def test_a_refusal_of_the_stations_own_login_is_not_the_holders_to_settle() -> None:
    mine = {RejectionReason.NOT_AUTHORISED, RejectionReason.HSM_REFUSED, RejectionReason.OTHER}
    assert not mine & HOLDER_SETTLES


@pytest.mark.parametrize("step", sorted(IN_MACHINE))
def test_with_a_card_in_the_machine_only_a_silent_province_lets_the_holder_go(
    step: OrderStep,
) -> None:
    for effect in EffectKind:
        expected = A.MADE_LATER if effect in AT_PROVINCE else A.WAIT
        assert citizen_advice(FULL, step, "province-unavailable", effect) is expected
    assert citizen_advice(FULL, step, "media-jam", None) is A.WAIT


@pytest.mark.parametrize("step", sorted(OUT_OF_MACHINE))
def test_a_card_that_is_out_may_be_taken_and_a_spoiled_one_is_made_anew(step: OrderStep) -> None:
    expected = {OrderStep.CANCELLED: None, OrderStep.SPOILED: A.MADE_ANEW}
    told = citizen_advice(FULL, step, "province-unavailable", None)
    assert told is expected.get(step, A.NOT_ACTIVE)


@pytest.mark.parametrize("kind", AT_DESK)
def test_a_temporary_card_is_waited_for_at_the_desk_and_is_in_no_machine(kind: OrderKind) -> None:
    begun = {step for step in OrderStep if reached(step, OrderStep.APPROVED)}
    for step in begun - {OrderStep.CANCELLED, OrderStep.SPOILED}:
        for effect in (None, *EffectKind):
            told = citizen_advice(kind, step, "province-unavailable", effect)
            assert told is A.WAIT, (step, effect)


def test_nobody_waits_for_a_cancelled_order() -> None:
    for kind in OrderKind:
        assert citizen_advice(kind, OrderStep.CANCELLED, "province-unavailable", None) is None


def test_nobody_waits_for_a_test_card_or_is_told_of_a_request_to_the_clerk() -> None:
    assert citizen_advice(OrderKind.TEST, OrderStep.FED, "media-jam", None) is None
    for request in PersonRequest:
        assert citizen_advice(FULL, OrderStep.APPROVED, request.value, None) is None

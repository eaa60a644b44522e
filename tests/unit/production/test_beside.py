"""The order beside the one on a screen: the machine's beside the person in hand, and back."""

from __future__ import annotations

import pytest

from station.core.changes import SetGoal
from station.core.errors import CardMissingError
from station.core.orders import OrderStep
from station.production.services.beside import Beside, BesideKind
from tests.unit.batches.lists import number
from tests.unit.production.doubles import Bench
from tests.unit.production.in_place import Walk, service

S, K = OrderStep, BesideKind


def beside(window: Bench, shown: str, before: str = "") -> tuple[str, BesideKind] | None:
    found = service(window).beside.one(shown, before)
    return None if found is None else (found.order.id, found.kind)


def others(window: Bench, *steps: OrderStep) -> list[str]:
    """Orders of other persons, each taken to a step."""
    made = []
    for line, step in enumerate(steps, 1):
        order = Walk.accept(window, number(line), key=f"other {line}")
        order.to(step)
        made.append(order.id)
    return made


def approve(window: Bench, order: str) -> None:
    with window.journal.transaction("clerk") as change:
        change.apply(SetGoal(order, S.RELEASED))


def test_alone_there_is_nobody_beside(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.DATA_READY)
    assert beside(window, order.id) is None
    assert beside(window, "") == (order.id, K.IN_HAND)


@pytest.mark.parametrize("step", [S.FED, S.ENCODED, S.REPORTED, S.PRINTED])
def test_the_card_in_the_machine_is_beside_every_other(window: Bench, step: OrderStep) -> None:
    first = Walk.accept(window)
    first.to(step)
    (second,) = others(window, S.DATA_READY)
    assert beside(window, second) == (first.id, K.AT_MACHINE)
    assert beside(window, "") == (first.id, K.AT_MACHINE)
    assert beside(window, first.id, second) == (second, K.IN_HAND)


def test_a_tab_goes_back_to_the_person_it_had_and_not_to_another(window: Bench) -> None:
    first = Walk.accept(window)
    first.to(S.FED)
    second, third = others(window, S.DATA_READY, S.DATA_READY)
    assert beside(window, first.id, second) == (second, K.IN_HAND)
    assert beside(window, first.id, third) == (third, K.IN_HAND)
    assert beside(window, first.id) == (third, K.IN_HAND)  # opened anew: the newest


def test_one_that_was_approved_is_queued_with_its_place(window: Bench) -> None:
    first = Walk.accept(window)
    first.to(S.FED)
    second, third = others(window, S.APPROVED, S.APPROVED)
    for one in (second, third):
        approve(window, one)
    assert beside(window, first.id, third) == (third, K.QUEUED)
    found = service(window).beside.one(first.id, third)
    assert found is not None
    assert found.place == 2
    assert beside(window, first.id) == (second, K.QUEUED)


def test_a_card_that_is_out_stays_beside_until_it_is_handed_over(window: Bench) -> None:
    first = Walk.accept(window)
    first.to(S.RELEASED)
    (second,) = others(window, S.DATA_READY)
    assert beside(window, second) == (first.id, K.OUT)
    first.to(S.ACTIVATED)
    assert beside(window, second) is None


def test_what_a_person_must_see_to_is_told(window: Bench) -> None:
    first = Walk.accept(window)
    first.to(S.FED)
    (second,) = others(window, S.DATA_READY)

    def needed() -> Beside:
        found = service(window).beside.one(second)
        assert found is not None
        return found

    assert not needed().needs_person
    window.machine.path = None
    first.step()
    assert first.code == CardMissingError.code
    assert needed().needs_person

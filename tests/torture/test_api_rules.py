"""A small, always equal part of the calls that an integrator may make in any order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.api_rules import CALLS_OF_ALL, ApiRules
from tests.torture.operations import Call
from tests.torture.people import PEOPLE

ROUNDS = 6  #: of the machine, more than enough for one card

FEW = settings(
    max_examples=12,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # to shrink takes minutes; `make torture` does it
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("operation", sorted(CALLS_OF_ALL))
def test_calls_of_every_operation_can_be_drawn(operation: str) -> None:
    @settings(max_examples=20, derandomize=True, database=None, deadline=None)
    @given(CALLS_OF_ALL[operation])
    def drawn(call: Call) -> None:
        assert str(call.operation) == operation

    drawn()


def test_calls_in_any_order_keep_every_rule() -> None:
    run_state_machine_as_test(ApiRules, settings=FEW)


def test_who_brings_a_card_to_be_printed_again_lays_it_in() -> None:
    calls = ApiRules()
    calls.begin(PEOPLE[0], "key-1")
    first = calls.orders[0]
    calls.run(0, approved=True)
    for _ in range(ROUNDS):
        calls.go_on(0, [])
    again = calls.operations["POST /orders/{order}/reprints"]
    body = {"kind": "face-only", "reason": "face-damaged"}

    calls.any_operation(call=Call(again, {"order": 0}, {}, {}, body))

    assert [wish.about for wish in calls.others] == [first]
    calls.teardown()

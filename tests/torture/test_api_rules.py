"""A small, always equal part of the calls that an integrator may make in any order."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.api_rules import ApiRules

FEW = settings(
    max_examples=12,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # to shrink takes minutes; `make torture` does it
    suppress_health_check=list(HealthCheck),
)


def test_calls_in_any_order_keep_every_rule() -> None:
    run_state_machine_as_test(ApiRules, settings=FEW)

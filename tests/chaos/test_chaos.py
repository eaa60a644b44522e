"""A fixed small part of `make chaos`, for every test run."""

from __future__ import annotations

import json

import pytest

from tests.chaos import __main__ as command

pytestmark = pytest.mark.stack


def test_every_scenario_has_a_name_of_its_own() -> None:
    names = [scenario.name for scenario in command.SCENARIOS]
    assert len(names) == len(set(names))


@pytest.mark.field_case("R3")
def test_a_daemon_frozen_in_mid_print_and_one_killed_while_it_starts_lose_no_card(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = ("station frozen in print", "killed while starting")
    options = [word for name in chosen for word in ("--scenario", name)]
    status = command.main(["--seed", "1", "--pause", "0.02", *options])
    lines = capsys.readouterr().out.splitlines()
    facts = json.loads(lines[-1])
    assert (status, facts["violations"], facts["scenarios"]) == (0, 0, 2), lines
    assert facts["kills"] == 4
    assert facts["cards"] == 2
    assert 0 < facts["slowest_recovery_less_cpu_wait"] <= facts["slowest_recovery_seconds"]

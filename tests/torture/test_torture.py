"""A fixed small part of `python -m tests.torture`, for every test run."""

from __future__ import annotations

import json
import sys

import pytest

from tests.torture import __main__ as command
from tests.torture import boundaries, schedules
from tests.torture.boundaries import CASES
from tests.torture.case import Case
from tests.torture.runs import Result

EVERY = 3  #: this many breaks of the plain case share one test run in `make test`
ALIKE = 4  #: of so many points that nothing sets apart from the one before, one is tried
SEEDS = (*range(1, 11), 205, 603, 837, 976, 1090, 1770, 1935)  #: the last ones have found defects


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_case_without_power_cut_keeps_every_rule(case: Case) -> None:
    assert case.run().violations == []


def test_power_cuts_and_a_bad_disk_at_the_boundaries_of_a_card_keep_every_rule() -> None:
    breaks = list(boundaries.breaks_of(CASES[0]))[::EVERY]
    results = [one.run() for one in breaks]
    assert {result.name: result.violations for result in results if result.violations} == {}
    assert sum(result.kills for result in results) > len(results) // 5


def test_power_cuts_between_which_nothing_happened_end_alike() -> None:
    first, alike = 0, []
    for number, changed in enumerate(CASES[0].run().changed):
        first = number if changed else first
        if 0 < first < number:
            alike.append((first, number))
    ends = [tuple(map(_end_of_a_cut, pair)) for pair in alike[::ALIKE]]
    assert len(ends) > 9
    assert [pair for pair in ends if pair[0] != pair[1]] == []


def _end_of_a_cut(number: int) -> tuple[object, ...]:
    result = boundaries.Break("", CASES[0], number, boundaries.kill).run()
    return result.counts, result.faults, result.kills, result.violations


@pytest.mark.parametrize("seed", SEEDS)
def test_a_schedule_of_faults_keeps_every_rule(seed: int) -> None:
    result = schedules.result_of(seed)
    assert result.violations == [], f"replay: python -m tests.torture --seed {seed}"


def test_a_seed_always_does_the_same() -> None:
    first, second, other = (schedules.result_of(seed) for seed in (5, 5, 6))
    assert (first.digest, first.points, first.counts, first.faults) == (
        second.digest,
        second.points,
        second.counts,
        second.faults,
    )
    assert first.digest != other.digest


def test_the_command_ends_with_one_json_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["torture", "--seed", "3"])
    assert command.main() == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (facts["runs"], facts["violations"]) == (1, 0)
    assert {"kills", "faults", "slowest_recovery_seconds", "orders", "issued"} <= facts.keys()


def test_a_harness_that_falls_over_costs_its_part_and_not_the_run() -> None:
    def falls_over(number: int) -> list[Result]:
        raise ZeroDivisionError(number)

    (told,) = command._whole(falls_over, 7)
    assert told.name == "falls_over 7"
    assert "ZeroDivisionError: 7" in told.violations[0]

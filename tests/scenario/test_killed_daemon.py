"""SIGKILL for the real daemon: a fixed small part of `make torture-kill`."""

from __future__ import annotations

from pathlib import Path

from tests.torture import kills

#: The outcome of the chip write is not durable yet; the intent to print is, and nothing else.
CHOSEN = {("before", "outcome write-chip"), ("after", "intent print")}


def chosen(name: str) -> bool:
    return any(f"SIGKILL {when} " in name and commit in name for when, commit in CHOSEN)


def test_a_daemon_that_is_killed_between_intent_and_outcome_loses_no_card(tmp_path: Path) -> None:
    found = list(kills.results(tmp_path, kills.COURSES[:1], chosen))
    assert [result.violations for result in found] == [[], []]
    assert [result.kills for result in found] == [1, 1]

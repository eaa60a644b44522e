"""The quality scale: what it calls done is there, and what is taken away is open."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from docs.quality import (
    LEVELS,
    RULES,
    Subject,
    exemptions,
    level_of,
    quality,
    rate,
    subjects,
)
from station.drivers import family_names
from station.encoder import profile_names
from station.gateways import gateway_names

ALL = list(subjects())
EXEMPT = exemptions()


def of(subject: Subject) -> dict[str, tuple[str, str]]:
    return rate(subject, EXEMPT.get(f"{subject.kind}/{subject.name}", {}))


def test_everything_on_disk_is_rated() -> None:
    assert [one.name for one in ALL] == [*family_names(), *profile_names(), *gateway_names()]
    assert {rule.level for rules in RULES.values() for rule in rules} == set(LEVELS)


def test_an_exemption_names_a_rule_that_is_not_kept_and_says_why() -> None:
    by_name = {f"{one.kind}/{one.name}": one for one in ALL}
    for name, reasons in EXEMPT.items():
        found = of(by_name[name])
        for rule, reason in reasons.items():
            assert found[rule] == ("exempt", reason), f"{name}: {rule} is kept or not a rule"
            assert len(reason) > 10


@pytest.mark.parametrize("subject", ALL, ids=lambda one: f"{one.kind}-{one.name}")
def test_nothing_below_gold_is_open_today(subject: Subject) -> None:
    assert level_of(subject, of(subject)) in ("silver", "gold")


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("docs/explanations/wire-hiti-cs.md", "wire-document"),
        ("tests/vectors/hiti_cs", "vectors"),
        ("tests/captures", "recorded-session"),
        ("simulators/printers/hiti_cs", "simulator"),
    ],
)
def test_what_is_taken_away_is_open(tmp_path: Path, place: str, rule: str) -> None:
    hiti = next(one for one in ALL if one.name == "hiti_cs")
    for top in ("docs", "tests", "simulators", "config", "station"):
        (tmp_path / top).symlink_to(hiti.root / top)
    moved = dataclasses.replace(hiti, root=tmp_path)
    assert of(moved)[rule][0] == "done"
    first, *rest = Path(place).parts
    (tmp_path / first).unlink()
    ignored = shutil.ignore_patterns("__pycache__", Path(place).name)
    shutil.copytree(hiti.root / first, tmp_path / first, ignore=ignored)
    assert rest
    assert of(moved)[rule][0] == "open"


def test_a_fact_that_was_never_seen_keeps_from_gold() -> None:
    hiti = next(one for one in ALL if one.name == "hiti_cs")
    assert of(hiti)["verified"][0] == "open"
    assert of(dataclasses.replace(hiti, unverified=()))["verified"][0] == "done"
    for fact in hiti.unverified:
        assert f"- {fact}" in quality()

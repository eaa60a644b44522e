"""Settings from central: on trial until a start was good, and back again when none was."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.core.errors import ConfigError, FleetMessageError
from station.core.fleet import SettingsOutcome
from station.given_settings import (
    FILE,
    MOST_ATTEMPTS,
    Document,
    count_attempt,
    end_trial,
    read_given,
    refuse,
    take_on_trial,
)
from station.settings import load_own_settings, load_settings, settings_with
from tests.rigs.own_config import config_in

FIRST = Document(1, "[policies]\ntake_within = 180.0\n")
SECOND = Document(2, "[policies]\ntake_within = 240.0\n")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return config_in(tmp_path, tmp_path / "state")


@pytest.fixture
def state(file: Path) -> Path:
    folder = load_own_settings(file).station.state_dir
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def outcome(state: Path) -> tuple[int, str]:
    told = read_given(state).outcome
    assert told is not None
    return told.revision, told.outcome


def test_without_any_the_windows_own_settings_count(file: Path, state: Path) -> None:
    assert not read_given(state).newest
    assert load_settings(file).policies.take_within == 120.0
    assert count_attempt(state) == read_given(state)
    assert not (state / FILE).exists()


def test_a_document_counts_from_its_trial_on_and_stays_when_the_start_was_good(
    file: Path, state: Path
) -> None:
    take_on_trial(state, FIRST, ("province",))
    assert read_given(state).newest == 1
    assert read_given(state).outcome is None
    count_attempt(state)
    settings = load_settings(file)
    assert settings.policies.take_within == 180.0
    assert settings.source_of(("policies", "take_within")) == "central"
    assert settings.source_of(("policies", "hold_owed")) == "default"
    end_trial(state, 7)
    assert read_given(state).trial is not None, "the start with other settings was good"
    end_trial(state, 1)
    assert read_given(state).good == FIRST
    assert outcome(state) == (1, SettingsOutcome.APPLIED)
    assert load_settings(file).policies.take_within == 180.0


def test_without_a_good_start_the_earlier_ones_are_there_again(file: Path, state: Path) -> None:
    take_on_trial(state, FIRST, ())
    end_trial(state, 1)
    take_on_trial(state, SECOND, ())
    for _ in range(MOST_ATTEMPTS):
        assert count_attempt(state).current == SECOND
    assert count_attempt(state).current == FIRST
    assert outcome(state) == (2, SettingsOutcome.RETURNED)
    assert load_settings(file).policies.take_within == 180.0
    assert count_attempt(state).current == FIRST, "nothing is on trial any more"


def test_a_refused_document_changes_nothing(file: Path, state: Path) -> None:
    take_on_trial(state, FIRST, ())
    end_trial(state, 1)
    refuse(state, SECOND, "policies.take_within: wrong")
    assert read_given(state).current == FIRST
    assert read_given(state).newest == 2
    assert outcome(state) == (2, SettingsOutcome.REFUSED)


def test_the_environment_wins_over_central(
    file: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_on_trial(state, FIRST, ())
    monkeypatch.setenv("STATION_POLICIES__TAKE_WITHIN", "33")
    settings = load_settings(file)
    assert settings.policies.take_within == 33.0
    assert settings.source_of(("policies", "take_within")) == "environment"


def test_what_does_not_fit_is_said_by_its_setting(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"policies\.take_within"):
        settings_with(file, "[policies]\ntake_within = -1.0")
    with pytest.raises(FleetMessageError, match=r"server\.port"):
        settings_with(file, "[server]\nport = 1")


def test_a_document_that_this_version_does_not_take_is_named_by_its_file(
    file: Path, state: Path
) -> None:
    take_on_trial(state, Document(1, "[server]\nport = 1\n"), ())
    with pytest.raises(ConfigError, match=FILE):
        load_settings(file)


def test_a_disk_that_takes_nothing_is_an_error_of_the_station(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=FILE):
        refuse(tmp_path / "gone", FIRST, "wrong")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"good": 1, "trial": null, "outcome": null}'])
def test_a_damaged_file_is_named(state: Path, content: str) -> None:
    (state / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE):
        read_given(state)

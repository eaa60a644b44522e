"""Settings from central are taken only while nobody is served, and one document at a time."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from station.core.fleet import Desired
from station.given_settings import read_given
from station.settings import load_settings
from station.taking_settings import TakenSettings
from tests.rigs.own_config import config_in

WANTED = Desired(4, "[policies]\ntake_within = 180.0\n")


@dataclasses.dataclass
class Played:
    """A window: what it does now, what was noted, and whether it has begun anew."""

    state: Path
    last_seq: int = 10
    inside: list[str] = dataclasses.field(default_factory=list)
    working: object = None
    at_desk: bool = False
    noted: list[str] = dataclasses.field(default_factory=list)
    anew: int = 0

    def taken(self, config: Path) -> TakenSettings:
        journal: Any = self
        engine: Any = SimpleNamespace(at_work=lambda lane: self.working)
        view = SimpleNamespace(devices=[SimpleNamespace(name="province", ok=False)])
        service: Any = SimpleNamespace(
            desk=self,
            machine=SimpleNamespace(check_now=lambda patience: view),
            note=lambda actor, kind, data: self.noted.append(kind),
        )
        return TakenSettings(load_settings(config), journal, engine, service, self.begin_anew)

    @property
    def cards(self) -> SimpleNamespace:
        return SimpleNamespace(in_machine=lambda: self.inside)

    def in_use(self) -> bool:
        return self.at_desk

    def begin_anew(self) -> None:
        self.anew += 1


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return config_in(tmp_path, tmp_path)


@pytest.fixture
def window(tmp_path: Path) -> Played:
    return Played(tmp_path)


def test_a_quiet_window_begins_anew_with_them(window: Played, config: Path) -> None:
    assert window.taken(config).take(WANTED)
    assert (window.anew, window.noted) == (1, ["settings-taken"])
    trial = read_given(window.state).trial
    assert trial is not None
    assert (trial.document.revision, trial.silent) == (4, ("province",))


@pytest.mark.parametrize(
    "served", [{"inside": ["a card"]}, {"working": "a step"}, {"at_desk": True}]
)
def test_nobody_who_is_served_is_interrupted(
    window: Played, config: Path, served: dict[str, Any]
) -> None:
    taken = window.taken(config)
    before = dataclasses.replace(window)
    for name, value in served.items():
        setattr(window, name, value)
    assert not taken.take(WANTED)
    assert (window.anew, read_given(window.state).trial) == (0, None)
    for name in served:
        setattr(window, name, getattr(before, name))
    assert taken.take(WANTED)


def test_what_was_done_a_moment_ago_is_waited_for(window: Played, config: Path) -> None:
    taken = window.taken(config)
    window.last_seq += 1
    assert not taken.take(WANTED)
    assert taken.take(WANTED)


def test_a_second_document_waits_for_the_trial_of_the_first(window: Played, config: Path) -> None:
    taken = window.taken(config)
    assert taken.take(WANTED)
    assert not taken.take(dataclasses.replace(WANTED, revision=5))
    assert window.anew == 1
    assert taken.outcome is None


def test_what_does_not_fit_is_refused_at_once_by_its_setting(window: Played, config: Path) -> None:
    taken = window.taken(config)
    window.inside.append("a card")
    assert taken.take(Desired(5, "[policies]\ntake_within = -1.0\n"))
    assert taken.outcome is not None
    assert taken.outcome.outcome == "refused"
    assert "policies.take_within" in taken.outcome.reason
    assert (window.anew, window.noted) == (0, ["settings-refused"])

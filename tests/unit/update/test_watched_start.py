"""A start with settings from central is watched: good, or begun anew until they are given up."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import cast

import pytest

from station.given_settings import Document, read_given, take_on_trial
from station.production.views.orders import StationView
from station.update import trial
from station.update.trial import watch

DOCUMENT = Document(3, "[policies]\ntake_within = 180.0\n")
SOON = 20.0


class Device:
    """A row of the view: its name, and whether it works."""

    def __init__(self, name: str, *, ok: bool) -> None:
        self.name, self.ok = name, ok


class View:
    """What a look has seen; the province works or not."""

    recovered = True

    def __init__(self, *, province: bool) -> None:
        working = {"printer": True, "reader": True, "journal": True, "province": province}
        self.devices = [Device(name, ok=ok) for name, ok in working.items()]


def look(*, province: bool) -> StationView:
    return cast("StationView", View(province=province))


def test_a_good_start_ends_the_trial(tmp_path: Path) -> None:
    take_on_trial(tmp_path, DOCUMENT, ())
    seen, anew = threading.Event(), threading.Event()

    def good() -> StationView:
        seen.set()
        return look(province=True)

    end = watch(tmp_path, good, anew.set)
    assert seen.wait(SOON)
    for thread in threading.enumerate():
        if thread.name == "trial":
            thread.join(SOON)
    end()
    assert read_given(tmp_path).good == DOCUMENT
    assert not anew.is_set()


def test_without_the_province_that_worked_before_it_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "SETTINGS_GOOD_WITHIN", 0.0)
    take_on_trial(tmp_path, DOCUMENT, ())
    anew = threading.Event()
    watch(tmp_path, lambda: look(province=False), anew.set)
    assert anew.wait(SOON)
    assert read_given(tmp_path).good is None


def test_a_device_that_did_not_work_before_proves_nothing(tmp_path: Path) -> None:
    take_on_trial(tmp_path, DOCUMENT, ("province",))
    anew = threading.Event()
    watch(tmp_path, lambda: look(province=False), anew.set)
    for thread in threading.enumerate():
        if thread.name == "trial":
            thread.join(SOON)
    assert read_given(tmp_path).good == DOCUMENT
    assert not anew.is_set()


def test_without_anything_on_trial_nobody_looks(tmp_path: Path) -> None:
    def never() -> StationView:
        raise AssertionError

    watch(tmp_path, never, lambda: None)()
    assert not [one for one in threading.enumerate() if one.name == "trial"]

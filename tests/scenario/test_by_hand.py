"""A window without a machine: the real daemon, a person, and a plain reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.world import World, WorldOptions, running
from tests.scenario.conftest import Window


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[World]:
    options = WorldOptions(
        folder=tmp_path,
        pcsc=False,
        printer="manual-reader",
        printer_scheme="reader",
        people=20,
        station_settings={"face": {"prints": False}},
    )
    with running(options) as made:
        yield made


def test_a_card_by_hand_with_a_person_at_a_plain_reader(by_hand: World) -> None:
    window = Window(by_hand, by_hand.people("ready")[0]["id_number"])
    window.accept()
    window.press("data-ready", "approved")
    asked = window.run_to_release()
    assert window.problem(asked)["code"] == "card-needed"
    assert asked["question"]["answers"][0]["answer"] == "is-in"
    by_hand.machine("put a card into the reader")
    written = window.run_to_release()
    assert window.problem(written)["code"] == "take-card"
    by_hand.machine("take the card out of the reader")
    assert window.run_to_release()["step"] == "released"
    totals = window.totals()
    names = ("feeds", "chip_write_sessions", "prints", "releases")
    assert [totals[name] for name in names] == [1, 1, 0, 1]
    assert by_hand.province_observer()["effects"]["reports_accepted"] == 1

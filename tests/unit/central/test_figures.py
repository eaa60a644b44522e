"""Central's figures for a monitoring system: what the wall says, and no window of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from simulators.world import free_port
from station.central.database import Database
from station.central.figures import READABLE, figures
from station.central.serve import start_central_metrics
from station.central.settings import CentralSettings
from station.metrics import ListedMetrics
from tests.rigs.central import Rig
from tests.rigs.central_pages import NUMBER, PlayedFleet, played_fleet
from tests.rigs.promtool import promtool

MONITORING = Path("config/deployment/monitoring")


@pytest.fixture
def fleet(rig: Rig) -> PlayedFleet:
    return played_fleet(rig)


@pytest.fixture
def told(rig: Rig, fleet: PlayedFleet) -> Iterator[str]:
    listen = f"127.0.0.1:{free_port()}"
    end = start_central_metrics(
        CentralSettings.model_validate({"metrics": {"listen": listen}}), rig.database
    )
    try:
        with urlopen(f"http://{listen}/metrics", timeout=60) as answer:
            yield answer.read().decode()
    finally:
        end()


def values(told: str) -> dict[str, dict[str, float]]:
    return {
        family.name: {",".join(one.labels.values()): one.value for one in family.samples}
        for family in text_string_to_metric_families(told)
    }


def test_the_figures_say_what_the_wall_says(told: str, fleet: PlayedFleet) -> None:
    found = values(told)
    assert found[READABLE] == {"": 1.0}
    assert found["station_central_windows"] == {
        "fork": 1, "blocked": 1, "never": 1, "ended": 1, "silent": 1, "well": 3,
    }  # fmt: skip
    assert sum(found["station_central_owed_reports"].values()) == 2
    assert found["station_central_forks"] == {"": 1.0}
    assert found["station_central_made_cards"] == {"": 7.0}
    assert found["station_central_settings_failed_windows"] == {"": 1.0}
    assert found["station_central_alarms"][""] >= 2
    assert set(found["station_central_behind_events"]) == set(fleet.windows)
    assert NUMBER not in told


def test_a_database_that_is_away_is_said(rig: Rig) -> None:
    away = Database("postgresql:///nothing?host=/nonexistent&user=nobody")
    (family,) = ListedMetrics(lambda: figures(away), READABLE).collect()
    assert (family.name, family.samples[0].value) == (READABLE, 0)


def test_promtool_finds_the_figures_well_formed_and_alerts_name_them(told: str) -> None:
    assert promtool("check", "metrics", text=told) == ""
    rules = (MONITORING / "central-alerts.yml").read_text(encoding="utf-8")
    used = set(re.findall(r"station_[a-z_]+", "\n".join(re.findall(r"expr: (.*)", rules))))
    assert used
    assert used <= set(values(told))

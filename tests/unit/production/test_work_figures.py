"""How the window works: what is counted of the history, by hour, and how long supplies last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.errors import CardMismatchError
from station.core.orders import EffectKind
from station.production.services.work_figures import HOUR, WorkFiguresService
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER

OTHER = "410701199003074550"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def make(window: Served, number: str = ID_NUMBER) -> str:
    order = window.client.post("/api/v1/orders", json={"id_number": number}).json()["id"]
    path = f"/api/v1/orders/{order}/run?wait=30"
    return str(window.client.post(path, json={"approved": True}).json()["step"])


def test_cards_and_spoiled_ones_are_counted_in_the_present_hour(window: Served) -> None:
    assert make(window) == "released"
    window.bench.trap.spring("write", "after", CardMismatchError("differs"))
    assert make(window, OTHER) == "spoiled"
    figures = window.service.work.read(60)
    assert (figures.made, figures.spoiled) == (1, 1)
    counted = [(one.made, one.spoiled) for one in figures.hours if one.made or one.spoiled]
    assert counted == [(1, 1)] or sorted(counted) == [(0, 1), (1, 0)]  # an hour began between them
    assert len(figures.hours) == 24
    now = window.bench.journal.clock.now().astimezone()
    assert figures.hours[-1].hour == now.hour
    assert [kind for kind, _ in figures.effects] == [
        EffectKind.FEED,
        EffectKind.WRITE_CHIP,
        EffectKind.REPORT,
        EffectKind.PRINT,
        EffectKind.RELEASE,
    ]
    assert figures.report_delay is not None
    supplies = {one.name: one for one in figures.supplies}
    assert supplies["ribbon"].cards == 60
    assert supplies["ribbon"].hours == pytest.approx(60.0)  # one card in the first hour


def test_a_window_that_made_nothing_promises_nothing(window: Served) -> None:
    figures = window.service.work.read(None)
    assert (figures.made, figures.spoiled, figures.effects) == (0, 0, ())
    assert figures.report_delay is None
    assert {one.name for one in figures.supplies} == {"feeder", "drawer"}
    assert [one.hours for one in figures.supplies] == [None, None]
    assert "最近 24 小时没有出卡" in window.client.get("/diagnostics").text


def test_an_event_is_read_once_and_what_was_before_the_start_too(window: Served) -> None:
    assert make(window) == "released"
    again = WorkFiguresService(window.bench.journal, window.service.ledger)
    assert again.read(1).made == 1
    assert again.read(1).made == 1


@pytest.mark.parametrize(
    ("minutes", "ago", "back"),
    [(30, 0.0, 0), (30, 29 * 60.0, 0), (30, 31 * 60.0, 1), (0, 1.0, 1), (59, 23.5 * HOUR, 23)],
)
def test_an_hour_is_the_wall_clocks(minutes: int, ago: float, back: int) -> None:
    now = dt.datetime(2026, 1, 2, 15, minutes, tzinfo=dt.UTC)
    counts = WorkFiguresService._by_hour(now, 100_000.0, [100_000.0 - ago])
    assert counts.index(1) == back


def test_a_card_of_two_days_ago_is_in_no_hour() -> None:
    now = dt.datetime(2026, 1, 2, 15, 0, tzinfo=dt.UTC)
    assert sum(WorkFiguresService._by_hour(now, 200_000.0, [200_000.0 - 48 * HOUR])) == 0


def test_the_charts_are_on_the_technicians_page(window: Served) -> None:
    make(window)
    page = window.client.get("/diagnostics").text
    assert 'class="chart-made"' in page
    assert "出卡 1 张，废卡 0 张，废卡率 0%" in page
    assert "色带：还够 99 张" in page

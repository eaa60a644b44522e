"""What a monitoring system reads of a window, and what it makes of it."""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from station.core.changes import AddOrder, SetHold
from station.core.errors import ConfigError, GatewayUnavailableError, JournalError
from station.core.gateways import IssuanceReport
from station.core.orders import Hold, OrderReason, OrderStep
from station.metrics import StationMetrics, serve_metrics
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from tests.rigs.promtool import promtool
from tests.unit.production.doubles import ID_NUMBER, Bench

MONITORING = Path(__file__).parents[2] / "config" / "deployment" / "monitoring"
ORDER = "20260101-0001"
LONG_ENOUGH = 20.0  # seconds; only a failure takes them


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.journal.close()


@dataclass(slots=True, eq=False)
class Running:
    """A window with its threads, and its listener."""

    window: Bench
    engine: Engine
    service: ProductionService
    metrics: StationMetrics
    notifier: Notifier
    read: Callable[[], str]


@pytest.fixture
def station(window: Bench) -> Iterator[Running]:
    bell = Notifier()
    window.journal.on_change(bell.ring)
    engine = Engine(window.bench, bell, random.Random(1))
    service = ProductionService(window.journal, window.bench.equipment, engine, bell)
    metrics = StationMetrics(window.journal, engine, service.ledger)
    end = serve_metrics(metrics, "127.0.0.1:0")
    (port,) = filter(None, map(_port, threading.enumerate()))
    client = httpx.Client(trust_env=False, timeout=60.0, base_url=f"http://127.0.0.1:{port}")
    service.start()
    yield Running(window, engine, service, metrics, bell, lambda: client.get("/metrics").text)
    service.stop()
    client.close()
    end()


def _port(thread: threading.Thread) -> int:
    server = getattr(getattr(thread, "_target", None), "__self__", None)
    return int(getattr(server, "server_port", 0))


def samples(text: str) -> dict[tuple[str, str], float]:
    """Return the value of every sample by its name and the values of its labels."""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def accept(window: Bench, hold: Hold | None = None) -> None:
    with window.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, machine="m", reason=OrderReason.NEW, id_number=ID_NUMBER, previous=None)
        )
        change.apply(SetHold(ORDER, hold))


def begin_card(station: Running) -> str:
    order = station.service.orders.create(ID_NUMBER, OrderReason.NEW, "clerk").id
    station.service.orders.press(order, OrderStep.DATA_READY, "clerk")
    station.service.orders.wait_for(order, OrderStep.DATA_READY, LONG_ENOUGH)
    station.service.orders.run(order, "clerk", approved=True)
    return order


def make_card(station: Running) -> str:
    service, order = station.service, begin_card(station)
    view = service.orders.wait_for(order, OrderStep.RELEASED, LONG_ENOUGH)
    assert view.step is OrderStep.RELEASED
    return order


def test_a_card_is_counted_by_its_fate_its_steps_and_the_effects_on_the_world(
    station: Running,
) -> None:
    before = samples(station.read())
    assert before["station_cards", "issued"] == 0
    assert before["station_province_link", "closed"] == 1
    make_card(station)
    found = samples(station.read())
    assert found["station_cards", "issued"] == 1
    assert found["station_cards", "in-machine"] == 0
    assert found["station_reports", "owed"] == 0
    for step in ("data-ready", "fed", "encoded", "reported", "printed", "released"):
        assert found["station_step_seconds_count", step] == 1, step
        assert 0 <= found["station_step_seconds_sum", step] < LONG_ENOUGH
    for effect in ("feed", "write-chip", "print"):
        assert found["station_effect_seconds_count", effect] == 1, effect
        assert found["station_effects_total", f"{effect},done"] == 1, effect


def owed(station: Running) -> set[tuple[str, str]]:
    return {name for name, value in samples(station.read()).items() if value > 0}


def heard(station: Running, true: Callable[[], bool]) -> None:
    """Wait until it is so; what is held meanwhile is tried again by the station."""
    deadline = time.monotonic() + LONG_ENOUGH
    while not true():
        assert time.monotonic() < deadline
        station.notifier.wait(station.notifier.count, 0.1)


def test_a_report_that_is_owed_is_counted_with_its_age_until_it_is_taken(
    station: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(report: IssuanceReport) -> str:
        raise GatewayUnavailableError("the province is away")

    service, province = station.service, station.window.province
    with monkeypatch.context() as patched:
        patched.setattr(province, "report", away)
        order = begin_card(station)
        heard(station, lambda: ("station_reports", "owed") in owed(station))
        read_at = station.window.clock.monotonic()
        first = samples(station.read())
        assert first["station_reports", "owed"] == 1
        second = samples(station.read())["station_report_oldest_seconds", ""]
        grown = second - first["station_report_oldest_seconds", ""]
        assert 0 < grown < station.window.clock.monotonic() - read_at
    heard(station, lambda: service.orders.one(order).step is OrderStep.RELEASED)
    found = samples(station.read())
    assert found["station_reports", "owed"] == 0
    assert found["station_report_oldest_seconds", ""] == 0


def test_a_held_order_is_an_error_by_its_code_once(station: Running) -> None:
    accept(station.window, Hold("media-jam"))
    for _ in range(2):
        found = samples(station.read())
        assert found["station_orders", "accepted"] == 1
        assert found["station_orders_held", "media-jam"] == 1
        assert found["station_errors_total", "media-jam"] == 1
    with station.window.journal.transaction("clerk") as change:
        change.apply(SetHold(ORDER, None))
    found = samples(station.read())
    assert ("station_orders_held", "media-jam") not in found
    assert found["station_errors_total", "media-jam"] == 1


def test_nothing_about_anybody_is_in_the_figures(station: Running) -> None:
    order = make_card(station)
    text = station.read()
    assert ID_NUMBER not in text
    assert order not in text


def test_a_journal_that_cannot_be_read_is_a_figure_and_no_error(station: Running) -> None:
    def broken() -> dict[str, int]:
        raise JournalError("the journal can't be read: OperationalError")

    station.window.journal.figures.cards_by_fate = broken  # type: ignore[method-assign]
    assert samples(station.read())["station_journal_readable", ""] == 0


def test_an_address_that_cannot_be_used_is_a_configuration_error(station: Running) -> None:
    with pytest.raises(ConfigError, match=r"metrics\.listen"):
        serve_metrics(station.metrics, "192.0.2.1:9470")


def test_alerts_and_dashboard_name_figures_that_exist(station: Running) -> None:
    assert station.engine.look_now(LONG_ENOUGH) is not None
    known = {family.name for family in text_string_to_metric_families(station.read())}
    for name in ("alerts.yml", "dashboard.json"):
        text = (MONITORING / name).read_text(encoding="utf-8")
        expressions = "\n".join(re.findall(r'(?:expr: |"expr": )(.*)', text))
        used = set(re.findall(r"station_[a-z_]+", expressions))
        plain = {re.sub(r"_(bucket|total|count|sum)$", "", each) for each in used}
        assert plain, name
        assert plain <= known, (name, plain - known)
    assert json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))["panels"]


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "alerts.yml"), ("check", "config", "prometheus.yml"),
     ("test", "rules", "alerts_test.yml"), ("check", "rules", "central-alerts.yml"),
     ("test", "rules", "central-alerts_test.yml")],
)  # fmt: skip
def test_promtool_takes_the_files_and_every_alert_fires_at_its_threshold(
    arguments: tuple[str, ...],
) -> None:
    assert promtool(*arguments, folder=MONITORING) == ""


@pytest.mark.parametrize(("name", "count"), [("alerts", 8), ("central-alerts", 6)])
def test_every_alert_has_a_case_of_its_own(name: str, count: int) -> None:
    rules = (MONITORING / f"{name}.yml").read_text(encoding="utf-8")
    alerts = re.findall(r"- alert: (\w+)", rules)
    cases = (MONITORING / f"{name}_test.yml").read_text(encoding="utf-8")
    fires = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", cases))
    assert len(alerts) >= count
    assert fires == set(alerts)


def test_promtool_finds_the_figures_well_formed(station: Running) -> None:
    assert promtool("check", "metrics", text=station.read()) == ""

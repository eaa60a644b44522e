"""The technician's tree of devices, the wire trace with its filter, and the configuration."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.errors import PrinterNotConnectedError
from station.core.people import Role
from station.core.printing import PrinterStateReason, Reason, Severity
from station.core.wire_trace import WireKind, WireTrace, exchanges_about
from station.log_shown import shown_log
from station.logs import LAST_LINES
from station.pc_facts import LITTLE, PcFacts
from station.settings import load_settings
from station.settings_shown import shown_settings
from station.ui.device_tree import Part, PartsSeen, parts_of
from station.ui.technician import TechnicianSources, TraceFilter, trace_panel
from station.words import shown_in
from tests.rigs.doors import OPERATOR, Signed, let_in
from tests.unit.api.conftest import Served, serving

CONFIG = Path(__file__).parents[3] / "config" / "station.toml"
NOON = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
CANARY = "canary-word"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


# -- the tree --------------------------------------------------------------------------------------


def levels(window: Served) -> dict[str, str]:
    view = window.service.machine.check_now(30.0)
    trace = window.bench.bench.equipment.trace
    return {part.name: part.level for part in parts_of(view, trace, ())}


def test_the_tree_names_every_part_of_a_machine(window: Served) -> None:
    found = levels(window)
    assert list(found) == [
        "printer", "printer-cable", "ribbon", "ribbon-chip", "reader", "reader-cable", "contact",
        "province", "hsm", "journal",
    ]  # fmt: skip
    assert found["contact"] == found["hsm"] == "unknown"
    assert found["printer-cable"] == found["ribbon"] == found["ribbon-chip"] == "ok"


def test_a_missing_ribbon_chip_is_not_a_missing_ribbon(window: Served) -> None:
    window.bench.machine.reasons = (Reason(PrinterStateReason.RIBBON_CHIP_MISSING, Severity.ERROR),)
    found = levels(window)
    assert (found["ribbon"], found["ribbon-chip"]) == ("ok", "error")
    window.bench.machine.reasons = (Reason(PrinterStateReason.RIBBON_EMPTY, Severity.ERROR),)
    found = levels(window)
    assert (found["ribbon"], found["ribbon-chip"]) == ("error", "ok")


def test_a_pulled_cable_says_nothing_of_the_ribbon(
    window: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise PrinterNotConnectedError("no device")

    monkeypatch.setattr(window.bench.machine, "status", away)
    found = levels(window)
    assert (found["printer-cable"], found["ribbon"], found["reader-cable"]) == (
        "error",
        "unknown",
        "ok",
    )


@pytest.mark.parametrize(
    ("kind", "name", "good", "bad", "part"),
    [
        (WireKind.CHIP, "power on", "ATR", "no-atr", "contact"),
        (WireKind.PROVINCE, "authenticate", "ok", "province-unavailable", "hsm"),
    ],
)
def test_contact_station_and_hsm_are_as_their_last_exchange(
    window: Served, kind: WireKind, name: str, good: str, bad: str, part: str
) -> None:
    trace = window.bench.bench.equipment.trace
    trace.end(trace.begin(kind, name, None, 0), good)
    assert levels(window)[part] == "ok"
    trace.end(trace.begin(kind, name, None, 0), bad)
    assert levels(window)[part] == "error"


def test_since_when_and_last_good_are_kept_while_a_part_is_bad() -> None:
    seen, told = PartsSeen(), []
    for minute, level in enumerate(("ok", "ok", "error", "error", "ok")):
        now = NOON + dt.timedelta(minutes=minute)
        part = Part("disk", "", "", level, "")  # type: ignore[arg-type]
        (node,) = seen.look((part,), now)
        told.append((node.since[3:5], node.good[3:5]))
    assert told == [("00", "00"), ("00", "01"), ("02", "01"), ("02", "01"), ("04", "04")]


def test_what_was_never_good_is_said_to_be_so() -> None:
    (node,) = PartsSeen().look((Part("disk", "", "", "error", ""),), NOON)
    assert node.good == "启动以来没有"


# -- the PC ----------------------------------------------------------------------------------------


def pc(tmp_path: Path, seconds: float = 0.0, **files: Path) -> dict[str, tuple[str, str]]:
    settings = load_settings(CONFIG)
    server = settings.server.model_copy(update=files)
    station = settings.station.model_copy(update={"state_dir": tmp_path})
    settings = settings.model_copy(update={"server": server, "station": station})
    walls = iter((NOON, *[NOON + dt.timedelta(seconds=seconds)] * 9))
    facts = PcFacts(settings, now=lambda: next(walls), clock=lambda: 0.0)()
    return {fact.name: (fact.level, fact.told) for fact in facts}


def test_a_clock_that_was_moved_is_told(tmp_path: Path) -> None:
    assert pc(tmp_path)["clock"][0] == "ok"
    assert pc(tmp_path, -3600.0)["clock"] == ("warn", "启动以来被调动 -3600 秒")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((LITTLE, "ok"), (LITTLE - 1, "warn"), (1, "error")):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr("shutil.disk_usage", lambda _, usage=usage: usage)
        assert pc(tmp_path)["disk"][0] == level


def test_a_file_without_certificate_is_told(tmp_path: Path) -> None:
    file = tmp_path / "own.pem"
    assert pc(tmp_path, certificate=file)["certificate-server.certificate"][0] == "error"
    file.write_text("nothing")
    assert pc(tmp_path, certificate=file)["certificate-server.certificate"][0] == "error"


# -- the trace -------------------------------------------------------------------------------------


@pytest.fixture
def sources() -> TechnicianSources:
    ticks = iter(range(1000))
    trace = WireTrace(lambda: float(next(ticks)))
    with exchanges_about("abc123"):
        trace.end(trace.begin(WireKind.CHIP, "select EF05", b"\x00\xa4\x02", 3), "9000")
        trace.end(trace.begin(WireKind.CHIP, "verify PIN", b"\x00\x20", 11), "63C2")
    trace.end(trace.begin(WireKind.PRINTER, "read status", b"\xa5", 6))
    return TechnicianSources(trace=trace)


def names(sources: TechnicianSources, **wanted: str) -> list[str]:
    return [row.name for row in trace_panel(sources, TraceFilter(**wanted)).rows]  # type: ignore[arg-type]


def test_the_filter_takes_kind_order_and_text(sources: TechnicianSources) -> None:
    assert names(sources) == ["read status", "verify PIN", "select EF05"]
    assert names(sources, kind="printer") == ["read status"]
    assert names(sources, about="ABC") == ["verify PIN", "select EF05"]
    assert names(sources, said="63c2") == ["verify PIN"]
    assert names(sources, said="a4 02", kind="chip") == ["select EF05"]
    assert names(sources, kind="log") == []


def test_a_paused_page_sees_nothing_later(sources: TechnicianSources) -> None:
    before = float(trace_panel(sources, TraceFilter()).read_at) - 3600
    assert trace_panel(sources, TraceFilter(until=before)).rows == ()


def test_the_rest_of_what_is_not_shown_is_a_length(sources: TechnicianSources) -> None:
    row = trace_panel(sources, TraceFilter(said="verify PIN")).rows[0]
    assert (row.wire, row.level) == ("→ 00 20 +9 字节", "warn")
    with shown_in("en"):
        assert (
            trace_panel(sources, TraceFilter(said="verify PIN")).rows[0].wire.endswith("+9 bytes")
        )


def test_log_lines_are_shown_without_what_may_be_personal(window: Served) -> None:
    log, order = logging.getLogger("station.canaries"), "0" * 32
    logging.getLogger("station").addHandler(LAST_LINES)
    told = {"code": "no-card", "person": "张三丰", "number": 271828, "order": order}
    log.warning("a step failed", extra=told)
    log.warning("a card of %s", "张三丰", extra={"order": "110101199003078888"})
    lines = shown_log(LAST_LINES.lines())[-2:]
    assert lines[0].order == order
    assert "code=no-card" in lines[0].fields
    for canary in ("张三丰", "271828", "110101199003078888"):
        assert canary not in str(lines)
    page = window.client.get("/diagnostics/trace?kind=log&about=000").text
    assert "a step failed" in page


def test_the_panel_is_read_with_its_filter(window: Served) -> None:
    trace = window.bench.bench.equipment.trace
    trace.end(trace.begin(WireKind.DESK, "id-reader", None, 10), "no-card")
    trace.end(trace.begin(WireKind.CHIP, "select EF05", None, 7), "9000")
    panels = "/ui/panels?page=trace&order="
    shown = window.client.get(f"{panels}&kind=desk").json()["panels"]["trace"]
    assert "身份证阅读器" in shown
    assert "select EF05" not in shown
    assert window.client.get(f"{panels}&until=x").status_code == 422


@pytest.mark.parametrize(
    "path", ["/diagnostics/trace", "/diagnostics/configuration", "/ui/panels?page=trace&order="]
)
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.TECHNICIAN])
def test_only_a_technician_sees_them(window: Served, path: str, role: Role) -> None:
    let_in(window.doors, "somebody", {role})
    with Signed(window.doors, "somebody", base_url=window.client.base_url) as client:
        answer = client.get(path)
    assert answer.status_code == (200 if role is Role.TECHNICIAN else 403)


# -- the configuration -----------------------------------------------------------------------------


def test_every_setting_has_value_default_source_and_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "station.toml"
    url = 'journal = "postgresql://user:canary-login@db/journal?password=canary-query"\n'
    text = CONFIG.read_text(encoding="utf-8").replace("[station]\n", f"[station]\n{url}", 1)
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("STATION_PROVINCE__PASSWORD", CANARY)
    monkeypatch.setenv("STATION_SERVER__PORT", "8471")
    shown = shown_settings(load_settings(file))
    rows = {(part.name, row.key): row for part in shown.sections for row in part.rows}
    port, timeout = rows["server", "port"], rows["province", "timeout"]
    assert (port.value, port.default, port.changed, port.source) == (
        "8471",
        "8470",
        True,
        "environment",
    )
    assert (timeout.changed, timeout.default) == (False, "15.0")
    assert rows["province", "password"].value == "***"
    assert rows["station", "journal"].value == "postgresql://***@db/journal?***"
    assert rows["province", "region"].changed
    assert rows["chip", "photo"].source == "default"
    assert "canary" not in str(shown)
    assert all(row.about for row in rows.values())
    assert {name for name, _ in rows} >= {"station", "face", "policies"}
    assert shown.file == str(file)


def test_the_page_can_show_only_what_differs(window: Served) -> None:
    every = window.client.get("/diagnostics/configuration").text
    changed = window.client.get("/diagnostics/configuration?changed=yes").text
    assert "<code>idle_lock</code>" in every
    assert "<code>idle_lock</code>" not in changed
    assert "<strong>已改</strong>" in changed
    assert "<code>[banks." in changed
    assert "<code>[metrics]" in every
    assert "<code>[metrics]" not in changed
    assert OPERATOR in every


def test_a_clerk_has_no_links_to_them(window: Served) -> None:
    let_in(window.doors, "clerk", {Role.OPERATOR})
    with Signed(window.doors, "clerk", base_url=window.client.base_url) as client:
        page = client.get("/diagnostics").text
    assert "/diagnostics/trace" not in page
    assert "设备一览" in page
    assert "/diagnostics/trace" in window.client.get("/diagnostics").text


def test_a_station_without_sources_has_empty_pages() -> None:
    assert trace_panel(TechnicianSources(), TraceFilter()).rows == ()
    assert dataclasses.astuple(TechnicianSources().settings()) == ("", ())

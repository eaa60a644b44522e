"""The technician's page: the facts of the devices, in words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.production.views import messages
from station.ui.machine_panel import devices_panel
from tests.unit.ui.test_desk_panel import Page


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.service.stop()
    made.desk.bench.journal.close()


def test_every_fact_of_a_device_has_a_title_in_words(page: Page) -> None:
    view = page.service.machine.check_now(30.0)
    shown = {device.name: device.facts for device in devices_panel(view).devices}
    assert {"printer", "province", "journal"} <= shown.keys()
    for facts in shown.values():
        assert not [title for title in facts if re.match("[a-z]", title)], facts
    assert shown["printer"]["状态"] == "空闲"
    assert shown["printer"]["状态说明"] == "无"
    assert shown["printer"]["卡在哪里"] == "机内没有卡"
    assert shown["province"]["数据回盘"] == "随办随报"


def test_a_reason_of_the_printer_is_shown_by_its_title(page: Page) -> None:
    view = page.service.machine.check_now(30.0)
    problem = messages.connection_problem("media-jam")
    jammed = [
        dataclasses.replace(
            device,
            problems=(problem,),
            facts={**device.facts, "printer-state-reasons": "media-jam-error", "card": "jammed"},
        )
        for device in view.devices
    ]
    view = dataclasses.replace(view, devices=tuple(jammed))
    facts = devices_panel(view).devices[0].facts
    assert facts["状态说明"] == "卡堵在机内"
    assert facts["卡在哪里"] == "堵在机内通道中"

"""A dated self-test: what it finds, what the history keeps, and its record on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.errors import InputError
from station.core.printing import PrinterStateReason as R
from station.core.printing import Reason, Severity
from tests.rigs.doors import OPERATOR
from tests.rigs.paper import text_of
from tests.unit.api.conftest import Served, serving


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def test_a_window_that_can_make_a_card_is_ready(window: Served) -> None:
    made = window.service.self_test.run(OPERATOR)
    assert made.ready
    assert made.by == OPERATOR
    found = {item: (result, said) for item, result, said in made.lines}
    for device in ("制卡机", "读卡器", "省卡管", "流水库", "进卡", "机内通道"):
        assert found[device] == ("正常", "")
    assert found["待回盘数据"] == ("正常", "0 条")
    assert found["色带"] == ("正常", "还能打 100 张")
    assert found["最近一张测试卡"] == ("无记录", "没有做过")


def test_what_is_wrong_is_named_and_stays_in_the_history(window: Served) -> None:
    window.bench.machine.reasons = (
        Reason(R.MEDIA_JAM, Severity.ERROR),
        Reason(R.MEDIA_LOW, Severity.WARNING),
    )
    window.service.self_test.run(OPERATOR)
    window.bench.machine.reasons = ()
    window.service.self_test.run(OPERATOR)
    newest, before = window.service.self_test.made(5)
    assert (newest.ready, before.ready) == (True, False)
    found = {item: (result, said) for item, result, said in before.lines}
    assert found["制卡机"] == ("异常", "卡堵在机内；预制卡快用完")


def test_a_warning_is_named_and_the_window_is_ready(window: Served) -> None:
    window.bench.machine.reasons = (Reason(R.MEDIA_LOW, Severity.WARNING),)
    made = window.service.self_test.run(OPERATOR)
    assert made.ready
    assert ("制卡机", "正常", "预制卡快用完") in made.lines


def test_the_record_shows_the_newest_in_full_and_the_ones_before(
    window: Served, tmp_path: Path
) -> None:
    assert window.client.get("/diagnostics/readiness.pdf").status_code == InputError.http_status
    window.bench.machine.reasons = (Reason(R.COVER_OPEN, Severity.ERROR),)
    press = {"page": "diagnostics"}
    assert window.client.post("/actions/self-test", data=press).is_success
    window.bench.machine.reasons = ()
    page = window.client.post("/actions/self-test", data=press).text
    assert "可以制卡" in page[page.index('id="self-test-result"') :]
    answer = window.client.get("/diagnostics/readiness.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    told = text_of(answer.content, tmp_path)
    for words in ("就绪记录", "结论：可以制卡", "制卡机", "此前自检", "不能制卡", OPERATOR):
        assert words in told

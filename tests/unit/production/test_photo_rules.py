"""Soft photo rules in an order: held with what was measured, passed by a supervisor's word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.changes import AddOrder
from station.core.errors import (
    NotSupervisorError,
    PhotoError,
    PhotoRulesError,
    StepNotAllowedError,
)
from station.core.orders import OrderReason, OrderRecord, OrderStep
from station.core.people import Approval
from station.core.photos import PhotoFinding, PhotoReport, PhotoRule
from station.production.life.steps import data, photo
from station.words import explain, spoken
from tests.unit.production.doubles import AGREED, ID_NUMBER, SUPERVISOR, Bench

ORDER = "a" * 32
BACKGROUND = PhotoFinding(PhotoRule.BACKGROUND, "80%", "至少 90%", is_soft=True)
BLUR = PhotoFinding(PhotoRule.BLUR, "模糊度 0.81", "模糊度至多 0.70", is_soft=True)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    with bench.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, machine="m", reason=OrderReason.NEW, id_number=ID_NUMBER, previous=None)
        )
    yield bench
    bench.journal.close()


def fetched(window: Bench, *findings: PhotoFinding, unchecked: str = "") -> OrderRecord:
    window.faces.photo_report = PhotoReport("city", findings, unchecked=unchecked)
    data.run(window.bench, window.journal.orders.one(ORDER))
    return window.journal.orders.one(ORDER)


def history(window: Bench) -> list[tuple[str, str, dict[str, str]]]:
    events = window.journal.history.after(0, 100, ORDER)
    return [(event.kind, event.actor, dict(event.data)) for event in events]


def test_a_hard_rule_refuses_before_anything_is_stored(window: Bench) -> None:
    with pytest.raises(PhotoError, match="truncated"):
        fetched(window, PhotoFinding(PhotoRule.TRUNCATED, "缺少 FFD9", "完整"), BLUR)
    order = window.journal.orders.one(ORDER)
    assert (order.step, order.data, window.faces.drawn) == (OrderStep.ACCEPTED, None, 0)


def test_soft_rules_hold_the_order_with_rule_value_and_limit(window: Bench) -> None:
    order = fetched(window, BACKGROUND, BLUR)
    assert (order.step, order.waivers) == (OrderStep.DATA_READY, {"background": "", "blur": ""})
    assert order.data is not None  # the supervisor must see the picture
    assert order.hold is not None
    cause = explain(order.hold.code, order.hold.details).cause
    for words in ("白色背景", "80%", "至少 90%", "清晰度", "模糊度 0.81", "模糊度至多 0.70"):
        assert words in cause
    with pytest.raises(PhotoRulesError) as caught:
        data.approve(window.bench, order, "clerk")
    assert caught.value.details == order.hold.details
    assert window.journal.orders.one(ORDER).step is OrderStep.DATA_READY


def test_a_supervisor_lets_rules_pass_one_by_one(window: Bench) -> None:
    order = fetched(window, BACKGROUND, BLUR)
    photo.waive(window.bench, order, AGREED, "window", ["blur"])
    order = window.journal.orders.one(ORDER)
    assert order.waivers == {"background": "", "blur": SUPERVISOR}
    assert order.hold is not None
    assert "白色背景" in spoken(order.hold.details["broken"])
    assert "清晰度" not in spoken(order.hold.details["broken"])
    with pytest.raises(PhotoRulesError):
        data.approve(window.bench, order, "window")
    photo.waive(window.bench, order, AGREED, "window")
    order = window.journal.orders.one(ORDER)
    assert order.hold is None
    waived = [(who, said) for kind, who, said in history(window) if kind == "photo-rules-waived"]
    assert waived == [
        ("window", {"rules": "blur", "supervisor": SUPERVISOR, "method": "password"}),
        ("window", {"rules": "background", "supervisor": SUPERVISOR, "method": "password"}),
    ]
    data.approve(window.bench, order, "window")
    assert window.journal.orders.one(ORDER).step is OrderStep.APPROVED


@pytest.mark.parametrize(
    ("supervisor", "actor", "rules", "error"),
    [
        (None, "window", None, NotSupervisorError),
        (AGREED, SUPERVISOR, None, NotSupervisorError),  # nobody approves what they do
        (AGREED, "window", ["truncated"], StepNotAllowedError),
        (AGREED, "window", [], StepNotAllowedError),
    ],
)
def test_nothing_else_passes(
    window: Bench,
    supervisor: Approval | None,
    actor: str,
    rules: list[str] | None,
    error: type[Exception],
) -> None:
    order = fetched(window, BACKGROUND)
    with pytest.raises(error):
        photo.waive(window.bench, order, supervisor, actor, rules)
    assert window.journal.orders.one(ORDER).waivers == {"background": ""}


def test_a_word_outlives_a_restart_and_is_not_given_twice(window: Bench) -> None:
    photo.waive(window.bench, fetched(window, BACKGROUND), AGREED, "window")
    window.restart()
    order = window.journal.orders.one(ORDER)
    assert order.waivers == {"background": SUPERVISOR}
    with pytest.raises(StepNotAllowedError):
        photo.waive(window.bench, order, AGREED, "window")


def test_a_window_that_can_not_check_says_so(window: Bench) -> None:
    order = fetched(window, unchecked="没有安装 scikit-image")
    assert (order.step, order.hold, order.waivers) == (OrderStep.DATA_READY, None, {})
    assert ("photo-rules-unchecked", "station", {"reason": "没有安装 scikit-image"}) in history(
        window
    )

"""The person's orders and the window's day on the operator page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.orders import OrderReason, OrderStep
from tests.unit.production.doubles import ID_NUMBER, production_data
from tests.unit.ui.test_desk_panel import Page

OTHER = "410701199003074550"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    made.service.people._desk = made.service.desk
    yield made
    made.service.stop()
    made.desk.bench.journal.close()


def panels(page: Page, order: str = "") -> dict[str, str]:
    return dict(page.panels.read("operator", order).panels)


def made(page: Page) -> str:
    order = page.service.orders.create(ID_NUMBER, OrderReason.NEW, "clerk").id
    page.service.orders.run(order, "clerk")
    page.service.orders.wait_for(order, OrderStep.DATA_READY, 30.0)
    page.service.orders.run(order, "clerk", approved=True)
    page.service.orders.wait_for(order, OrderStep.RELEASED, 30.0)
    return order


def test_a_number_or_a_card_number_opens_the_persons_order(page: Page) -> None:
    order = made(page)
    card_number = production_data(ID_NUMBER).chip.AAZ500
    for typed in (ID_NUMBER, card_number):
        outcome = page.press("find-person", id_number=typed)
        assert (outcome.order, outcome.notice) == (order, None)
    shown = panels(page, order)["person"]
    assert "此人的任务和卡" in shown
    assert "可办：领卡启用；补打卡面；重写；重制" in shown
    assert page.press("read-card").notice is None
    read = page.service.desk.last_card()
    assert read is not None
    assert "查询此卡" in page.shown()
    assert page.press("find-by-desk-card", card=read.AAZ501).order == order


def test_nothing_of_another_person_stays_on_the_screen(page: Page) -> None:
    order = made(page)
    for typed, code in ((OTHER, "person-not-served"), ("1234", "id-number-form")):
        outcome = page.press("find-person", order, id_number=typed)
        assert outcome.order == ""
        assert outcome.notice is not None
        assert outcome.notice.code == code
    empty = page.press("find-person", order)
    assert empty.notice is not None
    assert panels(page)["person"].strip() == ""


def test_a_card_that_waits_is_activated_from_the_list_of_the_day(page: Page) -> None:
    assert "没有待领的卡" in panels(page)["day"]
    order = made(page)
    day = panels(page)["day"]
    assert f'id="waiting-{order}"' in day
    assert "张三" in day
    assert "今天的任务（1）" in day
    assert "不欠省卡管回盘" in day
    assert page.press("activate", order).notice is None
    page.service.orders.wait_for(order, OrderStep.ACTIVATED, 30.0)
    assert "没有待领的卡" in panels(page)["day"]

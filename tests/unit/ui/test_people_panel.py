"""The person's orders and the window's day on the operator page."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.card_states import CardState
from station.core.changes import ErasePerson
from station.core.orders import OrderReason, OrderStep
from station.ui.doors_contents import Viewer
from tests.rigs.card_states import ProvinceWithStates
from tests.rigs.desk import id_card
from tests.unit.production.doubles import ID_NUMBER, production_data
from tests.unit.ui.test_desk_panel import Page

OTHER = "410701199003074550"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    made.service.people._desk = made.service.desk
    made.service.card_states._desk = made.service.desk
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


def with_states(page: Page) -> ProvinceWithStates:
    province = ProvinceWithStates(page.desk.bench.trap)
    province.states[ID_NUMBER] = CardState.NORMAL
    bench = page.service.card_states._bench
    equipment = dataclasses.replace(bench.equipment, province=province)
    page.service.card_states._bench = dataclasses.replace(bench, equipment=equipment)
    return province


def test_the_state_of_a_card_is_shown_and_changed_by_buttons(page: Page) -> None:
    province = with_states(page)
    page.panels = page.panels.seen_by(Viewer("clerk"))
    assert page.press("look-at-card").notice is not None  # no number
    assert page.press("look-at-card", id_number=ID_NUMBER).notice is None
    shown = panels(page)["card_state"]
    assert "张三" in shown
    assert "正常" in shown
    token = page.service.card_states.looked_by("clerk").token  # type: ignore[union-attr]
    assert token in shown
    assert page.press("change-card", service="report-loss", token=token).notice is None
    shown = panels(page)["card_state"]
    off = {one: f'value="{one}" disabled' in shown for one in ("suspend", "lift-loss", "cancel")}
    assert off == {"suspend": True, "lift-loss": False, "cancel": False}
    assert "正式挂失" in shown
    assert "/api/v1/cards/services/1/receipt.pdf?paper=a4" in shown
    assert province.states[ID_NUMBER] is CardState.LOST


def test_a_card_is_cancelled_only_after_the_question_with_the_holders_id_card(page: Page) -> None:
    province = with_states(page)
    page.press("look-at-card", id_number=ID_NUMBER)
    token = page.service.card_states.looked_by("clerk").token  # type: ignore[union-attr]
    asked = page.press("change-card", service="cancel", token=token).confirmation
    assert asked is not None
    assert "张三" in asked.title
    again = {"service": "cancel", "token": token, "confirmed": asked.names}
    refused = page.press("change-card", **again).notice
    assert refused is not None
    assert refused.code == "id-card-read-again"
    page.desk.read(id_card(ID_NUMBER))
    assert page.press("change-card", **again).notice is None
    assert province.states[ID_NUMBER] is CardState.CANCELLED


def test_a_card_that_waits_longer_than_the_data_is_kept_stays_in_the_list(page: Page) -> None:
    order = made(page)
    assert "张三" in panels(page)["orders"]
    with page.desk.bench.journal.transaction("station") as change:
        change.apply(ErasePerson(order, 30))
    day = panels(page)["day"]
    assert f'id="waiting-{order}"' in day
    assert "个人信息已按期清除" in day
    assert "张三" not in day + panels(page)["orders"]  # nor where it was read before

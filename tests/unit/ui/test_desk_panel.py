"""The desk on the operator page: what is shown, and what its buttons do."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.cards.ssc import SscCard
from station.core.errors import NotSupervisorError, PinEntryError, PinEntryFault
from station.core.orders import OrderStep
from station.core.people import Approval
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.ui.panels import Panels
from station.ui.pressed import Pressed
from station.ui.presses import Outcome, carry_out
from tests.rigs.desk import FIRST_PIN, Desk, finished_card, id_card
from tests.unit.production.doubles import ID_NUMBER, production_data

AGENT = "410701199003074550"


class Page:
    """The operator page of a window with a desk."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.card: SscCard = finished_card(production_data(ID_NUMBER).chip)
        bench = self.desk.bench
        bell = Notifier()
        bench.journal.on_change(bell.ring)
        engine = Engine(bench.bench, bell, random.Random(1))
        self.service = ProductionService(bench.journal, bench.bench.equipment, engine, bell)
        self.desk.bell = bell
        object.__setattr__(self.service, "desk", self.desk.insert(self.card))
        self.service.machine._desk = self.service.desk
        self.service.orders._before_approval = self.service.desk.require_agreement
        self.panels = Panels(self.service, "窗口一")
        self.service.start()

    def press(self, action: str, order: str = "", **more: str) -> Outcome:
        revision = str(self.service.orders.revision(order)) if order else ""
        pressed = Pressed.model_validate({"order": order, "revision": revision, **more}).by("clerk")
        return carry_out(action, self.service, pressed, nobody_agrees)

    def shown(self, order: str = "") -> str:
        return str(self.panels.read("operator", order).panels["desk"])

    def wait_for_pin(self) -> None:
        """Wait until the PIN service that was begun has ended."""
        count = 0
        while (now := self.service.desk.last_pin_service()) is not None and now.running:
            count = self.service.notifier.wait(count, 30.0)


def nobody_agrees(act: str, pressed: Pressed) -> Approval:
    raise NotSupervisorError("no button of the desk needs a second person")


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(tmp_path)
    yield made
    made.service.stop()
    made.desk.bench.journal.close()


def test_a_card_on_the_reader_is_shown_and_opens_the_order(page: Page) -> None:
    assert "用此证受理" not in page.shown()
    token = page.desk.read(id_card(ID_NUMBER))
    shown = page.shown()
    assert ID_NUMBER in shown
    assert "有效期至 长期" in shown
    outcome = page.press("open-by-card", token=token)
    assert outcome.notice is None
    page.service.orders.wait_for(outcome.order, OrderStep.DATA_READY, 30.0)
    assert "持卡人已读证，姓名待比对" in page.shown(outcome.order)
    assert page.press("approve", outcome.order).notice is None
    assert "持卡人已读证，姓名一致" in page.shown(outcome.order)


def test_another_name_stops_the_comparison_of_the_preview(page: Page) -> None:
    token = page.desk.read(id_card(ID_NUMBER, "张叁"))
    order = page.press("open-by-card", token=token).order
    page.service.orders.wait_for(order, OrderStep.DATA_READY, 30.0)
    assert "2:叁≠三" in page.shown(order)
    outcome = page.press("approve", order)
    assert outcome.notice is not None
    assert outcome.notice.code == "id-card-other-name"
    assert page.service.orders.one(order).step is OrderStep.DATA_READY


def test_a_name_for_people_is_confirmed_by_a_button(page: Page) -> None:
    order = page.press("open-by-card", token=page.desk.read(id_card(ID_NUMBER, "张\ue000"))).order
    page.service.orders.wait_for(order, OrderStep.DATA_READY, 30.0)
    assert "姓名核对一致" in page.shown(order)
    assert page.press("confirm-name", order).notice is None
    assert "姓名已人工核对" in page.shown(order)
    assert page.press("approve", order).notice is None


def test_an_agent_is_typed_or_read(page: Page) -> None:
    order = page.press("open-by-card", token=page.desk.read(id_card(ID_NUMBER))).order
    # The order changes once more by itself: a press before would be refused as one of an old page.
    page.service.orders.wait_for(order, OrderStep.DATA_READY, 30.0)
    assert page.press("attach-agent", order, agent_name="王办", agent_number=AGENT).notice is None
    token = page.desk.read(id_card(AGENT, "李办"))
    assert page.press("attach-agent", order, token=token).notice is None
    shown = page.shown(order)
    assert "代办人 王办 410*************50（手工输入）" in shown
    assert "代办人 李办 410*************50（已读证）" in shown
    outcome = page.press("attach-holder", order, token=token)
    assert outcome.notice is not None
    assert outcome.notice.code == "id-card-other-person"


def test_a_card_is_read_and_its_pin_served_by_buttons(page: Page) -> None:
    assert page.press("read-card").notice is None
    assert "验卡正常，密码还可试 6 次" in page.shown()
    page.desk.pad.plans.extend([FIRST_PIN, "847261", "847261"])
    card = page.card.card_id
    assert page.press("pin-service", service="change", card=card).notice is None
    page.wait_for_pin()
    shown = page.shown()
    assert "修改密码成功" in shown
    assert "/api/v1/desk/pin-receipts/" in shown
    page.desk.pad.plans.append("999999")
    page.press("pin-service", service="verify", card=card)
    page.wait_for_pin()
    assert "密码还可试 5 次" in page.shown()
    page.desk.pad.plans.append(PinEntryError(PinEntryFault.CANCELLED))
    page.press("pin-service", service="verify", card=card)
    page.wait_for_pin()
    assert "持卡人取消了输入" in page.shown()


def test_the_last_try_is_asked_about_on_the_page(page: Page) -> None:
    page.press("read-card")
    card = page.card.card_id
    for _ in range(5):
        page.desk.pad.plans.append("999999")
        page.press("pin-service", service="verify", card=card)
        page.wait_for_pin()
    assert "只剩最后一次" in page.shown()
    asked = len(page.desk.pad.asked)
    page.press("pin-service", service="verify", card=card)
    page.wait_for_pin()
    assert len(page.desk.pad.asked) == asked
    page.desk.pad.plans.append(FIRST_PIN)
    page.press("pin-service", service="verify", card=card, last_try="yes")
    page.wait_for_pin()
    assert "密码还可试 6 次" in page.shown()


def test_a_forgotten_pin_needs_the_holders_id_card_on_the_reader(page: Page) -> None:
    page.press("read-card")
    card = page.card.card_id
    page.press("pin-service", service="reload", card=card)
    page.wait_for_pin()
    assert "请再读一次身份证" in page.shown()
    page.desk.read(id_card(ID_NUMBER))
    page.desk.pad.plans.extend(["847261", "847261"])
    page.press("pin-service", service="reload", card=card)
    page.wait_for_pin()
    assert "重置密码成功" in page.shown()


def test_a_button_that_is_not_there(page: Page) -> None:
    outcome = page.press("pin-service", service="steal", card=page.card.card_id)
    assert outcome.notice is not None


def test_the_whole_page_shows_the_desk_and_the_diagnostics_its_devices(page: Page) -> None:
    assert "桌面设备" in page.panels.operator_page("")
    assert "身份证阅读器" in page.panels.diagnostics_page()


def test_a_window_without_a_desk_shows_none(tmp_path: Path, page: Page) -> None:
    object.__setattr__(
        page.service, "desk", page.desk.start(id_reader=None, card_reader=None, pin_pad=None)
    )
    assert "desk" not in page.panels.read("operator", "").panels
    assert 'data-panel="desk" hidden' in page.panels.operator_page("")

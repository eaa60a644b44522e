"""The technician's pages over the real stacks, by what stands on them: devices, wires, settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.rigs.operator_page import Page
from tests.scenario.conftest import Window, make_good


@pytest.fixture
def page(browser: WebDriver, window: Window) -> Iterator[Page]:
    yield Page(browser, window.world.station_page, "/diagnostics")
    make_good(window.world)


def follow(page: Page, label: str) -> None:
    page.browser.find_element(By.LINK_TEXT, label).click()


def field(page: Page, label: str) -> str:
    """Return the selector of the field with this label."""
    labelled = f"//label[starts-with(normalize-space(), '{label}')]/*"
    found = page.browser.find_element(By.XPATH, labelled)
    return f"[name={found.get_attribute('name')}]"


def kinds(page: Page) -> set[str]:
    # In one go: the rows are drawn anew each second.
    script = "return [...document.querySelectorAll(arguments[0])].map(cell => cell.textContent)"
    return set(page.browser.execute_script(script, "#trace tbody td:nth-child(2)"))


def state_of(page: Page, device: str) -> tuple[str, ...]:
    row = page.browser.find_element(By.XPATH, f"//tr[th[normalize-space()='{device}']]")
    return tuple(cell.text for cell in row.find_elements(By.TAG_NAME, "td"))


def test_a_pulled_cable_and_a_loose_chip_are_seen_in_the_tree(page: Page, window: Window) -> None:
    page.wait("the devices", ".device-tree", "设备一览")
    page.wait("a good cable", "#node-reader-cable[data-level=ok]", "已接通")
    window.world.machine("pull the reader cable")
    page.wait("the cable", "#node-reader-cable[data-level=error]", "没有接通")
    _, since, good = state_of(page, "读卡器的数据线")
    assert good <= since  # both are times of today
    window.world.machine("plug the reader cable in")
    page.wait("a good cable", "#node-reader-cable[data-level=ok]", "已接通")
    window.world.machine("loosen the ribbon chip")
    page.wait("the ribbon's chip", "#node-ribbon-chip[data-level=error]", "色带芯片")
    assert state_of(page, "时钟")[0] == "启动以来没有被调动"
    assert "GB" in state_of(page, "磁盘")[0]
    assert state_of(page, "证书有效期")[0] == "没有配置证书"
    assert page.errors() == []


def test_a_card_is_followed_over_every_wire(page: Page, window: Window) -> None:
    follow(page, "通信记录")
    page.wait("the trace", "#trace", "最近")
    window.accept()
    view = window.run_to_release()
    wanted = {"制卡机", "芯片", "省卡管"}
    page.wait_until("every wire", lambda: wanted <= kinds(page))
    chosen = Select(page.browser.find_element(By.CSS_SELECTOR, field(page, "类别")))
    chosen.select_by_visible_text("芯片")
    page.wait_until("only the chip", lambda: kinds(page) == {"芯片"})
    assert "00 A4" in page.text("#trace")
    chosen.select_by_visible_text("省卡管")
    page.wait("the report", "#trace", "HTTP 200")
    order = page.browser.find_element(By.CSS_SELECTOR, field(page, "任务号"))
    order.send_keys("no-such-order")
    page.wait("nothing", "#trace", "没有符合条件的记录")
    order.clear()
    order.send_keys(window.order[:12])
    page.wait("this order's", "#trace", window.order)
    for secret in (view["holder"]["AAC002"], view["holder"]["AAC003"]):
        assert secret not in page.browser.page_source
    assert page.errors() == []


def test_a_paused_page_stands_still_until_it_is_let_go(page: Page, window: Window) -> None:
    follow(page, "通信记录")
    window.accept()
    window.press("data-ready")
    said = page.browser.find_element(By.CSS_SELECTOR, field(page, "文字"))
    said.send_keys("http 200", Keys.ENTER)
    page.wait("an exchange", "#trace", "社会保障号码[18]")
    assert said.get_attribute("value") == "http 200"
    page.press_with_alt("p")
    paused = page.browser.find_element(By.ID, "paused")
    page.wait_until("that it is paused", paused.is_displayed)
    before = page.text("#trace")
    window.world.api("POST", "/people/search", json={"id_number": window.id_number})
    window.run_to_release()
    assert page.text("#trace") == before
    page.browser.find_element(By.XPATH, "//button[contains(., '暂停')]").click()
    page.wait_until("the newer ones", lambda: page.text("#trace") != before)
    assert not paused.is_displayed()
    assert page.errors() == []


def test_the_configuration_names_what_differs_and_from_where(page: Page) -> None:
    follow(page, "配置")
    page.wait("the settings", "h1", "配置")
    cells = page.browser.find_element(By.XPATH, "//tr[th[contains(., 'region')]]").text
    assert "已改" in cells
    assert "配置文件" in cells
    follow(page, "只看与默认值不同的")
    page.wait("the way back", "main", "显示全部配置")
    assert not page.browser.find_elements(By.XPATH, "//tr[th[contains(., 'idle_lock')]]")
    assert page.errors() == []

"""A person's path through the pages in Debian's Chromium, with the keyboard alone."""

from __future__ import annotations

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.keys import Keys

from tests.rigs.browser import HEIGHT, WIDTH
from tests.rigs.operator_page import Page
from tests.scenario.conftest import Window

#: The part of the picture that has the card after an action.
CARD_AT = {
    "feed": ("chip-station", "here"),
    "write": ("chip-station", "here"),
    "print": ("print-station", "here"),
    "release": ("output-hopper", "here"),
}


def test_a_card_with_the_keyboard_alone(browser: WebDriver, window: Window) -> None:
    before = window.totals()
    page = Page(browser, window.world.station_page)
    assert browser.switch_to.active_element.get_attribute("id") == "id-number"
    page.type(window.id_number, Keys.ENTER)
    page.wait("data", ".compare-number", window.id_number)
    assert page.state("fetch").startswith("done")
    page.wait_for_picture(".front img")
    for key, action, next_action in (
        (Keys.F3, "approve", "feed"),
        (Keys.F4, "feed", "write"),
        (Keys.F6, "write", "report"),
        (Keys.F7, "report", "print"),
        (Keys.F8, "print", "release"),
        (Keys.F9, "release", "activate"),
    ):
        page.wait_for_state(next_action, "todo off")
        page.type(key)
        page.wait_for_state(action, "done off")
        if action in CARD_AT:
            page.wait_for_part(*CARD_AT[action])
    page.wait("the end", ".message", "制卡完成")
    page.wait_for_drawn_card("told")  # no reading shows a card that has left the machine
    page.type(Keys.F10)
    page.wait("activation", ".message", "已领卡启用")
    page.wait_for_drawn_card("")
    after = window.totals()
    for name in ("feeds", "chip_write_sessions", "prints", "releases"):
        assert after[name] == before[name] + 1, name
    assert page.errors() == []


def test_one_press_makes_the_card_after_one_comparison(browser: WebDriver, window: Window) -> None:
    before = window.totals()
    page = Page(browser, window.world.station_page)
    page.type(window.id_number)
    page.press_with_alt("m")
    page.wait("data", ".compare-number", window.id_number)
    page.wait("the question", ".message", "请核对")
    assert window.totals()["feeds"] == before["feeds"], "nothing is fed before the comparison"
    page.type(Keys.F3)
    page.wait("the end", ".message", "制卡完成")
    assert window.totals()["releases"] == before["releases"] + 1


def test_a_fault_is_explained_and_goes_away_when_it_is_mended(
    browser: WebDriver, window: Window
) -> None:
    page = Page(browser, window.world.station_page)
    page.type(window.id_number, Keys.ENTER)
    page.wait_for_state("approve", "waiting on")
    page.type(Keys.F3)
    page.wait_for_state("feed", "todo on")
    window.world.machine("open the cover")
    page.wait("the light", ".machine", "盖")
    page.wait_for_part("cover", "error")
    page.type(Keys.F4)
    page.wait("the message", ".message", "盖")
    for part in ("原因", "卡现在在哪里", "怎么办"):
        assert part in page.text(".message")
    window.world.machine("close the cover")
    page.wait("the light", ".ready", "可以制卡")
    page.wait_for_part("cover", "plain")
    page.type(Keys.F4)
    page.wait_for_state("feed", "done off")


def test_a_wrong_number_is_explained_without_an_order(browser: WebDriver, window: Window) -> None:
    page = Page(browser, window.world.station_page)
    wrong = window.id_number[:-1] + ("1" if window.id_number[-1] != "1" else "2")
    page.type(wrong, Keys.ENTER)
    page.wait("the message", ".message", "证件号码有输错的数字")


@pytest.mark.parametrize("path", ["/", "/diagnostics"])
def test_the_pages_fit_the_screen_and_load_nothing_from_elsewhere(
    browser: WebDriver, window: Window, path: str
) -> None:
    Page(browser, window.world.station_page)
    browser.get(f"{window.world.station_page}{path}")
    size = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size[0] <= WIDTH
    if path == "/":
        assert size[1] <= HEIGHT
    loaded = browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => entry.name)"
    )
    assert loaded
    assert all(name.startswith(window.world.station_page) for name in loaded)


def test_the_technician_sees_each_device_with_its_exchanges(
    browser: WebDriver, window: Window
) -> None:
    window.accept()
    window.press("data-ready", "approved", "fed")
    window.world.machine("loosen the ribbon chip")
    page = Page(browser, window.world.station_page, "/diagnostics")
    page.type(Keys.F2)
    page.wait("the fault", "#devices", "怎么办")
    shown = page.text("#devices")
    for word in ("制卡机", "读卡器", "省卡管", "流水库", "怎么办", "SELECT", "0400", "查询批次号"):
        assert word in shown, word
    assert "未经真实设备或系统证实" in shown

"""The keys in a real Chromium window under a window manager, with key events of the X server.

A browser without a window gives a page every key; a real one keeps some for itself. Two tabs are
open, so that a key that changes the tab is noticed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from simulators.world import World
from tests.rigs.browser import open_browser
from tests.rigs.operator_page import Page, sign_in
from tests.rigs.x_display import Keyboard, x_display
from tests.scenario.conftest import Window


@pytest.fixture(scope="module")
def screen() -> Iterator[tuple[WebDriver, Keyboard]]:
    with x_display() as (display, keyboard), open_browser(display) as browser:
        yield browser, keyboard


@pytest.fixture
def desk(screen: tuple[WebDriver, Keyboard], world: World) -> Iterator[tuple[Page, Keyboard]]:
    """The operator page in the second of two tabs, with the keyboard."""
    browser, keyboard = screen
    first = browser.current_window_handle
    browser.get(f"{world.station_page}/diagnostics")
    sign_in(browser)
    browser.switch_to.new_window("tab")
    page = Page(browser, world.station_page, "/?order=")
    keyboard.focus_window("制卡 · 社会保障卡制卡站")
    page.wait_until(
        "the page has the keyboard",
        lambda: bool(browser.execute_script("return document.hasFocus()")),
    )
    yield page, keyboard
    assert browser.execute_script("return document.visibilityState") == "visible", "the same tab"
    browser.close()
    browser.switch_to.window(first)


def test_a_card_by_real_keys(desk: tuple[Page, Keyboard], window: Window) -> None:
    page, keyboard = desk
    keyboard.type(window.id_number)
    keyboard.press("Return")
    page.wait_for_data_of(window.id_number)
    for key, action, follows in (
        ("F3", "approve", "feed"),
        ("F4", "feed", "write"),
        ("F6", "write", "report"),
        ("F7", "report", "print"),
        ("F8", "print", "release"),
        ("F9", "release", "activate"),
        ("F10", "activate", ""),
    ):
        page.wait_until_on(action)
        keyboard.press(key)
        page.wait_for_state(action, "done off")
        assert not follows or page.state(follows).startswith(("todo", "waiting"))
    page.wait("activation", ".message", "已领卡启用")


def test_make_cancel_confirm_and_the_list_by_real_keys(
    desk: tuple[Page, Keyboard], window: Window
) -> None:
    page, keyboard = desk
    keyboard.type(window.id_number)
    keyboard.press("alt+m")
    page.wait_for_data_of(window.id_number)
    order = page.order()
    keyboard.press("alt+q")
    page.wait("the question", ".confirm", "取消")
    keyboard.press("alt+q", "Return")
    page.wait_until("the question is gone", lambda: not page.text(".confirm"))
    assert page.state("cancel").endswith("on")
    keyboard.press("alt+q")
    page.wait("the question", ".confirm", "取消")
    keyboard.press("alt+y")
    page.wait("the end", ".message", "任务已取消")
    keyboard.press("Next")
    page.wait_until("another order is shown", lambda: page.order() != order)


def test_the_answers_to_a_question_by_real_keys(
    desk: tuple[Page, Keyboard], window: Window
) -> None:
    page, keyboard = desk
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded", "reported")
    window.world.machine("pull the printer cable")
    window.press("printed")
    page.open(f"/?order={window.order}")
    page.wait("the question", ".question", "处理好了")
    for key in ("alt+k", "alt+l"):
        keyboard.press(key)
        page.wait("the question back", ".confirm", "确定")
        keyboard.press("Escape")
        page.wait_until("the question is gone", lambda: not page.text(".confirm"))
    window.world.machine("plug the printer cable in")
    page.wait_until("the light", lambda: "未连接" not in page.text(".ready"))
    keyboard.press("alt+j")
    page.wait("printed", ".message", "卡面已打印")


def test_a_card_that_was_left_inside_is_put_out_by_real_keys(
    desk: tuple[Page, Keyboard], window: Window
) -> None:
    page, keyboard = desk
    window.world.machine("leave a card inside")
    page.wait("the card", ".machine", "不属于任何任务的卡")
    keyboard.press("alt+r")
    page.wait("the question", ".confirm", "退到废卡盒")
    keyboard.press("alt+y")
    page.wait_until("the card is out", lambda: "不属于任何任务" not in page.text(".machine"))

"""More than one tab, more than one order: each tab keeps what its person chose and typed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.world import OPERATOR, SUPERVISOR, World
from tests.rigs.operator_page import Page, agree
from tests.scenario.conftest import Window, make_good

_next = itertools.count(20)


@pytest.fixture
def two(world: World) -> Iterator[tuple[Window, Window]]:
    """Two persons' orders at the window, by number only."""
    ready = world.people("ready")
    yield (
        Window(world, ready[next(_next)]["id_number"]),
        Window(world, ready[next(_next)]["id_number"]),
    )
    make_good(world)


@pytest.fixture
def tabs(browser: WebDriver) -> Iterator[WebDriver]:
    """The browser; afterwards with one tab again."""
    first = browser.current_window_handle
    yield browser
    for handle in browser.window_handles:
        if handle != first:
            browser.switch_to.window(handle)
            browser.close()
    browser.switch_to.window(first)


def fetch(page: Page, window: Window) -> None:
    page.type(window.id_number, Keys.ENTER)
    page.wait_for_data_of(window.id_number)
    window.order = page.order()


def test_each_tab_keeps_its_order_and_f3_approves_what_is_on_the_screen(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    mine, other = two
    page = Page(tabs, mine.world.station_page, "/?order=")
    fetch(page, mine)
    tab = tabs.current_window_handle
    tabs.switch_to.new_window("tab")
    fetch(Page(tabs, mine.world.station_page, "/?order="), other)
    integrators = Window(mine.world, mine.world.people("ready")[next(_next)]["id_number"])
    integrators.accept()
    integrators.press("data-ready")
    tabs.switch_to.window(tab)
    # The list shows the newest order: everything that happened has reached this tab.
    page.wait_until(
        "the list",
        lambda: bool(tabs.find_elements(By.CSS_SELECTOR, f'a[data-show="{integrators.order}"]')),
    )
    assert page.order() == mine.order
    assert mine.id_number in page.text(".compare-number")
    page.type(Keys.F3)
    page.wait("approved", ".compare-verdict", "已核对")
    assert mine.view()["step"] == "approved"
    for window in (other, integrators):
        assert window.view()["step"] == "data-ready"


def test_the_end_of_the_first_order_is_one_press_away_from_the_second(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    first, second = two
    page = Page(tabs, first.world.station_page, "/?order=")
    fetch(page, first)
    page.type(Keys.F3)
    page.wait_for_state("feed", "todo on")
    page.press_with_alt("m")
    fetch(page, second)
    first.wait_for_step("released")
    page.wait("the list", ".window-orders", "待领卡启用")
    assert page.order() == second.order
    page.type(Keys.PAGE_DOWN)
    page.wait("the end of the first", ".message", "制卡完成")
    page.wait_for_state("activate", "todo on")
    page.type(Keys.F10)
    page.wait("activation", ".message", "已领卡启用")
    assert first.view()["step"] == "activated"
    assert second.view()["step"] == "data-ready"


def test_a_person_who_comes_back_goes_on(tabs: WebDriver, two: tuple[Window, Window]) -> None:
    first, second = two
    page = Page(tabs, first.world.station_page, "/?order=")
    fetch(page, first)
    order = first.order
    fetch(page, second)
    fetch(page, first)
    assert first.order == order


def test_nothing_is_appended_to_the_last_number(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    first, second = two
    page = Page(tabs, first.world.station_page, "/?order=")
    page.type("1234", Keys.ENTER)
    page.wait("the refusal", ".message", "证件号码格式不对")
    fetch(page, first)  # typed straight after a wrong number
    assert page.field() == ""
    fetch(page, second)  # typed straight after the first one
    assert page.focused() == "id-number"


def test_an_abandoned_look_up_is_closed_in_the_list(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    first, second = two
    page = Page(tabs, first.world.station_page, "/?order=")
    fetch(page, first)
    fetch(page, second)
    tabs.find_element(By.CSS_SELECTOR, f"#row-{first.order} .row-close").click()
    page.wait("the question", ".confirm", "制卡任务？")
    page.press_with_alt("y")
    page.wait_until(
        "the row is gone",
        lambda: not tabs.find_elements(By.CSS_SELECTOR, f"#row-{first.order}"),
    )
    assert first.view()["step"] == "cancelled"
    assert page.order() == second.order, "the order on the screen stays"


@pytest.mark.field_case("E5")
def test_buttons_work_in_each_of_seven_tabs(
    tabs: WebDriver, two: tuple[Window, Window], world: World
) -> None:
    del two
    people = world.people("ready")
    windows = [Window(world, people[next(_next)]["id_number"]) for _ in range(7)]
    handles = [tabs.current_window_handle]
    Page(tabs, world.station_page, "/?order=")
    for _ in windows[1:]:
        tabs.switch_to.new_window("tab")
        handles.append(tabs.current_window_handle)
        Page(tabs, world.station_page, "/?order=")
    pages = Page(tabs, world.station_page, "/?order=")
    for handle, window in zip(handles, windows, strict=True):
        tabs.switch_to.window(handle)
        fetch(pages, window)
    for handle, window in zip(handles, windows, strict=True):
        tabs.switch_to.window(handle)
        assert pages.order() == window.order
        pages.type(Keys.F3)
        pages.wait("approved", ".compare-verdict", "已核对")


@pytest.mark.field_case("E6")
def test_what_is_typed_and_opened_stays_while_changes_arrive(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    mine, other = two
    mine.accept()
    mine.run_to_release()
    page = Page(tabs, mine.world.station_page, f"/?order={mine.order}")
    page.wait_for_state("activate", "todo on")
    tabs.find_element(By.CSS_SELECTOR, "#reprint-details summary").click()
    chosen = "document.getElementById('reprint-reason').value"
    tabs.execute_script(f"{chosen} = 'full:card-defective'")
    number = tabs.find_element(By.ID, "id-number")
    tabs.find_element(By.CSS_SELECTOR, "#reprint button").click()
    page.wait("the dialog of the second person", ".confirm", "由另一名主管本人输入")
    tabs.execute_script("arguments[0].value = '4107'", number)
    tabs.find_element(By.ID, "approver").send_keys("li.na")
    caret = "return [document.activeElement.id, document.activeElement.selectionStart]"
    page.type(Keys.ARROW_LEFT)
    assert tabs.execute_script(caret) == ["approver", 4]
    other.accept()
    other.press("data-ready")
    page.wait_until(
        "the change is on the screen",
        lambda: bool(tabs.find_elements(By.CSS_SELECTOR, f'a[data-show="{other.order}"]')),
    )
    assert tabs.execute_script(caret) == ["approver", 4]
    assert tabs.execute_script("return document.getElementById('approver').value") == "li.na"
    assert tabs.execute_script("return document.getElementById('reprint-details').open")
    assert tabs.execute_script(f"return {chosen}") == "full:card-defective"
    assert page.field() == "4107"


@pytest.mark.field_case("E6")
def test_a_half_filled_form_of_the_ledger_stays_and_its_refusal_is_seen(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    window = two[0]
    page = Page(tabs, window.world.station_page, "/supervisor")
    tabs.find_element(By.CSS_SELECTOR, "#move-stock [name=count]").send_keys("many")
    tabs.find_element(By.CSS_SELECTOR, "#close-shift [name=drawer]").send_keys("12")
    tabs.find_element(By.CSS_SELECTOR, "#move-stock button").click()
    page.wait("the refusal", "#notice", "填写的内容有误")
    top = tabs.execute_script(
        "const at = document.getElementById('notice').getBoundingClientRect();"
        "return at.top >= 0 && at.bottom <= innerHeight"
    )
    assert top, "the refusal is on the screen"
    window.accept()  # a change
    value = "return document.querySelector(arguments[0]).value"
    assert tabs.execute_script(value, "#move-stock [name=count]") == "many"
    assert tabs.execute_script(value, "#close-shift [name=drawer]") == "12"


def test_cancel_asks_and_a_second_press_on_the_same_spot_or_key_does_not_confirm(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    mine = two[0]
    page = Page(tabs, mine.world.station_page, "/?order=")
    fetch(page, mine)
    place = tabs.execute_script(
        "const at = document.getElementById('do-cancel').getBoundingClientRect();"
        "return [at.left + at.width / 2, at.top + at.height / 2]"
    )
    tabs.find_element(By.ID, "do-cancel").click()
    page.wait("the question", ".confirm", "取消")
    under = "return document.elementFromPoint(arguments[0], arguments[1]).id"
    assert tabs.execute_script(under, *place) != "confirm-yes"
    page.press_with_alt("q")
    page.type(Keys.ENTER)  # the focus is on the way back
    page.wait_until(
        "the question is gone", lambda: not tabs.find_elements(By.CSS_SELECTOR, ".confirm")
    )
    assert mine.view()["step"] == "data-ready"
    page.press_with_alt("q")
    page.wait("the question", ".confirm", "取消")
    page.press_with_alt("y")
    page.wait("cancelled", ".message", "任务已取消")


def test_a_number_typed_while_a_question_waits_is_visibly_not_taken(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    mine, other = two
    page = Page(tabs, mine.world.station_page, "/?order=")
    fetch(page, mine)
    page.press_with_alt("q")
    page.wait("the question", ".confirm", "取消")
    page.type(other.id_number)
    page.wait("what is said", "#pressing", "先回答画面上的问题，再输入证件号码")
    assert page.field() == ""
    page.type(Keys.ESCAPE)
    page.wait_until(
        "the question is gone", lambda: not tabs.find_elements(By.CSS_SELECTOR, ".confirm")
    )
    fetch(page, other)
    assert page.text("#pressing") == ""
    assert mine.view()["step"] == "data-ready"


def test_a_destruction_needs_the_second_persons_own_password(
    tabs: WebDriver, two: tuple[Window, Window]
) -> None:
    window = two[0]
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded", "reported")
    window.world.machine("jam the card")
    window.press("printed")
    window.world.machine("clear the jam")
    said = {"answer": "discarded"}
    assert window.world.api("POST", f"/orders/{window.order}/answer", json=said).is_success
    (card,) = (
        row["id"]
        for row in window.world.api("GET", "/ledger/to-destroy").json()
        if row["order"] == window.order
    )
    page = Page(tabs, window.world.station_page, "/supervisor")
    tabs.find_element(By.CSS_SELECTOR, f"#destroy-{card} button").click()
    page.wait("the question", ".confirm", "由另一名主管本人输入")
    agree(tabs, OPERATOR)  # who is logged in is no second person
    page.wait("the refusal, in the dialog", ".confirm .refused", "不是本站主管")
    agree(tabs, SUPERVISOR)
    page.wait_until(
        "the card is written down as destroyed",
        lambda: not tabs.find_elements(By.ID, f"destroy-{card}"),
    )
    gone = next(event for event in window.events() if event["kind"] == "card-destroyed")
    assert (gone["actor"], gone["data"]["witness"]) == (OPERATOR, SUPERVISOR)
    assert gone["data"]["method"] == "password"

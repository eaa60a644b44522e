"""The page while the station is gone or hangs: it says so, and loses no press silently."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.world import World, WorldOptions, free_port, running
from tests.rigs.operator_page import Page
from tests.scenario.conftest import SETTINGS


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A window whose station comes back at the same address."""
    folder = tmp_path_factory.mktemp("world")
    options = WorldOptions(
        folder=folder, seed=1, port=free_port(), pcsc=False, station_settings=SETTINGS
    )
    with running(options) as made:
        yield made


@pytest.fixture
def page(browser: WebDriver, world: World) -> Page:
    made = Page(browser, world.station_page, "/?order=")
    made.wait("the headline", ".ready", "可以制卡")
    return made


def headline(page: Page) -> str:
    """Return what the machine's panel says first, as far as it can be seen."""
    return str(
        page.browser.execute_script(
            "return [...document.querySelectorAll('.machine h2')]"
            ".filter(e => e.checkVisibility()).map(e => e.innerText).join()"
        )
    )


def is_cut_off(page: Page) -> bool:
    return headline(page) == "与制卡站的连接已断开"


def cut_off_seen(page: Page) -> None:
    page.wait_until("the page says that it is cut off", lambda: is_cut_off(page))
    shown = page.browser.find_element(By.ID, "cut-off")
    assert shown.is_displayed()
    for words in ("不能制卡", "怎么办", "不要从机器里取卡"):
        assert words in shown.text


def test_a_hung_station_is_named_and_a_press_is_not_lost_silently(page: Page, world: World) -> None:
    os.kill(world.station_pid, signal.SIGSTOP)
    try:
        cut_off_seen(page)
        page.type(world.people("ready")[40]["id_number"], Keys.ENTER)
        page.wait("the press is under way", "#pressing", "正在处理")
    finally:
        os.kill(world.station_pid, signal.SIGCONT)
    page.wait_until("the page is back", lambda: headline(page) == "可以制卡")
    # Carried out after all, or visibly not: never nothing.
    page.wait_until(
        "the press has an end",
        lambda: bool(page.text(".compare-number")) or "不知道" in page.text("#notice"),
    )


def test_a_dead_station_is_never_ready_and_the_page_comes_back_automatically(
    page: Page, world: World
) -> None:
    number = world.people("ready")[41]["id_number"]
    world.kill_station()
    try:
        cut_off_seen(page)
        page.type(number, Keys.ENTER)
        page.wait("the press is refused visibly", "#notice", "不知道这一次按键送到没有")
    finally:
        world.start_station()
    page.wait_until("the page is back", lambda: headline(page) == "可以制卡")
    assert page.field() == number, "what was typed is still there"
    page.type(Keys.ENTER)
    page.wait_for_data_of(number)


#: A shared worker that has ended with the page before: connected to, and silent.
SILENT_WORKER = """
window.SharedWorker = class { constructor() { this.port = new MessageChannel().port1; } };
"""


def test_a_page_whose_worker_has_ended_follows_the_station_on_its_own(
    browser: WebDriver, world: World
) -> None:
    command = "Page.addScriptToEvaluateOnNewDocument"
    script = browser.execute_cdp_cmd(command, {"source": SILENT_WORKER})
    try:
        page = Page(browser, world.station_page, "/?order=")
        world.kill_station()
        try:
            cut_off_seen(page)
        finally:
            world.start_station()
        page.wait_until("the page is back", lambda: headline(page) == "可以制卡")
        page.type(world.people("ready")[43]["id_number"], Keys.ENTER)
        page.wait_for_data_of(world.people("ready")[43]["id_number"])
    finally:
        browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


@pytest.mark.field_case("E7")
def test_nothing_personal_comes_back_after_the_station_was_stopped(
    page: Page, world: World
) -> None:
    number = world.people("ready")[42]["id_number"]
    page.type(number, Keys.ENTER)
    page.wait_for_data_of(number)
    page.browser.find_element(By.ID, "to-diagnostics").click()
    page.wait("diagnostics", "h1", "诊断")
    world.stop_station()
    try:
        page.browser.back()
        page.wait_until(
            "the page that was left is not shown",
            lambda: (
                number not in str(page.browser.execute_script("return document.body.innerText"))
            ),
        )
        assert number not in page.browser.page_source
    finally:
        world.start_station()


def test_a_key_of_a_button_that_is_off_is_answered(page: Page) -> None:
    page.type(Keys.F8)
    page.wait("the answer", "#pressing", "现在不能按：F8 打印")


def test_a_refusal_stays_while_changes_arrive(page: Page, world: World) -> None:
    page.type("1234", Keys.ENTER)
    page.wait("the refusal", "#notice", "证件号码格式不对")
    order = world.api(
        "POST", "/orders", json={"id_number": world.people("ready")[43]["id_number"]}
    ).json()["id"]
    page.wait_until(
        "the change is on the screen",
        lambda: bool(page.browser.find_elements(By.CSS_SELECTOR, f'a[data-show="{order}"]')),
    )
    assert "证件号码格式不对" in page.text("#notice")


def test_a_press_before_the_page_is_complete_is_not_posted_natively(page: Page) -> None:
    script = (
        "const form = document.createElement('form');"
        "form.method = 'post'; form.action = '/actions/cancel';"
        "form.append(document.querySelector('[name=csrf]').cloneNode());"
        "const button = form.appendChild(document.createElement('button'));"
        "document.body.append(form); button.click(); form.remove();"
    )
    page.browser.execute_script(script)  # pressed in the same turn in which it came to the page
    page.wait("the answer", "#notice", "没有执行")
    assert page.browser.current_url.endswith("/?order=")

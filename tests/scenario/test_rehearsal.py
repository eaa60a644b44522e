"""演练 over the real stacks and in Chromium: begun, carried out, unmistakable, ended."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.pcsc_service import pcsc_can_run, why_pcsc_cannot_run
from simulators.world import OPERATOR, SUPERVISOR, World, WorldOptions, running, wait_until
from tests.rigs.operator_page import Page
from tests.scenario.conftest import SETTINGS, Window, make_good

BANNER = ".rehearsal"
PAGES = ("/", "/diagnostics", "/diagnostics/trace", "/diagnostics/configuration", "/batches")
SUPERVISORS_PAGES = ("/supervisor", "/supervisor/audit", "/custody", "/doors")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    assert pcsc_can_run(), why_pcsc_cannot_run()
    options = WorldOptions(
        folder=tmp_path_factory.mktemp("world"),
        speed=0.0,
        seed=1,
        station_settings=SETTINGS,
        rehearsals=True,
    )
    with running(options) as made:
        yield made


@pytest.fixture
def rehearsing(browser: WebDriver, world: World) -> Iterator[Page]:
    """The technician's page once a rehearsal was begun there; it is ended afterwards."""
    page = Page(browser, world.station_page, "/diagnostics", operator=OPERATOR)
    click(page, "开始演练")
    page.wait("the banner", BANNER, "演练中")
    yield page
    make_good(world)
    page = Page(browser, world.station_page, "/diagnostics", operator=OPERATOR)
    if page.text(BANNER):
        click(page, "结束演练")
        page.wait_until("no banner", lambda: page.text(BANNER) == "")


def click(page: Page, label: str) -> None:
    page.browser.find_element(By.XPATH, f"//button[normalize-space()='{label}']").click()


def lay_the_marked_card_in(world: World) -> None:
    """Lay the test card that the settings mark on top of the blanks."""
    (card,) = tomllib.loads(world.config.read_text(encoding="utf-8"))["rehearsal"]["cards"]
    world.machine("put the card back into the feeder", card_id=card)


def effects_of(world: World) -> dict[str, Any]:
    """Return what the province has changed for this window; its HSM's answers change nothing."""
    effects = dict(world.province_observer()["effects"])
    del effects["authentications"]
    return effects


def test_a_card_is_rehearsed_and_the_province_is_changed_in_nothing(
    rehearsing: Page, world: World
) -> None:
    page, before = rehearsing, effects_of(world)
    lay_the_marked_card_in(world)
    page.open("/")
    page.wait("the banner", BANNER, "REHEARSAL")
    click(page, "受理演练任务")
    page.wait("the invented person", ".compare-number", "00000019000101000")
    page.wait("the invented person", "#order", "演练样卡")
    page.wait_for_state("approve", "waiting on")
    page.press_with_alt("m")
    page.wait("the question", ".message", "请核对")
    page.type(Keys.F3)
    page.wait("the end", ".message", "演练卡已出卡")
    page.type(Keys.F10)
    page.wait("activation", ".message", "已领卡启用")
    order = world.api("GET", f"/orders/{page.order()}").json()
    assert (order["kind"], order["step"]) == ("rehearsal", "activated")
    assert order["holder"]["AAC002"].startswith("000000")
    assert effects_of(world) == before
    assert page.errors() == []


def test_a_blank_that_lies_in_the_feeder_goes_out_as_it_came(
    rehearsing: Page, world: World
) -> None:
    page, before = rehearsing, world.observer()["totals"]
    page.open("/")
    click(page, "受理演练任务")
    page.wait_for_state("approve", "waiting on")
    page.type(Keys.F3)
    page.wait_for_state("feed", "todo on")
    page.type(Keys.F4)
    page.wait("the refusal", ".message", "放入的不是演练卡")
    totals = world.observer()["totals"]
    assert totals["chip_write_sessions"] == before["chip_write_sessions"]
    assert totals["prints"] == before["prints"]
    assert totals["releases"] == before["releases"] + 1


def test_it_is_unmistakable_on_every_page_and_in_both_languages(
    rehearsing: Page, world: World
) -> None:
    page = rehearsing
    for path in PAGES:
        page.open(path)
        assert "演练中" in page.text(BANNER), path
    supervisor = Page(page.browser, world.station_page, "/supervisor", operator=SUPERVISOR)
    for path in SUPERVISORS_PAGES:
        supervisor.open(path)
        assert "演练中" in supervisor.text(BANNER), path
    supervisor.open("/language/en?next=/")
    assert "Rehearsal" in supervisor.text(BANNER)
    supervisor.open("/language/zh?next=/diagnostics")
    click(supervisor, "结束演练")
    supervisor.wait_until("no banner", lambda: supervisor.text(BANNER) == "")
    Page(page.browser, world.station_page, "/diagnostics", operator=OPERATOR)


def test_real_work_is_refused_and_an_open_page_learns_of_it(
    browser: WebDriver, world: World
) -> None:
    page = Page(browser, world.station_page, "/", operator=OPERATOR)
    clerk = browser.current_window_handle
    person = world.people("ready")[0]["id_number"]
    browser.switch_to.new_window("tab")
    other = Page(browser, world.station_page, "/diagnostics")
    click(other, "开始演练")
    other.wait("the banner", BANNER, "演练中")
    browser.switch_to.window(clerk)
    page.wait("the banner", BANNER, "演练中")  # without a press, and without loading it again
    page.type(person, Keys.ENTER)
    page.wait("the refusal", ".notice", "本窗口正在演练")
    refused = world.api("POST", "/orders", json={"id_number": person})
    assert refused.status_code == 409
    assert refused.json()["code"] == "rehearsal-running"
    browser.switch_to.window(browser.window_handles[-1])
    click(other, "结束演练")
    other.wait_until("no banner", lambda: other.text(BANNER) == "")
    browser.close()
    browser.switch_to.window(clerk)
    page.wait_until("no banner", lambda: page.text(BANNER) == "")
    assert Window(world, person).accept()["kind"] == "full"
    make_good(world)


def test_a_rehearsal_outlives_the_daemon(rehearsing: Page, world: World) -> None:
    lay_the_marked_card_in(world)
    window = Window(world, "")
    rehearsing.open("/")
    click(rehearsing, "受理演练任务")
    rehearsing.wait_for_state("approve", "waiting on")
    window.order = rehearsing.order()
    window.press("approved", "fed", "encoded")
    world.kill_station()
    world.start_station()
    again = Page(rehearsing.browser, world.station_page, operator=OPERATOR)  # at another port
    again.wait("the banner", BANNER, "演练中")
    ended = wait_until(window.run_to_release, 60, "the end")
    assert ended["step"] == "released"

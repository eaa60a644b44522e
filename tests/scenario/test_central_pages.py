"""Central's pages in Debian's Chromium: usable by keyboard or with little sight, and live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from simulators.engines import running_postgres
from station.ui.translation import LANGUAGE_COOKIE
from tests.rigs.all_pages import set_zoom
from tests.rigs.central import Rig, make_template, new_database
from tests.rigs.central_pages import (
    FACTS,
    PASSWORD,
    PlayedFleet,
    Served,
    opened_doors,
    played_fleet,
    served,
)
from tests.rigs.findings import findings

PAGES = ("wall", "work", "blanks", "search", "audit", "accounts", "doors")
SECONDS = 30.0
SHOWN_TILES = """
return [...document.querySelectorAll(".tile")].filter(one => one.checkVisibility())
  .map(one => one.id)
"""


@pytest.fixture(scope="module")
def fleet() -> Iterator[PlayedFleet]:
    with running_postgres() as server:
        make_template(server)
        rig = Rig(new_database(server))
        yield played_fleet(rig)
        rig.close()


@pytest.fixture(scope="module")
def central(fleet: PlayedFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("central")
    with opened_doors(folder) as doors, served(fleet.rig, doors) as made:
        yield made


@pytest.fixture(scope="module")
def chief(browser: WebDriver, central: Served) -> WebDriver:
    """A browser in which the supervisor has logged in, by the form."""
    log_in(browser, central.address)
    return browser


def log_in(browser: WebDriver, address: str) -> None:
    """Log in by the form; it is answered once the password is proven."""
    browser.get(f"{address}/login?next=/wall")
    browser.find_element(By.ID, "login-operator").send_keys("chief")
    browser.find_element(By.ID, "login-password").send_keys(PASSWORD)
    browser.find_element(By.ID, "login-go").click()
    there = f"{address}/wall"
    WebDriverWait(browser, SECONDS, 0.05).until(lambda _: browser.current_url == there)


def show(browser: WebDriver, central: Served, page: str) -> None:
    browser.get(f"{central.address}/{page}")
    if page == "search":
        box = browser.find_element(By.NAME, "text")
        box.send_keys("zhengzhou.jinshui.window-1")
        box.submit()
        WebDriverWait(browser, SECONDS, 0.05).until(
            lambda _: browser.find_elements(By.CSS_SELECTOR, "#events tbody tr")
        )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_serious_is_found_and_nothing_leaves_the_page(
    chief: WebDriver, central: Served, page: str, language: str
) -> None:
    chief.add_cookie({"name": LANGUAGE_COOKIE, "value": language})
    try:
        for zoom in (1.0, 1.5):
            set_zoom(chief, zoom)
            show(chief, central, page)
            assert findings(chief) == []
            root = "document.documentElement"
            assert not chief.execute_script(f"return {root}.scrollWidth > innerWidth"), zoom
    finally:
        chief.delete_cookie(LANGUAGE_COOKIE)
        set_zoom(chief, 1.0)


def text(browser: WebDriver, selector: str) -> str:
    told: Any = browser.execute_script(
        "return (document.querySelector(arguments[0]) || {}).textContent || ''", selector
    )
    return str(told)


def until(browser: WebDriver, selector: str, wanted: str) -> None:
    WebDriverWait(browser, SECONDS).until(lambda one: wanted in text(one, selector))


def test_the_wall_follows_a_window_without_being_loaded_again(
    chief: WebDriver, central: Served, fleet: PlayedFleet
) -> None:
    show(chief, central, "wall")
    chief.execute_script("window.notLoadedAgain = true")
    tile = f'[id="tile-{fleet.well.name}"]'
    assert "待人处理" not in text(chief, tile)
    fleet.well.show(facts=FACTS | {"held-orders": "3"})
    until(chief, tile, "待人处理")
    fleet.well.show(facts=FACTS)
    WebDriverWait(chief, SECONDS).until(lambda one: "待人处理" not in text(one, tile))
    assert chief.execute_script("return window.notLoadedAgain === true")


def test_an_alarm_stays_under_the_pointer_of_who_is_about_to_press(
    chief: WebDriver, central: Served, fleet: PlayedFleet
) -> None:
    show(chief, central, "wall")
    button = chief.find_element(By.CSS_SELECTOR, "#wall-alarms form button")
    ActionChains(chief).move_to_element(button).perform()
    transfer = fleet.rig.central.send_blanks(fleet.well.name, "95588", 10, by="clerk")
    data = {"transfer": transfer, "bank": "95588", "count": "9"}
    fleet.well.publish(fleet.well.write("fleet-received", data))
    fleet.rig.turn()
    fleet.well.show(facts=FACTS | {"blanks-left": "55"})
    until(chief, f'[id="tile-{fleet.well.name}"]', "55")  # the tiles go on
    shown = len(chief.find_elements(By.CSS_SELECTOR, "#wall-alarms li"))
    assert button.is_displayed()  # the same button, where it was
    ActionChains(chief).move_to_element(chief.find_element(By.CSS_SELECTOR, ".brand")).perform()
    WebDriverWait(chief, SECONDS).until(
        lambda one: len(one.find_elements(By.CSS_SELECTOR, "#wall-alarms li")) == shown + 1
    )


def test_only_what_needs_a_look_is_shown_when_that_is_asked_for(
    chief: WebDriver, central: Served, fleet: PlayedFleet
) -> None:
    fleet.well.show(facts=FACTS)
    show(chief, central, "wall")

    def tiles() -> set[str]:
        # In one step: the wall may replace its tiles at any moment.
        return set(chief.execute_script(SHOWN_TILES))

    every = tiles()
    chief.find_element(By.ID, "only-wrong").click()
    assert every - tiles() == {f"tile-{fleet.well.name}"}


def test_a_wall_that_nobody_feeds_says_so(
    chief: WebDriver, fleet: PlayedFleet, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with opened_doors(tmp_path_factory.mktemp("short")) as doors, served(fleet.rig, doors) as short:
        log_in(chief, short.address)
        lost = chief.find_element(By.CSS_SELECTOR, ".link-lost")
        assert not lost.is_displayed()
    WebDriverWait(chief, SECONDS).until(lambda one: lost.is_displayed())

"""The training world's machine: the drawing is clicked, and the simulated machine does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from simulators.machine.actions import ACTIONS
from simulators.world import World, WorldOptions, wait_until
from tests.rigs.browser import open_browser

SOON = 20.0


class Clicked:
    """The page in a browser, and what the machine is really like."""

    def __init__(self, world: World, browser: WebDriver) -> None:
        self.world = world
        self.browser = browser
        browser.get(world.machine_page)
        wait_until(lambda: browser.find_elements(By.CSS_SELECTOR, "[data-part]"), SOON, "it")

    def state(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.world.machine_page}/state", trust_env=False).json())

    def label(self, part: str) -> str:
        found = self.browser.find_elements(By.CSS_SELECTOR, f'[data-part="{part}"]')
        return (found[0].get_attribute("aria-label") or "") if found else ""

    def click(self, part: str, word: str, then: Callable[[dict[str, Any]], Any]) -> None:
        """Click a part that offers this action, and wait until the machine has done it."""
        said = ACTIONS[word].chinese
        wait_until(lambda: self.label(part).endswith(f"：{said}"), SOON, f"{part}: {said}")
        self.browser.find_element(By.CSS_SELECTOR, f'[data-part="{part}"]').click()
        wait_until(lambda: then(self.state()), SOON, word)


@pytest.fixture(scope="module")
def clicked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clicked]:
    folder: Path = tmp_path_factory.mktemp("machine")
    world = World(WorldOptions(folder, pcsc=False))
    with open_browser() as browser:
        world.start_machine()
        try:
            yield Clicked(world, browser)
        finally:
            world.stop()


def test_each_part_does_what_a_hand_does_with_it_and_back(clicked: Clicked) -> None:
    clicked.click("cover", "open the cover", lambda s: s["cover_open"])
    clicked.click("ribbon", "take the ribbon out", lambda s: s["ribbon"] is None)
    clicked.click("ribbon", "put a new ribbon in", lambda s: s["ribbon"] is not None)
    clicked.click("cover", "close the cover", lambda s: not s["cover_open"])
    clicked.click("printer-cable", "pull the printer cable", lambda s: not s["printer_cable"])
    clicked.click("printer-cable", "plug the printer cable in", lambda s: s["printer_cable"])
    clicked.click("reader-cable", "pull the reader cable", lambda s: not s["reader_cable"])
    clicked.click("reader-cable", "plug the reader cable in", lambda s: s["reader_cable"])
    clicked.click("reject-box", "take the reject bin out", lambda s: not s["reject_box_in"])
    clicked.click("reject-box", "put the reject bin in", lambda s: s["reject_box_in"])
    clicked.click("print-head", "dirty the print head", lambda s: s["head_dirty"])
    clicked.click("print-head", "clean the print head", lambda s: not s["head_dirty"])
    clicked.click("chip-station", "dirty the contacts", lambda s: s["contacts_dirty"])
    clicked.click("chip-station", "clean the contacts", lambda s: not s["contacts_dirty"])
    before = len(clicked.state()["feeder"])
    clicked.click("feeder", "fill the feeder", lambda s: len(s["feeder"]) > before)
    clicked.click("power", "cut the power", lambda s: not s["power"])
    clicked.click("power", "switch the power on", lambda s: s["power"] and not s["powering_up"])


def test_a_card_inside_is_drawn_where_it_is_and_a_jam_is_cleared_by_a_click(
    clicked: Clicked,
) -> None:
    card = clicked.browser.find_element(By.CSS_SELECTOR, '[data-part="card"]')
    assert not card.is_displayed()
    clicked.world.machine("leave a card inside")
    wait_until(card.is_displayed, SOON, "the card")
    clicked.click("card", "jam the card", lambda s: s["jammed"])
    clicked.click("card", "clear the jam", lambda s: not s["jammed"])


def test_the_keyboard_does_what_a_click_does(clicked: Clicked) -> None:
    wait_until(lambda: clicked.label("cover").endswith("打开上盖"), SOON, "the cover")
    cover = clicked.browser.find_element(By.CSS_SELECTOR, '[data-part="cover"]')
    clicked.browser.execute_script("arguments[0].focus()", cover)
    clicked.browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(lambda: clicked.state()["cover_open"], SOON, "the open cover")
    wait_until(lambda: clicked.label("cover").endswith("合上上盖"), SOON, "the drawing")
    clicked.browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(lambda: not clicked.state()["cover_open"], SOON, "the closed cover")

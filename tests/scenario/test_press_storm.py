"""200 random presses and clicks during ten cards, on a busy PC, while changes arrive from outside.

Every press must be carried out or visibly refused, nothing typed may be lost, and the page must
equal the API one second after the last event.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import random
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.world import World, WorldOptions, running, wait_until
from tests.rigs.busy import busy_pc
from tests.rigs.operator_page import Page
from tests.scenario.conftest import SETTINGS, Window

SEED = 20261128
CARDS, PRESSES = 10, 20
KEYS = {
    "approve": Keys.F3,
    "feed": Keys.F4,
    "write": Keys.F6,
    "report": Keys.F7,
    "print": Keys.F8,
    "release": Keys.F9,
}
#: Notes what became of presses: sent and answered, refused by the page, or asked back.
WATCH = """
window.noted = [];
const plain = window.fetch;
window.fetch = async (url, options) => {
  const answer = await plain(url, options);
  if (!String(url).startsWith('/actions/')) return answer;
  const said = await answer.clone().json();
  window.noted.push([String(url), said.notice ? 'refused' : said.confirmation ? 'asked' : 'done']);
  return answer;
};
new MutationObserver(() => {
  const text = document.getElementById('pressing').textContent;
  if (text.startsWith('现在不能按')) window.noted.push([text, 'off']);
}).observe(document.getElementById('pressing'), {childList: true});
"""
#: What a fresh page would show of this order, and what this one shows.
COMPARE = """
const done = arguments[0];
const order = document.body.dataset.order;
const read = root => [...root.querySelectorAll('#order button')].map(
  b => [b.id, b.disabled, b.dataset.state || '']).concat(
  [...root.querySelectorAll('#order input[type=hidden]')].map(i => [i.name, i.value]),
  [[root.querySelector('#order #message-title').textContent],
   [(root.querySelector('#order .compare') || {textContent: ''}).textContent]]);
fetch('/?order=' + order).then(a => a.text()).then(html => {
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  done([order, JSON.stringify(read(document)), JSON.stringify(read(fresh))]);
});
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A window whose machine takes some time, so that presses meet every moment of a card."""
    options = WorldOptions(
        folder=tmp_path_factory.mktemp("world"),
        speed=40.0,
        seed=1,
        pcsc=False,
        blanks=40,
        station_settings=SETTINGS,
    )
    with running(options) as made:
        yield made


def accepted(window: Window) -> bool:
    answer = window.world.api("POST", "/orders", json={"id_number": window.id_number})
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return False
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    window.order = answer.json()["id"]
    return True


@contextlib.contextmanager
def changes_from_outside(world: World, people: Iterator[str]) -> Iterator[list[str]]:
    """An integrator's orders that come and go; gives their ids."""
    made: list[str] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(1.0):
            window = Window(world, next(people))
            # Beside a loaded processor the journal can be held for longer than a request waits for
            # it: that is answered with 503, and a program asks again.
            wait_until(functools.partial(accepted, window), 60.0, "an order from outside")
            made.append(window.order)
            window.press("data-ready", wait=0.0)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield made
    finally:
        stop.set()
        thread.join()


class Storm:
    """Presses at random, and looks what became of each press."""

    def __init__(self, page: Page, chance: random.Random) -> None:
        self.page = page
        self.browser = page.browser
        self.chance = chance
        self.counts = dict.fromkeys(("done", "refused", "asked", "off"), 0)
        self.seen = 0

    def press(self, *, with_make: bool) -> None:
        """One press of a key or click on a button; waits until it has an end that can be seen.

        一键制卡 would be about the number that is in the field.
        """
        made = ["make"] if with_make else []
        name = self.chance.choice([*KEYS, "cancel", "next", "next", "click", *made])
        if name == "make":
            self.page.press_with_alt("m")
        elif name == "cancel":
            self.page.press_with_alt("q")
        elif name == "next":
            self._press_what_is_next()
        elif name == "click":
            self._click(self.chance.choice([*KEYS, "cancel", *made]))
        else:
            self.page.type(KEYS[name])
        self._wait_for_an_end(name)

    def _press_what_is_next(self) -> None:
        script = "const b = document.querySelector('button[data-next]'); return b && b.dataset.key"
        key = str(self.browser.execute_script(script))
        shown = {f"F{number}": getattr(Keys, f"F{number}") for number in (3, 4, 6, 7, 8, 9)}
        self.page.type(shown.get(key, Keys.F3))

    def _click(self, name: str) -> None:
        button = self.browser.find_element(By.ID, f"do-{name}")
        mouse = ActionChains(self.browser).move_to_element(button).click_and_hold()
        mouse.pause(self.chance.random() * 0.15).release().perform()

    def _wait_for_an_end(self, name: str) -> None:
        noted: list[list[str]] = []

        def ended() -> bool:
            noted[:] = self.browser.execute_script("return window.noted")
            return len(noted) > self.seen

        self.page.wait_until(f"the press {name} has an end; {self.counts}", ended)
        for _, end in noted[self.seen :]:
            self.counts[end] += 1
            if end == "asked":
                self._say_no()
        self.seen = len(noted)

    def _say_no(self) -> None:
        """Close the question, which appears some time after its answer has come."""

        def asked() -> bool:
            return bool(self.browser.find_elements(By.CSS_SELECTOR, "dialog[open]"))

        self.page.wait_until("the question", asked)
        self.page.type(Keys.ESCAPE)
        self.page.wait_until("the question is gone", lambda: not asked())


@pytest.mark.timeout(900)
def test_every_press_is_carried_out_or_visibly_refused(browser: WebDriver, world: World) -> None:
    chance = random.Random(SEED)
    numbers = (person["id_number"] for person in itertools.cycle(world.people("ready")[20:]))
    clerks = [person["id_number"] for person in world.people("ready")[:CARDS]]
    page = Page(browser, world.station_page, "/?order=")
    browser.execute_script(WATCH)
    storm = Storm(page, chance)
    with busy_pc(), changes_from_outside(world, numbers) as foreign:
        for number in clerks:
            make_one_card(storm, world, number, foreign)
    sys.stdout.write(f"seed {SEED}: {storm.counts}\n")
    assert sum(storm.counts.values()) >= CARDS * PRESSES
    assert storm.counts["done"] >= CARDS, storm.counts
    assert storm.counts["off"], storm.counts
    released = world.api("GET", "/orders?step=released&limit=50").json()
    assert len(released) == CARDS
    assert world.observer()["totals"]["releases"] == CARDS
    wait_for_equal(page)


def make_one_card(storm: Storm, world: World, number: str, foreign: list[str]) -> None:
    page = storm.page
    page.type(number, Keys.ENTER)
    page.wait_for_data_of(number)
    storm.seen = len(storm.browser.execute_script("return window.noted"))
    order = page.order()
    for _ in range(PRESSES):
        types = storm.chance.random() < 0.3
        if types:  # the beginning of the next citizen's number
            page.type("4107")
        storm.press(with_make=not types)
        if types:
            assert page.field() == "4107", "nothing typed is lost"
            storm.browser.find_element(By.ID, "id-number").clear()
        assert page.order() == order, "no other order comes to this page"
        assert order not in foreign
    window = Window(world, number)
    window.order = order
    if window.view()["step"] == "data-ready":
        page.type(Keys.F3)
        page.wait("approved", ".compare-verdict", "已核对")
    window.run_to_release()
    page.wait("the end", "#order .message", "制卡完成")
    wait_for_equal(page)


def wait_for_equal(page: Page) -> None:
    """One second after the last event the page shows what a fresh one would show."""
    result: list[Any] = []

    def equal() -> bool:
        result[:] = page.browser.execute_async_script(COMPARE)
        return bool(result[1] == result[2])

    page.wait_until(f"the page equals the station: {result}", equal, 1.0)

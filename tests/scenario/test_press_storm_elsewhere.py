"""Random presses on each page with buttons beside the operator's, on a busy PC: all end visibly.

A press ends in a new page, in an answer that the page shows, in a word about a field that is empty
or wrong, or in something that opens or closes. None is answered as a defect, and a press twice or
three times is one press: nothing is booked again.
"""

from __future__ import annotations

import collections
import random
import sys
from collections.abc import Iterator

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from simulators.world import OPERATOR, SUPERVISOR, World, WorldOptions, running
from tests.rigs.busy import busy_pc
from tests.rigs.operator_page import Page
from tests.scenario.conftest import SETTINGS, Window

SEED = 20261201
PRESSES = 30
PAGES = (
    ("/supervisor", SUPERVISOR),
    ("/custody", SUPERVISOR),
    ("/batches", SUPERVISOR),
    ("/diagnostics", OPERATOR),
    ("/diagnostics/trace", OPERATOR),
)
#: What can be pressed now. Who logs out ends the storm.
BUTTONS = """
return [...document.querySelectorAll('button, summary, label[for^=tab-], input[type=checkbox]')]
  .filter(one => !one.disabled && one.checkVisibility({visibilityProperty: true}) &&
                 !one.closest('header.bar'));
"""
#: Marks this document, and notes what it answers, refuses and changes.
WATCH = """
document.documentElement.dataset.storm = '1';
window.storm = {answered: 0, refused: 0, changed: 0, defect: ''};
const plain = window.fetch, pressing = document.getElementById('pressing');
window.fetch = async (...given) => {
  const answer = await plain(...given);
  if (((given[1] || {}).method || 'GET') === 'POST') window.storm.answered += 1;
  if (answer.status >= 500) window.storm.defect = answer.status + ' ' + given[0];
  return answer;
};
new MutationObserver(seen => { window.storm.changed += seen.length; }).observe(document.body,
  {subtree: true, childList: true, attributes: true, characterData: true});
if (pressing) new MutationObserver(() => {
  if (pressing.textContent) window.storm.refused += 1;
}).observe(pressing, {childList: true});
// What covered the button was taken away by the press: that is seen, too.
const notice = document.getElementById('notice');
if (notice) new MutationObserver(() => {
  if (!notice.firstElementChild) window.storm.refused += 1;
}).observe(notice, {childList: true});
document.addEventListener('invalid', () => { window.storm.refused += 1; }, true);
document.addEventListener('change', () => { window.storm.changed += 1; }, true);
"""
BEGIN = """
const form = arguments[0].form, sends = arguments[0].type === 'submit' && form &&
  form.method === 'post';
window.storm.sends = Boolean(sends);
window.storm.answered = window.storm.refused = window.storm.changed = 0;
arguments[0].scrollIntoView({block: 'center', behavior: 'instant'});
"""
#: None while a press has no end; else what it was. A button that sends something has no end by
#: what the page changes of itself.
END = """
if (document.readyState !== 'complete') return null;
if (!document.documentElement.dataset.storm) {
  const arrived = performance.getEntriesByType('navigation')[0];
  return 'page ' + (arrived ? arrived.responseStatus : 0);
}
const seen = window.storm;
if (seen.defect) return 'defect ' + seen.defect;
if (seen.answered) return 'answered';
if (seen.refused) return 'refused';
return seen.changed && !seen.sends ? 'changed' : null;
"""


#: Whether what was sent is answered and shown, and whether a question stands over the page.
OVER = """
const told = document.getElementById('pressing');
return document.readyState === 'complete' && !(told && told.textContent.startsWith('正在'));
"""
ASKS = "return Boolean(document.querySelector('dialog[open]'))"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    options = WorldOptions(
        folder=tmp_path_factory.mktemp("world"),
        pcsc=False,
        blanks=40,
        station_settings=SETTINGS,
    )
    with running(options) as started:
        made = Window(started, started.person("ready")["id_number"])
        made.accept()
        made.run_to_release()
        yield started


class Storm:
    """Presses at random on one page, and sees each press end."""

    def __init__(self, page: Page, path: str, chance: random.Random) -> None:
        self.page = page
        self.path = path
        self.browser = page.browser
        self.chance = chance
        self.ends: collections.Counter[str] = collections.Counter()

    def press(self) -> None:
        if not self.browser.current_url.startswith(f"{self.page.address}{self.path}"):
            self.page.open(self.path)
        self.browser.execute_script(WATCH)
        found: list[WebElement] = self.browser.execute_script(BUTTONS)
        if not found:
            self.page.open(self.path)
            self.ends["nothing to press"] += 1
            return
        button = self.chance.choice(found)
        said = f"{self.path}: {button.text!r}"
        self._fill(button)
        tabs = len(self.browser.window_handles)
        times = self.chance.choice((1, 1, 2, 3))
        self.browser.execute_script(BEGIN, button)
        mouse = ActionChains(self.browser).move_to_element(button)
        for _ in range(times):
            mouse.click()
        mouse.perform()
        self._see_the_end(said, tabs)

    def _fill(self, button: WebElement) -> None:
        """Type something into half of the forms, right or not."""
        if self.chance.random() < 0.5:
            return
        self.browser.execute_script(
            "for (const one of (arguments[0].form || {elements: []}).elements)"
            " if (['text', 'number'].includes(one.type) && !one.value) one.value = arguments[1];",
            button,
            self.chance.choice(("1", "3", "95533", "甲乙丙")),
        )

    def _see_the_end(self, said: str, tabs: int) -> None:
        def end() -> str | None:
            if len(self.browser.window_handles) > tabs:
                return "tab"
            told = self.browser.execute_script(END)
            return None if told is None else str(told)

        found: list[str] = []

        def ended() -> bool:
            found[:] = filter(None, [end()])
            return bool(found)

        self.page.wait_until(f"the press {said} has an end", ended)
        told = found[0]
        assert "defect" not in told, said
        kind, _, status = told.partition(" ")
        assert not status.isdecimal() or int(status) < 500, (said, told)
        self.ends[kind] += 1
        if kind == "tab":
            self._close_tabs()
        self.page.wait_until(f"{said} is over", lambda: self.browser.execute_script(OVER))
        if self.browser.execute_script(ASKS):
            ActionChains(self.browser).send_keys(Keys.ESCAPE).perform()
            self.page.wait_until("the question goes", lambda: not self.browser.execute_script(ASKS))

    def _close_tabs(self) -> None:
        first, *others = self.browser.window_handles
        for other in others:
            self.browser.switch_to.window(other)
            self.browser.close()
        self.browser.switch_to.window(first)


@pytest.mark.alone
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("path", "person"), PAGES, ids=[path for path, _ in PAGES])
def test_every_press_has_an_end_that_is_seen(
    browser: WebDriver, world: World, path: str, person: str
) -> None:
    page = Page(browser, world.station_page, path, operator=person)
    storm = Storm(page, path, random.Random(f"{SEED}{path}"))
    with busy_pc():
        for _ in range(PRESSES):
            storm.press()
    sys.stdout.write(f"{path}: {dict(storm.ends)}\n")
    assert sum(storm.ends.values()) == PRESSES
    assert storm.ends["nothing to press"] < PRESSES / 2
    defects = (world.folder / "station.log").read_text(encoding="utf-8").count("Traceback")
    assert defects == 0
    assert world.api("GET", "/station").status_code == 200

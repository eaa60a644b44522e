"""Two citizens at one window: the second is compared while the first one's card is made."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.world import World, wait_until
from tests.rigs.all_pages import set_zoom
from tests.rigs.operator_page import Page
from tests.scenario.conftest import Window, make_good
from tests.scenario.test_every_page import CUT_OFF, NEEDED

_next = itertools.count(60)
INSIDE: Final = {"fed", "encoded", "reported", "printed"}
#: Keeps, at every frame, of whom the visible parts of the order are.
WATCH = """
window.seen = new Set();
(function look() {
  const visible = (e) => e && e.checkVisibility({visibilityProperty: true});
  const number = document.querySelector('.compare-number dd');
  const parts = {tab: document.body.dataset.order};
  if (visible(number)) parts.number = number.textContent.trim();
  const name = document.querySelector('.compare-name dd');
  if (visible(name)) parts.name = name.textContent.trim();
  for (const [key, place] of [['photo', '.compare-photo img'], ['front', '.side.front img']]) {
    const picture = document.querySelector(place);
    if (visible(picture)) parts[key] = picture.getAttribute('src');
  }
  const title = document.getElementById('message-title');
  if (visible(title)) parts.message = title.textContent.trim();
  window.seen.add(JSON.stringify(parts));
  requestAnimationFrame(look);
})();
"""
#: Where everything stands that must not move.
PLACES = """
const places = {};
for (const one of ['#do-make', '#do-fetch', '#do-approve', '#do-cancel', '#id-number', '.steps',
    '.preview', '.machine', '.beside', '.side-tabs', '.side-tab']) {
  const box = document.querySelector(one).getBoundingClientRect();
  places[one] = [box.left, box.top, box.width, box.height].map(Math.round);
}
const preview = places['.preview'];
places['.preview'] = preview.slice(0, 3);
return places;
"""


@pytest.fixture
def two(world: World) -> Iterator[tuple[Window, Window]]:
    """Two persons whom nobody has used yet."""
    ready = world.people("ready")
    first = Window(world, ready[next(_next)]["id_number"])
    second = Window(world, ready[next(_next)]["id_number"])
    yield first, second
    world.machine("let the machine go on")
    world.machine("close the cover")
    for window in (first, second):
        end(window)
    make_good(world)


def end(window: Window) -> None:
    """Take an order whose card is inside to its end; a half printed card is spoiled."""
    if not window.order or window.view()["step"] not in INSIDE:
        return
    view = window.run_to_release()
    question = view["question"]
    if question is not None:
        answers = [one["answer"] for one in question["answers"]]
        assert "spoiled" in answers, question
        path = f"/orders/{window.order}/answer?wait=30"
        told = window.world.api("POST", path, json={"answer": "spoiled"})
        assert told.is_success, told.text
        window.wait_for_step("spoiled")


@pytest.fixture
def page(browser: WebDriver, world: World) -> Page:
    made = Page(browser, world.station_page, "/?order=")
    made.wait("the headline", ".ready", "可以制卡")
    return made


def fetch(page: Page, window: Window) -> None:
    page.type(window.id_number, Keys.ENTER)
    page.wait_for_data_of(window.id_number)
    window.order = page.order()


def beside(page: Page) -> str:
    """Return the order beside the one on the page; empty for none."""
    script = "const e = document.querySelector('a.beside'); return e ? e.dataset.show : ''"
    return str(page.browser.execute_script(script))


def wait_for_beside(page: Page, window: Window, words: str) -> None:
    page.wait_until(
        lambda: f"{words!r} beside: {page.text('.beside')!r}",
        lambda: beside(page) == window.order and words in page.text(".beside"),
    )


def stop_in_print(page: Page, window: Window) -> None:
    """Have a card made by one press, and let the machine stop in the middle of its print."""
    world = window.world
    world.machine("pause the machine", at="print-front")
    page.type(Keys.F3)
    page.wait_for_state("feed", "todo on")
    page.press_with_alt("m")
    wait_until(
        lambda: world.machine_state()["pause"]["stopped_in"] == "print-front", 30.0, "the print"
    )
    page.wait("the print is told", "#message-title", "正在打印")


def test_the_next_one_is_compared_and_approved_during_the_print_and_starts_by_itself(
    page: Page, two: tuple[Window, Window]
) -> None:
    first, second = two
    fetch(page, first)
    stop_in_print(page, first)
    fetch(page, second)
    wait_for_beside(page, first, "正在打印")
    assert "机上" in page.text(".beside")
    assert first.view()["step"] == "reported", "the first card is still being printed"
    page.type(Keys.F3)
    page.wait("approved", ".compare-verdict", "已核对")
    page.press_with_alt("m")
    page.wait("it waits for the machine", "#message-title", "接着进卡")
    assert second.view()["step"] == "approved"
    first.world.machine("let the machine go on")
    second.wait_for_step("released")
    assert first.view()["step"] == "released"
    assert page.order() == second.order, "the tab keeps its person"
    page.wait("its own end", "#message-title", "制卡完成")


def test_a_fault_of_the_first_is_seen_beside_the_second_and_reached_by_one_press(
    page: Page, two: tuple[Window, Window], world: World
) -> None:
    first, second = two
    fetch(page, first)
    stop_in_print(page, first)
    fetch(page, second)
    wait_for_beside(page, first, "正在打印")
    world.machine("open the cover")
    world.machine("let the machine go on")
    wait_for_beside(page, first, "机盖没有关好")
    assert page.browser.title.startswith("⚠")
    assert "机盖没有关好" in page.text("#announcement")
    assert page.order() == second.order
    assert second.id_number in page.text(".compare-number")
    page.press_with_alt("a")
    page.wait("its message", "#message-title", "机盖没有关好")
    assert page.order() == first.order
    assert first.id_number in page.text(".compare-number")
    wait_for_beside(page, second, "待核对")
    assert not page.browser.title.startswith("⚠")
    world.machine("close the cover")
    page.press_with_alt("a")  # back to the person in hand, by the same key
    page.wait("the second person", ".compare-number", second.id_number)
    page.browser.find_element(By.ID, "beside-link").click()
    page.wait("the first person", ".compare-number", first.id_number)


def test_nothing_of_one_person_appears_under_the_other(
    page: Page, two: tuple[Window, Window], world: World
) -> None:
    first, second = two
    people = {one["id_number"]: one for one in world.people("ready")}
    page.browser.execute_script(WATCH)
    fetch(page, first)
    stop_in_print(page, first)
    fetch(page, second)
    for _ in range(6):
        page.press_with_alt("a")
        page.wait("the first", ".compare-number", first.id_number)
        page.press_with_alt("a")
        page.wait("the second", ".compare-number", second.id_number)
    for _ in range(9):  # faster than the page is read
        page.press_with_alt("a")
    page.type(Keys.F3)
    world.machine("let the machine go on")
    first.wait_for_step("released")
    wait_for_beside_of_either(page, first, second)
    seen = [json.loads(one) for one in page.browser.execute_script("return [...window.seen]")]
    numbers = {window.order: window.id_number for window in two}
    assert {one.get("number") for one in seen} >= set(numbers.values()), "both were looked at"
    for one in seen:
        assert_of_one_person(one, numbers, people)


def wait_for_beside_of_either(page: Page, first: Window, second: Window) -> None:
    other = {first.order: second.order, second.order: first.order}
    page.wait_until("the other one", lambda: beside(page) in ("", other[page.order()]))


def assert_of_one_person(
    one: dict[str, str], numbers: dict[str, str], people: dict[str, Any]
) -> None:
    order = one["tab"]
    if "number" not in one:
        return
    assert one["number"] == numbers[order], one
    named = people[numbers[order]].get("name")
    assert named is None or one["name"] == named, one
    for picture in ("photo", "front"):
        assert order in one.get(picture, order), one


def test_each_tab_keeps_its_person_and_says_when_the_other_needs_somebody(
    page: Page, two: tuple[Window, Window], world: World
) -> None:
    first, second = two
    browser = page.browser
    tab = browser.current_window_handle
    fetch(page, first)
    browser.switch_to.new_window("tab")
    try:
        other = Page(browser, world.station_page, "/?order=")
        fetch(other, second)
        world.machine("empty the feeder")
        run = f"/orders/{first.order}/run?wait=0"
        assert world.api("POST", run, json={"approved": True}).is_success
        wait_for_beside(other, first, "进卡槽没有卡")
        assert "排队" in other.text(".beside")
        assert browser.title.startswith("⚠")
        assert other.order() == second.order
        other.press_with_alt("a")
        other.wait("its message", "#message-title", "进卡槽没有卡")
    finally:
        browser.close()
        browser.switch_to.window(tab)
    page.wait("the first tab's own message", "#message-title", "进卡槽没有卡")
    assert page.order() == first.order


def test_it_is_whole_and_nothing_moves_at_any_zoom(
    page: Page, two: tuple[Window, Window], world: World
) -> None:
    first, second = two
    zooms = (1.0, 1.25, 1.5)
    places: dict[float, dict[str, Any]] = {zoom: {} for zoom in zooms}

    def look(state: str) -> None:
        for zoom in zooms:
            set_zoom(page.browser, zoom)
            assert page.browser.execute_script(CUT_OFF, NEEDED) == [], (state, zoom)
            places[zoom][state] = page.browser.execute_script(PLACES)

    # Only a demonstration has this line: a window has the height to itself.
    page.browser.execute_script("document.querySelector('.demo').remove()")
    try:
        look("nobody")
        fetch(page, first)
        look("the first to be compared")
        stop_in_print(page, first)
        look("the first is printed")
        fetch(page, second)
        wait_for_beside(page, first, "正在打印")
        look("the second to be compared")
        world.machine("open the cover")
        world.machine("let the machine go on")
        wait_for_beside(page, first, "机盖没有关好")
        look("a fault of the first")
        page.press_with_alt("a")
        page.wait("its message", "#message-title", "机盖没有关好")
        look("the fault's own page")
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    for zoom, states in places.items():
        for state, found in states.items():
            assert found == states["nobody"], (state, zoom)


#: Holds the answer to every press until `window.answerNow()`.
HOLD = """
const plain = window.fetch;
window.held = new Promise(free => { window.answerNow = free; });
window.fetch = async (url, options) => {
  const answer = await plain(url, options);
  if (String(url).startsWith('/actions/')) await window.held;
  return answer;
};
"""


def test_a_refusal_about_the_first_never_stands_under_the_seconds_name(
    browser: WebDriver, page: Page, two: tuple[Window, Window]
) -> None:
    first, second = two
    fetch(page, second)
    fetch(page, first)
    browser.execute_script(HOLD)
    # The order changes before the page has heard of it: the press is refused as one of an old page.
    revision = "document.querySelector('#steps input[name=revision]').value = '1'"
    browser.execute_script(revision)
    page.type(Keys.F3)
    page.wait("the press is under way", "#pressing", "正在处理")
    browser.find_element(By.CSS_SELECTOR, f'#orders a[data-show="{second.order}"]').click()
    page.wait("the second person", ".compare-number", second.id_number)
    browser.execute_script("window.answerNow()")
    page.wait("it is told that something was refused", "#pressing", "另一个任务的按键没有执行")
    assert page.text("#notice") == ""
    assert page.order() == second.order
    browser.find_element(By.CSS_SELECTOR, f'#orders a[data-show="{first.order}"]').click()
    page.wait("the refusal, where it belongs", "#notice", "画面已经变了")
    assert first.view()["step"] == "data-ready"
    assert second.view()["step"] == "data-ready"

"""A clerk at the operator page who meets faults and follows the remedies literally, for tests."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.rigs.operator_page import Page
from tests.scenario.conftest import Window

KEYS: Final = {
    "approve": Keys.F3,
    "feed": Keys.F4,
    "write": Keys.F6,
    "report": Keys.F7,
    "print": Keys.F8,
    "release": Keys.F9,
}
ACTIONS: Final = tuple(KEYS)
NOT_FED: Final = "还没有进卡"
INSIDE: Final = "在机内"
LAST_IN_BIN: Final = "刚才那张预制卡在废卡盒"
STALE: Final = "这一次按键没有执行：画面已经变了"
#: The machine is looked at every second, and each look can change the picture.
MOST_PRESSES: Final = 5
GO_ON: Final = "处理好了，继续"
PARTS: Final = {"cause": "原因", "where": "卡现在在哪里", "remedy": "怎么办"}
SAID: Final = """
const title = document.querySelector('#order .message h2');
if (!title) return null;
const rows = [...document.querySelectorAll('#order .message dl > div')].map(
  row => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]);
return {title: title.textContent, ...Object.fromEntries(rows)};
"""


@dataclass(frozen=True)
class Fault:
    """One fault: what the hands do, at which step, what is said, and what mends it.

    Attributes:
        name: For people.
        at: The step whose key meets the fault.
        hands: What happens at the machine.
        title, where, remedy: Parts of what the page says.
        mend: What the remedy has the hands do.
        during: The motion in whose middle it happens; empty when it happens before the key.
    """

    name: str
    at: str
    hands: tuple[tuple[str, dict[str, Any]], ...]
    title: str
    where: str
    remedy: str
    mend: tuple[tuple[str, dict[str, Any]], ...]
    during: str = ""


def does(action: str, **parameters: str | int) -> tuple[str, dict[str, Any]]:
    return action, parameters


ANSWERS: Final = """
return Object.fromEntries([...document.querySelectorAll('#order .answers button')].map(
  button => [button.firstChild.textContent.trim(), button.dataset.key]));
"""


class Clerk:
    """A clerk at the page who makes one person's card, key by key."""

    def __init__(self, browser: WebDriver, window: Window) -> None:
        self.window = window
        self.world = window.world
        self.page = Page(browser, window.world.station_page, "/?order=")
        self.browser = browser

    def begin(self, *, until: str) -> None:
        """Type the number and press every key up to the one before `until`."""
        self.page.type(self.window.id_number, Keys.ENTER)
        self.page.wait_for_data_of(self.window.id_number)
        self.window.order = self.page.order()
        for action in ACTIONS[: ACTIONS.index(until)]:
            self.press(action)
            self.page.wait_for_state(action, "done off")

    def press(self, action: str) -> None:
        """Press a step's key; once more when the page says that its picture had changed."""
        for _ in range(MOST_PRESSES):
            self.page.wait_until_on(action)
            self.page.type(KEYS[action])
            self.page.wait_until("the press has its answer", self._is_answered)
            if STALE not in self.notice():
                return

    def _is_answered(self) -> bool:
        return "正在处理" not in self.page.text("#pressing")

    def meet(self, fault: Fault) -> None:
        """Let the fault happen as the key is pressed, or in the middle of its motion."""
        if fault.during:
            self.world.machine("pause the machine", at=fault.during)
            self.press(fault.at)
            self.page.wait_until("the motion", lambda: self._stopped_in() == fault.during)
        for action, parameters in fault.hands:
            self.world.machine(action, **parameters)
        if fault.during:
            self.world.machine("let the machine go on")
        else:
            self.press(fault.at)

    def _stopped_in(self) -> str | None:
        state = httpx.get(f"{self.world.machine_page}/state", trust_env=False, timeout=20.0)
        stopped: str | None = state.json()["pause"]["stopped_in"]
        return stopped

    def reads(self, title: str, **parts: str | tuple[str, ...]) -> dict[str, str]:
        """Wait until the page shows a message with this title and these parts; returns it whole.

        A message grows: where the card is shows after the next look at the machine, and what the
        province answered after its answer. So the parts are waited for, and not read once.

        Args:
            title: What the message's title has in it.
            parts: `cause`, `where` and `remedy`: what each of them has in it.
        """
        wanted = {
            PARTS[name]: [text] if isinstance(text, str) else text for name, text in parts.items()
        }
        said: dict[str, str] = {}

        def shown() -> bool:
            said.clear()
            said.update(self.browser.execute_script(SAID) or {})
            return title in said.get("title", "") and all(
                text in said.get(label, "") for label, texts in wanted.items() for text in texts
            )

        self.page.wait_until(lambda: f"{title} {wanted}, not {said}", shown)
        return said

    def mend(self, fault: Fault) -> None:
        """Do with the hands what the remedy says, and wait until the page has noticed."""
        for action, parameters in fault.mend:
            self.world.machine(action, **parameters)
        self.look_again()
        if fault.mend:
            self.page.wait_until("mended", lambda: fault.title not in self.headline())

    def headline(self) -> str:
        return self.page.text("#machine .ready").strip()

    def answers(self) -> dict[str, str]:
        """Return the labels of the answers that are offered, and their keys."""
        return dict(self.browser.execute_script(ANSWERS))

    def answer(self, label: str) -> None:
        """Give an answer with its key; confirm it where the page asks back."""
        self.page.wait("the answer", "#order .answers", label)
        key = self.answers()[label]
        shown = self.revision()
        self.page.press_with_alt(key.removeprefix("Alt+").lower())

        def taken() -> bool:
            if self.browser.find_elements(By.CSS_SELECTOR, "dialog[open]"):
                self.page.press_with_alt("y")
            return self.revision() != shown

        self.page.wait_until(f"{label} is taken", taken)

    def revision(self) -> str:
        """Return the revision of the order that is on the screen: it changes with every event."""
        script = "return document.querySelector('#steps [name=revision]').value"
        return str(self.browser.execute_script(script))

    def follow(self, remedy: str) -> None:
        """Press what the remedy names: one of the answers, or a step's key."""
        answers = [label for label in self.answers() if f"“{label}”" in remedy]
        if answers:
            self.answer(answers[0])
        else:
            assert re.search("点“.*?”|按 F", remedy), remedy

    def make_anew(self) -> None:
        """重制 after a spoiled card, the new mark at the province as its refusal asks for it."""
        spoiled = self.page.order()
        self.browser.find_element(By.CSS_SELECTOR, "#reprint-details summary").click()
        self.browser.execute_script(
            "const list = document.getElementById('reprint-reason');"
            "list.value = [...list.options].find(o => o.value.startsWith('full:')).value"
        )
        self.page.press_with_alt("b")
        self.page.wait("the question", ".confirm", "重制")
        self.page.press_with_alt("y")
        self.page.wait_until("the new order", lambda: self.page.order() != spoiled)
        self.window.order = self.page.order()
        self.reads("未做即制卡标注", remedy="到省卡管系统办理即制卡标注")
        for done_by_the_clerk in ("handle failure", "restore application", "mark"):
            self.world.province(done_by_the_clerk, id_number=self.window.id_number)
        self.page.type(self.window.id_number, Keys.ENTER)
        self.page.wait_for_data_of(self.window.id_number)
        assert self.page.order() == self.window.order

    def look_again(self) -> None:
        """Have the machine looked at now, as it does by itself every second."""
        self.world.api("GET", "/station?check=true")

    def hand(self, action: str, **parameters: str | int) -> None:
        """Do something with the hands, and let the station notice."""
        self.world.machine(action, **parameters)
        self.look_again()

    def notice(self) -> str:
        """Return what the last press was refused with."""
        return self.page.text("#notice")

    def finish(self) -> None:
        """Press the keys that are left until the card is out, and look that all is well."""
        self.press_what_is_left()
        self.reads("制卡完成")
        self.page.wait_until("the headline", lambda: self.headline() == "可以制卡")
        assert self.window.view()["step"] == "released"

    def press_what_is_left(self) -> None:
        """Press every key that is due until the card is out; none more than a few times."""
        for action in ACTIONS:
            presses = itertools.count(1)
            done = functools.partial(self._is_done, action, presses)
            self.page.wait_until(f"{action} is done", done)

    def _is_done(self, action: str, presses: Iterator[int]) -> bool:
        state = self.page.state(action)
        if state.endswith(" on"):
            assert next(presses) <= MOST_PRESSES, self.page.text("#order .message")
            self.page.type(KEYS[action])
            self.page.wait_until("the press has its answer", self._is_answered)
        return state == "done off"

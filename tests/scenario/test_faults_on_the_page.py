"""Fault by fault of a day at the window, in a browser, over the real stacks.

Each fault is provoked at the simulated machine. The page must name what the machine names, say
where the card is, and give a remedy that leads to a good end when it is followed literally: the
hands do what it says, then the answer or the key that it names is pressed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.world import World
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
GO_ON: Final = "处理好了，继续"
SAID: Final = """
const rows = [...document.querySelectorAll('#order .message dl > div')].map(
  row => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]);
return {title: document.getElementById('message-title').textContent, ...Object.fromEntries(rows)};
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


#: Each ends in this very card, or in the next blank of the same order.
FAULTS: Final = (
    Fault(
        "printer cable, idle",
        "feed",
        (does("pull the printer cable"),),
        "制卡机未连接（打印机线）",
        NOT_FED,
        "点“进卡”",
        (does("plug the printer cable in"),),
    ),
    Fault(
        "printer cable, card inside",
        "print",
        (does("pull the printer cable"),),
        "制卡机未连接（打印机线）",
        "无法查看；最后的记录是：在机内",
        "处理好了，继续",
        (does("plug the printer cable in"),),
    ),
    Fault(
        "reader cable, idle",
        "feed",
        (does("pull the reader cable"),),
        "制卡机未连接（读卡器线）",
        NOT_FED,
        "点“进卡”",
        (does("plug the reader cable in"),),
    ),
    Fault(
        "reader cable, card inside",
        "write",
        (does("pull the reader cable"),),
        "制卡机未连接（读卡器线）",
        INSIDE,
        "处理好了，继续",
        (does("plug the reader cable in"),),
    ),
    Fault(
        "power off, card inside",
        "print",
        (does("cut the power"),),
        "制卡机未连接",
        "无法查看",
        "打开制卡机电源",
        (does("switch the power on"),),
    ),
    Fault(
        "cover open, card inside",
        "print",
        (does("open the cover"),),
        "机盖没有关好",
        INSIDE,
        "关好机盖",
        (does("close the cover"),),
    ),
    Fault(
        "ribbon out, card inside",
        "print",
        (does("take the ribbon out"),),
        "没有色带",
        INSIDE,
        "装好色带",
        (does("put a new ribbon in"),),
    ),
    Fault(
        "ribbon chip",
        "feed",
        (does("loosen the ribbon chip"),),
        "未检测到色带芯片",
        NOT_FED,
        "重新插好",
        (does("reseat the ribbon chip"),),
    ),
    Fault(
        "ribbon used up",
        "feed",
        (does("use up the ribbon"),),
        "色带用完",
        NOT_FED,
        "换上新色带",
        (does("put a new ribbon in"),),
    ),
    Fault(
        "feeder empty",
        "feed",
        (does("empty the feeder"),),
        "进卡槽没有卡",
        NOT_FED,
        "放入后侧进卡槽",
        (does("fill the feeder", count=10, bank_bin="622700"),),
    ),
    Fault(
        "feeder blocked",
        "feed",
        (does("block the feeder"),),
        "进卡失败",
        NOT_FED,
        "拨散后重新放好",
        (does("free the feeder"),),
    ),
    Fault(
        "reject bin full",
        "feed",
        (does("fill the reject bin"),),
        "废卡盒已满",
        NOT_FED,
        "取出废卡盒",
        (does("empty the reject bin"),),
    ),
    Fault(
        "reject bin out",
        "feed",
        (does("take the reject bin out"),),
        "废卡盒没有装好",
        NOT_FED,
        "装好废卡盒",
        (does("put the reject bin in"),),
    ),
    Fault(
        "wrong bank's blank",
        "feed",
        (does("put a blank of another bank on top", bank_bin="622848"),),
        "预制卡不是该银行的",
        LAST_IN_BIN,
        "点“进卡”",
        (),
    ),
    Fault(
        "chip mute",
        "feed",
        (does("mute the next blank"),),
        "卡芯片上电失败",
        LAST_IN_BIN,
        "点“进卡”",
        (),
    ),
    Fault(
        "blank the wrong way round",
        "feed",
        (does("turn the next blank round"),),
        "卡芯片上电失败",
        LAST_IN_BIN,
        "卡面朝上",
        (),
    ),
    Fault(
        "printer cable, in mid-print",
        "print",
        (does("pull the printer cable"),),
        "制卡机未连接（打印机线）",
        "无法查看；最后的记录是：在机内",
        GO_ON,
        (does("plug the printer cable in"),),
        during="print-front",
    ),
    Fault(
        "cover opened and closed, in mid-feed",
        "feed",
        (does("open the cover"),),
        "机盖没有关好",
        INSIDE,
        GO_ON,
        (does("close the cover"),),
        during="feed",
    ),
)
#: These leave a face that no witness can tell: a person looks at it.
IN_MID_PRINT: Final = (
    Fault(
        "cover opened",
        "print",
        (does("open the cover"),),
        "机盖没有关好",
        INSIDE,
        GO_ON,
        (does("close the cover"),),
        during="print-front",
    ),
    Fault(
        "ribbon taken out",
        "print",
        (does("take the ribbon out"),),
        "没有色带",
        INSIDE,
        GO_ON,
        (does("put a new ribbon in"),),
        during="print-front",
    ),
    Fault(
        "power cut",
        "print",
        (does("cut the power"),),
        "制卡机未连接",
        "无法查看",
        GO_ON,
        (does("switch the power on"),),
        during="print-front",
    ),
    Fault(
        "power cut, ribbon counter at 0",
        "print",
        (does("cut the power"),),
        "制卡机未连接",
        "无法查看",
        GO_ON,
        (does("switch the power on"),),
        during="print-front",
    ),
    Fault(
        "power cut in the back",
        "print",
        (does("cut the power"),),
        "制卡机未连接",
        "无法查看",
        GO_ON,
        (does("switch the power on"),),
        during="print-back",
    ),
)


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
        self.page.wait_until_on(action)
        self.page.type(KEYS[action])

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

    def reads(self, title: str) -> dict[str, str]:
        """Wait until the page shows a message with this title; returns all that it says."""
        self.page.wait("the message", "#order .message h2", title)
        return dict(self.browser.execute_script(SAID))

    def mend(self, fault: Fault) -> None:
        """Do with the hands what the remedy says, and wait until the page has noticed."""
        for action, parameters in fault.mend:
            self.world.machine(action, **parameters)
        self.world.api("GET", "/station?check=true")
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
        self.page.press_with_alt(key.removeprefix("Alt+").lower())

        def taken() -> bool:
            if self.browser.find_elements(By.CSS_SELECTOR, "dialog[open]"):
                self.page.press_with_alt("y")
            return label not in self.answers()

        self.page.wait_until(f"{label} is taken", taken)

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
        said = self.reads("未做即制卡标注")
        assert "到省卡管系统办理即制卡标注" in said["怎么办"], said
        for done_by_the_clerk in ("handle failure", "restore application", "mark"):
            self.world.province(done_by_the_clerk, id_number=self.window.id_number)
        self.page.type(self.window.id_number, Keys.ENTER)
        self.page.wait_for_data_of(self.window.id_number)
        assert self.page.order() == self.window.order

    def _is_due_or_done(self, action: str) -> bool:
        state = self.page.state(action)
        return state == "done off" or state.endswith(" on")

    def finish(self) -> None:
        """Press the keys that are left until the card is out, and look that all is well."""
        for action in ACTIONS:
            self.page.wait_until(
                f"{action} can be pressed or is done: {self.page.state(action)}",
                functools.partial(self._is_due_or_done, action),
            )
            if self.page.state(action).endswith(" on"):
                self.page.type(KEYS[action])
                self.page.wait_for_state(action, "done off")
        self.reads("制卡完成")
        self.page.wait_until("the headline", lambda: self.headline() == "可以制卡")
        assert self.window.view()["step"] == "released"


@pytest.fixture
def clerk(browser: WebDriver, window: Window) -> Iterator[Clerk]:
    yield Clerk(browser, window)
    window.world.machine("let the machine go on")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_as_it_is_and_its_remedy_leads_to_a_card(
    clerk: Clerk, fault: Fault
) -> None:
    clerk.begin(until=fault.at)
    clerk.meet(fault)
    said = clerk.reads(fault.title)
    assert fault.where in said["卡现在在哪里"], said
    assert fault.remedy in said["怎么办"], said
    assert said["原因"], said
    if fault.mend:
        clerk.page.wait_until("not ready", lambda: clerk.headline() != "可以制卡")
    clerk.mend(fault)
    clerk.follow(said["怎么办"])
    clerk.finish()


def faces(world: World, view: dict[str, Any]) -> list[int]:
    """Return how often each side of the order's card was printed, whole or in part."""
    card = next(
        card for card in world.observer()["cards"] if card["card_id"] == view["chip"]["AAZ501"]
    )
    return [card["front"]["prints"], card["back"]["prints"]]


@pytest.mark.field_case("A4", "G1")
@pytest.mark.parametrize("fault", IN_MID_PRINT, ids=lambda fault: fault.name)
def test_a_print_that_broke_off_is_looked_at_and_the_card_is_made_anew(
    clerk: Clerk, fault: Fault
) -> None:
    if "counter" in fault.name:
        clerk.world.machine("let the ribbon counter read 0")
    clerk.begin(until=fault.at)
    before = clerk.window.totals()
    clerk.meet(fault)
    said = clerk.reads(fault.title)
    assert fault.where in said["卡现在在哪里"], said
    assert fault.remedy in said["怎么办"], said
    clerk.mend(fault)
    clerk.follow(said["怎么办"])
    asked = clerk.reads("不知道打印是否完成")
    assert INSIDE in asked["卡现在在哪里"], asked
    view = clerk.window.view()
    clerk.answer("作废这张卡")
    clerk.reads("废")
    assert clerk.page.text("#machine .left-card") == ""
    after = clerk.window.totals()
    assert after["rejects"] == before["rejects"] + 1
    assert after["releases"] == before["releases"]
    assert max(faces(clerk.world, view)) <= 1, "at most one print on a card"
    clerk.make_anew()
    clerk.finish()

"""Fault by fault of a day at the window, in a browser, over the real stacks.

Each fault is provoked at the simulated machine. The page must name what the machine names, say
where the card is, and give a remedy that leads to a good end when it is followed literally: the
hands do what it says, then the answer or the key that it names is pressed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from simulators.world import World
from tests.rigs.clerk_at_page import (
    GO_ON,
    INSIDE,
    LAST_IN_BIN,
    NOT_FED,
    Clerk,
    Fault,
    does,
)
from tests.scenario.conftest import Window

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
        "刚才那张预制卡在出卡口，可以取走",
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
    said = clerk.reads(fault.title, where=fault.where, remedy=fault.remedy)
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
    said = clerk.reads(fault.title, where=fault.where, remedy=fault.remedy)
    clerk.mend(fault)
    clerk.follow(said["怎么办"])
    clerk.reads("不知道打印是否完成", where=INSIDE)
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

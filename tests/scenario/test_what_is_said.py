"""Fault by fault of a day at the window: the cause, the place and a remedy that leads to a card.

Each fault is provoked at the simulator before one step; the message names what the machine names;
then the hands do what the remedy says, and the step that it names is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import pytest

from simulators.world import wait_until
from tests.scenario.conftest import Window

STEPS: Final = ("data-ready", "approved", "fed", "encoded", "reported", "printed", "released")
NOT_FED: Final = "还没有进卡"
INSIDE: Final = "在机内"
LAST_IN_BIN: Final = "刚才那张预制卡在废卡盒"


@dataclass(frozen=True)
class Fault:
    """One fault: what the hands do, before which step, what is said, and what mends it."""

    name: str
    before: str
    hands: tuple[tuple[str, dict[str, Any]], ...]
    title: str
    where: str
    remedy: str  #: a part of what the remedy says
    mend: tuple[tuple[str, dict[str, Any]], ...]


def does(action: str, **parameters: str | int) -> tuple[str, dict[str, Any]]:
    return action, parameters


FAULTS: Final = (
    Fault(
        "printer cable, idle",
        "fed",
        (does("pull the printer cable"),),
        "制卡机未连接（打印机线）",
        NOT_FED,
        "点“进卡”",
        (does("plug the printer cable in"),),
    ),
    Fault(
        "printer cable, card inside",
        "printed",
        (does("pull the printer cable"),),
        "制卡机未连接（打印机线）",
        "无法查看；最后的记录是：在机内",
        "处理好了，继续",
        (does("plug the printer cable in"),),
    ),
    Fault(
        "reader cable, idle",
        "fed",
        (does("pull the reader cable"),),
        "制卡机未连接（读卡器线）",
        NOT_FED,
        "点“进卡”",
        (does("plug the reader cable in"),),
    ),
    Fault(
        "reader cable, card inside",
        "encoded",
        (does("pull the reader cable"),),
        "制卡机未连接（读卡器线）",
        INSIDE,
        "处理好了，继续",
        (does("plug the reader cable in"),),
    ),
    Fault(
        "power off, card inside",
        "printed",
        (does("cut the power"),),
        "制卡机未连接",
        "无法查看",
        "打开制卡机电源",
        (does("switch the power on"),),
    ),
    Fault(
        "cover open, card inside",
        "printed",
        (does("open the cover"),),
        "机盖没有关好",
        INSIDE,
        "关好机盖",
        (does("close the cover"),),
    ),
    Fault(
        "ribbon out, card inside",
        "printed",
        (does("take the ribbon out"),),
        "没有色带",
        INSIDE,
        "装好色带",
        (does("put a new ribbon in"),),
    ),
    Fault(
        "ribbon chip",
        "fed",
        (does("loosen the ribbon chip"),),
        "未检测到色带芯片",
        NOT_FED,
        "重新插好",
        (does("reseat the ribbon chip"),),
    ),
    Fault(
        "ribbon used up",
        "fed",
        (does("use up the ribbon"),),
        "色带用完",
        NOT_FED,
        "换上新色带",
        (does("put a new ribbon in"),),
    ),
    Fault(
        "feeder empty",
        "fed",
        (does("empty the feeder"),),
        "进卡槽没有卡",
        NOT_FED,
        "放入后侧进卡槽",
        (does("fill the feeder", count=10, bank_bin="622700"),),
    ),
    Fault(
        "feeder blocked",
        "fed",
        (does("block the feeder"),),
        "进卡失败",
        NOT_FED,
        "拨散后重新放好",
        (does("free the feeder"),),
    ),
    Fault(
        "reject bin full",
        "fed",
        (does("fill the reject bin"),),
        "废卡盒已满",
        NOT_FED,
        "取出废卡盒",
        (does("empty the reject bin"),),
    ),
    Fault(
        "reject bin out",
        "fed",
        (does("take the reject bin out"),),
        "废卡盒没有装好",
        NOT_FED,
        "装好废卡盒",
        (does("put the reject bin in"),),
    ),
    Fault(
        "wrong bank's blank",
        "fed",
        (does("put a blank of another bank on top", bank_bin="622848"),),
        "预制卡不是该银行的",
        LAST_IN_BIN,
        "点“进卡”",
        (),
    ),
    Fault(
        "chip mute",
        "fed",
        (does("mute the next blank"),),
        "卡芯片上电失败",
        LAST_IN_BIN,
        "点“进卡”",
        (),
    ),
    Fault(
        "blank the wrong way round",
        "fed",
        (does("turn the next blank round"),),
        "卡芯片上电失败",
        LAST_IN_BIN,
        "卡面朝上",
        (),
    ),
)


def headline(window: Window) -> str:
    """Return what the clerk's page says of the machine in one line."""
    page = window.world.page()
    found = re.search(r'<h2 class="ready".*?</svg>(.*?)</h2>', page, re.DOTALL)
    assert found is not None
    return found[1].strip()


def named(window: Window, action: str, **parameters: str | int) -> None:
    window.world.machine(action, **parameters)
    window.world.api("GET", "/station?check=true")


def go_on(window: Window, view: dict[str, Any]) -> None:
    """Take the order on in the way that its remedy names: by the answer, or by the button."""
    remedy = view["problem"]["remedy"]
    if view["question"] is not None:
        label = {one["label"]: one["answer"] for one in view["question"]["answers"]}
        chosen = next(answer for text, answer in label.items() if f"“{text}”" in remedy)
        path = f"/orders/{window.order}/answer"
        answer = window.world.api("POST", path, json={"answer": chosen})
        assert answer.is_success, answer.text
    else:
        assert re.search("点“.*?”", remedy), remedy


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_as_it_is_and_its_remedy_leads_to_a_card(
    window: Window, fault: Fault
) -> None:
    window.accept()
    before = STEPS[: STEPS.index(fault.before)]
    window.press(*before)
    for action, parameters in fault.hands:
        window.world.machine(action, **parameters)
    view = window.press(fault.before)
    problem = window.problem(view)
    assert fault.title in problem["title"], problem
    assert fault.where in problem["where"], problem
    assert fault.remedy in problem["remedy"], problem
    if fault.mend:
        assert headline(window) != "可以制卡"
    for action, parameters in fault.mend:
        window.world.machine(action, **parameters)
    window.world.api("GET", "/station?check=true")
    go_on(window, view)
    assert window.run_to_release()["step"] == "released"
    assert headline(window) == "可以制卡"


def test_a_card_left_inside_is_in_the_headline_until_it_is_out(window: Window) -> None:
    named(window, "leave a card inside")
    assert window.world.api("GET", "/station").json()["ready"] is False
    assert headline(window) == "机内有一张不属于任何任务的卡"
    window.accept()
    view = window.press("data-ready", "approved", "fed")
    assert "退到废卡盒" in window.problem(view)["remedy"]
    assert window.world.api("POST", "/station/reject-left-card").is_success
    assert headline(window) == "可以制卡"
    assert window.run_to_release()["step"] == "released"


def test_a_written_card_inside_keeps_the_headline_from_ready(window: Window) -> None:
    window.accept()
    view = window.press("data-ready", "approved", "fed", "encoded")
    assert INSIDE in view["where"]
    assert headline(window) == "机内有卡，先做完这一张"
    window.run_to_release()


def test_a_jam_on_the_way_to_the_print_is_named_with_its_place(window: Window) -> None:
    window.accept()
    window.press(*STEPS[:5])
    named(window, "jam the card")
    problem = window.problem(window.press("printed"))
    assert "卡堵在机内" in problem["title"]
    assert problem["where"] == "堵在机内通道中"
    assert headline(window) == "卡堵在机内"
    named(window, "clear the jam")
    view = window.view()
    assert view["where"].startswith("位置不明")
    path = f"/orders/{window.order}/answer"
    for answer in ("discarded",):
        assert window.world.api("POST", path, json={"answer": answer}).is_success
    assert window.view()["step"] == "spoiled"


@pytest.mark.parametrize("before", ["data-ready", "reported"])
def test_the_province_down_says_what_may_have_changed(window: Window, before: str) -> None:
    window.accept()
    window.press(*STEPS[: STEPS.index(before)])
    window.world.province("go down")
    problem = window.problem(window.press(before))
    reading = before == "data-ready"
    assert ("尚不清楚" in problem["cause"]) is not reading
    assert ("卡留在机内" in problem["remedy"]) is not reading
    assert problem["where"] == NOT_FED if reading else INSIDE in problem["where"]
    window.world.province("come back")
    window.wait_for_step(before)
    assert window.run_to_release()["step"] == "released"


def test_the_province_down_at_the_activation_keeps_no_card_inside(window: Window) -> None:
    window.accept()
    window.run_to_release()
    window.world.province("go down")
    problem = window.problem(window.press("activated"))
    assert "卡留在机内" not in problem["remedy"]
    assert problem["where"] == "在出卡口，可以取走"
    window.world.province("come back")
    window.wait_for_step("activated")


def test_a_refusal_of_the_hsm_is_named(window: Window) -> None:
    window.accept()
    window.press("data-ready", "approved", "fed")
    window.world.province("reject the HSM", calls=1)
    view = window.press("encoded")
    problem = window.problem(view)
    assert "省加密机拒绝认证" in problem["title"]
    go_on(window, view)
    assert window.run_to_release()["step"] == "released"


def test_a_lost_contact_is_not_called_a_cable(window: Window) -> None:
    window.accept()
    window.press("data-ready", "approved", "fed")
    window.world.machine("tear at APDU", n=6, when="before")
    view = window.press("encoded")
    if view["problem"] is not None:  # the chip may be found written, and the order goes on
        assert "USB" not in view["problem"]["cause"] + view["problem"]["remedy"]
        assert "与芯片的接触断开" in view["problem"]["title"], view["problem"]
        go_on(window, view)
    assert window.run_to_release()["step"] == "released"


def test_a_person_whose_card_is_out_gets_that_order_and_no_advice_to_report_it_lost(
    window: Window,
) -> None:
    window.accept()
    released = window.order
    window.run_to_release()
    assert window.accept()["id"] == released
    window.press("activated")
    again = window.accept()
    assert again["id"] != released
    view = window.press("data-ready")
    if view["problem"] is not None:  # the province takes the new card for reported, or it does not
        assert view["card_out"] == released
        assert "补打卡面" in view["problem"]["remedy"]
    window.world.api("POST", f"/orders/{window.order}/cancel")


@pytest.mark.field_case("C8")
@pytest.mark.parametrize(
    ("typed", "code", "turn_to"),
    [
        ("CHN110190010123", "id-number-foreigner-15", "出入境管理"),
        ("110105194912310021", "id-number-check-digit", "公安户籍部门"),
        ("110105491231002", "id-number-15-digits", "公安户籍部门"),
    ],
)
def test_a_number_of_no_use_is_refused_with_where_to_turn(
    window: Window, typed: str, code: str, turn_to: str
) -> None:
    answer = window.world.api("POST", "/orders", json={"id_number": typed})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert turn_to in answer.json()["remedy"]


def test_the_page_counts_down_to_the_next_try(window: Window) -> None:
    window.accept()
    window.press(*STEPS[:4])
    window.world.province("go down")
    window.press("reported")
    page = wait_until(
        lambda: text if "data-deadline" in (text := _page(window)) else None, 20.0, "the deadline"
    )
    assert 'data-until="retry"' in page
    window.world.province("come back")
    window.wait_for_step("reported")


def _page(window: Window) -> str:
    return window.world.page()

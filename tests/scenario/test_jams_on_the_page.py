"""Jams, contacts and cables in the middle of work, in a browser: each ends in the holder's card.

As in `test_faults_on_the_page`, the hands do what the message says and the key that it names is
pressed; here more than one message follows another before the card is out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from tests.rigs.clerk_at_page import GO_ON, INSIDE, LAST_IN_BIN, Clerk
from tests.scenario.conftest import Window

WHERE, CAUSE, REMEDY = "卡现在在哪里", "原因", "怎么办"
PUT_BACK = "已放回进卡槽"
IN_HAND = "卡在我手里，已放入废卡盒"
NOTHING_PRINTED = "完全没有印"
JAM = "卡堵在机内"
STOPPED = "连续两张卡芯片不上电，已停止进卡"


@pytest.fixture
def clerk(browser: WebDriver, window: Window) -> Iterator[Clerk]:
    yield Clerk(browser, window)
    for mended in ("let the machine go on", "clear the jam", "clean the contacts"):
        window.world.machine(mended)
    window.world.machine("set speed", speed=0)
    if window.order and (question := window.view()["question"]) is not None:
        # The test has failed: its card is written off, so that the others begin without it.
        offered = {one["answer"] for one in question["answers"]}
        said = {"answer": "lost" if "lost" in offered else "not-printed"}
        window.world.api("POST", f"/orders/{window.order}/answer", json=said)


def pull_the_jammed_card_out(clerk: Clerk) -> None:
    """Do what the jam's remedy says: open the cover, take the card out, close the cover."""
    clerk.world.machine("open the cover")
    clerk.world.machine("clear the jam")
    clerk.hand("close the cover")
    clerk.page.wait_until("the jam is gone", lambda: JAM not in clerk.headline())


@pytest.mark.field_case("G2")
def test_a_jam_while_feeding_ends_with_another_blank(clerk: Clerk) -> None:
    clerk.begin(until="feed")
    clerk.world.machine("jam the card", at="feed")
    clerk.press("feed")
    said = clerk.reads(JAM, where="堵在机内", remedy="打开机盖")
    assert clerk.headline() == JAM
    pull_the_jammed_card_out(clerk)
    said = clerk.reads(JAM)
    clerk.follow(said[REMEDY])
    said = clerk.reads("机内没有本任务的卡", remedy=f"放入废卡盒，点“{IN_HAND}”")
    clerk.follow(said[REMEDY])
    (blank,) = (
        row
        for row in clerk.world.api("GET", "/ledger/to-destroy").json()
        if row["order"] == clerk.window.order
    )
    assert (blank["reason"], blank["place"]) == ("card-damaged", "reject-bin")
    clerk.finish()


@pytest.mark.field_case("G6")
def test_a_card_that_jams_before_the_print_is_put_back_and_printed(clerk: Clerk) -> None:
    clerk.begin(until="print")
    before = clerk.window.totals()
    own = clerk.window.view()["chip"]["AAZ501"]
    clerk.world.machine("jam the card", at="to-print-start")
    clerk.press("print")
    said = clerk.reads(JAM, where="堵在机内通道中")
    pull_the_jammed_card_out(clerk)
    clerk.follow(said[REMEDY])
    put_back_until_it_is_recognised(clerk, own)
    clerk.finish()
    after = clerk.window.totals()
    assert after["prints"] == before["prints"] + 1
    assert after["feeds"] == before["feeds"] + 1, "no blank was used up"


@pytest.mark.field_case("G6")
def test_a_card_that_jams_again_when_it_is_put_back_reaches_its_holder(clerk: Clerk) -> None:
    clerk.begin(until="print")
    own = clerk.window.view()["chip"]["AAZ501"]
    clerk.world.machine("jam the card", at="to-print-start")
    clerk.press("print")
    said = clerk.reads(JAM)
    pull_the_jammed_card_out(clerk)
    clerk.follow(said[REMEDY])
    put_back_until_it_is_recognised(clerk, own, jams=True)
    said = clerk.reads(JAM, where="堵在机内", remedy="把取出的卡放回进卡槽")
    pull_the_jammed_card_out(clerk)
    clerk.world.machine("put the card back into the feeder", card_id=own)
    clerk.follow(said[REMEDY])
    # It lies in the feeder, as was answered: the print asks for it there.
    clerk.page.wait_until("no question", lambda: not clerk.answers())
    clerk.press("print")
    said = clerk.reads("机内没有本任务的卡")
    clerk.follow(said[REMEDY])
    clerk.finish()


def put_back_until_it_is_recognised(clerk: Clerk, own: str, *, jams: bool = False) -> None:
    """Answer what is asked about the card in the hand truly, and put it back when told to."""
    clerk.page.wait_until(
        f"a question about the card: {clerk.page.text('#order .message')}",
        lambda: bool({PUT_BACK, NOTHING_PRINTED} & set(clerk.answers())),
    )
    if NOTHING_PRINTED in clerk.answers():  # a jam under the print head: a person looks at the face
        said = clerk.reads("不知道打印是否完成")
        assert "不要取出机内的卡" not in said[REMEDY], said
        clerk.answer(NOTHING_PRINTED)
        said = clerk.reads("机内没有本任务的卡", remedy=f"放回进卡槽，点“{PUT_BACK}”")
    clerk.world.machine("put the card back into the feeder", card_id=own)
    if jams:
        clerk.world.machine("jam the card", at="feed")
    clerk.answer(PUT_BACK)


def test_a_contact_that_is_lost_while_writing_is_named_and_the_write_goes_on(
    clerk: Clerk,
) -> None:
    clerk.begin(until="write")
    clerk.world.machine("tear at APDU", n=12, when="before")
    clerk.press("write")
    said = clerk.reads("与芯片的接触断开", where=INSIDE)
    assert "USB" not in said[CAUSE] + said[REMEDY], said
    clerk.follow(said[REMEDY])
    clerk.finish()


def test_both_cables_out_in_the_middle_of_the_write_are_both_named(clerk: Clerk) -> None:
    clerk.begin(until="write")
    before = clerk.window.totals()
    clerk.world.machine("set speed", speed=4)
    clerk.press("write")
    clerk.page.wait_until(
        "the first records are written",
        lambda: clerk.window.totals()["records_written"] > before["records_written"],
    )
    clerk.world.machine("pull the reader cable")
    clerk.world.machine("pull the printer cable")
    clerk.world.machine("set speed", speed=0)
    said = clerk.reads(
        "制卡机未连接（打印机线和读卡器线）",
        where="最后的记录是：在机内芯片读写位",
        remedy="两条 USB 线",
    )
    clerk.world.machine("plug the printer cable in")
    clerk.hand("plug the reader cable in")
    clerk.page.wait_until("connected", lambda: "未连接" not in clerk.page.text("#machine"))
    clerk.follow(said[REMEDY])
    clerk.page.wait_until(
        "the card is written, or its contact is asked about",
        lambda: clerk.page.state("write") == "done off" or GO_ON in clerk.answers(),
    )
    if GO_ON in clerk.answers():  # the reader had just come back, and lost the card once more
        clerk.follow(clerk.reads("芯片")[REMEDY])
    clerk.finish()
    after = clerk.window.totals()
    assert (after["rejects"], after["feeds"]) == (before["rejects"], before["feeds"])


def test_a_mended_cable_is_not_reported_as_missing(clerk: Clerk) -> None:
    clerk.begin(until="feed")
    clerk.world.machine("pull the printer cable")
    clerk.press("feed")
    clerk.reads("制卡机未连接（打印机线）")
    clerk.hand("plug the printer cable in")
    said = clerk.reads("制卡机刚才没有连接")
    clerk.follow(said[REMEDY])
    clerk.finish()


def test_a_card_that_was_left_inside_is_put_out_before_the_next_is_fed(clerk: Clerk) -> None:
    clerk.hand("leave a card inside")
    clerk.begin(until="feed")
    clerk.page.wait_until("the headline", lambda: "不属于任何任务" in clerk.headline())
    clerk.press("feed")
    said = clerk.reads("机内留有一张不明的卡", remedy="点“退到废卡盒”")
    clerk.page.press_with_alt("r")
    clerk.page.wait("the question", ".confirm", "退到废卡盒")
    clerk.page.press_with_alt("y")
    clerk.page.wait_until("the card is out", lambda: "不属于任何任务" not in clerk.headline())
    clerk.follow(said[REMEDY])
    clerk.finish()


def test_a_ribbon_that_is_low_shows_how_many_are_left_and_stops_nothing(clerk: Clerk) -> None:
    clerk.world.machine("put a new ribbon in", cards=3)
    clerk.look_again()
    ribbon = "#machine [data-light=ribbon] .light-text"
    clerk.page.wait("the ribbon", ribbon, "余 3 张，色带快用完")
    assert clerk.headline() == "可以制卡"
    clerk.begin(until="approve")
    clerk.finish()
    clerk.page.wait("the ribbon", ribbon, "余 2 张")


def test_a_cancel_without_the_reader_leaves_the_card_where_it_is_and_says_so(
    clerk: Clerk,
) -> None:
    clerk.begin(until="write")
    clerk.hand("pull the reader cable")
    clerk.page.wait_until("noticed", lambda: "读卡器线" in clerk.headline())
    clerk.page.press_with_alt("q")
    clerk.page.wait("the question", ".confirm", "取消")
    clerk.page.press_with_alt("y")
    clerk.page.wait_until(
        "an end or a cause", lambda: bool(re.search("取消|读卡器", clerk.notice() + title(clerk)))
    )
    clerk.hand("plug the reader cable in")
    if "任务已取消" not in title(clerk):
        clerk.page.wait_until("connected", lambda: "未连接" not in clerk.page.text("#machine"))
        clerk.page.press_with_alt("q")
        clerk.page.wait("the question", ".confirm", "取消")
        clerk.page.press_with_alt("y")
    clerk.reads("任务已取消")
    clerk.page.wait_until("the headline", lambda: clerk.headline() == "可以制卡")


def title(clerk: Clerk) -> str:
    return clerk.page.text("#message-title")


def test_who_waits_behind_a_card_that_needs_a_person_is_told_and_goes_on_by_itself(
    clerk: Clerk,
) -> None:
    clerk.begin(until="print")
    first, window = clerk.window.order, clerk.window
    clerk.world.machine("pull the printer cable")
    clerk.press("print")
    clerk.reads("制卡机未连接（打印机线）")
    clerk.hand("plug the printer cable in")
    clerk.window = Window(window.world, window.world.people("ready")[-1]["id_number"])
    clerk.begin(until="feed")
    second = clerk.window.order
    clerk.press("feed")
    clerk.reads("机内有另一个任务的卡，还没有进卡", remedy="打开那个任务")
    clerk.browser.find_element(By.CSS_SELECTOR, f'a[data-show="{first}"]').click()
    clerk.page.wait("the question", "#order .answers", GO_ON)
    clerk.window = window
    clerk.answer(GO_ON)
    clerk.press_what_is_left()
    clerk.page.open(f"/?order={second}")
    clerk.page.wait_for_state("feed", "done off")
    clerk.window = Window(window.world, window.world.people("ready")[-1]["id_number"])
    clerk.window.order = second
    clerk.finish()


@pytest.mark.field_case("A9")
def test_contacts_that_are_dirty_stop_the_feeder_until_a_test_card_passes(
    clerk: Clerk,
) -> None:
    clerk.begin(until="feed")
    before = clerk.window.totals()
    clerk.world.machine("dirty the contacts")
    clerk.press("feed")
    said = clerk.reads("卡芯片上电失败", where=LAST_IN_BIN)
    clerk.follow(said[REMEDY])
    clerk.press("feed")
    said = clerk.reads(STOPPED)
    assert "卡芯片上电失败" in said["title"], said
    assert LAST_IN_BIN in said[WHERE], said
    clerk.page.wait_until("the headline", lambda: "已停止进卡" in clerk.headline())
    clerk.press("feed")
    clerk.page.wait_until("refused", lambda: title(clerk).startswith(STOPPED))
    said = clerk.reads(STOPPED)
    assert clerk.window.totals()["feeds"] == before["feeds"] + 2, "two blanks, and no third"
    # As told: wipe the contacts, print a test card, pass it where the message says, go on.
    assert "擦净读卡触点" in said[REMEDY], said
    clerk.hand("clean the contacts")
    order = clerk.window.order
    pass_a_test_card(clerk)
    clerk.page.open(f"/?order={order}")
    clerk.follow(said[REMEDY])
    clerk.finish()


def pass_a_test_card(clerk: Clerk) -> None:
    """Print a test card on the technician's page, and pass it there."""
    clerk.page.open("/diagnostics")
    press_button(clerk, "#test-card button", "打印测试卡")
    press_button(clerk, "#judge-test [formaction$=test-passed]", "测试卡合格")
    clerk.page.wait_until("the feeder is free", lambda: "已停止进卡" not in clerk.page.text("main"))


def press_button(clerk: Clerk, selector: str, label: str) -> None:
    """Press a button with this label, and confirm it."""
    clerk.page.wait("the button", selector, label)
    clerk.browser.find_element(By.CSS_SELECTOR, selector).click()
    clerk.page.wait("the question", ".confirm", "测试卡")
    clerk.page.press_with_alt("y")
    clerk.page.wait_until("it is taken", lambda: not clerk.page.text(".confirm"))

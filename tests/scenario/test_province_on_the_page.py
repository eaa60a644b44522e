"""The province, the photo and the number, in a browser: what is said, and each way to a good end.

The window has no PC/SC: nothing here depends on how the chip is reached.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.world import (
    OPERATOR,
    SUPERVISOR,
    World,
    WorldOptions,
    running,
)
from tests.rigs.clerk_at_page import INSIDE, NOT_FED, Clerk
from tests.rigs.operator_page import agree
from tests.scenario.conftest import SETTINGS, Window, make_good

WHERE, CAUSE, REMEDY = "卡现在在哪里", "原因", "怎么办"
REPORT = "即制卡回盘"
_person = itertools.count()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with running(WorldOptions(folder=folder, pcsc=False, station_settings=SETTINGS)) as made:
        yield made


@pytest.fixture
def clerk(browser: WebDriver, world: World) -> Iterator[Clerk]:
    window = Window(world, world.people("ready")[next(_person)]["id_number"])
    yield Clerk(browser, window)
    make_good(world)


def test_the_province_down_at_the_fetch_changes_nothing_and_is_tried_again(clerk: Clerk) -> None:
    clerk.world.province("go down")
    clerk.page.type(clerk.window.id_number, Keys.ENTER)
    said = clerk.reads("省卡管没有应答", where=NOT_FED, cause="什么也没有改变")
    assert "卡留在机内" not in said[REMEDY], said
    assert "制卡站会自动再试" in said[REMEDY], said
    counting = clerk.page.text(".message-retry")
    clerk.page.wait_until("it counts down", lambda: clerk.page.text(".message-retry") != counting)
    clerk.page.wait_until("not ready", lambda: clerk.headline() == "省卡管没有应答")
    clerk.world.province("come back")
    clerk.page.wait_for_data_of(clerk.window.id_number)
    clerk.page.wait_until("ready again", lambda: clerk.headline() == "可以制卡")
    clerk.window.order = clerk.page.order()
    clerk.finish()


def test_the_province_down_at_the_report_keeps_the_card_inside(clerk: Clerk) -> None:
    clerk.begin(until="report")
    reports = clerk.world.province_observer()["effects"]["reports_accepted"]
    clerk.world.province("go down")
    clerk.press("report")
    clerk.reads("省卡管没有应答", where=INSIDE, remedy=("卡留在机内，不要取走", "点“失败数据回盘”"))
    clerk.world.province("come back")
    clerk.browser.find_element(By.ID, "do-retry-report").click()
    clerk.page.wait_for_state("report", "done off")
    clerk.finish()
    accepted = clerk.world.province_observer()["effects"]["reports_accepted"]
    assert accepted == reports + 1


def test_the_province_down_at_the_activation_keeps_no_card(clerk: Clerk) -> None:
    clerk.begin(until="approve")
    clerk.finish()
    clerk.world.province("go down")
    clerk.page.wait_until_on("activate")
    clerk.page.type(Keys.F10)
    said = clerk.reads("省卡管没有应答", where="在出卡口，可以取走")
    assert "卡留在机内" not in said[REMEDY], said
    clerk.world.machine("take the card")
    clerk.world.province("come back")
    clerk.reads("已领卡启用")


@pytest.mark.parametrize(
    ("case", "title", "done_by_the_clerk"),
    [
        ("not-lost", "未做正式挂失", ("report lost", "apply", "register fee", "mark")),
        ("no-fee", "未做交费登记", ("register fee", "mark")),
        ("not-applied", "未申请补换卡", ("apply", "mark")),
        ("not-marked", "未做即制卡标注", ("mark",)),
        ("withdrawn", "制卡数据已被退回", ("release data",)),
    ],
)
def test_what_a_person_lacks_is_named_and_done_and_the_card_is_made(
    clerk: Clerk, case: str, title: str, done_by_the_clerk: tuple[str, ...]
) -> None:
    person = clerk.world.person(case)["id_number"]
    served = clerk.window
    clerk.window = Window(clerk.world, person)
    clerk.page.type(person, Keys.ENTER)
    clerk.reads(title, where=NOT_FED, cause="省卡管答复：", remedy="输入此人的证件号码，按 Enter")
    refused = clerk.page.order()
    # Somebody else is served in between; the first one comes back with everything done.
    clerk.page.type(served.id_number, Keys.ENTER)
    clerk.page.wait_for_data_of(served.id_number)
    for action in done_by_the_clerk:
        clerk.world.province(action, id_number=person)
    clerk.begin(until="approve")
    assert clerk.window.order == refused
    clerk.finish()


def test_a_person_of_another_city_is_named_and_the_next_one_is_served(clerk: Clerk) -> None:
    stranger = clerk.world.person("other-city")["id_number"]
    clerk.page.type(stranger, Keys.ENTER)
    clerk.reads("省卡管查不到此人", cause="发卡城市不符")
    clerk.begin(until="approve")
    clerk.finish()


def test_f2_after_a_reload_or_the_diagnostics_fetches_the_order_on_the_screen(
    clerk: Clerk,
) -> None:
    clerk.world.province("go down")
    clerk.page.type(clerk.window.id_number, Keys.ENTER)
    clerk.reads("省卡管没有应答")
    clerk.page.open("/diagnostics")
    clerk.page.open("/")
    clerk.reads("省卡管没有应答")
    assert clerk.page.field() == "", "nothing is typed again"
    clerk.world.province("come back")
    clerk.page.type(Keys.F2)
    clerk.page.wait_for_data_of(clerk.window.id_number)
    clerk.window.order = clerk.page.order()
    clerk.page.open("/")
    clerk.page.type(Keys.F2)
    clerk.page.wait_for_data_of(clerk.window.id_number)
    assert clerk.notice() == ""
    clerk.finish()


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("1234", "证件号码格式不对"),
        ("110105194912310021", "证件号码有输错的数字"),
        ("110105491231002", "这是15位的旧号码"),
    ],
)
def test_a_wrong_number_takes_the_last_citizen_off_the_screen(
    clerk: Clerk, typed: str, title: str
) -> None:
    clerk.begin(until="feed")
    clerk.page.type(typed, Keys.ENTER)
    clerk.page.wait("the refusal", "#notice", title)
    personal = ".compare, .sides, #reprint"
    clerk.page.wait_until(
        "nobody's name or face is shown",
        lambda: not clerk.browser.find_elements(By.CSS_SELECTOR, personal),
    )
    assert clerk.page.order() == ""
    # As told: type the number again, correctly. It replaces the wrong one.
    clerk.page.type(clerk.window.id_number, Keys.ENTER)
    clerk.page.wait("the order", ".compare-number", clerk.window.id_number)
    assert clerk.page.order() == clerk.window.order
    clerk.finish()


@pytest.mark.parametrize("written", ["full-width", "lower-x", "label"])
def test_a_number_as_people_write_it_is_understood(clerk: Clerk, written: str) -> None:
    number = clerk.window.id_number
    if written == "lower-x":
        number = next(
            person["id_number"]
            for person in clerk.world.people("x-number")
            if person["id_number"].endswith("X")
        )
    typed = {
        "full-width": number.translate({ord(d): ord(d) - 0x30 + 0xFF10 for d in "0123456789"}),
        "lower-x": f"{number[:6]} {number[6:14]} {number[14:].lower()}",
        "label": f"身份证号：{number}",
    }[written]
    clerk.page.type(typed, Keys.ENTER)
    clerk.page.wait_for_data_of(number)


def test_the_hsm_refuses_once_and_the_same_card_is_written(clerk: Clerk) -> None:
    clerk.begin(until="write")
    feeds = clerk.window.totals()["feeds"]
    clerk.world.province("reject the HSM", calls=1)
    clerk.press("write")
    said = clerk.reads("省加密机拒绝认证", cause="加密机认证失败", where=INSIDE)
    clerk.follow(said[REMEDY])
    clerk.finish()
    assert clerk.window.totals()["feeds"] == feeds


def test_a_refused_report_is_named_and_sent_again_when_it_is_mended(clerk: Clerk) -> None:
    clerk.begin(until="report")
    reports = clerk.world.province_observer()["effects"]["reports_accepted"]
    refusal = "卡号与银行账号不一致，不予回盘"
    clerk.world.province("answer with text", operation=REPORT, text=refusal, calls=1)
    clerk.press("report")
    clerk.reads("省卡管", cause=refusal, where=INSIDE, remedy="点“失败数据回盘”")
    clerk.page.press_with_alt("h")
    clerk.page.wait_for_state("report", "done off")
    clerk.finish()
    accepted = clerk.world.province_observer()["effects"]["reports_accepted"]
    assert accepted == reports + 1


def test_a_photo_beyond_a_hard_rule_is_replaced_at_the_province(clerk: Clerk) -> None:
    number = clerk.window.id_number
    clerk.world.province("replace the photo", id_number=number, flaw="narrow")
    clerk.page.type(number, Keys.ENTER)
    clerk.reads("照片不能用", cause=("像素尺寸", "300", "358"), remedy="请在省卡管系统更换照片")
    clerk.world.province("replace the photo", id_number=number)
    clerk.begin(until="approve")
    clerk.finish()


def test_a_photo_beyond_a_soft_rule_waits_for_the_supervisor(clerk: Clerk) -> None:
    number = clerk.window.id_number
    clerk.world.province("replace the photo", id_number=number, flaw="grey wall")
    clerk.page.type(number, Keys.ENTER)
    clerk.reads("照片不合规定，等待主管", cause="白色背景", where=NOT_FED, remedy="点“主管放行”")
    clerk.window.order = clerk.page.order()
    clerk.page.wait_until("no press goes past", lambda: clerk.page.state("approve")[-3:] == "off")
    clerk.page.press_with_alt("p")
    clerk.page.wait("the question", ".confirm", "由另一名主管本人输入")
    agree(clerk.browser, OPERATOR)  # who is logged in is not a second person
    clerk.page.wait("the refusal, in the dialog", ".confirm .refused", "不是本站主管")
    agree(clerk.browser, SUPERVISOR)
    clerk.page.wait("who let it pass", ".compare-verdict", f"{SUPERVISOR} 放行")
    clerk.finish()

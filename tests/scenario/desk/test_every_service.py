"""The services of the window that no other scenario goes through, by the page and by the API.

Over the real stacks: HTTP, Chromium, two slots of pcscd, serial ports. Each paper is opened and
read back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from simulators.world import OPERATOR, PEOPLE_PASSWORD, SUPERVISOR, World, wait_until
from tests.rigs.operator_page import Page, agree
from tests.rigs.window_with_desk import (
    SECONDS,
    choose,
    lay_in,
    made,
    paper,
    paper_at,
    post,
    press,
    put_id_card_on,
    released,
)

WRONG_PIN, NEW_PIN = "736251", "135792"
OTHER_NUMBER = "410701199003074550"
TAKER = {"name": "李四", "number": OTHER_NUMBER, "phone": "13800000000"}


def type_at_pad(world: World, *pins: str) -> None:
    """Have somebody type these at the next prompts of the PIN pad."""
    world.desk("type at the next prompts", plans=",".join(pins))


def write_sessions(world: World) -> int:
    return int(world.observer()["totals"]["chip_write_sessions"])


def test_a_locked_pin_is_unblocked_and_a_forgotten_one_replaced_on_the_page(
    world: World, person: dict[str, Any], browser: WebDriver, tmp_path: Path
) -> None:
    _, card = made(world, person)
    lay_in(world, card)
    body = {"AAZ501": card, "use_last_try": True}
    for _ in range(6):
        type_at_pad(world, WRONG_PIN)
        world.api("POST", "/desk/pin/verify", json=body)
    page = Page(browser, world.station_page, "/?order=")
    page.open_tab("desk")
    press(page, "#read-card button")
    page.wait_until("locked", lambda: "密码已锁" in page.text("#desk-cards"), SECONDS)
    press(page, "#pin-service-unblock")
    page.wait_until(
        lambda: page.text("#pin-progress"),
        lambda: "身份证" in page.text("#pin-progress .alarm"),
        SECONDS,
    )

    def serve(service: str, title: str) -> None:
        put_id_card_on(world, person)
        press(page, f"#pin-service-{service}")
        page.wait_until(
            lambda: page.text("#pin-progress"),
            lambda: f"{title}成功" in page.text("#pin-progress"),
            SECONDS,
        )
        assert f"{title}回执" in paper_at(world, page, "#pin-progress a", tmp_path)
        world.desk("lift the ID card")

    serve("unblock", "解锁密码")
    type_at_pad(world, NEW_PIN, NEW_PIN)
    serve("reload", "重置密码")
    type_at_pad(world, NEW_PIN)
    post(world, "/desk/pin/verify", {"AAZ501": card})
    assert page.errors() == []


def test_a_chip_is_written_again_on_the_page_when_the_supervisor_agrees(
    world: World, person: dict[str, Any], browser: WebDriver
) -> None:
    order, card = made(world, person)
    before, prints = write_sessions(world), world.observer()["totals"]["prints"]
    page = Page(browser, world.station_page, f"/?order={order}")
    press(page, "#reprint-details summary")
    choose(page, "#reprint-reason", "芯片数据损坏")
    press(page, "#reprint button")
    page.wait_until("the question", lambda: page.text("#confirm") != "", SECONDS)
    agree(browser, SUPERVISOR)
    page.wait_until("the order", lambda: page.order() not in ("", order), SECONDS)
    world.machine("put the card back into the feeder", card_id=card)
    released(world, page.order())
    assert world.machine("take the card")["card_id"] == card
    assert write_sessions(world) == before + 1
    assert world.observer()["totals"]["prints"] == prints
    assert page.errors() == []


def test_a_chip_is_written_again_by_the_api_when_the_supervisor_agrees(
    world: World, person: dict[str, Any]
) -> None:
    order, card = made(world, person)
    wish: dict[str, Any] = {"kind": "chip-only", "reason": "chip-data-damaged"}
    alone = world.api("POST", f"/orders/{order}/reprints", json=wish)
    assert not alone.is_success, alone.text
    wish["approval"] = {"operator": SUPERVISOR, "password": PEOPLE_PASSWORD}
    again = post(world, f"/orders/{order}/reprints", wish)["id"]
    before = write_sessions(world)
    world.machine("put the card back into the feeder", card_id=card)
    released(world, again)
    assert world.machine("take the card")["card_id"] == card
    assert write_sessions(world) == before + 1


def test_reports_that_are_owed_are_sent_again_by_the_api(
    world: World, person: dict[str, Any]
) -> None:
    order = post(world, "/orders", {"id_number": person["id_number"]})["id"]
    post(world, f"/orders/{order}/steps/data-ready?wait=30")
    world.province("answer with text", operation="即制卡回盘", text="系统维护，不予回盘", calls=1)
    held = post(world, f"/orders/{order}/run?wait=60", {"approved": True})
    assert held["step"] == "encoded", held
    assert order in owed(world)
    sent = world.api("POST", "/write-backs/retry")
    assert order in [one["order"] for one in sent.json()], sent.text
    released(world, order)
    assert order not in owed(world)


def owed(world: World) -> set[str]:
    """Return the orders whose report the province has not taken."""
    reports = world.api("GET", "/write-backs").json()
    return {one["order"] for one in reports if one["state"] != "done"}


def test_a_cancelled_order_gives_its_mark_back_by_page_and_api(
    world: World, people: Iterator[dict[str, Any]], browser: WebDriver
) -> None:
    by_page, by_api = next(people), next(people)
    before = marks_back(world)
    order = post(world, "/orders", {"id_number": by_api["id_number"]})["id"]
    post(world, f"/orders/{order}/steps/data-ready?wait=30")
    assert post(world, f"/orders/{order}/cancel")["step"] == "cancelled"
    page = Page(browser, world.station_page, "/?order=")
    page.type(by_page["id_number"], Keys.F2)
    page.wait_for_data_of(by_page["id_number"])
    press(page, "#do-cancel")
    page.wait_until("the question", lambda: page.text("#confirm") != "", SECONDS)
    press(page, "#confirm-yes")
    wait_until(lambda: marks_back(world) == before + 2, SECONDS, "both marks are given back")
    assert page.errors() == []


def marks_back(world: World) -> int:
    return int(world.province_observer()["effects"].get("marks_withdrawn", 0))


def test_a_first_card_is_applied_for_on_the_page_and_by_the_api(
    world: World, browser: WebDriver
) -> None:
    by_page, by_api = world.people("not-applied")[:2]
    for one in (by_page, by_api):  # whose only card was withdrawn has none, as the province sees it
        reading = put_id_card_on(world, one)
        gone = {"id_number": one["id_number"], "reading": reading, "confirmed": True}
        post(world, "/cards/state/cancel", gone)
    wish = {"id_number": by_api["id_number"], "type": "first", "name": by_api["name"]}
    released(world, post(world, "/applications", wish)["id"])
    page = Page(browser, world.station_page, "/?order=")
    page.open_tab("card")
    press(page, "#apply-details summary")
    choose(page, "#apply-for-card [name=application]", "申领")
    name = page.browser.find_element(By.CSS_SELECTOR, "#apply-for-card [name=agent_name]")
    name.send_keys(by_page["name"])
    page.browser.find_element(By.ID, "id-number").send_keys(by_page["id_number"])
    press(page, "#apply-for-card button")
    page.wait_for_data_of(by_page["id_number"])
    released(world, page.order())
    assert page.errors() == []


def test_an_agent_applies_for_a_lost_card_by_the_api(world: World, person: dict[str, Any]) -> None:
    made(world, person)
    wish: dict[str, Any] = {"id_number": person["id_number"]}
    post(world, "/cards/state/report-loss", wish)
    paid = wish | {"type": "lost", "reason": "lost", "fee_paid": True}
    order = post(world, "/applications", paid)["id"]
    agent = {"name": TAKER["name"], "number": OTHER_NUMBER}
    post(world, f"/desk/orders/{order}/agent", agent)
    released(world, order)
    found = world.api("GET", f"/desk/orders/{order}/identity").json()["people"]
    assert [(one["role"], one["how"]) for one in found] == [("agent", "typed")]


def test_a_damaged_card_is_exchanged_on_the_page(
    world: World, person: dict[str, Any], browser: WebDriver
) -> None:
    made(world, person)
    page = Page(browser, world.station_page, "/?order=")
    page.open_tab("card")
    press(page, "#apply-details summary")
    choose(page, "#apply-for-card [name=application]", "损坏")
    for box in ("fee", "old_card"):
        press(page, f"#apply-for-card [name={box}]")
    page.browser.find_element(By.ID, "id-number").send_keys(person["id_number"])
    press(page, "#apply-for-card button")
    page.wait_for_data_of(person["id_number"])
    released(world, page.order())
    assert page.errors() == []


def stored(world: World, person: dict[str, Any], number: str) -> int:
    """Take a card that was made elsewhere into the store; returns its number there."""
    typed = {"id_number": person["id_number"], "name": person["name"], "card_number": number}
    return int(post(world, "/custody/cards", typed)["id"])


def place(world: World, card: int) -> str:
    (last,) = world.api("GET", f"/custody/cards/{card}/moves").json()[-1:]
    return str(last["after"])


def list_of(world: World, document: int, folder: Path) -> str:
    return paper(world, f"/custody/documents/{document}/list.pdf", folder)


def test_cards_are_handed_over_given_to_a_unit_and_brought_back_by_the_api(
    world: World, people: Iterator[dict[str, Any]], tmp_path: Path
) -> None:
    card = stored(world, next(people), "X00000031")

    def act(name: str, **more: object) -> int:
        return int(post(world, f"/custody/acts/{name}", {"cards": [card], **more})["id"])

    office = {"unit": "T-7", "unit_name": "七里营镇", "contact": TAKER}
    document = act("request", **office)
    decision = f"/custody/documents/{document}/decision"
    assert world.api("POST", decision, json={"approved": True}).status_code == 403
    badge = world.badge(SUPERVISOR)
    approved = world.api("POST", decision, json={"approved": True}, headers=badge)
    assert approved.json()["state"] == "done", approved.text
    said = list_of(world, document, tmp_path)
    assert "成品卡交接单" in said
    assert "七里营镇" in said
    assert place(world, card) == "office"

    back = act("return", shelf="B-2")
    assert "回卡入库单" in list_of(world, back, tmp_path)
    unit = {"unit": "U-1", "unit_name": "一厂", "contact": TAKER}
    given = act("give-unit", **unit)
    assert "单位发卡交接单" in list_of(world, given, tmp_path)
    noted = post(
        world, f"/custody/documents/{given}/distribution", {"distributed": 0, "came_back": 1}
    )
    assert noted["came_back"] == 1
    act("return", shelf="B-3")
    again = act("give-person", contact={**TAKER, "agent": True})
    assert "零星" not in list_of(world, again, tmp_path)
    assert place(world, card) == "person"
    undone = act("undo")
    assert "业务回退单" in list_of(world, undone, tmp_path)
    assert place(world, card) == "store"
    acts = [move["act"] for move in world.api("GET", f"/custody/cards/{card}/moves").json()]
    assert acts == [
        "receive",
        "request",
        "approve",
        "return",
        "give-unit",
        "return",
        "give-again",
        "undo",
    ]


def test_cards_are_handed_over_given_to_a_unit_and_brought_back_on_the_page(
    world: World, people: Iterator[dict[str, Any]], browser: WebDriver, tmp_path: Path
) -> None:
    person = next(people)
    card = stored(world, person, "X00000032")
    page = Page(browser, world.station_page, "/custody")

    def act(name: str, **typed: str) -> str:
        """Do one act on the card; returns the text of its paper."""
        field = page.browser.find_element(By.CSS_SELECTOR, "#custody-find [name=looked]")
        field.clear()
        field.send_keys(person["id_number"])
        page.wait_for_next_page(lambda: press(page, "#custody-find button"))
        page.wait_until("found", lambda: person["name"] in page.text("#custody-act"), SECONDS)
        press(page, "#custody-act [name=cards]")
        for name_of, value in typed.items():
            page.browser.find_element(By.CSS_SELECTOR, f"#custody-act [name={name_of}]").send_keys(
                value
            )
        page.wait_for_next_page(lambda: press(page, f"#custody-act [value={name}]"))
        page.wait_until(
            lambda: page.text("main"), lambda: page.text(".custody-done a") != "", SECONDS
        )
        return paper_at(world, page, ".custody-done a", tmp_path)

    taker = {"taker": "李四", "taker_number": OTHER_NUMBER, "taker_phone": "13800000000"}
    assert "成品卡交接单" in act("request", unit="T-7", unit_name="七里营镇", **taker)
    page = Page(browser, world.station_page, "/custody", operator=SUPERVISOR)
    press(page, "#custody-papers [name=approved][value=yes]")
    page.wait_until("approved", lambda: "已办" in page.text(".custody-done"), SECONDS)
    page = Page(browser, world.station_page, "/custody", operator=OPERATOR)
    assert place(world, card) == "office"
    assert "回卡入库单" in act("return", shelf="B-2")
    assert "单位发卡交接单" in act("give-unit", unit="U-1", unit_name="一厂", **taker)
    form = page.browser.find_element(By.CSS_SELECTOR, "#custody-papers form:has([name=came_back])")
    form.find_element(By.NAME, "distributed").send_keys("0")
    form.find_element(By.NAME, "came_back").send_keys("1")
    form.find_element(By.TAG_NAME, "button").click()
    page.wait_until("noted", lambda: "回执已保存" in page.text(".custody-done"), SECONDS)
    act("return", shelf="B-3")
    assert "个人发卡领卡单" in act("give-person", **taker)
    assert "业务回退单" in act("undo")
    assert place(world, card) == "store"
    assert page.errors() == []


def test_a_card_that_gives_no_answer_is_checked_by_its_number_by_the_api(
    world: World, people: Iterator[dict[str, Any]], tmp_path: Path
) -> None:
    person = next(people)
    stored(world, person, "X00000033")
    wish = {"cause": "mute", "verdict": "remake", "card_number": "X00000033"}
    check = post(world, "/custody/checks", wish)
    assert (check["how"], check["name"]) == ("manual", person["name"])
    for size in ("80mm", "a4"):
        said = paper(world, f"/custody/checks/{check['id']}/receipt.pdf?paper={size}", tmp_path)
        assert "验卡回执" in said
        assert "读不出芯片" in said

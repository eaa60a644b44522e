"""The clerk's desk over the real stacks: serial ports, two slots of pcscd, HTTP, a real database.

The ID-card reader and the PIN pad are on pseudo terminals, the citizen's card is in the second slot
of the virtual reader; the machine's card is in the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from simulators.cards.ssc import SscCard
from simulators.desk.id_cards import of_person
from simulators.desk.pin_pads import WALKS_AWAY
from simulators.world import wait_until
from tests.rigs.canaries import without_what_is_drawn
from tests.rigs.desk import FIRST_PIN
from tests.rigs.desk_window import SECONDS, DeskWindow, card_of, desk_window
from tests.rigs.operator_page import Page
from tests.rigs.paper import text_of
from tests.rigs.vpcd_card import CardInSlot

NEW_PIN, WRONG_PIN = "847261", "736251"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWindow]:
    folder = tmp_path_factory.mktemp("world")
    with desk_window(tmp_path_factory.mktemp("ports"), folder) as made:
        yield made


@pytest.fixture
def person(window: DeskWindow) -> dict[str, Any]:
    return next(window.people)


def test_a_card_is_made_from_the_id_card_on(window: DeskWindow, person: dict[str, Any]) -> None:
    token = window.read_id_card(person["id_number"], person["name"])
    opened = window.post("/orders", {"token": token})
    assert opened.status_code == 201, opened.text
    path = f"/orders/{opened.json()['id']}"
    assert window.world.api("POST", f"{path}/steps/data-ready?wait=30").json()["step"] == (
        "data-ready"
    )
    released = window.world.api("POST", f"{path}/run?wait=60", json={"approved": True}).json()
    assert released["step"] == "released", released
    people = window.world.api("GET", f"/desk{path}/identity").json()["people"]
    assert [(one["how"], one["agreement"]) for one in people] == [("read", "same")]
    kinds = [event["kind"] for event in window.world.api("GET", f"{path}/events").json()]
    assert kinds.index("name-compared") < kinds.index("intent")


def test_an_expired_card_and_another_name_stop(window: DeskWindow, person: dict[str, Any]) -> None:
    number, name = person["id_number"], person["name"]
    expired = window.read_id_card(number, name, valid_from="20000101", valid_until="20200101")
    refused = window.post("/orders", {"token": expired})
    assert (refused.status_code, refused.json()["code"]) == (409, "id-card-expired")
    other = window.read_id_card(number, name[:-1] + "龘")
    path = f"/orders/{window.post('/orders', {'token': other}).json()['id']}"
    window.world.api("POST", f"{path}/steps/data-ready?wait=30")
    stopped = window.world.api("POST", f"{path}/run", json={"approved": True})
    assert stopped.json()["code"] == "id-card-other-name"
    assert "龘" in stopped.json()["detail"]
    feeds = window.world.observer()["totals"]["feeds"]
    right = window.read_id_card(number, name)
    assert window.post(f"{path}/holder", {"token": right}).json()["problem"] is None
    run = window.world.api("POST", f"{path}/run?wait=60", json={"approved": True}).json()
    assert run["step"] == "released", run
    assert window.world.observer()["totals"]["feeds"] == feeds + 1


def test_the_reader_is_unplugged_and_comes_back(window: DeskWindow, person: dict[str, Any]) -> None:
    def shown() -> dict[str, Any]:
        return dict(window.world.api("GET", "/desk/id-card").json())

    window.id_line.unplug()
    wait_until(lambda: shown()["ok"] is False, SECONDS, "the reader is missed")
    assert shown()["problem"]["code"] == "id-reader-not-connected"
    assert window.world.api("GET", "/station?check=true").json()["ready"] is True
    window.id_line.plug()
    assert window.read_id_card(person["id_number"], person["name"])
    assert shown()["problem"] is None


def test_a_citizens_card_is_read_and_its_pin_served(
    window: DeskWindow, person: dict[str, Any]
) -> None:
    assert window.world.pcsc is not None
    card = card_of(person, 7001)
    port = window.world.pcsc.vpcd_port
    with CardInSlot(card, 1, port=port):

        def read() -> dict[str, Any] | None:
            answer = window.post("/card")
            return dict(answer.json()) if answer.is_success else None

        found = wait_until(read, SECONDS, "the card is seen at the desk")
        assert (found["AAZ501"], found["name"]) == (card.card_id, person["name"])
        assert (found["is_good"], found["pin_tries"]) == (True, 6)
        body = {"AAZ501": card.card_id}
        window.pad.will_type(FIRST_PIN, NEW_PIN, NEW_PIN)
        done = window.post("/pin/change", body)
        assert done.is_success, done.text
        receipt = window.world.api("GET", f"/desk/pin-receipts/{done.json()['event']}.pdf")
        assert receipt.content.startswith(b"%PDF")
        for plan, code in (
            (WALKS_AWAY, "pin-entry-timed-out"),
            ("12X", "pin-entry-cancelled"),
            (WRONG_PIN, "pin-wrong"),
            (WRONG_PIN, "pin-wrong"),
        ):
            window.pad.will_type(plan)
            assert window.post("/pin/verify", body).json()["code"] == code
        assert window.post("/card").json()["pin_tries"] == 4
        for _ in range(3):
            window.pad.will_type(WRONG_PIN)
            window.post("/pin/verify", body)
        assert window.post("/pin/verify", body).json()["code"] == "pin-last-try"
        window.pad.will_type(WRONG_PIN)
        last = window.post("/pin/verify", body | {"use_last_try": True}).json()
        assert (last["code"], window.post("/card").json()["pin_tries"]) == ("pin-locked", 0)
        holder = window.read_id_card(person["id_number"], person["name"])
        assert window.post("/pin/unblock", body).json()["code"] == "id-card-read-again"
        assert window.post("/pin/unblock", body | {"reading": holder}).is_success
        window.pad.will_type("135792", "135792")
        assert window.post("/pin/reload", body | {"reading": holder}).is_success
        window.pad.will_type("135792")
        assert window.post("/pin/verify", body).is_success


def test_a_card_that_is_lifted_in_the_middle_of_a_reading(
    window: DeskWindow, person: dict[str, Any]
) -> None:
    assert window.world.pcsc is not None
    card = card_of(person, 7002)
    with CardInSlot(card, 1, port=window.world.pcsc.vpcd_port) as slot:
        wait_until(lambda: window.post("/card").is_success, SECONDS, "the card is seen")
        slot.tear_at = lambda command: command[:2] == b"\x00\xb2"
        lifted = window.post("/card").json()["code"]
        assert lifted in ("desk-card-lifted", "desk-no-card")
        slot.insert()
        wait_until(lambda: window.post("/card").is_success, SECONDS, "the card is back")


def test_the_clerk_does_it_all_on_the_page(
    window: DeskWindow, person: dict[str, Any], browser: WebDriver, tmp_path: Path
) -> None:
    assert window.world.pcsc is not None
    page = Page(browser, window.world.station_page, "/?order=")
    window.module.put_card(of_person(person["id_number"], person["name"]))
    page.wait_until("the card is shown", lambda: person["name"] in page.text("#desk-id"), SECONDS)
    assert "有效期至" in page.text("#desk-id")
    page.open_tab("desk")
    page.browser.find_element(By.CSS_SELECTOR, "#open-by-card button").click()
    page.wait_for_data_of(person["id_number"])
    page.wait_until("the mark", lambda: "已读证" in page.text("#desk-identity"), SECONDS)
    card = card_of(person, 7003)
    with CardInSlot(card, 1, port=window.world.pcsc.vpcd_port):
        wait_until(lambda: window.post("/card").is_success, SECONDS, "the card is seen")
        page.browser.find_element(By.CSS_SELECTOR, "#read-card button").click()
        form = f'#pin-service:has([name=card][value="{card.card_id}"])'
        page.wait_until("this card", lambda: "修改密码" in page.text(form), SECONDS)
        assert "还可试 6 次" in page.text("#desk-cards")
        window.pad.will_type(FIRST_PIN, NEW_PIN, NEW_PIN)
        page.browser.find_element(By.CSS_SELECTOR, f"{form} [value=change]").click()
        page.wait_until("done", lambda: "修改密码成功" in page.text("#pin-progress"), SECONDS)
    receipt = page.browser.find_element(By.CSS_SELECTOR, "#pin-progress a").get_attribute("href")
    assert receipt is not None
    pdf = window.world.api("GET", receipt.partition("/api/v1")[2]).content
    assert "修改密码回执" in text_of(pdf, tmp_path)
    assert page.errors() == []
    window.world.api("POST", f"/orders/{page.order()}/cancel")


#: A window of 1366 x 768 with the browser's own bars around the page.
SMALLEST = (1366, 620)
#: Where what is always there stands, and what of the open tab is cut off, in pixels.
LOOK = """
const box = (e) => {
  const r = e.getBoundingClientRect();
  return [r.left, r.top, r.right, r.bottom];
};
const root = document.documentElement;
const tab = [...document.querySelectorAll('.side-tab')].find((e) => e.offsetParent !== null);
const inside = [...tab.querySelectorAll('.panel')].filter((e) => e.offsetParent !== null);
return {
  fixed: ['.person', '.steps', '.preview', '.machine', '.side-tabs'].map(
    (e) => box(document.querySelector(e)).slice(0, 2)),
  tab: box(tab), name: tab.dataset.tab, page: [root.scrollWidth, root.scrollHeight],
  sideways: inside.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className),
};
"""


def test_every_service_fits_beside_the_order_and_nothing_jumps(
    window: DeskWindow, person: dict[str, Any], browser: WebDriver
) -> None:
    page = Page(browser, window.world.station_page, "/?order=")
    width, height = SMALLEST
    sized = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sized)
    try:
        window.module.put_card(of_person(person["id_number"], person["name"]))
        page.wait_until("the card", lambda: person["name"] in page.text("#desk-id"), SECONDS)
        page.type(person["id_number"])
        page.press_with_alt("v")  # 状态查询 opens its tab
        page.wait_until("the state", lambda: "卡号" in page.text("#card-state"), SECONDS)
        looks = {"": browser.execute_script(LOOK)}
        for tab in ("orders", "person", "desk", "card", "day"):
            page.open_tab(tab)
            looks[tab] = browser.execute_script(LOOK)
        assert looks[""]["name"] == "card"
        for tab, look in looks.items():
            assert look["page"] == [width, height], tab
            assert look["fixed"] == looks["orders"]["fixed"], tab
            assert look["sideways"] == [], tab
            left, top, right, bottom = look["tab"]
            assert (left, right, bottom) == pytest.approx(
                looks["orders"]["tab"][:1] + looks["orders"]["tab"][2:]
            ), tab
            assert bottom <= height
            assert bottom - top >= 120, f"{tab} is too low to be read"
        assert page.errors() == []
    finally:
        sized["height"] = 768
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sized)


def test_a_finished_card_is_read_given_to_its_holder_and_brought_back_mute(
    window: DeskWindow, person: dict[str, Any], browser: WebDriver, tmp_path: Path
) -> None:
    assert window.world.pcsc is not None
    card = card_of(person, 7009)
    number = "X00000019"  # of every card that `card_of` makes

    def ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = window.world.api("POST", f"/custody{path}", json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())

    with CardInSlot(card, 1, port=window.world.pcsc.vpcd_port):
        read = wait_until(lambda: its_card(window, card), SECONDS, "the card is seen")
        made = ask("/cards", {"AAZ501": read["AAZ501"], "shelf": "A-1"})
    assert (made["name"], made["place"]) == (person["name"], "store")
    taker = {"name": "李四", "number": person["id_number"], "phone": "13800000000", "agent": True}
    paper = ask("/acts/give-person", {"cards": [made["id"]], "contact": taker})
    pdf = window.world.api("GET", f"/custody/documents/{paper['id']}/list.pdf").content
    said = text_of(pdf, tmp_path).replace(" ", "")
    assert "个人发卡领卡单" in said
    assert "代办人：李四" in said
    # It comes back, and its chip gives no answer any more: 手动验卡 on the page.
    page = Page(browser, window.world.station_page, "/custody")
    form = page.browser.find_element(By.ID, "custody-check")
    form.find_element(By.NAME, "card_number").send_keys(number)
    form.find_element(By.CSS_SELECTOR, "[name=cause] [value=mute]").click()
    form.find_element(By.CSS_SELECTOR, "[name=verdict] [value=remake]").click()
    form.find_element(By.TAG_NAME, "button").click()
    page.wait_until("it is kept", lambda: "手动验卡" in page.text("#custody-checks"), SECONDS)
    check = window.world.api("GET", "/custody/checks").json()[0]
    assert (check["how"], check["name"]) == ("manual", person["name"])
    receipt = window.world.api("GET", f"/custody/checks/{check['id']}/receipt.pdf").content
    assert "读不出芯片" in text_of(receipt, tmp_path)
    assert page.errors() == []


def its_card(window: DeskWindow, card: SscCard) -> dict[str, Any] | None:
    answer = window.post("/card")
    found = dict(answer.json()) if answer.is_success else {}
    return found if found.get("AAZ501") == card.card_id else None


def refused(answer: httpx.Response) -> dict[str, Any] | None:
    return None if answer.is_success else dict(answer.json())


def test_nobody_at_the_desk_is_the_machine(window: DeskWindow) -> None:
    # The card of the test before may still be on its way out of the virtual reader.
    answer = wait_until(lambda: refused(window.post("/card")), SECONDS, "no card is at the desk")
    assert answer["code"] == "desk-no-card"
    view = window.world.api("GET", "/station?check=true").json()
    assert [device["name"] for device in view["desk"]] == ["id-reader", "desk-reader", "pin-pad"]
    assert all(device["ok"] for device in view["desk"]), view["desk"]


def test_no_pin_is_in_any_file_of_the_window(window: DeskWindow) -> None:
    """The PINs that the tests above have typed: in no log, database, record or setting."""
    folder: Path = window.world.folder
    assert window.pad.opened  # somebody was asked
    for path in folder.rglob("*"):
        if path.is_file() and "province" not in path.name:
            raw = without_what_is_drawn(path.read_bytes())
            for pin in (NEW_PIN, "135792", WRONG_PIN):
                assert pin.encode() not in raw, path

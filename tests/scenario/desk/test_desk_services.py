"""The services on a finished card: the same card is made, taken, and laid in the desk's reader.

Each is asked for once by the page and once by the API, and every paper is opened and read back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from simulators.world import World
from tests.rigs.operator_page import Page
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


def test_the_citizen_of_yesterday_brings_the_card_and_its_face_is_printed_again(
    world: World, person: dict[str, Any], browser: WebDriver
) -> None:
    order, card = made(world, person)
    world.stop_station()
    world.start_station()  # the next morning
    lay_in(world, card)
    page = Page(browser, world.station_page, "/?order=")
    page.open_tab("desk")
    press(page, "#read-card button")
    page.wait_until("the card", lambda: person["name"] in page.text("#desk-cards"), SECONDS)
    press(page, "#find-by-desk-card button")
    page.wait_until("its order", lambda: page.order() == order, SECONDS)
    page.open_tab("person")
    page.wait_until(
        lambda: page.text("#person-orders"),
        lambda: "可办：补打卡面" in page.text("#person-orders"),
        SECONDS,
    )
    prints = world.observer()["totals"]["prints"]
    press(page, "#reprint-details summary")
    choose(page, "#reprint-reason", "卡面")
    press(page, "#reprint button")
    page.wait_until("the order of the reprint", lambda: page.order() not in ("", order), SECONDS)
    page.wait_until_on("approve")
    world.machine("take the card out of the desk reader")
    world.machine("put the card back into the feeder", card_id=card)
    again = page.order()
    released(world, again)
    assert world.machine("take the card")["card_id"] == card
    assert world.observer()["totals"]["prints"] == prints + 1
    assert page.errors() == []


def test_the_api_leads_from_a_card_in_the_reader_to_what_can_be_done(
    world: World, person: dict[str, Any]
) -> None:
    order, card = made(world, person, activated=False)
    lay_in(world, card)
    found = post(world, "/people/search", {"AAZ501": card})
    (mine,) = [one for one in found["orders"] if one["id"] == order]
    assert "activate" in [offer["what"] for offer in mine["offers"]]
    assert post(world, f"/orders/{order}/steps/activated?wait=30")["step"] == "activated"


def test_a_card_is_reported_lost_and_found_by_the_page(
    world: World, person: dict[str, Any], browser: WebDriver, tmp_path: Path
) -> None:
    made(world, person)
    page = Page(browser, world.station_page, "/?order=")
    page.type(person["id_number"])
    page.press_with_alt("v")
    wait_for_state(page, "正常")
    for service, after, title in (
        ("suspend", "临时挂失", "临时挂失"),
        ("report-loss", "正式挂失", "正式挂失"),
        ("lift-loss", "正常", "解除挂失"),
    ):
        if service == "lift-loss":
            put_id_card_on(world, person)
        press(page, f"#change-card [value={service}]")
        wait_for_state(page, after)
        link = page.browser.find_element(By.CSS_SELECTOR, "#card-services li a")
        path = str(link.get_attribute("href")).partition("/api/v1")[2]
        for size in ("80mm", "a4"):
            said = paper(world, f"{path}?paper={size}", tmp_path)
            assert f"{title}回执" in said, said
            assert person["id_number"] not in said
    # 注销 is asked twice, and needs the holder's ID card again.
    put_id_card_on(world, person)
    press(page, "#change-card [value=cancel]")
    page.wait_until("the question", lambda: person["name"] in page.text("#confirm"), SECONDS)
    assert state(page).endswith("：正常")
    press(page, "#confirm-yes")
    wait_for_state(page, "注销")
    assert page.errors() == []


def test_what_has_the_focus_is_kept_up_to_date(
    world: World, person: dict[str, Any], browser: WebDriver
) -> None:
    order = post(world, "/orders", {"id_number": person["id_number"]})["id"]
    page = Page(browser, world.station_page, "/?order=")
    row = f"#row-{order} a"
    page.wait_until("the order is listed", lambda: page.text(row) != "", SECONDS)
    before = page.text(row)
    page.browser.execute_script("document.querySelector(arguments[0]).focus()", row)
    post(world, f"/orders/{order}/steps/data-ready?wait=30")
    page.wait_until(lambda: page.text(row), lambda: page.text(row) != before, SECONDS)
    post(world, f"/orders/{order}/cancel")
    assert page.errors() == []


def wait_for_state(page: Page, word: str) -> None:
    """Wait until the card that is shown is in the state of this name."""
    page.wait_until(
        lambda: page.text("#card-state"), lambda: state(page).endswith(f"：{word}"), SECONDS
    )


def state(page: Page) -> str:
    """Return the line with the card that is shown and its state."""
    return page.text("#card-state p:has(strong)")


def test_a_card_is_reported_lost_and_found_by_the_api(
    world: World, person: dict[str, Any], tmp_path: Path
) -> None:
    made(world, person)
    wish: dict[str, Any] = {"id_number": person["id_number"]}
    for service in ("suspend", "report-loss"):
        assert post(world, f"/cards/state/{service}", wish)["result"] == "done"
    refused = world.api("POST", "/cards/state/lift-loss", json=wish)
    assert refused.json()["code"] == "id-card-read-again"
    wish["reading"] = put_id_card_on(world, person)
    assert post(world, "/cards/state/lift-loss", wish)["after"] == "normal"
    asked = world.api("POST", "/cards/state/cancel", json=wish)
    assert asked.json()["code"] == "confirmation-needed"
    done = post(world, "/cards/state/cancel", wish | {"confirmed": True})
    assert (done["after"], done["proven"]) == ("cancelled", True)
    assert "注销回执" in paper(world, f"/cards/services/{done['id']}/receipt.pdf", tmp_path)
    assert post(world, "/cards/state", {"id_number": person["id_number"]})["state"] == "cancelled"


def test_an_agent_applies_for_a_lost_card_on_the_page(
    world: World, person: dict[str, Any], browser: WebDriver
) -> None:
    made(world, person)
    wish = {"id_number": person["id_number"]}
    assert post(world, "/cards/state/report-loss", wish)["after"] == "lost"
    page = Page(browser, world.station_page, "/?order=")
    page.open_tab("card")
    press(page, "#apply-details summary")
    choose(page, "#apply-for-card [name=application]", "遗失")
    press(page, "#apply-for-card [name=fee]")
    page.browser.find_element(By.ID, "id-number").send_keys(person["id_number"])
    press(page, "#apply-for-card button")
    page.wait_for_data_of(person["id_number"])
    page.open_tab("desk")
    press(page, "#typed-agent summary")
    page.browser.find_element(By.CSS_SELECTOR, "#typed-agent [name=agent_name]").send_keys("王代办")
    number = page.browser.find_element(By.CSS_SELECTOR, "#typed-agent [name=agent_number]")
    number.send_keys("410701199003074550")
    press(page, "#typed-agent button")
    page.wait_until("the agent", lambda: "王代办" in page.text("#desk-identity"), SECONDS)
    order = page.order()
    released(world, order)
    found = world.api("GET", f"/desk/orders/{order}/identity").json()["people"]
    assert [(one["role"], one["how"]) for one in found] == [("agent", "typed")]
    assert page.errors() == []


def test_an_exchange_by_the_api_needs_the_old_card(world: World, person: dict[str, Any]) -> None:
    made(world, person)
    wish = {"id_number": person["id_number"], "type": "exchange", "reason": "damaged"}
    wish_paid: dict[str, Any] = wish | {"fee_paid": True}
    refused = world.api("POST", "/applications", json=wish_paid)
    assert refused.json()["code"] == "old-card-not-collected"
    order = post(world, "/applications", wish_paid | {"old_card_collected": True})["id"]
    released(world, order)


def test_a_finished_card_is_kept_and_given_out_on_the_page(
    world: World, person: dict[str, Any], browser: WebDriver, tmp_path: Path
) -> None:
    _, card = made(world, person)
    lay_in(world, card)
    page = Page(browser, world.station_page, "/custody")
    press(page, "#custody-receive [name=read]")
    page.browser.find_element(By.CSS_SELECTOR, "#custody-receive [name=shelf]").send_keys("A-1")
    press(page, "#custody-receive button")
    page.wait_until("it is in the store", lambda: page.text(".custody-done") != "", SECONDS)
    page.browser.find_element(By.CSS_SELECTOR, "#custody-find [name=looked]").send_keys(
        person["id_number"]
    )
    press(page, "#custody-find button")
    page.wait_until("it is found", lambda: person["name"] in page.text("#custody-act"), SECONDS)
    press(page, "#custody-act [name=cards]")
    for field, typed in (
        ("taker", "李四"),
        ("taker_number", "410701199003074550"),
        ("taker_phone", "13800000000"),
    ):
        page.browser.find_element(By.CSS_SELECTOR, f"#custody-act [name={field}]").send_keys(typed)
    press(page, "#custody-act [name=agent]")
    press(page, "#custody-act [value=give-person]")
    page.wait_until("it is given", lambda: page.text(".custody-done a") != "", SECONDS)
    said = paper_at(world, page, ".custody-done a", tmp_path)
    assert "个人发卡领卡单" in said
    assert "代办人：李四" in said
    assert page.errors() == []


def test_the_hands_at_the_desk_are_a_page_of_buttons(
    world: World, person: dict[str, Any], browser: WebDriver
) -> None:
    page = Page(browser, world.desk_page)
    page.wait_until("the buttons", lambda: "unplug the PIN pad" in page.text("#actions"), SECONDS)
    form = next(
        one for one in browser.find_elements(By.TAG_NAME, "form") if "put an ID card on" in one.text
    )
    form.find_element(By.NAME, "name").send_keys(person["name"])
    form.find_element(By.TAG_NAME, "button").click()
    page.wait_until("the card", lambda: person["name"] in page.text("#state"), SECONDS)
    assert page.text("#said") == ""


def test_an_id_card_that_has_expired_opens_nothing(world: World, person: dict[str, Any]) -> None:
    token = put_id_card_on(world, person, valid_until="20200101")
    refused = world.api("POST", "/desk/orders", json={"token": token})
    assert (refused.status_code, refused.json()["code"]) == (409, "id-card-expired")

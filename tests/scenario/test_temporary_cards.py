"""Temporary cards over the real stacks: by the page, at the command line, and by the API.

Each paper that is printed is opened and read back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By

from simulators.cards.ssc import SscCard
from simulators.world import wait_until
from tests.rigs.desk_window import SECONDS, DeskWindow, desk_window
from tests.rigs.operator_page import Page
from tests.rigs.paper import text_of
from tests.rigs.temporary_cards import temporary_blank
from tests.scenario.test_command_line import station

NEW_PIN = "847261"
AGENT = {"name": "王代办", "number": "410701199003074550"}


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWindow]:
    folder = tmp_path_factory.mktemp("world")
    with desk_window(tmp_path_factory.mktemp("ports"), folder) as made:
        yield made


@pytest.fixture
def person(window: DeskWindow) -> dict[str, Any]:
    return next(window.people)


def api(window: DeskWindow, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = window.world.api("POST", path, json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


def approved(window: DeskWindow, order: str) -> None:
    fetched = api(window, f"/orders/{order}/steps/data-ready?wait=30")
    assert fetched["step"] == "data-ready", fetched
    api(window, f"/orders/{order}/steps/approved")


def code(answer: httpx.Response) -> str:
    return str(answer.json().get("code", ""))


def wait_for_card(window: DeskWindow, card: SscCard) -> None:
    """Wait until the desk's reader sees this card; a blank has nothing to read but its number."""

    def seen() -> bool:
        answer = window.post("/card")
        if answer.is_success:
            return bool(answer.json()["AAZ501"] == card.card_id)
        return code(answer) not in ("desk-no-card", "desk-reader-not-connected")

    wait_until(seen, SECONDS, "the card is seen at the desk")


def wait_for_step(window: DeskWindow, order: str, step: str) -> None:
    def reached() -> bool:
        return bool(window.world.api("GET", f"/orders/{order}").json()["step"] == step)

    wait_until(reached, SECONDS, f"step {step}")


def receipt(window: DeskWindow, order: str, folder: Path, paper: str = "80mm") -> str:
    path = f"/temporary-cards/{order}/receipt.pdf?paper={paper}"
    return text_of(window.world.api("GET", path).content, folder).replace(" ", "")


def test_a_card_is_issued_written_again_and_taken_back_by_the_api(
    window: DeskWindow, person: dict[str, Any], tmp_path: Path
) -> None:
    number = person["id_number"]
    machine = window.world.observer()["totals"]
    order = api(window, "/temporary-cards", {"id_number": number})["id"]
    api(window, f"/desk/orders/{order}/agent", AGENT)
    approved(window, order)
    card = temporary_blank(8101)
    with window.card_in_reader(card) as slot:
        wait_for_card(window, card)
        # It is lifted while it is written, and put back.
        slot.tear_at = lambda command: command[1] == 0xDC
        torn = window.world.api("POST", f"/temporary-cards/{order}/write", json={})
        assert code(torn) == "desk-write-unknown", torn.text
        refused = window.world.api("POST", f"/orders/{order}/cancel")
        assert code(refused) == "step-not-allowed", refused.text
        slot.insert()
        wait_for_card(window, card)
        api(window, f"/temporary-cards/{order}/write", {})
        wait_for_step(window, order, "released")
        paper = receipt(window, order, tmp_path)
        assert "临时卡发放回执" in paper
        assert "代办人王代办" in paper.replace("：", "")
        assert number not in paper

        again = {"kind": "temporary-again", "reason": "pin-forgotten"}
        second = api(window, f"/orders/{order}/reprints", again)["id"]
        approved(window, second)
        reading = window.read_id_card(number, person["name"])
        window.pad.will_type(NEW_PIN, NEW_PIN)
        api(window, f"/temporary-cards/{second}/write", {"reading": reading})
        wait_for_step(window, second, "released")
        assert "临时卡重写回执" in receipt(window, second, tmp_path, "a4")
        window.pad.will_type(NEW_PIN)
        assert window.post("/pin/verify", {"AAZ501": card.card_id}).is_success

        back = api(window, "/temporary-cards/return")["id"]
        wait_for_step(window, back, "collected")
    assert "临时卡收回回执" in receipt(window, back, tmp_path)
    assert window.world.observer()["totals"] == machine  # no machine had a part in it


def test_a_blank_of_a_bank_is_refused_and_a_discarded_one_replaced(
    window: DeskWindow, person: dict[str, Any]
) -> None:
    order = api(window, "/temporary-cards", {"id_number": person["id_number"]})["id"]
    approved(window, order)
    banks = temporary_blank(8102)
    banks.quirks.missing = frozenset()
    with window.card_in_reader(banks):
        wait_for_card(window, banks)
        refused = window.world.api("POST", f"/temporary-cards/{order}/write", json={})
        assert code(refused) == "blank-of-a-bank", refused.text
    broken = temporary_blank(8103)
    with window.card_in_reader(broken) as slot:
        wait_for_card(window, broken)
        slot.tear_at = lambda command: command[1] == 0xDC
        torn = window.world.api("POST", f"/temporary-cards/{order}/write", json={})
        assert code(torn) == "desk-write-unknown", torn.text
        api(window, f"/temporary-cards/{order}/discard")
    good = temporary_blank(8104)
    with window.card_in_reader(good):
        wait_for_card(window, good)
        api(window, f"/temporary-cards/{order}/write", {})
        wait_for_step(window, order, "released")
    waiting = window.world.api("GET", "/ledger/to-destroy").json()
    numbers = [row["AAZ501"] for row in waiting]
    assert broken.card_id in numbers
    assert good.card_id not in numbers


@pytest.mark.timeout(600)  # four commands: four starts of a program
def test_a_card_is_issued_and_taken_back_at_the_command_line(
    window: DeskWindow, person: dict[str, Any], tmp_path: Path
) -> None:
    def command(*words: str, piped: str = "") -> dict[str, Any]:
        status, said = station(window.world, *words, piped=piped)
        assert status == 0, said
        start = said.find("{")
        return {} if start < 0 else dict(json.JSONDecoder().raw_decode(said, start)[0])

    order = command("temporary", "issue", piped=f"{person['id_number']}\n")["id"]
    api(window, f"/orders/{order}/steps/approved")
    card = temporary_blank(8105)
    with window.card_in_reader(card):
        wait_for_card(window, card)
        command("temporary", "write", order)
        wait_for_step(window, order, "released")
        back = command("temporary", "return")["id"]
        wait_for_step(window, back, "collected")
    pdf = tmp_path / "receipt.pdf"
    command("temporary", "receipt", back, "--pdf", str(pdf))
    assert "临时卡收回回执" in text_of(pdf.read_bytes(), tmp_path)


def test_the_clerk_issues_writes_again_and_takes_back_on_the_page(
    window: DeskWindow, person: dict[str, Any], browser: WebDriver, tmp_path: Path
) -> None:
    page = Page(browser, window.world.station_page, "/?order=")
    number = person["id_number"]

    def press(action: str) -> None:
        page.browser.find_element(
            By.CSS_SELECTOR, f'#temporary-card [formaction="/actions/{action}"]'
        ).click()

    seen: list[str | None] = [None]

    def link() -> str | None:
        found: str | None = page.browser.execute_script(
            "const link = document.getElementById('temporary-receipt'); return link && link.href"
        )
        return found

    def paper(title: str) -> None:
        # The part of the page with the receipt may come after the one that says that it is done.
        page.wait_until(title, lambda: link() not in seen, SECONDS)
        seen.append(link())
        pdf = httpx.get(
            str(seen[-1]), headers=window.world.badge(), trust_env=False, timeout=SECONDS
        ).content
        assert title in text_of(pdf, tmp_path)

    card = temporary_blank(8106)
    with window.card_in_reader(card):
        wait_for_card(window, card)
        page.type(number)
        page.open_tab("desk")
        press("issue-temporary")
        page.wait_for_data_of(number)
        page.wait_until_on("approve")
        page.browser.find_element(By.ID, "do-approve").click()
        page.wait_until("write", lambda: "写临时卡" in page.text("#temporary-card"), SECONDS)
        press("write-temporary")
        paper("临时卡发放回执")
        assert "临时卡已发放" in page.text("#orders")
        first = page.order()
        again = {"kind": "temporary-again", "reason": "pin-forgotten"}
        second = api(window, f"/orders/{first}/reprints", again)["id"]
        approved(window, second)
        page.open(f"/?order={second}")
        page.open_tab("desk")
        window.read_id_card(number, person["name"])
        window.pad.will_type(NEW_PIN, NEW_PIN)
        page.wait_until("write", lambda: "写临时卡" in page.text("#temporary-card"), SECONDS)
        press("write-temporary")
        paper("临时卡重写回执")
        press("take-back-temporary")
        page.wait_until("back", lambda: "临时卡已收回" in page.text("#orders"), SECONDS)
        paper("临时卡收回回执")
    assert page.errors() == []

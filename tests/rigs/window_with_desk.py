"""A whole window with a desk, as the demo has it, and what its people do there.

The card that a service is about is made on the machine first and laid into the desk's reader.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from selenium.webdriver.common.by import By

from simulators.pcsc_service import pcsc_can_run, why_pcsc_cannot_run
from simulators.world import World, WorldOptions, running, wait_until
from tests.rigs.operator_page import Page
from tests.rigs.paper import text_of

SECONDS: Final = 60.0
SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "id_reader": {"poll": 0.05},
    "province": {"retry_first": 0.3, "retry_longest": 1.0, "timeout": 5.0},
}


@contextlib.contextmanager
def window_with_desk(folder: Path) -> Iterator[World]:
    """Start such a window."""
    assert pcsc_can_run(), why_pcsc_cannot_run()
    with running(WorldOptions(folder=folder, desk=True, station_settings=SETTINGS)) as made:
        yield made


def clear_desk(world: World) -> None:
    """Take everything off the desk that a test may have left there."""
    world.desk("lift the ID card")
    if world.machine_state()["desk_reader"]:
        world.machine("take the card out of the desk reader")


def post(world: World, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the API for something that must succeed."""
    answer = world.api("POST", path, json=body)
    assert answer.is_success, answer.text
    return dict(answer.json())


def released(world: World, order: str) -> None:
    """Have an order carried out whose card lies ready."""
    post(world, f"/orders/{order}/steps/data-ready?wait=30")
    done = post(world, f"/orders/{order}/run?wait=60", {"approved": True})
    assert done["step"] == "released", done


def made(world: World, person: dict[str, Any], *, activated: bool = True) -> tuple[str, str]:
    """Make a person's card, and hand it over; returns the order and the card."""
    order = str(post(world, "/orders", {"id_number": person["id_number"]})["id"])
    released(world, order)
    if activated:
        post(world, f"/orders/{order}/steps/activated?wait=30")
    return order, str(world.machine("take the card")["card_id"])


def lay_in(world: World, card: str) -> None:
    """Lay a card in the desk's reader; returns when the station can read it."""
    world.machine("put a card into the desk reader", card_id=card)

    def read() -> bool:
        answer = world.api("POST", "/desk/card")
        return answer.is_success and answer.json()["AAZ501"] == card

    wait_until(read, SECONDS, "the card is seen at the desk")


def put_id_card_on(world: World, person: dict[str, Any], **more: str) -> str:
    """Put a person's ID card on the reader; returns the token of its reading."""
    before = (world.api("GET", "/desk/id-card").json()["card"] or {}).get("token", "")
    world.desk("put an ID card on", number=person["id_number"], name=person["name"], **more)

    def read() -> str | None:
        card = world.api("GET", "/desk/id-card").json()["card"]
        return str(card["token"]) if card and card["token"] != before else None

    return wait_until(read, SECONDS, "the ID card was read")


def press(page: Page, selector: str) -> None:
    """Press a button or open a part of the page."""
    page.browser.find_element(By.CSS_SELECTOR, selector).click()


def choose(page: Page, selector: str, label: str) -> None:
    """Choose what reads like this in a list."""
    options = page.browser.find_elements(By.CSS_SELECTOR, f"{selector} option")
    next(one for one in options if label in one.text).click()


def paper(world: World, path: str, folder: Path) -> str:
    """Return the text of a PDF of the API, without spaces."""
    answer = world.api("GET", path)
    assert answer.is_success, answer.text
    return text_of(answer.content, folder).replace(" ", "")


def paper_at(world: World, page: Page, link: str, folder: Path) -> str:
    """Return the text of the PDF behind a link of the page."""
    address = page.browser.find_element(By.CSS_SELECTOR, link).get_attribute("href")
    return paper(world, str(address).partition("/api/v1")[2], folder)

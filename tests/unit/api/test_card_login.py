"""Logging in and agreeing with an operator's card: the page, the API, and what each shows."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from simulators.operator_cards import make_card
from simulators.operator_cards.maker import PIN
from tests.rigs.doors import OPERATOR, SUPERVISOR
from tests.rigs.operator_card import CardSlotInMemory, reader_with
from tests.unit.api.conftest import Served, serving

WRONG = "135791"


@pytest.fixture(scope="module")
def slot(window: Served) -> CardSlotInMemory:
    reader, slot = reader_with(make_card(OPERATOR))
    window.doors.cards._reader = reader
    window.doors.cards.bind_inserted(OPERATOR, PIN, by="test")
    return slot


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("cards")) as made:
        yield made


def browser(window: Served) -> httpx.Client:
    return httpx.Client(base_url=f"http://{window.host}:{window.port}", trust_env=False)


def test_the_page_asks_for_a_card_only_where_there_is_a_reader(window: Served) -> None:
    with browser(window) as client:
        assert 'action="/login/card"' not in client.get("/login").text
        answer = client.post("/login/card", data={"pin": PIN})
        assert (answer.status_code, "没有操作员卡读卡器" in answer.text) == (409, True)


def test_a_card_and_its_pin_let_a_browser_in(window: Served, slot: CardSlotInMemory) -> None:
    del slot
    with browser(window) as client:
        assert 'action="/login/card"' in client.get("/login").text
        answer = client.post("/login/card", data={"pin": PIN, "next": "/diagnostics"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/diagnostics")
        assert client.get("/api/v1/session").json()["name"] == OPERATOR


def test_a_wrong_pin_says_how_many_tries_are_left(window: Served, slot: CardSlotInMemory) -> None:
    assert slot.card is not None
    with browser(window) as client:
        answer = client.post("/login/card", data={"pin": WRONG})
        assert (answer.status_code, "还可以试 2 次" in answer.text) == (403, True)
        assert WRONG not in answer.text
        answer = client.post("/api/v1/session/card", json={"pin": WRONG})
        assert (answer.status_code, answer.json()["code"]) == (403, "operator-card-pin-wrong")
        for address in ("/api/v1/session/card", "/api/v1/session/card"):
            answer = client.post(address, json={"pin": PIN})
            assert answer.json()["code"] == "operator-card-last-try"
    assert slot.card.tries == 1
    slot.card.tries = 3


def test_a_program_of_a_person_logs_in_with_the_card(
    window: Served, slot: CardSlotInMemory
) -> None:
    del slot
    with browser(window) as client:
        opened = client.post("/api/v1/session/card", json={"pin": PIN})
        assert (opened.status_code, opened.json()["operator"]) == (201, OPERATOR)
        badge = {"Authorization": f"Bearer {opened.json()['token']}"}
        assert client.get("/api/v1/session", headers=badge).json()["name"] == OPERATOR


def test_a_pin_is_never_in_an_answer(window: Served, slot: CardSlotInMemory) -> None:
    del slot
    with browser(window) as client:
        for body in ({"pin": [PIN]}, {"pin": PIN, "more": 1}, {"pin": PIN * 9}, {"PIN": PIN}):
            answer = client.post("/api/v1/session/card", json=body)
            assert (answer.status_code, PIN in answer.text) == (422, False), answer.text


def test_another_site_cannot_have_a_card_log_in(window: Served, slot: CardSlotInMemory) -> None:
    before = slot.verifies
    with browser(window) as client:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = client.post("/login/card", data={"pin": PIN}, headers=headers)
            assert answer.status_code == 403
    assert slot.verifies == before


def test_the_second_person_agrees_with_a_card_of_their_own(
    window: Served, slot: CardSlotInMemory
) -> None:
    own, slot.card = slot.card, make_card(SUPERVISOR)
    window.doors.cards.bind_inserted(SUPERVISOR, PIN, by="test")
    address = "/api/v1/ledger/cards/1/destroy"
    agreed = {"approval": {"operator": SUPERVISOR, "card_pin": PIN}}
    assert window.client.post(address, json=agreed).json()["code"] == "card-not-found"
    slot.card = own  # the operator's own card, in the name of the supervisor
    assert window.client.post(address, json=agreed).json()["code"] == "not-supervisor"
    nothing = {"approval": {"operator": SUPERVISOR}}
    assert window.client.post(address, json=nothing).json()["code"] == "login-refused"

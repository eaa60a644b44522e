"""The desk's operations over HTTP: what they take, what they answer, and what they never carry."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.cards.ssc import SscCard
from tests.rigs.desk import FIRST_PIN, MODULE, Desk, finished_card, id_card
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER, production_data

NEW_PIN = "847261"


@dataclass
class DeskOverHttp:
    served: Served
    desk: Desk
    card: SscCard

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return self.served.client.post(f"/api/v1/desk{path}", json=body)

    def get(self, path: str) -> httpx.Response:
        return self.served.client.get(f"/api/v1/desk{path}")

    def insert(self, **changes: object) -> None:
        made = self.desk.insert(self.card, **changes)
        object.__setattr__(self.served.service, "desk", made)
        self.served.service.orders._before_approval = made.require_agreement


@pytest.fixture
def http(tmp_path: Path) -> Iterator[DeskOverHttp]:
    with serving(tmp_path) as served:
        desk = Desk(tmp_path, bench=served.bench)
        made = DeskOverHttp(served, desk, finished_card(production_data(ID_NUMBER).chip))
        made.insert()
        yield made


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def test_a_card_opens_an_order_and_another_name_stops_it(http: DeskOverHttp) -> None:
    token = http.desk.read(id_card(ID_NUMBER, "张叁"))
    shown = http.get("/id-card").json()
    assert (shown["card"]["token"], shown["card"]["module"]) == (token, MODULE)
    order = http.post("/orders", {"token": token})
    assert order.status_code == 201
    path = f"/orders/{order.json()['id']}"
    fetched = http.served.client.post(f"/api/v1{path}/steps/data-ready?wait=30")
    assert fetched.json()["step"] == "data-ready"
    stopped = http.served.client.post(f"/api/v1{path}/steps/approved")
    assert code(stopped) == (409, "id-card-other-name")
    assert "2:叁≠三" in stopped.json()["detail"]
    run = http.served.client.post(f"/api/v1{path}/run", json={"approved": True})
    assert code(run) == (409, "id-card-other-name")
    identity = http.get(f"{path}/identity").json()
    assert identity["problem"]["code"] == "id-card-other-name"
    assert [person["how"] for person in identity["people"]] == ["read"]
    assert code(http.post(f"{path}/name-confirmation")) == (409, "step-not-allowed")
    right = http.desk.read(id_card(ID_NUMBER))
    assert http.post(f"{path}/holder", {"token": right}).json()["problem"] is None
    approved = http.served.client.post(f"/api/v1{path}/steps/approved")
    assert approved.json()["step"] == "approved"


def test_an_agent_is_typed_or_read(http: DeskOverHttp) -> None:
    token = http.desk.read(id_card(ID_NUMBER))
    path = f"/orders/{http.post('/orders', {'token': token}).json()['id']}"
    typed = http.post(f"{path}/agent", {"name": "王代办", "number": "410701199003074550"}).json()
    assert typed["people"][-1]["number_masked"] == "410*************50"
    assert code(http.post(f"{path}/agent", {"token": token})) == (409, "agent-is-holder")
    assert code(http.post(f"{path}/agent", {})) == (422, "input-invalid")


def test_a_token_that_nobody_gave(http: DeskOverHttp) -> None:
    assert code(http.post("/orders", {"token": "0" * 32})) == (409, "id-card-read-again")
    assert code(http.post("/orders", {"token": "x"})) == (422, "input-invalid")


def test_a_card_is_read_and_its_pin_changed(http: DeskOverHttp) -> None:
    card = http.post("/card").json()
    assert (card["AAZ501"], card["pin_tries"], card["is_good"]) == (http.card.card_id, 6, True)
    http.desk.pad.plans.extend([FIRST_PIN, NEW_PIN, NEW_PIN])
    done = http.post("/pin/change", {"AAZ501": card["AAZ501"]}).json()
    assert done["service"] == "change"
    http.desk.pad.plans.append("999999")
    assert code(http.post("/pin/verify", {"AAZ501": card["AAZ501"]})) == (409, "pin-wrong")
    assert code(http.post("/pin/reload", {"AAZ501": card["AAZ501"]})) == (409, "id-card-read-again")
    assert code(http.get(f"/pin-receipts/{done['event'] + 1}.pdf")) == (404, "card-not-found")
    assert code(http.post("/pin/other", {"AAZ501": card["AAZ501"]})) == (422, "input-invalid")


def test_a_pin_in_http_is_refused_where_there_is_a_pad_and_never_told_back(
    http: DeskOverHttp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    card = http.card.card_id
    body = {"AAZ501": card, "pin": FIRST_PIN, "new_pin": NEW_PIN, "new_pin_again": NEW_PIN}
    refused = http.post("/pin/change", body)
    assert code(refused) == (409, "pin-keyboard-forbidden")
    wrong = http.post("/pin/change", body | {"new_pin": NEW_PIN * 3, "extra": NEW_PIN})
    assert code(wrong) == (422, "input-invalid")
    http.insert(keyboard=True, pin_pad=None)
    assert http.post("/pin/change", body).status_code == 200
    assert http.post("/pin/verify", {"AAZ501": card, "pin": NEW_PIN}).status_code == 200
    assert code(http.post("/pin/verify", {"AAZ501": card, "pin": "12"})) == (422, "input-invalid")
    for text in (refused.text, wrong.text, caplog.text):
        assert NEW_PIN not in text
        assert FIRST_PIN not in text

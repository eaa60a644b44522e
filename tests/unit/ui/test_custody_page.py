"""The page of finished cards, as a browser without script uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.custody import CustodyPlace
from station.production.services.custody import CustodySearch
from station.web import CSRF_HEADER
from tests.rigs.doors import SUPERVISOR, Signed
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER

CARD = {"card_number": "A00000001", "id_number": ID_NUMBER, "name": "张三", "shelf": "A-1"}
UNIT = {"unit": "410700123", "unit_name": "某村", "taker": "李四", "taker_phone": "13800000000"}


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def press(client: Signed, what: str, **fields: object) -> str:
    sent = {name: value for name, value in fields.items() if value != ""}
    answer = client.post(f"/custody/{what}", data=sent)
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def test_cards_go_to_a_unit_and_back_to_a_shelf(window: Served) -> None:
    page = press(window.client, "receive", **CARD)
    assert "已入库，编号 1" in page
    page = press(window.client, "find", looked="a0000 0001")
    assert "A*****001" in page
    assert ID_NUMBER not in page
    assert "库存 A-1" in page
    page = press(window.client, "act", act="give-unit", cards=["1"], looked="410700123", **UNIT)
    assert "单位发卡：1 张" in page
    assert "已发单位 某村" in page  # looked for by the unit
    assert re.search("/api/v1/custody/documents/1/list.pdf", page)
    page = press(window.client, "distribution", document="1", distributed="1")
    assert "（已发 1，退回 0）" in page
    page = press(window.client, "act", act="return", cards=["1"], shelf="C-7", place="store")
    assert "库存 C-7" in page


def test_a_refusal_is_shown_and_changes_nothing(window: Served) -> None:
    press(window.client, "receive", **CARD)
    for fields in (
        {"act": "give-unit", "cards": ["1"]},  # to nobody
        {"act": "give-unit", "cards": ["x"], **UNIT},
        {"act": "fly", "cards": ["1"], **UNIT},
        {"act": "give-unit", **UNIT},
    ):
        assert "input-invalid" in press(window.client, "act", **fields)
    assert "custody-card-known" in press(window.client, "receive", **CARD)
    assert window.service.custody.card(1).place is CustodyPlace.STORE


def test_another_person_decides_on_an_application(window: Served) -> None:
    press(window.client, "receive", **CARD)
    page = press(window.client, "act", act="request", cards=["1"], **UNIT)
    assert "审核通过" in page
    assert "witness-needed" in press(window.client, "decide", document="1", approved="yes")
    with Signed(window.doors, SUPERVISOR, base_url=window.client.base_url) as other:
        page = press(other, "decide", document="1", approved="yes")
    assert "已交接 某村" in press(window.client, "find", place="office")
    assert "审核通过</button>" not in page


def test_a_mute_card_is_checked_by_hand_with_a_receipt(window: Served) -> None:
    fields = {"cause": "mute", "verdict": "remake"}
    assert "input-invalid" in press(window.client, "check", **fields)
    page = press(window.client, "check", card_number="A00000001", **fields)
    assert "验卡信息已保存，编号 1" in page
    assert "手动验卡 读不出芯片 需补换" in page
    assert "/api/v1/custody/checks/1/receipt.pdf?paper=a4" in page


def test_a_form_without_its_sessions_token_does_nothing(window: Served) -> None:
    answer = window.client.post("/custody/receive", data=CARD, headers={CSRF_HEADER: "wrong"})
    assert answer.status_code == 403
    assert window.service.custody.find(CustodySearch(place=CustodyPlace.STORE), 1) == []

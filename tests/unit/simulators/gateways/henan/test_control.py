from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from simulators.gateways.henan.server import ProvinceServer
from simulators.province.actions import ACTIONS
from tests.rigs import web

LI, WANG = "410798197511030028", "410798198001150016"


def _do(province: ProvinceServer, **words: object) -> httpx.Response:
    return httpx.post(f"{province.page_url}do", json=words, timeout=60.0)


def _person(province: ProvinceServer, id_number: str) -> dict[str, Any]:
    answer = web.get(f"{province.page_url}observer", params={"id_number": id_number})
    person: dict[str, Any] = answer.json()["people"][0]
    return person


def test_actions_are_listed_with_meaning_and_parameters(province: ProvinceServer) -> None:
    actions = web.get(f"{province.page_url}actions").json()["actions"]
    assert set(actions) == set(ACTIONS)
    assert actions["answer late"]["parameters"] == {"calls": 1, "operation": "", "seconds": 10.0}
    assert all(action["meaning"] for action in actions.values())


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ({"action": "explode"}, "unknown action; known: go down, come back,"),
        ({}, "unknown action"),
        ({"action": ["go down"]}, "unknown action"),
        ({"action": "go down", "when": 1}, "unknown parameter 'when'; known: how"),
        ({"action": "go down", "how": "slowly"}, "how: expected refuse or 503"),
        ({"action": "lose answers", "calls": "2"}, "calls: expected int"),
        ({"action": "lose answers", "calls": -1}, "calls: expected int, not negative"),
        ({"action": "lose answers", "calls": True}, "calls: expected int"),
        ({"action": "lose answers", "operation": "回盘"}, "operation: unknown; known: 查询批次号"),
        ({"action": "answer in", "charset": "koi8-r"}, "charset: known: utf-8"),
        ({"action": "mark"}, "id_number: must be given"),
        ({"action": "new person"}, "name: 1 to 50 bytes"),
        ({"action": "new person", "name": "某", "sex": "3"}, "sex: 1 or 2"),
        ({"action": "new person", "name": "某", "bank": "1"}, "bank: known: 95533"),
    ],
)
def test_what_is_not_understood_is_422_with_the_list(
    province: ProvinceServer, words: dict[str, object], text: str
) -> None:
    answer = _do(province, **words)
    assert answer.status_code == 422
    assert text in answer.json()["detail"]
    assert set(answer.json()["actions"]) == set(ACTIONS)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff"])
def test_what_is_not_a_json_object_is_422(province: ProvinceServer, body: bytes) -> None:
    assert web.post(f"{province.page_url}do", content=body).status_code == 422


def test_a_person_is_prepared_step_by_step(province: ProvinceServer) -> None:
    seen = [_person(province, LI)["situation"]]
    for action in ("report lost", "register fee", "apply", "mark"):
        assert _do(province, action=action, id_number=LI).status_code == 200
        seen.append(_person(province, LI)["situation"])
    assert seen == [
        "未做正式挂失",
        "未做交费登记或已撤销交费登记",
        "未申请补换卡",
        "未做即制卡标注",
        "可制卡",
    ]


def test_preconditions_can_be_taken_away_again(province: ProvinceServer) -> None:
    for action, situation in (
        ("withdraw data", "数据已退回: 公安部人口信息比对不一致"),
        ("release data", "可制卡"),
        ("lock the batch", "批次确认加锁失败"),
        ("release the batch", "可制卡"),
        ("cancel fee", "未做交费登记或已撤销交费登记"),
        ("register fee", "可制卡"),
        ("unmark", "未做即制卡标注"),
        ("mark", "可制卡"),
    ):
        assert _do(province, action=action, id_number=WANG).status_code == 200
        assert _person(province, WANG)["situation"] == situation, action


def test_what_the_rules_refuse_is_409_with_the_provinces_text(province: ProvinceServer) -> None:
    refused = _do(province, action="report lost", id_number=WANG)
    assert refused.status_code == 409
    assert refused.json() == {"detail": "卡状态为正式挂失，不能正式挂失"}
    nobody = _do(province, action="unmark", id_number=LI)
    assert nobody.status_code == 409


def test_a_new_person_is_ready_at_once(province: ProvinceServer) -> None:
    answer = _do(province, action="new person", name="龙葵", sex="2", birth_date="19990909")
    new = answer.json()
    other = _do(province, action="new person", name="龙葵", sex="2", birth_date="19990909").json()
    assert new["id_number"] != other["id_number"]
    assert _person(province, new["id_number"])["situation"] == "可制卡"
    listed = web.get(f"{province.page_url}people", params={"case": "new"}).json()["people"]
    assert [person["id_number"] for person in listed] == [new["id_number"], other["id_number"]]


def test_people_are_found_by_case_and_situation(province: ProvinceServer) -> None:
    url = f"{province.page_url}people"
    ready = web.get(url, params={"case": "ready"}).json()["people"]
    assert ready[0] == {
        "id_number": WANG,
        "name": "王建国",
        "case": "ready",
        "situation": "可制卡",
        "bank": "95533",
    }
    not_lost = web.get(url, params={"situation": "未做正式挂失"}).json()["people"]
    assert [person["id_number"] for person in not_lost] == [LI]
    unknown = web.get(url, params={"case": "perfect"})
    assert unknown.status_code == 404
    assert "ready" in unknown.json()["cases"]


def test_the_observer_hides_bank_numbers_and_shows_touched_people_only(
    province: ProvinceServer,
) -> None:
    desk = province.desk
    batch = desk.serve_clerk("获取批次号", {"所属区县": "410700"})["批次号"]
    line = {"批次号": batch, "社会保障号码": WANG, "姓名": "王建国"}
    locked = desk.serve_clerk("即制卡批次", line | {"人数": "1", "DATA": f"1,{WANG},王建国"})
    number = locked["DATA"].split(",")[1]
    data = desk.serve_clerk("即制卡数据", line)
    card = "410700D1560000050000000100000000"
    row = (
        f"1,{number},{WANG},王建国,{data['制卡日期']},{data['有效期至']},{card},"
        "544B1805208660410700000001,,6227001234567890128,,,,"
    )
    assert desk.serve_clerk("即制卡回盘", {"批次号": batch, "DATA": row})["ERR"] == "OK"
    assert _do(province, action="activate", id_number=WANG).status_code == 200
    answer = web.get(f"{province.page_url}observer")
    assert "6227001234567890128" not in answer.text
    seen = answer.json()
    assert [person["id_number"] for person in seen["people"]] == [WANG]
    (write_back,) = seen["people"][0]["write_backs"]
    assert write_back["bank_number"] == "6227***********0128"
    assert (write_back["outcome"], write_back["card_id"]) == ("issued", card)
    assert seen["people"][0]["activations"] == [number]
    assert seen["effects"]["activations"] == 1
    assert seen["calls"]["即制卡回盘"] == 1


def test_a_photo_is_taken_anew_with_a_flaw_and_without(province: ProvinceServer) -> None:
    url = f"{province.page_url}photo/{WANG}.jpg"
    good = httpx.get(url, timeout=60.0).content
    for flaw, size in (("narrow", (300, 441)), ("grey wall", (358, 441))):
        assert _do(province, action="replace the photo", id_number=WANG, flaw=flaw).is_success
        bad = web.get(url).content
        assert bad != good
        assert Image.open(io.BytesIO(bad)).size == size
    assert _do(province, action="replace the photo", id_number=WANG).is_success
    assert web.get(url).content == good
    assert _do(province, action="replace the photo", id_number="1").status_code == 409
    unknown = _do(province, action="replace the photo", id_number=WANG, flaw="hat")
    assert unknown.status_code == 422

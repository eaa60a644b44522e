"""The API over the in-memory window: who may call, and how refusals read."""

from __future__ import annotations

import random
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from station.api import create_app
from station.core.errors import CardMismatchError, OutcomeUnknownError
from station.core.photos import PhotoFinding, PhotoReport, PhotoRule
from station.journal import store
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.ui import install_pages
from tests.rigs.batches import batch_service
from tests.rigs.doors import OPERATOR, PASSWORD, SUPERVISOR, Signed, approval, open_rig_doors
from tests.unit.production.doubles import ID_NUMBER, Bench

PAIRED = "https://card.province.example"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.journal.close()


@pytest.fixture
def client(window: Bench, tmp_path: Path) -> Iterator[httpx.Client]:
    notifier = Notifier()
    window.journal.on_change(notifier.ring)
    engine = Engine(window.bench, notifier, random.Random(1))
    service = ProductionService(window.journal, window.bench.equipment, engine, notifier)
    doors = open_rig_doors(tmp_path)
    app = create_app(
        service,
        doors=doors,
        batch_service=batch_service(window.journal, window.bench.equipment, service, tmp_path),
        bundle=lambda: b"",
        allowed_hosts=["127.0.0.1"],
        paired_origins=[PAIRED],
        install_pages=lambda made: install_pages(made, window="窗口一"),
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with Signed(doors, base_url=address, timeout=120.0) as made:
        yield made
    server.should_exit = True
    thread.join(10.0)
    service.stop()
    doors.close()


def on_screen(client: httpx.Client, order: str) -> dict[str, str]:
    """What a page that shows this order sends with every press."""
    state = client.get("/ui/panels", params={"order": order}).json()
    return {"order": state["order"], "revision": state["revision"]}


def accept(client: httpx.Client, **headers: str) -> str:
    answer = client.post("/api/v1/orders", json={"id_number": ID_NUMBER}, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_card_in_three_calls(client: httpx.Client, window: Bench) -> None:
    order = accept(client)
    base = f"/api/v1/orders/{order}"
    assert client.post(f"{base}/run?wait=10", json={}).json()["step"] == "data-ready"
    done = client.post(f"{base}/run?wait=10", json={"approved": True}).json()
    assert (done["step"], done["problem"]) == ("released", None)
    assert window.machine.counts["releases"] == 1


def test_one_call_with_approval_runs_to_the_end(client: httpx.Client) -> None:
    order = accept(client)
    answer = client.post(f"/api/v1/orders/{order}/run?wait=10", json={"approved": True})
    assert answer.json()["step"] == "released"


def test_the_bank_number_is_masked(client: httpx.Client) -> None:
    order = accept(client)
    client.post(f"/api/v1/orders/{order}/run?wait=10", json={"approved": True})
    chip = client.get(f"/api/v1/orders/{order}").json()["chip"]
    assert chip["bank_number_masked"].startswith("622700***")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "input-invalid", "id_number"),
        ({"id_number": "1", "surprise": 1}, "input-invalid", "surprise"),
        ({"id_number": ID_NUMBER, "reason": "because"}, "input-invalid", "reason"),
        ({"id_number": "410701900307453"}, "id-number-15-digits", ""),
        ({"id_number": "41070119900307453"}, "id-number-form", ""),
        ({"id_number": "410701199003074537"}, "id-number-check-digit", ""),
    ],
)
def test_bad_input_is_named_and_never_echoed(
    client: httpx.Client, body: dict[str, object], code: str, field: str
) -> None:
    answer = client.post("/api/v1/orders", json=body)
    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["title"]
    assert problem["remedy"]
    assert field in " ".join(problem["fields"])
    for value in body.values():
        assert f'"{value}"' not in answer.text


def test_a_step_out_of_turn_is_refused(client: httpx.Client) -> None:
    order = accept(client)
    answer = client.post(f"/api/v1/orders/{order}/steps/printed")
    assert (answer.status_code, answer.json()["code"]) == (409, "step-not-allowed")


def test_an_unknown_order_is_not_found(client: httpx.Client) -> None:
    answer = client.get(f"/api/v1/orders/{'0' * 32}")
    assert (answer.status_code, answer.json()["code"]) == (404, "order-not-found")


def test_the_same_person_again_gives_the_open_order(client: httpx.Client) -> None:
    assert accept(client) == accept(client)


def test_a_foreign_page_may_not_press(client: httpx.Client, window: Bench) -> None:
    answer = client.post(
        "/api/v1/orders", json={"id_number": ID_NUMBER}, headers={"Origin": "https://evil.example"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "origin-not-paired")
    assert window.journal.orders.open() == []


def test_a_paired_page_and_our_own_may_press(client: httpx.Client) -> None:
    assert accept(client, Origin=PAIRED)
    assert accept(client, Origin=str(client.base_url).rstrip("/"))


def test_a_preflight_of_a_paired_page_is_answered(
    client: httpx.Client,
) -> None:
    answer = client.options(
        "/api/v1/orders",
        headers={
            "Origin": PAIRED,
            "Access-Control-Request-Method": "POST",
        },
    )
    assert answer.headers["access-control-allow-origin"] == PAIRED


def test_another_host_name_is_refused(client: httpx.Client) -> None:
    assert client.get("/api/v1/health", headers={"Host": "rebound.example"}).status_code == 400


def test_the_pages_work_without_a_script(client: httpx.Client, window: Bench) -> None:
    page = client.post("/actions/fetch", data={"id_number": ID_NUMBER, "order": ""})
    assert page.status_code == 200
    assert page.text.lstrip().startswith("<!DOCTYPE html>")
    order = window.journal.orders.open()[0].id
    client.post(f"/api/v1/orders/{order}/run?wait=10", json={})
    page = client.post("/actions/approve", data=on_screen(client, order))
    assert "已核对" in page.text


def test_a_refusal_on_the_page_is_shown_with_its_remedy(client: httpx.Client) -> None:
    page = client.post("/actions/fetch", data={"id_number": "410701199003074537"})
    assert "id-number-check-digit" in page.text
    assert "怎么办" in page.text


@pytest.mark.field_case("E7")
def test_nothing_that_is_about_a_person_is_kept_by_the_browser(client: httpx.Client) -> None:
    order = accept(client)
    client.post(f"/api/v1/orders/{order}/run?wait=10", json={})
    answers = [
        client.get(path)
        for path in (
            "/",
            f"/?order={order}",
            "/diagnostics",
            f"/ui/panels?order={order}",
            f"/ui/orders/{order}/photo.jpg",
            f"/api/v1/orders/{order}",
            f"/api/v1/orders/{order}/preview/front.png",
            "/api/v1/orders/unknown",
            "/actions/fetch",
        )
    ]
    answers.append(client.post("/actions/approve", data=on_screen(client, order)))
    answers.append(client.get("/", headers={"Host": "rebound.example"}))
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", answer.url
    assert client.get("/static/live.js").headers["cache-control"] == "no-cache"


def test_the_address_of_a_press_leads_back_to_the_page(client: httpx.Client) -> None:
    answer = client.get("/actions/approve")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_button_that_does_not_exist_does_nothing(client: httpx.Client) -> None:
    page = client.post("/actions/burn", data={"order": ""})
    assert page.status_code == 200
    assert "input-invalid" in page.text


def test_every_person_a_page_shows_is_escaped(client: httpx.Client, window: Bench) -> None:
    order = accept(client)
    client.post(f"/api/v1/orders/{order}/run?wait=10", json={})
    assert "<script>alert" not in client.get("/").text
    assert window.journal.orders.one(order).data is not None
    assert "张三" in client.get("/").text


def test_a_supervisor_lets_a_picture_pass_at_the_api_and_at_the_page(
    client: httpx.Client, window: Bench
) -> None:
    soft = PhotoFinding(PhotoRule.BACKGROUND, "80%", "至少 90%", is_soft=True)
    window.faces.photo_report = PhotoReport("city", (soft,))
    base = f"/api/v1/orders/{accept(client)}"
    refused = client.post(f"{base}/run?wait=10", json={"approved": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "photo-rules-broken")
    assert client.post(f"{base}/steps/approved").status_code == 409
    assert client.post(f"{base}/run", json={}).status_code == 409
    page = client.get("/").text
    assert "白色背景 80%，应为至少 90%" in page
    assert "/actions/waive-photo" in page
    alone = {"approval": approval(OPERATOR)}
    nobody = client.post(f"{base}/photo-waiver", json=alone)
    assert (nobody.status_code, nobody.json()["code"]) == (403, "not-supervisor")
    posted = on_screen(client, base.rpartition("/")[2])
    answer = client.post("/actions/waive-photo", data=posted)
    assert "由另一名主管本人输入" in answer.text
    posted |= {"confirmed": f"waive-photo:{posted['order']}", "approver": SUPERVISOR}
    answer = client.post("/actions/waive-photo", data=posted)
    assert "用户名或密码不对" in answer.text
    posted |= {"approver_password": PASSWORD}
    answer = client.post("/actions/waive-photo", data=posted)
    assert f"白色背景：{SUPERVISOR} 放行" in answer.text
    assert client.get(base).json()["photo_waivers"] == {"background": SUPERVISOR}
    done = client.post(f"{base}/run?wait=10", json={"approved": True}).json()
    assert (done["step"], done["problem"]) == ("released", None)


def test_a_window_without_the_photo_extra_says_so(client: httpx.Client, window: Bench) -> None:
    window.faces.photo_report = PhotoReport("city", (), unchecked="没有安装 scikit-image")
    order = accept(client)
    view = client.post(f"/api/v1/orders/{order}/steps/data-ready?wait=10").json()
    assert view["photo_rules_unchecked"] == "没有安装 scikit-image"
    assert "软规则未检查" in client.get("/").text
    page = client.get("/diagnostics").text
    assert "<dt>照片软规则未检查</dt><dd>没有安装 scikit-image</dd>" in page


def ledger_post(client: httpx.Client, path: str, body: Mapping[str, object], **headers: str) -> Any:  # noqa: ANN401 - JSON
    answer = client.post(f"/api/v1/ledger{path}", json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


def test_the_ledger_over_http_from_package_to_destruction(
    window: Bench, client: httpx.Client
) -> None:
    once = {"Idempotency-Key": "one"}
    for _ in range(2):
        opened = {"move": "opened", "count": 50}
        assert ledger_post(client, "/stock", opened, **once)["drawer"] == 50
    without = client.post("/api/v1/ledger/stock", json={"move": "opened", "count": 1})
    assert without.status_code == 422
    ledger_post(client, "/stock", {"move": "loaded", "count": 5}, **{"Idempotency-Key": "two"})
    order = accept(client)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    made = client.post(f"/api/v1/orders/{order}/run?wait=20", json={"approved": True}).json()
    assert made["step"] == "spoiled"
    (card,) = client.get("/api/v1/ledger/to-destroy").json()
    path = f"/api/v1/ledger/cards/{card['id']}/destroy"
    alone = client.post(path, json={"approval": approval(OPERATOR)}, headers={"X-Operator": "li"})
    assert (alone.status_code, alone.json()["code"]) == (403, "not-supervisor")
    done = client.post(path, json={"approval": approval()}, headers={"X-Operator": "li"}).json()
    assert (done["destroyed_by"], done["witness"]) == (OPERATOR, SUPERVISOR)
    assert client.get("/api/v1/ledger/to-destroy").json() == []
    shift = client.get("/api/v1/ledger/shift").json()
    assert (shift["drawer"], shift["feeder"], shift["balances"]) == (45, 4, True)
    counts = {"drawer": 44, "feeder": 4}
    closed = ledger_post(client, "/shift/close", counts, **{"Idempotency-Key": "end"})
    assert closed["report"]["differences"] == ["抽屉实点 44 张，账面 45 张，少 1 张"]
    assert client.get("/api/v1/ledger/shifts").json() == [closed]
    assert client.get("/api/v1/ledger/shifts?limit=0").status_code == 422
    assert "少 1 张" in client.get("/supervisor").text.split('id="closed-shifts"')[1]


def test_a_face_is_printed_again_over_http(window: Bench, client: httpx.Client) -> None:
    order = accept(client)
    path = f"/api/v1/orders/{order}"
    client.post(f"{path}/run?wait=20", json={"approved": True})
    assert client.post(f"{path}/reprints", json={"kind": "test", "reason": "x"}).status_code == 422
    window.machine.feeder.insert(0, window.machine.out.pop())
    wish = {"kind": "face-only", "reason": "face-unclear"}
    answers = [client.post(f"{path}/reprints", json=wish).json() for _ in range(2)]
    assert {one["id"] for one in answers} == {answers[0]["id"]}
    again = client.post(
        f"/api/v1/orders/{answers[0]['id']}/run?wait=20", json={"approved": True}
    ).json()
    assert (again["step"], again["kind"], again["previous"]) == ("released", "face-only", order)
    assert window.machine.counts["writes"] == 1


def test_a_question_is_answered_over_http(window: Bench, client: httpx.Client) -> None:
    window.machine.knows_jobs, window.machine.ribbon = False, None
    order = accept(client)
    window.trap.spring("print", "inside", OutcomeUnknownError("no answer"))
    path = f"/api/v1/orders/{order}"
    held = client.post(f"{path}/run?wait=20", json={"approved": True}).json()
    assert [one["answer"] for one in held["question"]["answers"]] == [
        "printed",
        "not-printed",
        "spoiled",
        "discarded",
        "lost",
    ]
    wrong = client.post(f"{path}/answer", json={"answer": "taken"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "step-not-allowed")
    done = client.post(f"{path}/answer", json={"answer": "spoiled"}).json()
    assert (done["step"], done["question"]) == ("spoiled", None)


def test_a_slip_is_only_for_a_card_that_went_out_inactive(client: httpx.Client) -> None:
    order = accept(client)
    answer = client.get(f"/api/v1/orders/{order}/slip.pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "step-not-allowed")


def test_a_test_card_over_http(window: Bench, client: httpx.Client) -> None:
    order = client.post("/api/v1/ledger/test-cards").json()["id"]
    deadline = time.monotonic() + 20
    while client.get(f"/api/v1/orders/{order}").json()["step"] != "released":
        assert time.monotonic() < deadline
    card = ledger_post(client, f"/test-cards/{order}/verdict", {"passed": True})
    assert (card["fate"], card["reason"]) == ("test", "test-passed")
    assert window.machine.out[0].printed == "test card"


def test_the_page_of_the_shift_moves_blanks_once_for_each_press(client: httpx.Client) -> None:
    fields = {"move": "opened", "count": "30", "request": "r1", "page": "supervisor"}
    for _ in range(2):
        page = client.post("/actions/move-stock", data=fields)
        assert "<dt>抽屉应有</dt><dd>30</dd>" in page.text
    wrong = client.post(
        "/actions/move-stock",
        data=fields | {"count": "many", "request": "r2"},
    )
    assert "填写的内容有误" in wrong.text
    assert client.get("/diagnostics").status_code == 200


@pytest.mark.field_case("E3")
def test_twenty_posts_with_one_key_at_once_are_one_order(
    client: httpx.Client, window: Bench
) -> None:
    together = threading.Barrier(20)

    def post(_: int) -> httpx.Response:
        together.wait(30.0)
        return client.post(
            "/api/v1/orders",
            json={"id_number": ID_NUMBER},
            headers={"Idempotency-Key": "the hall's request"},
        )

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(window.journal.orders.recent(9)) == 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LOCK_PATIENCE", 0.05)


@pytest.mark.field_case("G3")
@pytest.mark.usefixtures("impatient")
def test_while_another_program_holds_the_journal_a_caller_is_told_when_to_come_again(
    window: Bench, client: httpx.Client
) -> None:
    other = sqlite3.connect(window.folder / "journal.db")
    other.isolation_level = None
    other.execute("BEGIN IMMEDIATE")
    answer = client.post("/api/v1/orders", json={"id_number": ID_NUMBER})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "journal-busy"
    other.execute("ROLLBACK")
    other.close()
    accept(client)

"""The rule of Idempotency-Key, and the precondition of a revision: nothing happens twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from station.api.once import UnderWay, content_of
from station.core.calls import NamedCall
from station.core.changes import BeginCall
from station.core.errors import DeviceError
from station.core.orders import OrderReason
from tests.rigs.doors import PASSWORD
from tests.unit.api.conftest import Served
from tests.unit.production.doubles import ID_NUMBER

ORDERS = "/api/v1/orders"
KEY = {"Idempotency-Key": "one request"}


def accepted(served: Served) -> str:
    return served.service.orders.create(ID_NUMBER, OrderReason.NEW, "test").id


def etag(answer: httpx.Response) -> dict[str, str]:
    return {"If-Match": answer.headers["ETag"]}


@pytest.mark.field_case("E3")
def test_fifty_requests_at_once_with_one_key_make_one_order(served: Served) -> None:
    begin, not_now = threading.Barrier(50), threading.Event()

    def create(_: int) -> tuple[int, str]:
        begin.wait(30)
        while True:
            answer = served.client.post(ORDERS, json={"id_number": ID_NUMBER}, headers=KEY)
            if "Retry-After" not in answer.headers:
                return answer.status_code, answer.json().get("id", answer.text)
            not_now.wait(float(answer.headers["Retry-After"]))  # this PC is very busy

    with ThreadPoolExecutor(50) as pool:
        answers = set(pool.map(create, range(50)))
    (only,) = {answer for answer in answers if answer[0] == 201}
    assert answers == {only}
    assert len(served.bench.journal.orders.recent(99)) == 1


def test_the_same_key_gives_the_result_as_it_is_now(served: Served) -> None:
    body = {"id_number": ID_NUMBER}
    first = served.client.post(ORDERS, json=body, headers=KEY).json()
    served.service.orders.cancel(first["id"], "test")
    again = served.client.post(ORDERS, json=body, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (201, first["id"])
    assert again.json()["step"] == "cancelled"
    assert len(served.bench.journal.orders.recent(99)) == 1


def other_body(served: Served) -> httpx.Response:
    served.client.post(ORDERS, json={"id_number": ID_NUMBER}, headers=KEY)
    return served.client.post(ORDERS, json={"id_number": ID_NUMBER, "reason": "new"}, headers=KEY)


def other_operation(served: Served) -> httpx.Response:
    served.client.post(ORDERS, json={"id_number": ID_NUMBER}, headers=KEY)
    return served.client.post("/api/v1/write-backs/retry", headers=KEY)


def other_home(served: Served) -> httpx.Response:
    move = {"move": "opened", "count": 10}
    assert served.client.post("/api/v1/ledger/stock", json=move, headers=KEY).status_code == 200
    return served.client.post(ORDERS, json={"id_number": ID_NUMBER}, headers=KEY)


def other_order(served: Served) -> httpx.Response:
    order = accepted(served)
    assert served.client.post(f"{ORDERS}/{order}/cancel", headers=KEY).status_code == 200
    return served.client.post(f"{ORDERS}/{accepted(served)}/cancel", headers=KEY)


def other_act(served: Served) -> httpx.Response:
    order = accepted(served)
    assert served.client.post(f"{ORDERS}/{order}/cancel", headers=KEY).status_code == 200
    return served.client.post(f"{ORDERS}/{order}/run", json={}, headers=KEY)


@pytest.mark.parametrize(
    "use_again", [other_body, other_operation, other_home, other_order, other_act]
)
def test_a_key_is_for_one_request_only(
    served: Served, use_again: Callable[[Served], httpx.Response]
) -> None:
    answer = use_again(served)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


def test_a_refused_request_leaves_its_key_free(served: Served) -> None:
    order = accepted(served)
    path = f"{ORDERS}/{order}/steps/printed"
    for _ in range(2):
        answer = served.client.post(path, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (409, "step-not-allowed")
    assert served.client.post(f"{ORDERS}/{order}/cancel", headers=KEY).status_code == 200


def test_a_repeated_act_rests_on_no_revision_any_more(served: Served) -> None:
    order = accepted(served)
    seen = etag(served.client.get(f"{ORDERS}/{order}"))
    for _ in range(2):
        answer = served.client.post(f"{ORDERS}/{order}/cancel", headers=KEY | seen)
        assert (answer.status_code, answer.json()["step"]) == (200, "cancelled")


def test_a_goal_may_be_asked_for_again_after_a_crash(served: Served) -> None:
    order = accepted(served)
    begin(served, f"{ORDERS}/{order}/cancel", "POST /orders/{order}/cancel")
    answer = served.client.post(f"{ORDERS}/{order}/cancel", headers=KEY)
    assert (answer.status_code, answer.json()["step"]) == (200, "cancelled")


def test_what_rests_on_a_persons_eyes_is_not_done_again_after_a_crash(served: Served) -> None:
    order = accepted(served)
    path = f"{ORDERS}/{order}/answer"
    body = {"answer": "printed"}
    begin(served, path, "POST /orders/{order}/answer", b'{"answer": "printed"}')
    answer = served.client.post(path, json=body, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "request-interrupted")
    fresh = served.client.post(path, json=body, headers={"Idempotency-Key": "another"})
    assert fresh.json()["code"] == "step-not-allowed"  # it was looked at: nothing is asked


def begin(served: Served, path: str, operation: str, body: bytes = b"") -> None:
    """Leave what a daemon leaves that was killed in the middle of a call."""
    call = NamedCall(KEY["Idempotency-Key"], operation, content_of(path, body))
    with served.bench.journal.transaction("test") as change:
        change.apply(BeginCall(call))


def test_a_card_is_put_away_once_however_often_that_is_asked(served: Served) -> None:
    tried: list[str] = []

    def fails(actor: str, **_: Any) -> None:  # noqa: ANN401
        tried.append(actor)
        raise DeviceError("the printer broke off", native_code=7)

    served.service.machine.reject_left_card = fails  # type: ignore[method-assign,assignment]
    path = "/api/v1/station/reject-left-card"
    first = served.client.post(path, headers=KEY)
    again = served.client.post(path, headers=KEY)
    assert first.status_code >= 500
    assert (again.status_code, again.json()["code"]) == (409, "request-interrupted")
    assert len(tried) == 1


def test_a_request_under_way_is_waited_for_and_then_refused(served: Served) -> None:
    inside, go_on = threading.Event(), threading.Event()
    cancel = served.service.orders.cancel

    def slow(*given: Any, **named: Any) -> Any:  # noqa: ANN401
        inside.set()
        assert go_on.wait(30)
        return cancel(*given, **named)

    order = accepted(served)
    served.service.orders.cancel = slow  # type: ignore[method-assign]
    path = f"{ORDERS}/{order}/cancel"
    app: Any = served.app
    app.state.under_way = UnderWay(patience=0.2)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(served.client.post, path, headers=KEY)
        assert inside.wait(30)
        refused = served.client.post(path, headers=KEY)
        assert (refused.status_code, refused.json()["code"]) == (409, "request-under-way")
        assert refused.headers["Retry-After"] == "1"
        other = served.client.post(f"{ORDERS}/{order}/run", json={}, headers=KEY)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        app.state.under_way.patience = 30.0
        waits = pool.submit(served.client.post, path, headers=KEY)
        go_on.set()
        assert first.result(30).json()["step"] == "cancelled"
        assert waits.result(30).json()["step"] == "cancelled"


def test_two_clerks_do_not_step_one_order_twice(served: Served) -> None:
    order = accepted(served)
    seen = etag(served.client.get(f"{ORDERS}/{order}"))
    begin = threading.Barrier(2)

    def press(_: int) -> httpx.Response:
        begin.wait(30)
        return served.client.post(f"{ORDERS}/{order}/run", json={}, headers=seen)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (late,) = [answer for answer in answers if answer.status_code == 412]
    assert late.json()["code"] == "order-changed"
    now = served.service.stepping.revision(order)
    assert int(late.headers["ETag"].strip('"')) <= now
    assert late.headers["ETag"] != seen["If-Match"]


def test_a_precondition_is_an_etag_or_a_star(served: Served) -> None:
    order = accepted(served)
    for wrong in ("1", 'W/"1"', '"x"', '"1", "2"', ""):
        answer = served.client.post(f"{ORDERS}/{order}/cancel", headers={"If-Match": wrong})
        assert answer.status_code == 422, wrong
    answer = served.client.post(f"{ORDERS}/{order}/cancel", headers={"If-Match": "*"})
    assert answer.status_code == 200


@pytest.mark.parametrize("secret", ["password", "card_pin"])
def test_a_secret_is_no_part_of_a_request(secret: str) -> None:
    body = f'{{"answer": "lost", "approval": {{"operator": "wang", "{secret}": "{PASSWORD}"}}}}'
    content = content_of("/x", body.encode())
    assert PASSWORD not in content
    assert content != content_of("/y", body.encode())
    assert content == content_of("/x", body.replace(PASSWORD, "typed again").encode())
    assert content_of("/x", b"{") != content_of("/x", b"[")

"""The queue over the API: several approvals in one call, and what is listed."""

from __future__ import annotations

import pytest

from station.core.orders import OrderReason, OrderStep, Queue
from tests.unit.api.conftest import Served
from tests.unit.production.doubles import ID_NUMBER

WAIT = 30.0  #: seconds; only a failure takes them


def prepared(served: Served, queue: str = "window") -> str:
    body = {"id_number": ID_NUMBER, "queue": queue}
    order = str(served.client.post("/api/v1/orders", json=body).raise_for_status().json()["id"])
    ready = OrderStep.DATA_READY.value
    step = served.client.post(f"/api/v1/orders/{order}/steps/{ready}?wait=20")
    assert step.raise_for_status().json()["step"] == ready
    return order


def test_several_approvals_are_one_call_and_each_has_its_own_answer(served: Served) -> None:
    order, unknown = prepared(served), "f" * 32
    body = {"orders": [order, unknown], "approved": True}
    answer = served.client.post("/api/v1/queue", json=body)
    assert answer.status_code == 200
    done, missing = answer.json()
    assert (done["order"], done["problem_code"]) == (order, None)
    assert missing == {"order": unknown, "step": None, "problem_code": "order-not-found"}
    view = served.service.orders.wait_for(order, OrderStep.RELEASED, WAIT)
    assert view.step is OrderStep.RELEASED
    assert served.client.get("/api/v1/queue").json() == []


def test_a_batch_is_listed_as_one(served: Served) -> None:
    made = served.service.orders.create(ID_NUMBER, OrderReason.NEW, "clerk", queue=Queue.BATCH)
    served.service.orders.press(made.id, OrderStep.DATA_READY, "clerk")
    served.service.orders.wait_for(made.id, OrderStep.DATA_READY, WAIT)
    served.bench.machine.feeder.clear()  # it waits for blanks
    served.client.post("/api/v1/queue", json={"orders": [made.id], "approved": True})
    served.service.orders.wait_for(made.id, OrderStep.RELEASED, WAIT)
    assert served.client.get("/api/v1/queue").json() == [
        {
            "order": made.id,
            "place": 1,
            "step": "approved",
            "queue": "batch",
            "problem_code": "media-empty",
        }
    ]


@pytest.mark.field_case("E10")
@pytest.mark.parametrize("approved", [False, "yes", "true", 1, None])
def test_nothing_but_true_says_that_a_person_has_compared(served: Served, approved: object) -> None:
    body = {"orders": ["f" * 32], "approved": approved}
    assert served.client.post("/api/v1/queue", json=body).status_code == 422


@pytest.mark.parametrize("orders", [[], ["nonsense"], ["f" * 32] * 201])
def test_a_list_that_cannot_be_meant_is_refused(served: Served, orders: list[str]) -> None:
    body = {"orders": orders, "approved": True}
    assert served.client.post("/api/v1/queue", json=body).status_code == 422

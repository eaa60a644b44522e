"""Orders are searched for by person, day, kind and step, a page at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from station.core.orders import OrderReason
from station.core.people import Role
from tests.rigs.doors import Signed, let_in
from tests.unit.api.conftest import Served
from tests.unit.production.doubles import ID_NUMBER

SEARCH = "/api/v1/order-search"


def one_after_another(served: Served, count: int) -> list[str]:
    """Accept and cancel so many orders of one person; oldest first."""
    made = []
    for _ in range(count):
        order = served.service.orders.create(ID_NUMBER, OrderReason.NEW, "test").id
        served.service.orders.cancel(order, "test")
        made.append(order)
    return made


def test_a_person_is_found_by_number_and_the_answer_masks_it(served: Served) -> None:
    (order,) = one_after_another(served, 1)
    found = served.client.post(SEARCH, json={"id_number": ID_NUMBER.lower()})
    assert found.status_code == 200
    assert [one["id"] for one in found.json()["orders"]] == [order]
    assert ID_NUMBER not in found.text
    other = served.client.post(SEARCH, json={"id_number": "410701199001012018"})
    assert (other.status_code, other.json().get("orders", [])) in ((200, []), (422, []))


def test_a_search_is_read_page_by_page_without_a_gap(served: Served) -> None:
    made = one_after_another(served, 5)
    body: dict[str, Any] = {"step": "cancelled", "kind": "full", "limit": 2}
    seen: list[str] = []
    pages = 0
    while True:
        page = served.client.post(SEARCH, json=body).json()
        seen += [one["id"] for one in page["orders"]]
        pages += 1
        if page["next"] is None:
            break
        body["cursor"] = page["next"]
    assert (seen, pages) == (made[::-1], 3)


def test_a_day_is_the_day_where_the_station_is(served: Served) -> None:
    (order,) = one_after_another(served, 1)
    today = dt.datetime.now().astimezone().date()
    yesterday = today - dt.timedelta(days=1)
    for day, expected in ((today, [order]), (yesterday, [])):
        page = served.client.post(SEARCH, json={"day": day.isoformat()}).json()
        assert [one["id"] for one in page["orders"]] == expected
        listed = served.client.get("/api/v1/orders", params={"day": day.isoformat()}).json()
        assert [one["id"] for one in listed] == expected


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": True},
        {"cursor": "x"},
        {"day": "2031-02-30"},
        {"step": "flown"},
        {"id_number": "410701199003074535"},  # its check digit does not fit
        {"name": "anything"},
    ],
)
def test_what_can_not_be_searched_for_is_refused(served: Served, body: dict[str, Any]) -> None:
    answer = served.client.post(SEARCH, json=body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_technician_searches_for_nobody(served: Served) -> None:
    let_in(served.doors, "tech", {Role.TECHNICIAN})
    address = f"http://{served.host}:{served.port}"
    with Signed(served.doors, "tech", base_url=address) as technician:
        assert technician.post(SEARCH, json={"id_number": ID_NUMBER}).status_code == 403

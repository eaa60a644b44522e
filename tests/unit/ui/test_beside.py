"""The other person's order beside the one on the operator page, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.api.conftest import Served, serving
from tests.unit.batches.lists import number
from tests.unit.production.doubles import ID_NUMBER


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as made:
        yield made


def fetch(served: Served, id_number: str) -> str:
    order = str(served.client.post("/api/v1/orders", json={"id_number": id_number}).json()["id"])
    steps = f"/api/v1/orders/{order}/steps"
    assert served.client.post(f"{steps}/data-ready?wait=30").is_success
    return order


def feed(served: Served, order: str) -> None:
    for step in ("approved", "fed"):
        path = f"/api/v1/orders/{order}/steps/{step}?wait=30"
        assert served.client.post(path).is_success


def panels(served: Served, order: str, before: str = "") -> dict[str, str]:
    asked = {"page": "operator", "order": order, "before": before}
    return dict(served.client.get("/ui/panels", params=asked).json()["panels"])


def test_it_leads_to_the_machines_order_and_back_to_the_person_in_hand(served: Served) -> None:
    first = fetch(served, ID_NUMBER)
    feed(served, first)
    second = fetch(served, number(2))
    shown = panels(served, second)["beside"]
    assert f'href="/?order={first}" data-show="{first}"' in shown
    assert 'data-beside="at-machine"' in shown
    assert "卡在机内" in shown
    assert "data-alarm" not in shown
    back = panels(served, first, second)["beside"]
    assert f'data-show="{second}"' in back
    assert "待核对" in back


def test_it_masks_the_number_and_the_other_panels_are_of_one_person(served: Served) -> None:
    first = fetch(served, ID_NUMBER)
    feed(served, first)
    second = fetch(served, number(2))
    shown = panels(served, second)
    assert ID_NUMBER not in "".join(shown.values())
    assert first not in shown["order"]
    assert number(2) in shown["order"]
    assert second not in panels(served, first, second)["order"]


def test_a_fault_of_it_is_told_with_its_title(served: Served) -> None:
    first = fetch(served, ID_NUMBER)
    feed(served, first)
    second = fetch(served, number(2))
    served.bench.machine.path = None
    served.client.post(f"/api/v1/orders/{first}/steps/encoded?wait=30")
    shown = panels(served, second)["beside"]
    assert re.search(r'data-level="error"[^>]* data-alarm', shown)
    assert "机内没有本任务的卡" in shown


def test_without_another_one_it_keeps_its_place(served: Served) -> None:
    order = fetch(served, ID_NUMBER)
    shown = panels(served, order)["beside"]
    assert "没有另一位在办" in shown
    assert "data-show" not in shown

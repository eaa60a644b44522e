"""The start-up screen of the operator page, over HTTP."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.orders import OrderStep
from station.core.people import Role
from station.production.services.start_up import LEFT_OVER_READ
from tests.rigs.doors import OPERATOR, Signed, let_in
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER, Bench
from tests.unit.production.in_place import Walk
from tests.unit.production.test_engine import wait_until

SCREEN = '<section class="panel start-up"'
OPEN = re.compile(r'<a class="secondary" href="(/[^"]*)"')


@contextlib.contextmanager
def on_what_was_left(folder: Path, step: OrderStep) -> Iterator[tuple[Served, str]]:
    """Serve a window whose last station stopped with a card inside; the card is gone now."""
    bench = Bench(folder)
    order = Walk.accept(bench)
    order.to(step)
    bench.journal.close()
    with serving(folder) as served:
        wait_until(lambda: served.service.start_up.now() != ())
        yield served, order.id


@pytest.fixture
def left(tmp_path: Path) -> Iterator[tuple[Served, str]]:
    with on_what_was_left(tmp_path, OrderStep.REPORTED) as made:
        yield made


def screen(served: Served, order: str = "") -> str:
    panels = served.client.get(f"/ui/panels?page=operator&order={order}").json()["panels"]
    return str(panels["start_up"])


def press(served: Served, order: str = "") -> None:
    answer = served.client.post(
        "/actions/start-up-read",
        data={"page": "operator", "order": order},
        headers={"X-Press": "1"},
    )
    assert answer.json()["notice"] == ""


def test_it_says_what_was_found_what_it_means_and_what_to_do(left: tuple[Served, str]) -> None:
    served, order = left
    page = served.client.get(f"/?order={order}").text
    assert SCREEN in page
    shown = screen(served)
    assert "的卡还在机器里，已回盘" in shown
    question = served.service.orders.one(order).question
    assert question is not None
    assert question.text in shown
    assert "打开任务，看过卡再回答下面的问题。" in shown
    assert f'href="/?order={order}" data-show="{order}"' in shown
    assert ID_NUMBER not in shown


def test_the_question_itself_stays_on_the_page_with_its_answers(left: tuple[Served, str]) -> None:
    served, order = left
    page = served.client.get(f"/?order={order}").text
    assert page.index(SCREEN) < page.index('action="/actions/answer"')


def test_every_link_of_it_leads_to_a_page(left: tuple[Served, str]) -> None:
    served, _ = left
    found = OPEN.findall(screen(served))
    assert found
    for address in found:
        assert served.client.get(address).status_code == 200


def test_one_press_closes_it_for_every_page_and_is_kept_with_who(left: tuple[Served, str]) -> None:
    served, order = left
    press(served, order)
    assert screen(served, order).strip() == ""
    press(served, order)
    assert SCREEN not in served.client.get("/").text
    (event,) = served.bench.journal.history.newest(LEFT_OVER_READ, 5)
    assert event.actor == OPERATOR


def test_without_a_script_the_page_of_the_same_order_follows(left: tuple[Served, str]) -> None:
    served, order = left
    page = served.client.post(
        "/actions/start-up-read", data={"page": "operator", "order": order}
    ).text
    assert SCREEN not in page
    assert f'data-order="{order}"' in page


def test_a_technician_does_not_close_it(left: tuple[Served, str]) -> None:
    served, _ = left
    let_in(served.doors, "tech", {Role.TECHNICIAN})
    address = f"http://{served.host}:{served.port}"
    with Signed(served.doors, "tech", base_url=address) as technician:
        assert technician.post("/actions/start-up-read").status_code == 403
    assert screen(served).strip() != ""


def test_it_is_not_there_when_nothing_was_left_over(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        wait_until(lambda: served.service.recovered)
        assert screen(served).strip() == ""

"""SIGKILL for the real daemon: a fixed small part of `make torture-kill`, and a lost answer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from simulators.world import WorldOptions, wait_until
from tests.torture import kills
from tests.torture.trapped_daemon import PASSED, TRAP

KEY = {"Idempotency-Key": "one request"}

#: The outcome of the chip write is not durable yet; the intent to print is, and nothing else.
CHOSEN = {("before", "outcome write-chip"), ("after", "intent print")}


def chosen(name: str) -> bool:
    return any(f"SIGKILL {when} " in name and commit in name for when, commit in CHOSEN)


def test_a_daemon_that_is_killed_between_intent_and_outcome_loses_no_card(tmp_path: Path) -> None:
    found = list(kills.results(tmp_path, kills.COURSES[:1], chosen))
    assert [result.violations for result in found] == [[], []]
    assert [result.kills for result in found] == [1, 1]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[kills.TrappedWorld]:
    made = kills.TrappedWorld(WorldOptions(folder=tmp_path / "world", pcsc=False))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.field_case("E3")
def test_an_order_whose_answer_was_lost_by_a_kill_is_found_again(
    world: kills.TrappedWorld,
) -> None:
    """The daemon dies between the commit of the order and the answer; the request comes again."""
    body = {"id_number": world.person("ready")["id_number"]}
    world.badge()  # a login is a commit of its own
    (world.folder / TRAP).write_text("1 after", encoding="utf-8")
    with pytest.raises(httpx.TransportError):
        world.api("POST", "/orders", json=body, headers=KEY)
    wait_until(lambda: not world.daemon.is_running(), 30.0, "the kill")
    assert "order-accepted" in (world.folder / PASSED).read_text(encoding="utf-8")
    (world.folder / TRAP).write_text("0 never", encoding="utf-8")
    with contextlib.suppress(KeyError):
        world.kill_station()
    world.start_station()
    (made,) = world.api("GET", "/orders").json()
    again = world.api("POST", "/orders", json=body, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (201, made["id"])
    # And fifty at once, with another key, for another person: one more order.
    other = {"id_number": world.people("ready")[1]["id_number"]}
    begin = threading.Barrier(50)

    def create(_: int) -> tuple[int, str]:
        begin.wait(30)
        asked = {"Idempotency-Key": "fifty requests"}
        while True:
            answer = world.api("POST", "/orders", json=other, headers=asked)
            if "Retry-After" not in answer.headers:
                return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(50) as pool:
        ((status, order),) = set(pool.map(create, range(50)))
    assert status == 201
    assert [one["id"] for one in world.api("GET", "/orders").json()] == [order, made["id"]]

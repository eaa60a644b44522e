"""45 integrators that wait for a step, 100 listeners of the event stream, and one clerk."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from tests.chaos.stage import Scenario, Stage

WAITERS: Final = 45
LISTENERS: Final = 100


def waiters(stage: Stage) -> None:
    """45 clients wait for a step that cannot come yet; the clerk works, then they hang up."""
    clerk = stage.clerk
    wish, other = clerk.next_person(), clerk.next_person()
    with stage.in_the_middle_of("feed", wish):
        path = f"/api/v1/orders/{wish.order}/steps/fed?wait=300"
        with _connections(stage, WAITERS, _request(stage, "POST", path)):
            stage.answers_at_once(f"while {WAITERS} clients wait")
            stage.answers_at_once(f"while {WAITERS} clients wait", f"/orders/{wish.order}")
        stage.answers_at_once(f"after {WAITERS} clients have hung up")
    clerk.accept(other)
    clerk.serve(wish)
    clerk.serve(other)


def listeners(stage: Stage) -> None:
    """100 clients listen to the history while a card is made."""
    wish = stage.clerk.next_person()
    with _connections(stage, LISTENERS, _request(stage, "GET", "/api/v1/events")):
        stage.answers_at_once(f"while {LISTENERS} clients listen")
        stage.clerk.start(wish)
        stage.clerk.serve(wish)
        stage.answers_at_once(f"while {LISTENERS} clients listen", f"/orders/{wish.order}")
    stage.answers_at_once(f"after {LISTENERS} listeners have hung up")


def _request(stage: Stage, method: str, path: str) -> bytes:
    body = json.dumps({}).encode() if method == "POST" else b""
    lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}")
    badge = (f"{name}: {value}" for name, value in stage.world.badge().items())
    return "\r\n".join([*lines, *badge, "Content-Type: application/json", "", ""]).encode() + body


@contextlib.contextmanager
def _connections(stage: Stage, count: int, request: bytes) -> Iterator[None]:
    address = urlsplit(stage.world.station_page)
    with contextlib.ExitStack() as opened:
        for _ in range(count):
            client = socket.create_connection((address.hostname, address.port or 0), timeout=30)
            opened.enter_context(contextlib.closing(client))
            client.sendall(request)
        yield


SCENARIOS: Final = (
    Scenario(f"{WAITERS} integrators wait", waiters, cases=("E4", "G10")),
    Scenario(f"{LISTENERS} listeners", listeners),
)

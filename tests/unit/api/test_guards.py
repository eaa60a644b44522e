"""Each guard of the doors holds an attack back: without the guard, the attack succeeds."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import logging
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import anyio
import filelock
import httpx
import pytest
from starlette import responses
from starlette.staticfiles import StaticFiles

from station import listeners, logs, state_folder, web
from station.access import clients, doors, operators, sessions, table
from station.api import bodies, origin, rates, shields
from station.api import doors as keeper
from station.core.errors import ParcelError, StationHeldError
from station.core.people import Approval, ApprovalMethod, Role
from station.offline import form
from station.ui import doors_pages, pressed
from tests.rigs.doors import OPERATOR, PASSWORD, SUPERVISOR, Signed, approval, let_in
from tests.unit.api.conftest import Served, serving

CROSS = {"Sec-Fetch-Site": "cross-site"}
CHECK = {"page": "diagnostics"}


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("guards")) as made:
        let_in(made.doors, "tech", {Role.TECHNICIAN})
        yield made


def anonymous(window: Served) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://{window.host}:{window.port}", trust_env=False, timeout=60.0
    )


def rebound(window: Served) -> bool:
    return window.client.get("/api/v1/health", headers={"Host": "evil.example"}).is_success


def foreign_script(window: Served) -> bool:
    headers = {"Origin": "https://evil.example"}
    return window.client.post("/actions/check", data=CHECK, headers=headers).is_success


def foreign_form(window: Served) -> bool:
    return window.client.post("/actions/check", data=CHECK, headers=CROSS).is_success


def framed(window: Served) -> bool:
    policy = window.client.get("/").headers.get("content-security-policy", "")
    return "frame-ancestors 'none'" not in policy


def forged_form(window: Served) -> bool:
    with anonymous(window) as client:
        client.cookies.set(web.COOKIE, window.client.session.token)
        return client.post("/actions/check", data=CHECK).is_success


def without_login(window: Served) -> bool:
    with anonymous(window) as client:
        return client.get("/api/v1/orders").is_success


def above_the_role(window: Served) -> bool:
    base = f"http://{window.host}:{window.port}"
    with Signed(window.doors, "tech", base_url=base) as client:
        answer = client.post("/api/v1/orders", json={"id_number": "1"})
        return answer.status_code != 403


def replayed(window: Served) -> bool:
    session = window.doors.log_in(OPERATOR, PASSWORD)
    window.doors.sessions.close(session.token)
    with anonymous(window) as client:
        badge = {"Authorization": f"Bearer {session.token}"}
        return client.get("/api/v1/orders", headers=badge).is_success


def revoked(window: Served) -> bool:
    token = window.doors.clients.add("gone", Role.CENTRAL, by="test")
    window.doors.clients.revoke("gone", by="test")
    with anonymous(window) as client:
        badge = {"Authorization": f"Bearer {token}"}
        return client.get("/api/v1/orders", headers=badge).is_success


def guessed(window: Served) -> bool:
    """Ten guesses in a row, all of them looked at."""
    seen = []
    with anonymous(window) as client:
        for number in range(10):
            login = {"operator": "guessed", "password": f"guess-{number}"}
            seen.append(client.post("/api/v1/session", json=login).json()["code"])
    return seen == ["login-refused"] * 10


def self_approved(window: Served) -> bool:
    base = f"http://{window.host}:{window.port}"
    with Signed(window.doors, SUPERVISOR, base_url=base) as client:
        body = {"approval": approval(SUPERVISOR)}
        answer = client.post("/api/v1/ledger/cards/1/destroy", json=body)
        return bool(answer.json()["code"] != "not-supervisor")


def led_away(window: Served) -> bool:
    with anonymous(window) as client:
        fields = {"operator": OPERATOR, "password": PASSWORD, "next": "//evil.example"}
        answer = client.post("/login", data=fields)
        return answer.headers["location"] != "/"


def oversized(window: Served) -> bool:
    body = {"id_number": "1", "more": "x" * 70_000}
    return window.client.post("/api/v1/orders", json=body).status_code != 413


def oversized_in_chunks(window: Served) -> bool:
    chunks = (b"x" * 10_000 for _ in range(7))
    headers = {"Content-Type": "application/json"}
    answer = window.client.post("/api/v1/orders", content=chunks, headers=headers)
    return answer.status_code != 413


def climbed(window: Served) -> bool:
    """A path above the folder of what the pages load; written by hand, as no client sends it."""
    with socket.create_connection((window.host, window.port), timeout=120.0) as raw:
        raw.sendall(f"GET /static/%2e%2e/pages.py HTTP/1.1\r\n{window.signed}\r\n".encode())
        return b" 200 " in raw.recv(64)


def fixed(window: Served) -> bool:
    """The victim logs in with a browser that has the attacker's token."""
    with anonymous(window) as victim, anonymous(window) as attacker:
        for client in (victim, attacker):
            client.cookies.set(web.COOKIE, "known-to-the-attacker")
        victim.post("/login", data={"operator": OPERATOR, "password": PASSWORD})
        return attacker.get("/api/v1/orders").is_success


def flooded_with_listeners(window: Served) -> bool:
    with contextlib.ExitStack() as held:
        return all(
            held.enter_context(window.client.stream("GET", "/api/v1/events")).is_success
            for _ in range(listeners.MOST_OF_ONE + 1)
        )


def hammered(window: Served) -> bool:
    """More requests than the rate allows, from a caller of its own."""
    limit = rates.RateLimit(mock.Mock(), rate=1.0)

    async def ask() -> list[int]:
        return [limit._wait("caller") for _ in range(50)]

    return not any(asyncio.run(ask()))


def piled_up(window: Served) -> bool:
    """Requests whose bodies never come, until their caller holds every connection."""
    base = f"http://{window.host}:{window.port}"
    with contextlib.ExitStack() as held, Signed(window.doors, "tech", base_url=base) as client:
        session = client.session
        head = (
            f"POST /api/v1/orders HTTP/1.1\r\nHost: {window.host}:{window.port}\r\n"
            f"Cookie: {web.COOKIE}={session.token}\r\nContent-Length: 9\r\n\r\n"
        )
        for _ in range(rates.MOST_AT_ONCE):
            raw = held.enter_context(socket.create_connection((window.host, window.port)))
            raw.sendall(head.encode())
        return bool(client.get("/api/v1/station").status_code != 429)


def dribbled(window: Served) -> bool:
    """A body whose end never comes: is its request held for ever?"""
    del window
    answered: list[int] = []

    async def ask() -> bool:
        async def never_ends() -> dict[str, Any]:
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b"x", "more_body": True}

        async def send(message: Any) -> None:  # noqa: ANN401 - ASGI
            answered.append(message.get("status", 0))

        limit = bodies.BodyLimit(mock.Mock(), seconds=0.05)
        scope = {"type": "http", "path": "/api/v1/orders", "headers": [], "method": "POST"}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(limit(scope, never_ends, send), 0.5)
        return 408 not in answered

    return asyncio.run(ask())


def nested(window: Served) -> bool:
    """A file of brackets, until a reader of JSON has no stack left."""
    del window
    try:
        form.take_apart("[" * 200_000 + "\nQQ==\nQQ==", "card-station-receipts")
    except ParcelError:
        return False
    except RecursionError:
        return True
    return True


def overflown(window: Served) -> bool:
    """A number that no column of the journal holds."""
    fields = {"card": str(10**20), "confirmed": f"destroy-card:{10**20}"}
    fields |= {"approver": SUPERVISOR, "approver_password": PASSWORD}
    return window.client.post("/actions/destroy-card", data=fields).status_code >= 500


def header_added(window: Served) -> bool:
    """A line of our head, written by whoever made the link to the login page; or a defect."""
    fields = {"operator": OPERATOR, "password": PASSWORD, "next": "/\r\nX-Evil: 1"}
    with anonymous(window) as client:
        try:
            return "x-evil" in client.post("/login", data=fields).headers
        except httpx.RemoteProtocolError:
            return True  # the server's own check ends the connection, without an answer


def log_line_added(window: Served) -> bool:
    """A line of our log, written by whoever chose a name."""
    del window
    record = logging.makeLogRecord({"msg": "refused: %s", "args": ('x\n{"event": "forged"}',)})
    return "\n" in logs.JsonLines().format(record)


def second_daemon(window: Served) -> bool:
    folder = window.bench.folder / "state"
    try:
        with state_folder.held(folder, "one"), state_folder.held(folder, "two"):
            return True
    except StationHeldError:
        return False


def read_by_another(window: Served) -> bool:
    folder = window.bench.folder / "open"
    folder.mkdir(exist_ok=True)
    file = folder / "journal.db"
    file.touch()
    file.chmod(0o644)
    folder.chmod(0o755)
    state_folder.make_private(folder)
    return bool((folder.stat().st_mode | file.stat().st_mode) & 0o077)


def naive_path(self: StaticFiles, path: str) -> tuple[str, Any]:
    place = Path(str(self.directory)) / path
    return str(place), place.stat()


class AllPaths:
    """As the paths that are not counted: all of them."""

    def __contains__(self, path: object) -> bool:
        return True


def count_only(self: listeners.ListenerPlaces, caller: str) -> None:
    self._taken[caller] += 1


@contextlib.contextmanager
def all_the_time(seconds: float) -> Iterator[Any]:
    del seconds
    yield mock.Mock(cancelled_caught=False)


def plain_line(self: logs.JsonLines, record: logging.LogRecord) -> str:
    return logging.Formatter.format(self, record)


def as_it_is(text: str, **_: object) -> str:
    return text


def yes(*_: object, **__: object) -> bool:
    return True


def nothing(*_: object, **__: object) -> None:
    return None


async def straight_on(self: Any, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
    await self._app(scope, receive, send)


def approve_anybody(
    self: doors.Doors, act: str, actor: str, name: str, password: str, *, card_pin: str = ""
) -> object:
    del act, actor, card_pin
    return Approval(self.operators.prove(name, password).name, ApprovalMethod.PASSWORD)


@dataclass(frozen=True)
class Guard:
    attack: Callable[[Served], bool]
    removed: tuple[tuple[object, str, object], ...]


def _inside_of_nothing(there: str) -> str:
    return there


GUARDS = {
    "Host": Guard(rebound, ((origin.HostGuard, "__call__", straight_on),)),
    "Origin": Guard(foreign_script, ((origin.OriginGuard, "_allowed", yes),)),
    "Sec-Fetch-Site": Guard(foreign_form, ((origin, "_is_ours_or_typed", yes),)),
    "frame-ancestors": Guard(framed, ((shields, "HEADERS", {}),)),
    "form token": Guard(forged_form, ((web, "csrf_fits", yes),)),
    "login": Guard(
        without_login, ((keeper.Addresses, "is_public", yes), (doors.Doors, "require", nothing))
    ),
    "table": Guard(above_the_role, ((table, "may", yes),)),
    "log out": Guard(replayed, ((sessions.Sessions, "close", nothing),)),
    "revocation": Guard(revoked, ((clients.Clients, "revoke", nothing),)),
    "lock-out": Guard(guessed, ((operators, "wait_after", lambda failures: 0.0),)),
    "second person": Guard(self_approved, ((doors.Doors, "approve", approve_anybody),)),
    "way back": Guard(led_away, ()),
    "body size": Guard(oversized, ((bodies, "MOST_BYTES", 10**9),)),
    "size of chunks": Guard(oversized_in_chunks, ((bodies, "MOST_BYTES", 10**9),)),
    "static folder": Guard(climbed, ((StaticFiles, "lookup_path", naive_path),)),
    "new token": Guard(fixed, ((secrets, "token_urlsafe", lambda size: "known-to-the-attacker"),)),
    "places": Guard(flooded_with_listeners, ((listeners.ListenerPlaces, "take", count_only),)),
    "rate": Guard(hammered, ((rates.RateLimit, "_wait", lambda self, name: 0),)),
    "under way": Guard(piled_up, ((rates, "STREAMS", AllPaths()),)),
    "slow body": Guard(dribbled, ((anyio, "move_on_after", all_the_time),)),
    "depth": Guard(nested, ((form, "RecursionError", KeyError),)),
    "size of numbers": Guard(overflown, ((pressed, "LARGEST_ID", 10**30),)),
    "lines of the head": Guard(
        header_added, ((doors_pages, "_inside", _inside_of_nothing), (responses, "quote", as_it_is))
    ),
    "lines of the log": Guard(log_line_added, ((logs.JsonLines, "format", plain_line),)),
    "lock": Guard(second_daemon, ((filelock.FileLock, "acquire", nothing),)),
    "private files": Guard(read_by_another, ((state_folder, "_close_to_others", nothing),)),
}


@pytest.mark.parametrize("name", GUARDS)
def test_an_attack_succeeds_only_without_its_guard(
    window: Served, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    guard = GUARDS[name]
    assert not guard.attack(window), "the guard holds it back"
    window.doors._store.run("DELETE FROM tries")
    removed = guard.removed or ((doors_pages, "_inside", _inside_of_nothing),)
    for place, attribute, instead in removed:
        builtin = hasattr(builtins, attribute)  # what a module does not have, and catches
        monkeypatch.setattr(place, attribute, instead, raising=not builtin)
    assert guard.attack(window), "it is this guard that holds it back"

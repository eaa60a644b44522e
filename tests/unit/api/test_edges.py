"""What programs and hostile pages send: large numbers, odd origins, endless bodies, many waits."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import socket
import threading
import time
from typing import Any
from unittest import mock

import httpx
import pytest
from pydantic import ValidationError

from station import listeners
from station.api import bodies, events, rates, server, waiting
from station.core.errors import ParcelError
from station.core.errors.doors import ListenersError
from station.core.gateways import ProductionData
from station.core.origins import normal_origin
from station.core.people import Role
from station.offline import form
from station.settings_tables import ServerSection
from tests.rigs.doors import OPERATOR, SUPERVISOR, Signed, approval
from tests.unit.api.conftest import PAIRED, Served
from tests.unit.production.doubles import ID_NUMBER, FakeProvince

SECONDS = 30.0
HUGE = "9223372036854775808"  # 2**63
KEY = {"Idempotency-Key": "k"}


def problem_of(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return dict(answer.json())


def accepted(served: Served) -> str:
    answer = served.client.post("/api/v1/orders", json={"id_number": ID_NUMBER})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.mark.field_case("E1")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/events?after={HUGE}", None),
        ("GET", f"/orders/{'a' * 32}/events?after={HUGE}", None),
        ("POST", f"/ledger/cards/{10**20}/destroy", {"approval": approval()}),
        ("POST", "/ledger/stock", {"move": "opened", "count": int(9e18)}),
        ("POST", "/ledger/shift/close", {"drawer": int(9e18), "feeder": 0}),
        ("GET", "/orders?limit=" + HUGE, None),
        ("POST", f"/orders/{'a' * 32}/steps/fed?wait=nan", None),
        ("POST", f"/orders/{'a' * 32}/steps/fed?wait=1e400", None),
    ],
)
def test_numbers_beyond_what_the_journal_holds_are_refused(
    served: Served, method: str, path: str, body: dict[str, Any] | None
) -> None:
    answer = served.client.request(method, f"/api/v1{path}", json=body, headers=KEY)
    problem_of(answer, 422, "input-invalid")


@pytest.mark.field_case("E1")
@pytest.mark.parametrize(
    ("action", "form_"),
    [
        ("move-stock", {"move": "opened", "count": str(int(9e18)), "request": "r"}),
        ("close-shift", {"drawer": "1" * 5000, "feeder": "0", "request": "r"}),
        ("destroy-card", {"card": str(10**20)}),
        ("destroy-card", {"card": "²"}),
    ],
)
def test_a_form_of_the_page_has_the_same_limits(
    served: Served, action: str, form_: dict[str, str]
) -> None:
    data = {"page": "diagnostics", **form_}
    answer = served.client.post(f"/actions/{action}", data=data, headers={"X-Press": "1"})
    assert answer.status_code == 200
    assert answer.json()["notice"], answer.text


@pytest.mark.field_case("E2")
@pytest.mark.parametrize("last", ["999999", "abc", "", "-1", HUGE, "9" * 60])
def test_a_stream_that_can_not_be_resumed_says_so_and_goes_on(served: Served, last: str) -> None:
    accepted(served)
    headers = {"Last-Event-ID": last}
    with served.client.stream("GET", "/api/v1/events", headers=headers) as stream:
        assert stream.status_code == 200
        lines = (line for line in stream.iter_lines() if line.startswith(("event:", "data:")))
        assert next(lines) == f"event: {events.MISSED}"
        seq = json.loads(next(lines).partition(": ")[2])["last_seq"]
        assert seq == served.service.last_seq
        served.client.post("/api/v1/ledger/stock", json={"move": "opened", "count": 1}, headers=KEY)
        assert next(lines) == "event: stock-moved"


@pytest.mark.field_case("E2")
def test_a_stream_that_can_be_resumed_misses_nothing(served: Served) -> None:
    accepted(served)
    headers = {"Last-Event-ID": "0"}
    with served.client.stream("GET", "/api/v1/events", headers=headers) as stream:
        lines = (line for line in stream.iter_lines() if line.startswith("id:"))
        assert next(lines) == "id: 1"


def test_one_caller_takes_few_of_the_listeners_places(served: Served) -> None:
    """A flood of one program's listeners is refused; others, and the pages, still listen."""
    doors = served.doors
    badges = [
        {"Authorization": f"Bearer {doors.clients.add(name, Role.PROVINCE_SERVER, by='test')}"}
        for name in ("flood", "hall")
    ]
    base = f"http://{served.host}:{served.port}"
    with contextlib.ExitStack() as held:
        first, other = (
            held.enter_context(
                httpx.Client(base_url=base, headers=badge, trust_env=False, timeout=60.0)
            )
            for badge in badges
        )
        streams = [
            held.enter_context(first.stream("GET", "/api/v1/events"))
            for _ in range(listeners.MOST_OF_ONE)
        ]
        assert {one.status_code for one in streams} == {200}
        answer = first.get("/api/v1/events")
        assert problem_of(answer, 503, "too-many-listeners")
        assert answer.headers["Retry-After"] == "5"
        with other.stream("GET", "/api/v1/events") as stream:
            assert stream.status_code == 200
        with served.client.stream("GET", "/ui/events") as stream:
            assert stream.status_code == 200
        # Every listener hears what happens, and the one whose token is revoked nothing more.
        accepted(served)
        lines = [one.iter_lines() for one in streams]
        assert {next(line) for line in lines} == {f"id: {served.service.last_seq}"}
        doors.clients.revoke("flood", by="test")
        served.service.notifier.ring()
        for one in lines:
            assert "id: " not in "".join(line for line in one if line.startswith("id: ")), "ended"


def test_the_places_of_all_listeners_are_limited_and_come_back() -> None:
    places = listeners.ListenerPlaces(3, 2)
    for caller in ("a", "a", "b"):
        places.take(caller)
    for caller in ("a", "b"):
        with pytest.raises(ListenersError):
            places.take(caller)
    places.give_back("a")
    places.take("b")
    assert places.taken == 3


def test_a_caller_who_asks_too_often_waits_and_nobody_else_does(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates.RateLimit, "_wait", lambda self, name: 7 * (name == OPERATOR))
    answer = served.client.get("/api/v1/station")
    problem_of(answer, 429, "too-many-requests")
    assert answer.headers["Retry-After"] == "7"
    base = f"http://{served.host}:{served.port}"
    with Signed(served.doors, SUPERVISOR, base_url=base) as other:
        assert other.get("/api/v1/station").status_code == 200
    with httpx.Client(base_url=base, trust_env=False, timeout=60.0) as nobody:
        assert nobody.get("/login").status_code == 200


def test_a_bucket_of_requests_empties_and_fills_again() -> None:
    async def asked() -> tuple[list[int], list[int], list[int]]:
        now = [0.0]
        loop = asyncio.get_running_loop()
        with mock.patch.object(loop, "time", side_effect=lambda: now[0]):
            limit = rates.RateLimit(mock.Mock(), rate=10.0)
            burst = [limit._wait("a") for _ in range(31)]
            now[0] = 0.25
            later = [limit._wait("a") for _ in range(3)]
            return burst, later, [limit._wait("b")]

    burst, later, other = asyncio.run(asked())
    assert burst == [0] * 30 + [1]
    assert later == [0, 0, 1]
    assert other == [0]


def test_one_caller_has_few_requests_under_way(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bodies that do not come hold connections that can't give way: one caller has few of them."""
    monkeypatch.setattr(rates, "MOST_AT_ONCE", 5)
    head = f"POST /api/v1/orders HTTP/1.1\r\n{served.signed}Content-Length: 40\r\n\r\n{{"
    with contextlib.ExitStack() as held:
        for _ in range(5):
            raw = held.enter_context(socket.create_connection((served.host, served.port)))
            raw.sendall(head.encode())
        last = held.enter_context(
            socket.create_connection((served.host, served.port), timeout=SECONDS)
        )
        last.sendall(head.encode())
        assert b" 429 " in last.recv(64)
    deadline = time.monotonic() + SECONDS
    while served.client.get("/api/v1/station").status_code != 200:
        assert time.monotonic() < deadline, "the places are free again"


def _send_on(raw: socket.socket, asked: bytes) -> None:
    """Send requests one after the other and read nothing, until the connection ends."""
    while True:
        raw.sendall(asked)


def test_a_client_that_does_not_read_its_answers_is_let_go(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.BoundedH11Protocol, "taken_within", 0.2)
    badge = served.signed.encode()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.settimeout(SECONDS)
    raw.connect((served.host, served.port))
    asked = b"GET /api/v1/openapi.json HTTP/1.1\r\n" + badge + b"\r\n"
    with raw, pytest.raises(ConnectionError):
        _send_on(raw, asked)


@pytest.mark.field_case("E4", "G10")
def test_many_that_wait_keep_nobody_from_an_answer(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """45 clients wait for 300 s for a province that does not answer, and leave without a word."""
    answers = threading.Event()
    fetch = FakeProvince.fetch_production_data

    def silent(province: FakeProvince, id_number: str, *, name: str = "") -> ProductionData:
        answers.wait(4 * SECONDS)
        return fetch(province, id_number, name=name)

    monkeypatch.setattr(FakeProvince, "fetch_production_data", silent)
    order = accepted(served)
    request = (
        f"POST /api/v1/orders/{order}/steps/data-ready?wait=300 HTTP/1.1\r\n"
        f"{served.signed}Content-Length: 0\r\n\r\n"
    ).encode()
    clients = [socket.create_connection((served.host, served.port)) for _ in range(45)]
    try:
        for client in clients:
            client.sendall(request)
        deadline = time.monotonic() + SECONDS
        while waiting.places.taken < waiting.MOST_WAITING:
            assert time.monotonic() < deadline, waiting.places.taken
        for path in ("/api/v1/health", "/api/v1/station", f"/api/v1/orders/{order}", "/"):
            assert served.client.get(path).status_code == 200
            # They still wait, as long as the test lets them: nothing had to end for this answer.
            assert waiting.places.taken == waiting.MOST_WAITING, path
        for client in clients:
            client.close()
        deadline = time.monotonic() + SECONDS
        while waiting.places.taken:
            assert time.monotonic() < deadline, "a wait goes on though its client has gone"
    finally:
        answers.set()
        for client in clients:
            client.close()


@pytest.mark.field_case("E8")
@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://hall.example/", "https://hall.example"),
        ("HTTPS://Hall.Example", "https://hall.example"),
        ("https://hall.example:443", "https://hall.example"),
        ("http://10.0.0.7:8080", "http://10.0.0.7:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_a_paired_origin_is_stored_in_one_form(given: str, stored: str) -> None:
    assert ServerSection(paired_origins=(given,)).paired_origins == (stored,)


@pytest.mark.field_case("E8", "E9")
@pytest.mark.parametrize(
    "given",
    [
        *(
            "null",
            "*",
            "",
            "hall.example",
            "https://hall.example/path",
            "https://user@hall.example",
        ),
        *(
            "ftp://hall.example",
            "https://*.example",
            "http://[::1",
            "https://卡.example",
            "https://",
        ),
    ],
)
def test_what_is_no_origin_is_a_configuration_error(given: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        normal_origin(given)
    with pytest.raises(ValidationError):
        ServerSection(paired_origins=(given,))


@pytest.mark.field_case("E9")
@pytest.mark.parametrize("origin", ["http://[::1", "null", "http://a@127.0.0.1", "x" * 2000])
def test_an_origin_that_is_none_is_refused(served: Served, origin: str) -> None:
    answer = served.client.get("/api/v1/health", headers={"Origin": origin})
    problem_of(answer, 403, "origin-not-paired")


def test_an_origin_in_another_spelling_is_the_paired_one(served: Served) -> None:
    headers = {"Origin": f"{PAIRED.upper()}:443"}
    assert served.client.get("/api/v1/health", headers=headers).status_code == 200


@pytest.mark.field_case("E9")
def test_deep_nesting_is_refused(served: Served) -> None:
    deep = "[" * 30_000
    headers = {"Content-Type": "application/json"}
    answer = served.client.post("/api/v1/orders", content=deep, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    with pytest.raises(ParcelError) as refused:
        form.take_apart("[" * 200_000 + "\nQQ==\nQQ==", "card-station-receipts")
    assert refused.value.code == "parcel-damaged"


@pytest.mark.field_case("E10")
@pytest.mark.parametrize("said", ["yes", "true", 1, "1", None, []])
def test_a_safety_statement_is_true_or_false_and_nothing_else(served: Served, said: object) -> None:
    order = accepted(served)
    for path, body in (
        (f"/orders/{order}/run", {"approved": said}),
        (f"/ledger/test-cards/{order}/verdict", {"passed": said}),
        ("/ledger/cards/1/destroy", {"approval": approval(), "found": said}),
        ("/write-backs/export", {"again": said}),
    ):
        answer = served.client.post(f"/api/v1{path}", json=body)
        problem_of(answer, 422, "input-invalid")


@pytest.mark.parametrize("count", ["5", 5.0, True, "５"])
def test_a_count_is_a_whole_number(served: Served, count: object) -> None:
    body = {"move": "opened", "count": count}
    answer = served.client.post("/api/v1/ledger/stock", json=body, headers=KEY)
    problem_of(answer, 422, "input-invalid")


@pytest.mark.field_case("E11")
def test_a_body_without_end_costs_neither_memory_nor_disk(served: Served) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def endless() -> Any:  # noqa: ANN401 - a generator of chunks
        for _ in range(200):
            yield b"x" * 1_000_000

    for path in ("/api/v1/orders", "/actions/fetch", "/api/v1/write-backs/receipts"):
        try:
            answer = served.client.post(path, content=endless())
            problem_of(answer, 413, "body-too-large")
        except httpx.WriteError:
            pass  # the connection was closed in the middle of it, which is as good
    declared = {
        "Content-Length": str(300_000_000),
        "Content-Type": "multipart/form-data; boundary=b",
    }
    with socket.create_connection((served.host, served.port)) as raw:
        head = f"POST /actions/fetch HTTP/1.1\r\n{served.signed}"
        head += "".join(f"{name}: {value}\r\n" for name, value in declared.items())
        raw.sendall(head.encode() + b"\r\n")
        assert b" 413 " in raw.recv(64)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 120 * 1024, f"{grown} KiB"
    assert served.client.get("/api/v1/health").status_code == 200


@pytest.mark.field_case("E11")
def test_a_body_that_dribbles_ends(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = bodies.BodyLimit.__call__

    async def hasty(self: bodies.BodyLimit, *arguments: Any) -> None:  # noqa: ANN401 - ASGI
        self._seconds = 0.3
        await patient(self, *arguments)

    monkeypatch.setattr(bodies.BodyLimit, "__call__", hasty)
    with socket.create_connection((served.host, served.port), timeout=SECONDS) as raw:
        head = f"POST /api/v1/orders HTTP/1.1\r\n{served.signed}"
        raw.sendall(f"{head}Content-Length: 40\r\n\r\n{{".encode())
        assert b" 408 " in raw.recv(64)


@pytest.mark.field_case("E11")
def test_half_open_connections_give_way_to_a_page(served: Served) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    silent = []
    try:
        for _ in range(1100):
            silent.append(socket.create_connection((served.host, served.port), timeout=SECONDS))
        assert served.client.get("/api/v1/health").status_code == 200
        assert accepted(served)
    finally:
        for one in silent:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.field_case("E17")
def test_an_unknown_address_and_a_wrong_method_have_codes_of_their_own(served: Served) -> None:
    problem_of(served.client.get("/api/v1/nothing"), 404, "route-not-found")
    problem_of(served.client.get("/api/v1/orders/"), 404, "route-not-found")
    answer = served.client.delete("/api/v1/orders")
    problem_of(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"]
    problem_of(served.client.get(f"/api/v1/orders/{'a' * 32}"), 404, "order-not-found")
    wrong = served.client.get("/api/v1/health", headers={"Host": "evil.example"})
    problem_of(wrong, 400, "host-not-allowed")


@pytest.mark.field_case("E17")
def test_every_operation_documents_its_errors_as_they_are_sent(served: Served) -> None:
    document = served.client.get("/api/v1/openapi.json").json()
    assert "ProblemDetails" in document["components"]["schemas"]
    asked = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status in ("4XX", "5XX"):
                content = operation["responses"][status]["content"]
                assert list(content) == ["application/problem+json"], (path, method)
            assert "422" not in operation["responses"]
            where = path.replace("{order}", "zz").replace("{card}", "zz").replace("{step}", "zz")
            if where == path and "requestBody" not in operation:
                continue  # takes nothing that could be wrong
            where = where.replace("{side}", "zz")
            answer = served.client.request(method, where, content=b"{")
            assert 400 <= answer.status_code < 500, (method, where, answer.text)
            assert answer.headers["Content-Type"] == "application/problem+json"
            required = document["components"]["schemas"]["ProblemDetails"]["required"]
            assert set(required) <= set(answer.json())
            asked += 1
    assert asked > 15


def test_a_defect_is_answered_as_a_problem_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(type(served.service.orders), "recent", broken)
    problem_of(served.client.get("/api/v1/orders"), 500, "station-error")
    assert threading.active_count() > 0

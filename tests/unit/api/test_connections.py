"""Connections, bodies and answers at their limits, over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from station.api import bodies
from station.api.server import BoundedH11Protocol
from station.api.waiting import Places
from station.core.errors import InputError
from station.core.origins import normal_origin
from station.core.people import Role
from station.production.services import machine as production
from station.ui.pressed import number_from, request_from
from station.web import COOKIE, CSRF_HEADER
from tests.rigs.doors import PASSWORD, Signed, approval, let_in
from tests.unit.api.conftest import PAIRED, Served
from tests.unit.production.doubles import ID_NUMBER

SECONDS = 30.0
MEDIA_TYPE = "application/problem+json"


@contextlib.contextmanager
def connection(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection((served.host, served.port), timeout=SECONDS) as made:
        yield made


def until_closed(raw: socket.socket) -> bytes:
    """Return everything up to the end of the connection; fails when it does not end."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := raw.recv(65536):
            parts.append(part)
    return b"".join(parts)


def head(served: Served, first: str, *more: str) -> bytes:
    return signed_head(served, first, *served.badge, *more)


def signed_head(served: Served, first: str, *more: str) -> bytes:
    """Return a head with nothing but the host and what is given."""
    lines = (f"{first} HTTP/1.1", f"Host: {served.host}:{served.port}", *more)
    return "\r\n".join(lines).encode() + b"\r\n"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedH11Protocol, "head_within", 0.3)


@pytest.mark.field_case("E17")
@pytest.mark.parametrize(
    "sent", [b"GARBAGE\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: a\r\n\r\n"]
)
def test_what_is_not_http_is_answered_as_a_problem(served: Served, sent: bytes) -> None:
    with connection(served) as raw:
        raw.sendall(sent)
        answer = until_closed(raw)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in answer
    assert b'"code":"request-malformed"' in answer


@pytest.mark.field_case("E17")
def test_an_upgrade_to_a_web_socket_is_served_as_the_plain_request_it_also_is(
    served: Served,
) -> None:
    with connection(served) as raw:
        wish = ("Connection: Upgrade", "Upgrade: websocket")
        raw.sendall(head(served, "GET /api/v1/nothing", *wish) + b"\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 404 ")


@pytest.mark.field_case("E11")
@pytest.mark.usefixtures("hasty")
def test_half_a_head_ends_the_connection_also_after_a_whole_request(served: Served) -> None:
    with connection(served) as raw:
        raw.sendall(head(served, "GET /api/v1/health") + b"\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 200 ")
        raw.sendall(head(served, "GET /api/v1/health"))
        ended = threading.Event()
        dribble = threading.Thread(target=_dribble, args=(raw, ended))
        dribble.start()
        until_closed(raw)
        ended.set()
        dribble.join(SECONDS)


def _dribble(raw: socket.socket, ended: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while not ended.wait(0.05):
            raw.sendall(b"X: y\r\n")


@pytest.mark.field_case("E11")
@pytest.mark.usefixtures("hasty")
def test_a_connection_in_use_is_not_closed_by_the_limit_for_heads(served: Served) -> None:
    with contextlib.closing(http.client.HTTPConnection(served.host, served.port)) as client:
        client.connect()
        first = client.sock
        deadline = time.monotonic() + 1.5  # five times the limit
        while time.monotonic() < deadline:
            client.request("GET", "/api/v1/health")
            answer = client.getresponse()
            assert answer.status == 200
            answer.read()
            assert client.sock is first


@pytest.mark.field_case("E11")
@pytest.mark.usefixtures("hasty")
def test_a_refused_body_is_not_read_for_ever(served: Served) -> None:
    with connection(served) as raw:
        length = f"Content-Length: {300_000_000}"
        raw.sendall(head(served, "POST /api/v1/orders", length) + b"\r\n{")
        assert b" 413 " in raw.recv(65536)
        ended = threading.Event()
        dribble = threading.Thread(target=_dribble, args=(raw, ended))
        dribble.start()
        until_closed(raw)
        ended.set()
        dribble.join(SECONDS)


@pytest.mark.field_case("E11")
def test_few_large_bodies_are_in_memory_at_a_time(served: Served) -> None:
    length = f"Content-Length: {16_000_000}"
    post = head(served, f"POST {bodies.RECEIPTS}", length) + b"\r\n{"
    with contextlib.ExitStack() as stack:
        open_ = [stack.enter_context(connection(served)) for _ in range(bodies.MOST_LARGE)]
        for raw in open_:
            raw.sendall(post)
        deadline = time.monotonic() + SECONDS
        answer = served.client.post(bodies.RECEIPTS, json={"content": "x"})
        while answer.status_code != 503:
            assert time.monotonic() < deadline
            answer = served.client.post(bodies.RECEIPTS, json={"content": "x"})
        assert answer.json()["code"] == "too-many-uploads"
        assert answer.headers["Retry-After"] == str(bodies.RETRY_AFTER)
    while answer.status_code == 503:  # the places are free again
        assert time.monotonic() < deadline
        answer = served.client.post(bodies.RECEIPTS, json={"content": "x"})
    assert 400 <= answer.status_code < 500


@pytest.mark.field_case("E11")
def test_a_card_is_made_to_its_end_while_the_station_is_flooded(served: Served) -> None:
    """Silent connections, half heads and endless bodies come while the card is in the machine.

    They come from another caller: what one has under way takes nothing from the others.
    """
    let_in(served.doors, FLOODER, {Role.OPERATOR})
    order = served.client.post("/api/v1/orders", json={"id_number": ID_NUMBER}).json()["id"]
    stop, begun = threading.Event(), threading.Barrier(len(FLOODS) + 1)
    floods = [threading.Thread(target=_flood, args=(served, stop, begun, one)) for one in FLOODS]
    for flood in floods:
        flood.start()
    try:
        begun.wait(SECONDS)
        run = f"/api/v1/orders/{order}/run"
        done = served.client.post(f"{run}?wait=60", json={"approved": True}, timeout=90.0).json()
        deadline = time.monotonic() + SECONDS
        while done["step"] != "released":
            assert time.monotonic() < deadline, done
            done = served.client.get(f"/api/v1/orders/{order}").json()
        assert done["problem"] is None
    finally:
        stop.set()
        for flood in floods:
            flood.join(SECONDS)
    assert served.bench.machine.counts["writes"] == 1
    assert served.bench.machine.counts["releases"] == 1


#: What each connection of a flood sends before it falls silent.
FLOODS = (
    ("", b""),
    ("", b"GET /api/v1/hea"),
    ("POST /actions/fetch", b"Transfer-Encoding: chunked\r\n\r\n10000\r\n" + b"x" * 65536),
    (f"POST {bodies.RECEIPTS}", b"Content-Length: 16000000\r\n\r\n" + b"[" * 1_000_000),
)
FLOODER = "flooder"
HELD = 80  #: connections of each flood; together more than the station keeps


def _flood(
    served: Served, stop: threading.Event, begun: threading.Barrier, one: tuple[str, bytes]
) -> None:
    first, rest = one
    session = served.doors.sessions.open(FLOODER)
    badge = f"Cookie: {COOKIE}={session.token}", f"{CSRF_HEADER}: {session.csrf}"
    sent = (signed_head(served, first, *badge) if first else b"") + rest
    held: list[socket.socket] = []
    waited = False
    try:
        while not stop.wait(0.02):  # not faster: the flood and the station share one interpreter
            with contextlib.suppress(OSError):
                held.append(socket.create_connection((served.host, served.port), timeout=1.0))
                held[-1].sendall(sent)
            if len(held) == HELD and not waited:
                begun.wait(SECONDS)
                waited = True
            if len(held) > HELD:
                held.pop(0).close()
    finally:
        for raw in held:
            raw.close()


@pytest.mark.field_case("E17")
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/orders", "GET, POST"),
        ("/api/v1/health", "GET"),
        ("/actions/fetch", "GET, POST"),
        ("/static/live.js", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_every_right_one(served: Served, path: str, allowed: str) -> None:
    answer = served.client.delete(path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json()["code"] == "method-not-allowed"


@pytest.mark.field_case("E17", "E7")
def test_a_defect_is_answered_to_a_paired_page_and_not_stored(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(type(served.service.orders), "recent", broken)
    answer = served.client.get("/api/v1/orders", headers={"Origin": PAIRED})
    assert (answer.status_code, answer.json()["code"]) == (500, "station-error")
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == PAIRED


@pytest.mark.field_case("E17")
def test_a_preflight_that_asks_for_too_much_is_refused_as_a_problem(served: Served) -> None:
    asked = {"Origin": PAIRED, "Access-Control-Request-Method": "PUT"}
    answer = served.client.options("/api/v1/orders", headers=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "preflight-refused")
    assert answer.headers["Content-Type"] == MEDIA_TYPE


@pytest.mark.field_case("E2")
def test_a_long_last_event_id_is_no_permanent_refusal(served: Served) -> None:
    headers = {"Last-Event-ID": "7" * 5000}
    with served.client.stream("GET", "/api/v1/events", headers=headers) as stream:
        assert stream.status_code == 200
        events = (line for line in stream.iter_lines() if line.startswith("event:"))
        assert next(events) == "event: events-missed"


@pytest.mark.field_case("E4", "G10")
def test_a_wait_that_was_admitted_keeps_its_place() -> None:
    places = Places(1)
    with places.one() as first:
        with places.one() as second:
            assert (first, second, places.taken) == (True, False, 1)
        assert places.taken == 1
    with places.one() as third:
        assert third


@pytest.mark.field_case("E4", "G10")
def test_looks_at_the_devices_leave_threads_for_the_pages(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """45 ask for a look, by the API and by the page's button, that none of them gets."""
    looking, release = threading.Semaphore(0), threading.Event()

    def look(timeout: float) -> None:
        del timeout
        looking.release()
        release.wait(SECONDS)

    monkeypatch.setattr(served.service._engine, "look_now", look)
    url = f"http://{served.host}:{served.port}"

    def ask(number: int) -> None:
        with Signed(served.doors, base_url=url, timeout=SECONDS) as client:
            if number % 2:
                client.get("/api/v1/station?check=true")
            else:
                client.post("/actions/check", data={"page": "diagnostics"})

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(45)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(production.MOST_LOOKING):
            assert looking.acquire(timeout=SECONDS)
        assert served.client.get("/").status_code == 200
        assert served.client.get("/api/v1/station?check=true").status_code == 200
        assert not release.is_set()
    finally:
        release.set()
        for asker in askers:
            asker.join(SECONDS)


@pytest.mark.field_case("E8")
@pytest.mark.parametrize(
    "given",
    [
        "https://ha ll.example",
        "https://hall\n.example",
        "https://hall.example\t",
        "https://hall_.example,https://b.example",
        "https://[hall]",
        "https://hall.example:99999",
        "https://.",
    ],
)
def test_text_that_a_lenient_parser_takes_for_a_host_is_no_origin(given: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        normal_origin(given)


@pytest.mark.field_case("E1")
@pytest.mark.parametrize("typed", ["1" * 25, "1" * 5000, "-1", "1.5", "1_000", "", "²", "9" * 19])
def test_a_form_refuses_what_is_no_number_of_the_journal(typed: str) -> None:
    with pytest.raises(InputError):
        number_from(typed)


@pytest.mark.field_case("E1")
def test_a_form_reads_every_digit_of_a_number() -> None:
    assert number_from("0" * 24 + "5") == 5
    assert number_from(" ５ ") == 5  # a Chinese input method's digit


@pytest.mark.field_case("E1")
def test_a_name_has_the_same_limits_in_the_form_and_in_the_api(served: Served) -> None:
    for name, is_one in (
        ("买买提·吐尔逊", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("a;b", False),
    ):
        body = {"approval": approval(name)}
        answer = served.client.post("/api/v1/ledger/cards/1/destroy", json=body)
        assert (answer.status_code != 422) is is_one, answer.text
        fields = {"page": "supervisor", "card": "1", "confirmed": "destroy-card:1"}
        fields |= {"approver": name, "approver_password": PASSWORD}
        refused = served.client.post(
            "/actions/destroy-card", data=fields, headers={"X-Press": "1"}
        ).json()
        assert "用户名或密码不对" in refused["confirmation"]


@pytest.mark.field_case("E1", "E15")
@pytest.mark.parametrize("request_", ["", "r" * 129])
def test_a_form_that_does_not_name_its_request_moves_nothing(served: Served, request_: str) -> None:
    with pytest.raises(InputError):
        request_from(request_)
    fields = {"page": "supervisor", "move": "opened", "count": "5", "request": request_}
    refused = served.client.post("/actions/move-stock", data=fields, headers={"X-Press": "1"})
    assert "input-invalid" in refused.json()["notice"]
    assert served.client.get("/api/v1/ledger/shift").json()["drawer"] == 0

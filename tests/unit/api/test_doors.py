"""Attacks on the doors: each is refused. What each guard holds is shown in `test_guards.py`."""

from __future__ import annotations

import http.cookies
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from station.access import table
from station.core.people import PEOPLE, PROGRAMS, Role
from station.web import COOKIE
from tests.rigs.doors import OPERATOR, PASSWORD, SUPERVISOR, Signed, let_in
from tests.unit.api.conftest import PAIRED, Served
from tests.unit.api.conftest import serving as serving_window
from tests.unit.production.doubles import ID_NUMBER

WRONG = "wrong-password"
EVIL = "https://evil.example"
PLACES = {"{order}": "0" * 32, "{card}": "1", "{step}": "fed", "{side}": "front"}


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_window(tmp_path_factory.mktemp("doors")) as made:
        yield made


def anonymous(window: Served) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://{window.host}:{window.port}", trust_env=False, timeout=60.0
    )


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


# -- nobody ----------------------------------------------------------------------------------------


def test_every_operation_of_the_program_is_in_the_table(window: Served) -> None:
    paths = window.client.get("/api/v1/openapi.json").json()["paths"]
    served = {f"{method.upper()} {path}" for path, found in paths.items() for method in found}
    known = set(table.API) | {one for one in table.PUBLIC if " /api/" in one}
    assert served == known - {"GET /api/v1/openapi.json"}


@pytest.mark.parametrize("operation", sorted({*table.API, *table.PAGES} - {"page operator"}))
def test_nobody_is_let_in_without_a_credential(window: Served, operation: str) -> None:
    method, _, path = operation.partition(" ")
    if not path.startswith("/"):
        return
    with anonymous(window) as client:
        answer = client.request(method, filled(path))
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/login?next=")
        assert method == "GET"
    else:
        refused(answer, 401, "login-needed")
        assert answer.headers["www-authenticate"] == "Bearer"


def filled(path: str) -> str:
    for name, value in PLACES.items():
        path = path.replace(name, value)
    return path.replace("{action}", "none")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer cst_guessed"},
        {"Authorization": "Bearer guessed"},
        {"Authorization": "Basic d2luZG93OnNlY3JldA=="},
        {"Cookie": f"{COOKIE}=guessed"},
        {"X-Operator": "window"},
    ],
)
def test_a_guess_is_nobody(window: Served, headers: dict[str, str]) -> None:
    with anonymous(window) as client:
        refused(client.get("/api/v1/orders", headers=headers), 401, "login-needed")


def test_a_wrong_token_does_not_fall_back_to_the_cookie(window: Served) -> None:
    headers = {"Authorization": "Bearer cst_revoked"}
    refused(window.client.get("/api/v1/orders", headers=headers), 401, "login-needed")


def test_nobodys_body_is_not_waited_for(window: Served) -> None:
    head = f"POST /api/v1/write-backs/receipts HTTP/1.1\r\nHost: {window.host}:{window.port}\r\n"
    with socket.create_connection((window.host, window.port), timeout=5.0) as raw:
        raw.sendall(f"{head}Content-Length: {10**7}\r\n\r\n".encode())
        assert b" 401 " in raw.recv(64)


def test_over_tcp_nobody_is_an_account(window: Served) -> None:
    """The connection says which account calls only at the unix socket; a header never does."""
    with anonymous(window) as client:
        for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            answer = client.get("/api/v1/orders", headers={name: "uid:0"})
            refused(answer, 401, "login-needed")


# -- roles -----------------------------------------------------------------------------------------

GUARDED = sorted(
    operation
    for operation in table.operations()
    if operation.partition(" ")[0] in ("GET", "POST", "DELETE", "action", "page")
    and operation not in ("DELETE /api/v1/session", "POST /logout", "GET /api/v1/events")
    and operation not in ("GET /ui/events",)  # without an end; refused like the others, above
)


@pytest.fixture(scope="module")
def callers(window: Served) -> Iterator[dict[Role, httpx.Client]]:
    """One client for each role that has a credential over the network."""
    base = f"http://{window.host}:{window.port}"
    made: dict[Role, httpx.Client] = {}
    for role in sorted(PEOPLE):
        let_in(window.doors, f"only-{role.value}", {role})
        made[role] = Signed(window.doors, f"only-{role.value}", base_url=base, timeout=60.0)
    for role in sorted(PROGRAMS):
        token = window.doors.clients.add(f"a-{role.value}", role, by="test")
        made[role] = httpx.Client(
            base_url=base,
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60.0,
        )
    yield made
    for client in made.values():
        client.close()


@pytest.mark.parametrize("operation", GUARDED)
@pytest.mark.parametrize("role", sorted(PEOPLE | PROGRAMS))
def test_no_role_does_more_than_the_table_says(
    window: Served, callers: dict[Role, httpx.Client], role: Role, operation: str
) -> None:
    allowed = role in table.operations()[operation]
    answer = called(callers[role], operation)
    code = code_of(answer)
    if operation == "page operator" and not allowed:
        assert code == "role-not-allowed"
    elif allowed:
        assert code not in ("role-not-allowed", "login-needed", "form-expired"), answer.text
    else:
        refused(answer, 403, "role-not-allowed")
    assert answer.status_code < 500


def code_of(answer: httpx.Response) -> str:
    if answer.headers.get("content-type") != "application/problem+json":
        return ""
    return str(answer.json()["code"])


def called(client: httpx.Client, operation: str) -> httpx.Response:
    method, _, what = operation.partition(" ")
    if method == "action":
        return client.post(f"/actions/{what}", data={"order": "0" * 32}, headers={"X-Press": "1"})
    if what == "/ui/panels":  # what each page shows is a row of its own
        return client.get(what, params={"page": "diagnostics"})
    if method == "page":
        return client.get("/ui/panels", params={"page": what})
    if method == "POST" and not what.startswith("/api/"):
        return client.post(filled(what), data={"code": "none", "client": "none"})
    body: dict[str, Any] = {"approved": False} if what.endswith("/run") else {}
    return client.request(method, filled(what), json=body if method == "POST" else None)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.AUDITOR])
def test_whoever_makes_no_cards_is_shown_the_diagnostics_page(
    callers: dict[Role, httpx.Client], role: Role
) -> None:
    answer = callers[role].get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/diagnostics")


# -- other pages -----------------------------------------------------------------------------------


@pytest.mark.field_case("E8")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "null"},
        {"Origin": EVIL},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Origin": PAIRED},  # a paired page uses the API, not our buttons
    ],
)
def test_another_page_presses_no_button(window: Served, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/actions/check"), ("POST", "/login"), ("GET", "/ui/panels")):
        answer = window.client.request(method, path, headers=headers)
        refused(answer, 403, "origin-not-paired")


def test_the_stations_own_origin_with_a_user_is_not_its_own(window: Served) -> None:
    origin = f"http://evil@{window.host}:{window.port}"
    answer = window.client.get("/api/v1/orders", headers={"Origin": origin})
    refused(answer, 403, "origin-not-paired")


def test_a_form_of_another_page_is_refused_although_it_has_no_origin(window: Served) -> None:
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    answer = window.client.post("/actions/check", headers=headers, data={"page": "diagnostics"})
    refused(answer, 403, "origin-not-paired")


def test_a_link_on_another_page_opens_ours(window: Served) -> None:
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert window.client.get("/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/diagnostics", "/doors", "/login", "/api/v1/orders", "/api/v1/none"]
)
def test_no_page_frames_ours_and_nothing_is_guessed_or_told(window: Served, path: str) -> None:
    headers = window.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/diagnostics", "/doors", "/login"])
def test_no_page_has_a_script_or_style_of_its_own(window: Served, path: str) -> None:
    html = window.client.get(path).text
    assert "<style" not in html
    assert " style=" not in html
    assert " onclick" not in html
    for script in html.split("<script")[1:]:
        assert script.startswith(' src="/static/'), script[:60]


# -- forms -----------------------------------------------------------------------------------------

FORMS = sorted(
    {f"/actions/{name}" for name in table.ACTIONS}
    | {path for one in table.PAGES if (path := one.removeprefix("POST ")) != one}
)


@pytest.mark.parametrize("path", [one for one in FORMS if "{" not in one])
@pytest.mark.parametrize("given", ["", "guessed", "another session's"])
def test_no_form_is_taken_without_its_sessions_token(window: Served, path: str, given: str) -> None:
    another = window.doors.log_in(OPERATOR, PASSWORD).csrf
    token = another if given.startswith("another") else given
    with anonymous(window) as client:
        client.cookies.set(COOKIE, window.client.session.token)
        answer = client.post(path, data={"csrf": token, "code": "1", "client": "none"})
        refused(answer, 403, "form-expired")


def test_the_api_takes_no_request_that_a_browser_sends_by_itself(window: Served) -> None:
    with anonymous(window) as client:
        client.cookies.set(COOKIE, window.client.session.token)
        answer = client.post("/api/v1/orders", json={"id_number": ID_NUMBER})
        refused(answer, 403, "form-expired")


def test_the_field_of_a_form_is_enough(window: Served) -> None:
    with anonymous(window) as client:
        client.cookies.set(COOKIE, window.client.session.token)
        fields = {"csrf": window.client.session.csrf, "page": "diagnostics"}
        assert client.post("/actions/check", data=fields).status_code == 200


# -- sessions --------------------------------------------------------------------------------------


def log_in(client: httpx.Client, **more: str) -> httpx.Response:
    return client.post("/login", data={"operator": OPERATOR, "password": PASSWORD, **more})


def test_a_login_gives_a_new_token_whatever_the_browser_held(window: Served) -> None:
    with anonymous(window) as client:
        client.cookies.set(COOKIE, "fixed-by-an-attacker")
        cookie = http.cookies.SimpleCookie(log_in(client).headers["set-cookie"])[COOKIE]
    assert cookie.value != "fixed-by-an-attacker"
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    with anonymous(window) as client:
        client.cookies.set(COOKIE, "fixed-by-an-attacker")
        refused(client.get("/api/v1/orders"), 401, "login-needed")


def test_a_token_is_worth_nothing_after_the_log_out(window: Served) -> None:
    base = f"http://{window.host}:{window.port}"
    with Signed(window.doors, base_url=base) as client:
        token = client.session.token
        answer = client.post("/logout", data={"next": "/?order=" + "0" * 32})
        assert answer.headers["location"].startswith("/login?next=%2F%3Forder")
    with anonymous(window) as client:
        client.cookies.set(COOKIE, token)
        refused(client.get("/api/v1/orders"), 401, "login-needed")


@pytest.mark.parametrize(
    "there", ["//evil.example", "https://evil.example", "/\\evil", "x", "/\r\n"]
)
def test_a_login_never_leads_away(window: Served, there: str) -> None:
    with anonymous(window) as client:
        assert log_in(client, next=there).headers["location"] == "/"


def test_a_login_leads_back_to_the_order_that_was_on_the_screen(window: Served) -> None:
    there = "/?order=" + "0" * 32
    with anonymous(window) as client:
        answer = client.get(there)
        assert answer.headers["location"] == "/login?next=%2F%3Forder%3D" + "0" * 32
        assert log_in(client, next=there).headers["location"] == there


def test_a_wrong_password_is_told_and_nobody_is_in(window: Served) -> None:
    with anonymous(window) as client:
        answer = log_in(client, password=WRONG)
        assert (answer.status_code, "用户名或密码不对" in answer.text) == (403, True)
        assert "set-cookie" not in answer.headers
        assert WRONG not in answer.text


def test_a_revoked_token_is_refused_at_its_next_request(window: Served) -> None:
    token = window.doors.clients.add("hall", Role.PROVINCE_SERVER, by="test")
    headers = {"Authorization": f"Bearer {token}"}
    with anonymous(window) as client:
        assert client.get("/api/v1/orders", headers=headers).status_code == 200
        window.doors.clients.revoke("hall", by="test")
        refused(client.get("/api/v1/orders", headers=headers), 401, "login-needed")


def test_a_program_logs_in_as_a_person_and_out(window: Served) -> None:
    with anonymous(window) as client:
        login = {"operator": SUPERVISOR, "password": PASSWORD}
        opened = client.post("/api/v1/session", json=login)
        assert opened.status_code == 201
        badge = {"Authorization": f"Bearer {opened.json()['token']}"}
        who = client.get("/api/v1/session", headers=badge).json()
        assert who == {"name": SUPERVISOR, "roles": ["supervisor"], "means": "bearer"}
        assert client.delete("/api/v1/session", headers=badge).status_code == 204
        refused(client.get("/api/v1/session", headers=badge), 401, "login-needed")


# -- history ---------------------------------------------------------------------------------------


def test_the_history_records_who_is_logged_in_and_never_a_given_name(window: Served) -> None:
    order = window.client.post(
        "/api/v1/orders", json={"id_number": ID_NUMBER}, headers={"X-Operator": "somebody"}
    ).json()["id"]
    events = window.client.get(f"/api/v1/orders/{order}/events").json()
    assert {event["actor"] for event in events} <= {OPERATOR, "machine", "station"}
    assert events[0]["actor"] == OPERATOR
    window.client.post(f"/api/v1/orders/{order}/cancel")


def test_logins_are_in_the_history(window: Served) -> None:
    before = window.service.last_seq
    window.doors.log_in(SUPERVISOR, PASSWORD)
    kinds = {(one.kind, one.actor) for one in window.service.events_after(before)}
    assert ("logged-in", SUPERVISOR) in kinds


# -- pairing ---------------------------------------------------------------------------------------


def test_a_page_is_paired_at_the_window_and_then_makes_an_order(window: Served) -> None:
    page = {"Origin": "https://hall.example"}
    with anonymous(window) as client:
        refused(client.get("/api/v1/orders", headers=page), 403, "origin-not-paired")
        asked = client.post("/api/v1/pairings", headers=page)
        assert asked.headers["access-control-allow-origin"] == page["Origin"]
        where = f"/api/v1/pairings/{asked.json()['id']}"
        assert client.get(where, headers=page).json() == {"paired": False, "token": ""}
        assert asked.json()["code"] in window.client.get("/doors").text
        window.client.post("/doors/confirm", data={"code": asked.json()["code"]})
        token = client.get(where, headers=page).json()["token"]
        badge = page | {"Authorization": f"Bearer {token}"}
        seen = client.get("/api/v1/orders", headers=badge)
        assert seen.status_code == 200
        assert seen.headers["access-control-allow-origin"] == page["Origin"]
        # Not from another origin, not at our buttons, and not after it was revoked.
        other = {**badge, "Origin": PAIRED}
        refused(client.get("/api/v1/orders", headers=other), 401, "login-needed")
        refused(client.post("/actions/check", headers=badge), 403, "origin-not-paired")
        window.client.post("/doors/revoke", data={"client": f"page:{page['Origin']}"})
        refused(client.get("/api/v1/orders", headers=badge), 403, "origin-not-paired")


def test_before_anybody_has_registered_the_pages_explain_how(tmp_path: Path) -> None:
    with serving_window(tmp_path) as made:
        for one in made.doors.operators.all():
            made.doors.operators.reset(one.name, by="test")
        with anonymous(made) as client:
            page = client.get("/login").text
            assert "station operators add" in page
            assert 'action="/login"' not in page
            code = made.doors.operators.add("li.na", {Role.OPERATOR}, by="account:root")
            fields = {"operator": "li.na", "code": code, "password": PASSWORD}
            assert client.post("/register", data=fields).headers["location"] == "/"
            assert 'action="/login"' in client.get("/login").text

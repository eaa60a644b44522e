"""Central's pages and API: behind the same doors, and what a person sees on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from station.access import Doors
from station.access.central_table import CENTRAL_API, CENTRAL_PAGES
from station.central import pages, routes
from station.central.assigning import Applicant
from station.central.looking import list_forks
from station.core.fleet import EnrolmentAnswer
from tests.rigs.central import PlayedStation, Rig
from tests.rigs.central_pages import NUMBER, PASSWORD, Served, opened_doors, served


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    with opened_doors(tmp_path) as made:
        yield made


@pytest.fixture
def app(rig: Rig, doors: Doors) -> Iterator[Served]:
    with served(rig, doors) as made:
        yield made


def client(app: Served) -> httpx.Client:
    made = httpx.Client(base_url=app.address, trust_env=False, timeout=60.0)
    app.clients.append(made)
    return made


def entered(app: Served, name: str = "clerk") -> httpx.Client:
    made = client(app)
    form = {"operator": name, "password": PASSWORD, "next": "/wall"}
    assert made.post("/login", data=form).headers["location"] == "/wall"
    return made


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def pressed(browser: httpx.Client, path: str, **fields: object) -> int:
    token = csrf(browser.get("/wall").text)
    return browser.post(path, data={"csrf": token, **fields}).status_code


def declared() -> set[str]:
    """Return every operation of central's own routers."""
    return {
        f"{method} {prefix}{route.path}"
        for prefix, router in (("", pages.router), (routes.PREFIX, routes.router))
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def test_every_route_is_in_the_table() -> None:
    assert declared() - {"GET /"} == {*CENTRAL_API, *CENTRAL_PAGES}


@pytest.mark.parametrize("operation", sorted({*CENTRAL_API, *CENTRAL_PAGES}))
def test_nobody_gets_in_without_a_login(app: Served, operation: str) -> None:
    method, _, path = operation.partition(" ")
    answer = client(app).request(method, re.sub(r"\{[a-z]+\}", "1", path))
    assert answer.status_code in (303, 401)
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize(
    "operation", sorted(one for one in {**CENTRAL_API, **CENTRAL_PAGES} if one.startswith("POST"))
)
def test_an_auditor_changes_nothing(app: Served, operation: str) -> None:
    if operation.endswith("/search"):
        return
    eye = entered(app, "eye")
    path = re.sub(r"\{[a-z]+\}", "1", operation.partition(" ")[2])
    assert eye.post(path, headers={"X-CSRF-Token": "none"}).status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", ["/wall", "/work", "/blanks", "/search", "/audit", "/doors"])
def test_a_page_is_whole_in_both_languages(
    app: Served, rig: Rig, window: PlayedStation, page: str, language: str
) -> None:
    facts = {"printer": "CS-220e", "printer-state": "idle", "printer-errors": ""}
    window.show(facts={**facts, "blanks-left": "3", "owed-reports": "1"})
    browser = entered(app)
    browser.get(f"/language/{language}?next={page}")
    shown = browser.get(page)
    assert shown.status_code == 200
    body = re.sub(r'<a class="bar-language".*?</a>', "", shown.text)
    has_chinese = re.search("[\u4e00-\u9fff]", body) is not None
    assert has_chinese is (language == "zh")


def test_the_wall_shows_a_window_and_what_it_lacks(app: Served, window: PlayedStation) -> None:
    window.show(facts={"blanks-left": "3", "owed-reports": "0"})
    text = entered(app).get("/wall/now").text
    assert f'id="tile-{window.name}" data-state="well"' in text
    assert re.search(r'class="low"><dt>空白卡</dt><dd>3<', text)
    assert 'class="low"><dt>待回盘' not in text


def test_a_form_without_its_token_is_refused(app: Served, window: PlayedStation) -> None:
    answer = entered(app).post("/work/withdraw", data={"assignment": "x"})
    assert answer.status_code == 403


def test_a_batch_goes_from_the_page_to_the_windows(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    window.show()
    browser = entered(app)
    lines = f"a1,{NUMBER}\n\na2,{NUMBER},replacement\n"
    assert pressed(browser, "/work/batches", title="spring", people=lines) == 303
    batch = re.search(r'action="(/work/batches/[0-9a-f]{32})"', browser.get("/work").text)
    assert batch
    assert pressed(browser, batch[1]) == 303
    assert [one.reason for one in window.assignments()] == ["new", "replacement"]


@pytest.mark.parametrize("lines", ["a1", f"a1,{NUMBER},birthday", f",{NUMBER}"])
def test_a_wrong_line_is_refused_on_the_page(app: Served, lines: str) -> None:
    assert pressed(entered(app), "/work/batches", title="spring", people=lines) == 422


def test_a_second_person_is_needed_for_an_override(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    made = rig.central.assigning.assign(Applicant("a1", NUMBER), window.name, by="clerk")
    browser = entered(app)
    told = {"assignment": made, "evidence": "burnt down", "approver_password": PASSWORD}
    assert pressed(browser, "/work/override", approver="clerk", **told) >= 400
    assert pressed(browser, "/work/override", approver="eye", **told) >= 400
    assert pressed(browser, "/work/override", approver="chief", **told) == 303
    answer = browser.post("/search", data={"csrf": csrf(browser.get("/wall").text), "text": "a1"})
    assert "两人释放" in answer.text


def test_a_fork_is_decided_on_the_audit_page(app: Served, rig: Rig, window: PlayedStation) -> None:
    window.publish(window.write("here"))
    rig.turn()
    twin = window.copy()
    twin.journal.clear()
    twin.publish(twin.write("there"))
    rig.turn()
    browser = entered(app)
    assert "发现历史分叉" in browser.get("/wall").text
    (fork,) = list_forks(rig.database)
    told = {"decision": "keep", "why": "put away", "approver": "chief"}
    path = f"/audit/forks/{fork.id}"
    wrong = told | {"approver_password": "wrong"}
    assert pressed(browser, path, **wrong) >= 400
    assert pressed(browser, path, approver_password=PASSWORD, **told) == 303
    assert list_forks(rig.database)[0].agreed_by == "chief"


def test_an_alarm_goes_when_a_person_has_seen_it(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    window.publish(window.write("here"))
    rig.turn()
    twin = window.copy()
    twin.journal.clear()
    twin.publish(twin.write("there"))
    rig.turn()
    browser = entered(app)
    form = re.search(r'action="(/wall/alarms/\d+)"', browser.get("/wall").text)
    assert form
    assert pressed(browser, form[1]) == 303
    assert "/wall/alarms/" not in browser.get("/wall").text


def test_a_window_enrols_over_http(app: Served, rig: Rig) -> None:
    window = PlayedStation(rig, "city.hall.window-7")
    code = rig.central.enrolment.make_code(window.name, by="admin")
    stranger = client(app)
    answer = stranger.post("/enrolment", content=window.request(code).to_json())
    assert answer.status_code == 200
    assert EnrolmentAnswer.from_json(answer.content).name == window.name
    other = PlayedStation(rig, window.name)
    refused = stranger.post("/enrolment", content=other.request(code).to_json())
    assert (refused.status_code, refused.json()["code"]) == (403, "enrolment-refused")
    code = rig.central.enrolment.make_code(window.name, by="admin")
    taken = stranger.post("/enrolment", content=other.request(code).to_json())
    assert (taken.status_code, taken.json()["code"]) == (409, "station-name-taken")
    assert stranger.post("/enrolment", content=b"{}").status_code == 422


def test_the_api_gives_and_follows_an_order(app: Served, rig: Rig, window: PlayedStation) -> None:
    browser = client(app)
    login = {"operator": "clerk", "password": PASSWORD}
    token = browser.post("/api/v1/session", json=login).json()["token"]
    browser.headers["Authorization"] = f"Bearer {token}"
    body = {"application": "a1", "number": NUMBER, "station": window.name}
    made = browser.post("/api/v1/fleet/assignments", json=body)
    assert made.status_code == 201
    again = browser.post("/api/v1/fleet/assignments", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "application-assigned")
    found = browser.get(f"/api/v1/fleet/assignments/{made.json()['id']}").json()
    assert (found["state"], found["station"]) == ("sent", window.name)
    assert browser.get("/api/v1/fleet/assignments/none").status_code == 404
    assert browser.get("/api/v1/fleet/wall").json()["open"] == 1

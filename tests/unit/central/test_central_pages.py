"""Central's pages and API: behind the same doors, and what a person sees on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

from station.access import Doors, open_doors
from station.access.central_table import CENTRAL_API, CENTRAL_PAGES
from station.central import pages, routes
from station.central.assigning import Applicant
from station.central.looking import list_acts, list_forks
from station.central.tables import events
from station.core.fleet import EnrolmentAnswer, FleetEvent
from station.core.people import Role
from station.words import explain
from tests.rigs.central import PlayedStation, Rig
from tests.rigs.central_pages import NUMBER, PASSWORD, QUICK, Served, opened_doors, served


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
@pytest.mark.parametrize(
    "page", ["/wall", "/work", "/blanks", "/search", "/audit", "/accounts", "/doors"]
)
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


def test_two_people_give_settings_out_and_a_refused_document_stays_in_the_form(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    rig.central.rings.put_into_ring(window.name, 1, by="chief")
    chief = entered(app, "chief")
    told = {"title": "3 minutes", "enough": 90, "most_failed": 5, "approver_password": PASSWORD}
    document = "[policies]\r\ntake_within = 180.0\r\n"
    given = told | {"document": document}
    assert pressed(entered(app), "/settings", approver="chief", **given) == 403, "a clerk"
    assert pressed(chief, "/settings", approver="chief", **given) >= 400, "the same person"
    token = {"csrf": csrf(chief.get("/wall").text)}
    other = told | {"document": "[server]\nport = 1", "approver": "second"}
    answer = chief.post("/settings", data=token | other)
    assert answer.status_code == 422
    assert "server.port" in answer.text
    assert "[server]\nport = 1</textarea>" in answer.text
    assert pressed(chief, "/settings", approver="second", **given) == 303
    page = chief.get("/settings").text
    assert "下发中" in page
    assert "take_within = 180.0" in page
    assert pressed(chief, "/settings/1/stop") == 303
    assert "已停止" in chief.get("/settings").text
    assert pressed(chief, "/settings/1/next") == 303
    assert pressed(chief, "/settings/rings", station=window.name, ring=4) == 303
    (row,) = [one for one in list_acts(rig.database) if one.kind == "settings-given"]
    assert (row.actor, dict(row.data)["agreed"]) == ("chief", "second")


def test_a_chief_makes_a_code_on_the_page_and_a_clerk_cannot(app: Served, rig: Rig) -> None:
    window = PlayedStation(rig, "city.hall.window-7")
    assert pressed(entered(app), "/accounts/codes", station=window.name) == 403
    chief = entered(app, "chief")
    asked = {"csrf": csrf(chief.get("/wall").text), "station": f" {window.name} "}
    shown = chief.post("/accounts/codes", data=asked)
    code = re.search(r'<code class="code">([^<]+)</code>', shown.text)
    assert code
    assert code[1] not in chief.get("/accounts").text
    answer = client(app).post("/enrolment", content=window.request(code[1]).to_json())
    assert answer.status_code == 200
    assert f"<td>{window.name}</td>" in chief.get("/accounts").text
    assert chief.post("/accounts/codes", data=asked | {"station": "window"}).status_code == 422


def test_the_page_of_accounts_names_people_and_no_secret(
    app: Served, rig: Rig, doors: Doors, window: PlayedStation
) -> None:
    doors.operators.add("new", [Role.OPERATOR], by="test")
    doors.operators.add("gone", [Role.OPERATOR], by="test")
    doors.operators.disable("gone", by="test")
    text = entered(app, "eye").get("/accounts").text
    rows = dict(re.findall(r"<tr><td>(\w+)</td><td>[^<]*</td><td>([^<]+)</td>", text))
    assert rows == {
        "chief": "可以登录", "clerk": "可以登录", "eye": "可以登录",
        "gone": "已停用", "new": "尚未设置密码", "second": "可以登录",
    }  # fmt: skip
    assert window.identity.signing_key not in text
    assert "/accounts/codes" not in text


def test_a_search_leads_to_what_can_be_done_with_an_order(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    made = rig.central.assigning.assign(Applicant("a/1", NUMBER), window.name, by="clerk")
    rig.send()
    browser = entered(app)

    def found() -> str:
        told = {"csrf": csrf(browser.get("/wall").text), "text": "a/1"}
        return browser.post("/search", data=told).text

    assert f'href="/work?assignment={made}"' in found()
    form = browser.get(f"/work?assignment={made}").text
    assert form.count(f'value="{made}"') == 2
    (letter,) = window.assignments()
    window.answer(FleetEvent.REFUSED, letter, code="printer-not-connected")
    text = found()
    assert f"窗口拒绝 · {explain('printer-not-connected').title}</td>" in text
    assert 'href="/work?application=a/1"' in text
    assert 'value="a/1"' in browser.get("/work?application=a/1").text


def test_a_search_tells_events_in_words(app: Served, rig: Rig, window: PlayedStation) -> None:
    released = {"from": "printed", "to": "released"}
    window.publish(window.write("card-released", released, "order-1"))
    window.publish(window.write("of-a-newer-program", {}, "order-1"))
    rig.turn()
    browser = entered(app)
    told = {"csrf": csrf(browser.get("/wall").text), "text": "order-1"}
    text = browser.post("/search", data=told).text
    assert "<td>已出卡 → 已出卡</td>" in text
    assert "<td>of-a-newer-program</td>" in text


def test_a_batch_shows_the_part_of_each_window(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    people = [Applicant(f"a{one}", NUMBER) for one in range(3)]
    batch = rig.central.assigning.add_batch("spring", people, by="clerk")
    rig.central.assigning.split_batch(batch, [window.name], by="clerk")
    rig.send()
    letter = window.assignments()[0]
    window.answer(FleetEvent.ACCEPTED, letter, "order-1")
    window.publish(window.write("card-released", {"to": "released"}, "order-1"))
    rig.turn()
    assert f"<li>{window.name} <b>1</b> / 3</li>" in entered(app).get("/work").text


def test_what_is_under_way_is_shown_until_it_is_counted(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    rig.central.take_blanks_in("95533", 500, by="store")
    transfer = rig.central.send_blanks(window.name, "95533", 200, by="store")
    browser = entered(app)
    row = f'<td>{window.name}</td><td>95533</td><td class="number">200</td>'
    assert row in browser.get("/blanks").text
    assert 'id="under-way"' in browser.get("/blanks").text
    counted = {"transfer": transfer, "bank": "95533", "count": "200"}
    window.publish(window.write(FleetEvent.RECEIVED.value, counted))
    rig.turn()
    assert 'id="under-way"' not in browser.get("/blanks").text


def test_a_whole_history_is_verified_on_the_audit_page(
    app: Served, rig: Rig, window: PlayedStation
) -> None:
    window.publish(window.write(), window.write(), window.write())
    rig.turn()
    browser = entered(app, "eye")
    assert 'id="verified"' not in browser.get("/audit?chain=city.hall.nobody").text
    assert "相符的事件数： 3</p>" in browser.get(f"/audit?chain={window.name}").text
    with rig.database.transaction() as connection:
        connection.execute(sa.update(events).where(events.c.seq == 2).values(actor="other"))
    text = browser.get(f"/audit?chain={window.name}").text
    assert "相符的事件数： 1 · 第一条不符： 2</p>" in text


def test_before_anybody_has_registered_the_login_names_centrals_own_command(
    rig: Rig, tmp_path: Path
) -> None:
    empty = open_doors(tmp_path, hasher=QUICK)
    with served(rig, empty) as app:
        text = client(app).get("/login").text
    empty.close()
    assert "station central operator" in text
    assert "station operators add" not in text


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

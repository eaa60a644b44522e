"""Each person is shown links to the pages that they may open, and buttons that they may press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from station.access import table
from station.core.people import PEOPLE, Role
from station.ui.navigation import links_for
from tests.rigs.doors import Signed, let_in
from tests.unit.api.conftest import Served, serving

LINK = re.compile(r'<a id="to-[a-z]+" href="([^"?]+)')
ACTION = re.compile(r'(?:form)?action="(/actions/[a-z-]+)"')
PAGES = ("/", "/batches", "/custody", "/supervisor", "/diagnostics", "/doors")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("window")
    with serving(folder) as served:
        for role in PEOPLE:
            let_in(served.doors, f"only-{role.value}", {role})
        yield served


def client(window: Served, role: Role) -> Signed:
    return Signed(window.doors, f"only-{role.value}", base_url=window.client.base_url)


@pytest.mark.parametrize("role", sorted(PEOPLE))
def test_exactly_the_pages_that_may_be_opened_are_linked_from_each_of_them(
    window: Served, role: Role
) -> None:
    with client(window, role) as browser:
        opened = {path: browser.get(path) for path in PAGES}
        may = {path for path, answer in opened.items() if answer.status_code == 200}
        assert may
        for path in may:
            assert set(LINK.findall(opened[path].text)) == may, path


def test_who_may_open_what() -> None:
    at_window = {Role.OPERATOR, Role.SUPERVISOR}
    for role in PEOPLE:
        names = {link.name for link in links_for(frozenset({role}))}
        assert {"batches", "custody", "operator"} & names == (
            {"batches", "custody", "operator"} if role in at_window else set()
        )
        assert {"diagnostics", "doors"} <= names


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.AUDITOR])
def test_no_button_is_shown_that_would_be_refused(window: Served, role: Role) -> None:
    with client(window, role) as browser:
        shown = set(ACTION.findall(browser.get("/diagnostics").text))
        for action in shown:
            answer = browser.post(action, data={"page": "diagnostics"}, headers={"X-Press": "1"})
            assert answer.status_code == 200, action
    assert ("/actions/test-card" in shown) == (role is Role.TECHNICIAN)


def test_the_page_that_is_open_is_marked(window: Served) -> None:
    for path in PAGES:
        html = window.client.get(path).text
        marked = re.findall(r'<a id="to-[a-z]+" href="([^"?]+)[^>]* aria-current="page"', html)
        assert marked == [path]


def test_every_page_asks_who_is_there_and_comes_back(window: Served) -> None:
    """A page that a person may open is never answered with a problem for programs."""
    with Signed(window.doors, base_url=window.client.base_url) as browser:
        browser.cookies.clear()
        for operation in table.PAGES:
            method, _, path = operation.partition(" ")
            if method != "GET" or "{" in path or not path.startswith("/") or "/ui/" in path:
                continue
            shown = window.client.get(path)
            if "<html" in shown.text:
                asked = browser.get(path)
                assert asked.status_code == 303, path
                assert unquote(asked.headers["location"]) == f"/login?next={path}"


def test_whoever_is_not_logged_in_is_shown_no_link(window: Served) -> None:
    with Signed(window.doors, base_url=window.client.base_url) as browser:
        browser.cookies.clear()
        assert LINK.findall(browser.get("/login").text) == []
        assert browser.get("/custody").headers["location"] == "/login?next=%2Fcustody"
        batch = f"/batches/{'0' * 32}"
        found = browser.get(f"{batch}?part=making").headers["location"]
        assert unquote(found.partition("next=")[2]) == f"{batch}?part=making"

"""The small server answers this PC's own pages only."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from station.core.errors import ConfigError
from station.plain_server import Answer, Asked, PlainServer


def reply(asked: Asked) -> Answer:
    return Answer(f"{asked.path} {dict(asked.form) if asked.form is not None else None}")


@pytest.fixture
def server() -> Iterator[PlainServer]:
    made = PlainServer(0, reply)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60.0) as client:
        yield client


def test_a_form_comes_from_its_own_page(server: PlainServer, http: httpx.Client) -> None:
    origin = server.address.rstrip("/")
    form = {"name": "窗口 1"}
    assert http.post(origin, data=form, headers={"Origin": origin}).text == f"/ {form}"
    for other in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert http.post(origin, data=form, headers=other).status_code == 403


def test_another_host_name_is_refused(server: PlainServer, http: httpx.Client) -> None:
    assert http.get(server.address, headers={"Host": "evil.example"}).status_code == 421
    assert http.get(server.address).text == "/ None"


def test_a_form_that_is_too_long_is_not_read(server: PlainServer, http: httpx.Client) -> None:
    headers = {"Origin": server.address.rstrip("/")}
    answer = http.post(server.address, content=b"a" * 70_000, headers=headers)
    assert answer.status_code == 413


def test_nothing_is_shown_without_the_code(http: httpx.Client) -> None:
    made = PlainServer(0, reply, with_code=True)
    made.start()
    try:
        root = made.address.rpartition("/")[0]
        assert len(made.address.rpartition("/")[2]) >= 20
        assert http.get(f"{root}/").status_code == 404
        assert http.get(f"{root}/wrong").status_code == 404
        assert http.get(made.address).text == "/ None"
    finally:
        made.stop()


def test_a_port_in_use_is_said(server: PlainServer) -> None:
    port = int(server.address.rstrip("/").rpartition(":")[2])
    with pytest.raises(ConfigError, match=str(port)):
        PlainServer(port, reply)

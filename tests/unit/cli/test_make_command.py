"""`station make`: what a person is asked at a machine without motors."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from station.cli import app

ORDER: dict[str, Any] = {"id": "a" * 32, "step": "accepted", "problem": None}
APPROVED = ORDER | {"step": "approved"}


def asks(code: str, title: str) -> dict[str, Any]:
    return APPROVED | {"problem": {"code": code, "title": title, "remedy": "1. 甲\n2. 乙"}}


class PlayedDaemon:
    """Answers each post with the next order."""

    answers: list[dict[str, Any]]
    posted: list[str]

    def __init__(self, settings: object, operator: str) -> None:
        del settings, operator

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        del body
        self.posted.append(path.partition("?")[0])
        return self.answers.pop(0)


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> type[PlayedDaemon]:
    monkeypatch.setattr("station.cli.make.Daemon", PlayedDaemon)
    PlayedDaemon.posted = []
    return PlayedDaemon


def test_each_request_is_asked_on_the_terminal_and_then_looked_at(
    daemon: type[PlayedDaemon],
) -> None:
    put_in, take = asks("card-needed", "请放入预制卡"), asks("take-card", "请取出卡")
    done = APPROVED | {"step": "released"}
    daemon.answers = [ORDER, put_in, put_in, take, done]
    result = CliRunner().invoke(app, ["make", "410701199003074534"], input="\ny\ny\n")
    assert result.exit_code == 0, result.output
    assert result.output.count("请放入预制卡\n1. 甲\n2. 乙") == 2
    assert result.output.count("请取出卡") == 1
    assert daemon.posted == ["/orders"] + [f"/orders/{ORDER['id']}/run"] * 4


def test_a_person_who_does_not_go_on_leaves_the_order_as_it_waits(
    daemon: type[PlayedDaemon],
) -> None:
    daemon.answers = [ORDER, asks("card-needed", "请放入预制卡")]
    result = CliRunner().invoke(app, ["make", "410701199003074534"], input="n\n")
    assert result.exit_code == 1
    assert '"card-needed"' in result.output
    assert len(daemon.posted) == 2

"""`station operators` and `station clients`, on a state folder of their own."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from station.access import open_doors
from station.access.doors import Means
from station.access.store import FILE
from station.cli import app
from station.core.people import Role
from tests.rigs.doors import CHEAP, PASSWORD

CONFIG = """
[station]
state_dir = "{folder}"
[province]
url = "http://127.0.0.1:1"
user = "window"
region = "410700"
[banks.95533]
name = "中国建设银行"
bins = ["622700"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "station.toml"
    file.write_text(CONFIG.format(folder=tmp_path / "state"), encoding="utf-8")
    return file


def station(config: Path, *words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--config", str(config)], input=typed)
    return done.exit_code, done.output


def test_a_code_is_printed_and_registers_the_person(config: Path, tmp_path: Path) -> None:
    status, said = station(config, "operators", "add", "张三", "--role", "operator")
    assert status == 0, said
    (code,) = re.findall(r"注册码：(\S+)", said)
    doors = open_doors(tmp_path / "state", hasher=CHEAP)
    doors.operators.register("张三", code, PASSWORD)
    assert doors.log_in("张三", PASSWORD).operator == "张三"
    doors.close()
    status, said = station(config, "operators", "list", "--json")
    (shown,) = json.loads(said)
    assert (shown["name"], shown["roles"], shown["registered"]) == ("张三", "operator", True)


def test_a_disabled_person_is_out_beside_a_running_daemon(config: Path, tmp_path: Path) -> None:
    add = ("operators", "add", "li.na", "--role", "operator", "--password-stdin")
    assert station(config, *add, typed=f"{PASSWORD}\n")[0] == 0
    running = open_doors(tmp_path / "state")  # as the daemon has it open
    session = running.log_in("li.na", PASSWORD)
    assert station(config, "operators", "disable", "li.na")[0] == 0
    assert not running.by_session(session.token, Means.BEARER, uses=True).roles
    status, said = station(config, "operators", "reset", "li.na")
    assert (status, "注册码：" in said) == (0, True)
    running.close()


def test_a_token_is_printed_once_and_revoked(config: Path, tmp_path: Path) -> None:
    _, said = station(config, "clients", "add", "hall", "--role", "province-server")
    token = said.strip()
    doors = open_doors(tmp_path / "state")
    assert doors.by_token(token, "").roles == {Role.PROVINCE_SERVER}
    assert token not in station(config, "clients", "list", "--json")[1]
    assert station(config, "clients", "revoke", "hall")[0] == 0
    assert not doors.by_token(token, "").roles
    doors.close()


@pytest.mark.parametrize(
    "words",
    [
        ("operators", "add", "a b", "--role", "operator"),
        ("operators", "add", "li.na", "--role", "central"),
        ("operators", "disable", "nobody"),
        ("clients", "add", "hall", "--role", "supervisor"),
        ("clients", "revoke", "nobody"),
    ],
)
def test_what_makes_no_sense_is_refused(config: Path, words: tuple[str, ...]) -> None:
    assert station(config, *words)[0] in (1, 2)


@pytest.mark.field_case("F1")
def test_a_look_makes_nothing(config: Path, tmp_path: Path) -> None:
    for group in ("operators", "clients"):
        assert station(config, group, "list")[0] == 0
    assert not (tmp_path / "state" / FILE).exists()
    assert not (tmp_path / "state").exists()


def test_operators_are_added_where_accounts_have_no_numbers(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: no user ids, and nothing to act as."""
    monkeypatch.setattr(sys, "platform", "win32")
    for name in ("getuid", "geteuid", "seteuid", "setegid"):
        monkeypatch.delattr(os, name)
    monkeypatch.setenv("USERNAME", "office")
    monkeypatch.setenv("LOGNAME", "office")
    status, said = station(config, "operators", "add", "li.na", "--role", "operator")
    assert (status, "注册码：" in said) == (0, True), said
    doors = open_doors(tmp_path / "state", hasher=CHEAP)
    lines: list[str] = []
    doors.copy_to_history(lambda actor, kind, data: lines.append(actor))
    assert lines == ["account:office"]
    doors.close()

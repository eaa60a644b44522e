"""What a PC does to the station: two programs, lost keys, other users, other encodings."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.child import ROOT
from simulators.world import PASSWORD, PEOPLE_PASSWORD, World
from tests.scenario.conftest import Window


def station(world: World, *arguments: str, typed: str = "", **environment: str) -> tuple[int, str]:
    known = {"STATION_PROVINCE__PASSWORD": PASSWORD}
    if "STATION_SERVER__PORT" not in environment:
        known["STATION_SERVER__PORT"] = world.station_page.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "station", *arguments, "--config", str(world.config)],
        cwd=ROOT,
        env={**os.environ, **known, **environment},
        input=typed.encode(),
        capture_output=True,
        check=False,
        timeout=100,
    )
    said = done.stdout + done.stderr
    return done.returncode, said.decode(environment.get("PYTHONIOENCODING", "utf-8"), "replace")


@pytest.mark.field_case("A7", "G9", "R4")
def test_a_second_daemon_on_the_state_folder_is_refused(window: Window) -> None:
    status, said = station(window.world, "serve", STATION_SERVER__PORT="0")
    assert status == 1, said
    assert "station-held" in said
    assert str(window.world.station_pid) in said
    assert window.world.api("GET", "/health").is_success


@pytest.mark.field_case("A7")
def test_no_command_opens_the_printer_beside_a_daemon_that_does_not_answer(window: Window) -> None:
    before = window.world.observer()["totals"]
    os.kill(window.world.station_pid, signal.SIGSTOP)
    try:
        for words in (("printer", "status"), ("printer", "clean"), ("printer", "capture")):
            status, said = station(window.world, *words)
            assert (status, "station-held" in said) == (1, True), said
        status, said = station(window.world, "doctor")
    finally:
        os.kill(window.world.station_pid, signal.SIGCONT)
    assert status == 1
    assert f"进程 {window.world.station_pid}" in said
    assert window.world.observer()["totals"] == before


@pytest.mark.field_case("F7")
def test_nobody_else_can_read_the_files_of_the_state_folder(window: Window) -> None:
    window.accept()
    state = window.world.folder / "state"
    for path in (state, *state.rglob("*")):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


@pytest.mark.field_case("F5")
def test_a_backup_made_while_orders_run_opens_and_is_whole(window: Window, tmp_path: Path) -> None:
    order = window.accept()["id"]
    folder = tmp_path / "backup"
    status, said = station(window.world, "backup", str(folder))
    assert status == 0, said
    assert "审计链完整" in said
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    status, said = station(window.world, "orders", "--json", STATION_STATION__STATE_DIR=str(folder))
    assert status == 0, said
    assert order in said
    status, said = station(window.world, "backup", str(folder))
    assert status == 2, "an older backup is never written over"


@pytest.mark.field_case("A1", "G8")
def test_a_station_whose_key_is_gone_does_not_start_and_makes_no_other(window: Window) -> None:
    window.accept()
    world, state = window.world, window.world.folder / "state"
    port = world.station_page.rpartition(":")[2]
    world.stop_station()
    key, aside = state / "seal.key", state.parent / "seal.key.aside"
    key.rename(aside)
    try:
        for words in ("serve", "doctor"):
            status, said = station(world, words, STATION_SERVER__PORT=port)
            assert (status, "seal-key-missing" in said, str(key) in said) == (1, True, True), said
            assert not key.exists()
    finally:
        aside.rename(key)
        world.start_station()
    assert window.view()["step"] == "accepted"


@pytest.mark.field_case("F1")
def test_looking_makes_nothing_and_leaves_an_older_journal_as_it_is(
    window: Window, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    station(window.world, "doctor", STATION_STATION__STATE_DIR=str(fresh), STATION_SERVER__PORT="1")
    assert not fresh.exists()
    older = tmp_path / "older"
    station(window.world, "backup", str(older))
    database = sqlite3.connect(older / "journal.db")
    with database:
        database.execute("UPDATE alembic_version SET version_num = '0003'")
    database.close()
    before = {file.name: file.read_bytes() for file in older.iterdir()}
    for words in (("orders",), ("ledger",), ("audit", "verify")):
        status, said = station(window.world, *words, STATION_STATION__STATE_DIR=str(older))
        assert (status, "journal-older" in said) == (1, True), said
    assert {file.name: file.read_bytes() for file in older.iterdir()} == before


@pytest.mark.field_case("C4")
def test_an_operator_with_a_chinese_name_is_in_the_history_as_written(window: Window) -> None:
    secret = {"STATION_OPERATOR_PASSWORD": PEOPLE_PASSWORD}
    for name in ("张三", "阿里·买买提"):
        add = ("operators", "add", name, "--role", "operator", "--password-stdin")
        status, said = station(window.world, *add, typed=f"{PEOPLE_PASSWORD}\n")
        assert status == 0, said
    for words, environment in (
        (("--operator", "张三"), {}),
        ((), {"STATION_OPERATOR": "阿里·买买提"}),
    ):
        status, said = station(
            window.world, "ledger", "move", "opened", "1", *words, **secret, **environment
        )
        assert status == 0, said
    assert {"张三", "阿里·买买提"} <= _actors(window.world)


def _actors(world: World) -> set[str]:
    database = sqlite3.connect(f"file:{world.folder / 'state' / 'journal.db'}?mode=ro", uri=True)
    found = {str(row[0]) for row in database.execute("SELECT DISTINCT actor FROM events")}
    database.close()
    return found


@pytest.mark.field_case("C5")
@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_a_terminal_without_the_characters_ends_no_command(window: Window, encoding: str) -> None:
    world = window.world
    status, said = station(world, "make", window.id_number, "--yes", PYTHONIOENCODING=encoding)
    assert status == 0, said
    assert '"step": "released"' in said
    status, said = station(world, "doctor", PYTHONIOENCODING=encoding)
    assert status == 0, said

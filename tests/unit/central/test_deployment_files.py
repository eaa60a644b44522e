"""The files for the PC that central runs on: read by what they are for, and the copy put back."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from simulators.engines import Postgres
from station.central.database import Database
from station.central.settings import load_central_settings
from station.central.tables import stations
from tests.rigs.central import PlayedStation, Rig

FILES = Path(__file__).parents[3] / "config" / "deployment" / "central"


def test_the_settings_are_read() -> None:
    settings = load_central_settings(FILES / "central.toml")
    assert settings.carrier.kind == "nats"
    assert settings.carrier.accounts_file is not None
    assert settings.server.certificate is not None


def test_the_carrier_reads_its_file(tmp_path: Path) -> None:
    text = (FILES / "nats.conf").read_text(encoding="utf-8")
    text = re.sub(r"tls \{.*?\}\n", "", text, flags=re.S)  # no certificate lies here
    accounts = tmp_path / "accounts.conf"
    accounts.write_text("accounts { }\n", encoding="utf-8")
    text = text.replace("/var/lib/card-station-central/nats/accounts.conf", accounts.name)
    file = tmp_path / "nats.conf"
    file.write_text(text, encoding="utf-8")
    program = Path(sys.executable).with_name("nats-server")
    read = subprocess.run(
        [program, "-t", "-c", str(file)], capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr


@pytest.mark.parametrize("unit", sorted(FILES.glob("*.service")), ids=lambda one: one.name)
def test_a_unit_names_files_that_are_here(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert "User=card-station-central" in text
    assert "ProtectSystem=strict" in text
    for name in re.findall(r"/etc/card-station-central/([\w.-]+)", text):
        assert (FILES / name).is_file(), name


def test_a_copy_of_central_is_made_and_put_back(
    postgres: Postgres, rig: Rig, window: PlayedStation, tmp_path: Path
) -> None:
    state, into = tmp_path / "state", tmp_path / "backups"
    state.mkdir()
    into.mkdir()
    (state / "central.key").write_bytes(os.urandom(32))
    with contextlib.closing(sqlite3.connect(state / "access.db")) as people:
        people.execute("CREATE TABLE operators (name TEXT)")
        people.execute("INSERT INTO operators VALUES ('wang.fang')")
        people.commit()
        copy = [str(FILES / "back-up.sh"), rig.url, str(state), str(into)]
        done = subprocess.run(copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = into.iterdir()
    assert sorted(one.name for one in made.iterdir()) == [
        "access.db", "central.dump", "central.key",
    ]  # fmt: skip
    assert (made / "central.key").read_bytes() == (state / "central.key").read_bytes()
    with contextlib.closing(sqlite3.connect(made / "access.db")) as people:
        assert people.execute("SELECT name FROM operators").fetchall() == [("wang.fang",)]
    postgres.run("CREATE DATABASE put_back")
    back = postgres.url("put_back")
    restore = ["pg_restore", "--no-owner", f"--dbname={back}", str(made / "central.dump")]
    subprocess.run(restore, check=True)
    database = Database(back)
    with database.transaction() as connection:
        names = connection.execute(sa.select(stations.c.name)).scalars().all()
    database.close()
    assert names == [window.name]


def test_a_copy_that_fails_leaves_no_folder_that_looks_whole(tmp_path: Path) -> None:
    copy = [str(FILES / "back-up.sh"), "postgresql://127.0.0.1:1/none", str(tmp_path)]
    into = tmp_path / "backups"
    into.mkdir()
    done = subprocess.run([*copy, str(into)], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert all(one.name.endswith(".part") for one in into.iterdir())

"""A real window takes settings from a real central, begins anew with them, or goes back."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.child import Process
from simulators.engines import Postgres
from simulators.world import World, WorldOptions, free_port, wait_until
from station.central.database import Database
from station.central.keys import load_identity
from station.central.revisions import Revision, list_revisions
from station.central.rings import NewSettings, Rings
from station.given_settings import Document, read_given, take_on_trial
from tests.rigs.central import new_database

pytestmark = pytest.mark.alone  # central, a window and its surroundings: ten programs

NAME = "city.hall.window-1"
TAKEN = 200.0  #: seconds; a look each minute, a quiet window, and two starts


class Place:
    """A central of its own, and one window of it."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        port = free_port()
        self.config = folder / "central.toml"
        self.config.write_text(
            f"""
[central]
state_dir = {json.dumps(str(folder / "central"))}
[database]
url = {json.dumps(database)}
[server]
port = {port}
[carrier]
kind = "https"
announced = "http://127.0.0.1:{port}"
""",
            encoding="utf-8",
        )
        central = [sys.executable, "-m", "station", "central"]
        self._central = central
        command = [*central, "serve", "--config", str(self.config)]
        self.process = Process("central", command, folder / "central.log", {})
        self.database = Database(database)
        self.rings = Rings(self.database, load_identity(folder / "central"))
        settings = {"fleet": {"name": NAME, "central": f"http://127.0.0.1:{port}"}}
        options = WorldOptions(
            folder / "window", name=NAME, port=free_port(), station_settings=settings
        )
        self.world = World(options)

    def start_window(self) -> None:
        world = self.world
        world.start_surroundings()
        world.write_config()
        world.add_people()
        code = self._run([*self._central, "code", NAME, "--config", str(self.config)], {})
        enrol = [sys.executable, "-m", "station", "fleet", "enrol", "--code", code.strip()]
        self._run([*enrol, "--config", str(world.config)], world.environment)
        self.rings.put_into_ring(NAME, 1, by="technician")
        world.start_station()

    def _run(self, command: list[str], environment: dict[str, str]) -> str:
        done = subprocess.run(
            command,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def give(self, document: str) -> int:
        wanted = NewSettings("test", document, enough=100, most_failed=0)
        return self.rings.give_out(wanted, by="technician", agreed="supervisor")

    def ended(self, state: str) -> Revision | None:
        newest = list_revisions(self.database)[0]
        return newest if newest.state == state else None

    def stop(self) -> None:
        with contextlib.ExitStack() as undo:
            undo.callback(self.database.close)
            undo.callback(self.process.stop)
            self.world.stop()


@pytest.fixture
def place(tmp_path: Path, postgres: Postgres) -> Iterator[Place]:
    made = Place(tmp_path, new_database(postgres))
    try:
        yield made
    finally:
        made.stop()


def test_a_window_takes_settings_and_refuses_those_that_do_not_fit_it(place: Place) -> None:
    place.start_window()
    good = place.give("[policies]\ntake_within = 240.0\n")
    pid = place.world.station_pid
    assert wait_until(lambda: place.ended("done"), TAKEN, "every ring to have it").revision == good
    state = place.world.folder / "state"
    assert read_given(state).good == Document(good, "[policies]\ntake_within = 240.0\n")
    assert place.world.station_pid == pid, "the daemon begins anew in its process"
    assert place.world.api("GET", "/station").status_code == 200
    page = place.world.page("/diagnostics/configuration")
    assert "上级平台" in page

    place.give("[policies]\ntake_within = -1.0\n")
    stopped = wait_until(lambda: place.ended("stopped"), TAKEN, "the refusal")
    (failure,) = stopped.failures
    assert (failure.station, failure.outcome) == (NAME, "refused")
    assert "policies.take_within" in failure.reason
    assert read_given(state).good == Document(good, "[policies]\ntake_within = 240.0\n")

    place.give('[province]\nurl = "http://127.0.0.1:9/nobody"\n')
    stopped = wait_until(lambda: place.ended("stopped"), TAKEN, "the second refusal")
    assert stopped.failures[0].reason == "province: province-unavailable"


def test_settings_with_which_nothing_starts_are_given_up(place: Place) -> None:
    place.start_window()
    world = place.world
    world.stop_station()
    state = world.folder / "state"
    take_on_trial(state, Document(5, "[policies]\ntake_within = -1.0\n"), ())
    world.start_station()
    assert world.api("GET", "/station").status_code == 200
    given = read_given(state)
    assert (given.good, given.trial) == (None, None)
    assert given.outcome is not None
    assert (given.outcome.revision, given.outcome.outcome) == (5, "returned")

"""An update with a card inside: to a newer version, and back from one that does not start."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.child import ROOT
from simulators.world import PASSWORD, World, WorldOptions, running, wait_until
from station.journal.tables import SCHEMA_VERSION
from station.update.way_back import schema_of
from tests.rigs.programs import Owner, make_program
from tests.scenario.conftest import Window

NEWER, NEWEST = "0900", "0901"
CRASH = {
    "bootstrap.py: notifier = Notifier()": 'raise RuntimeError("of the bad version")',
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A window without PC/SC: what is updated is the station."""
    options = WorldOptions(folder=tmp_path_factory.mktemp("world"), pcsc=False)
    with running(options) as made:
        yield made


class Installed:
    """The commands of an installed window on the world's settings."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.owner = world, folder, Owner(folder)
        self.versions, self.state = folder / "versions", world.folder / "state"

    def run(self, *arguments: str, expected: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "station", *arguments, "--config", str(self.world.config)],
            cwd=ROOT,
            env={**os.environ, "STATION_PROVINCE__PASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expected, done.stdout + done.stderr
        return done.stdout + done.stderr

    def take_up(self, program: Path, version: str, schema: str) -> None:
        release = self.owner.release(program, version, schema, platform.machine())
        place = ("--versions", str(self.versions))
        self.run("update", "install", str(release), "--key", str(self.owner.public), *place)
        self.run("update", "start", version, *place)

    def status(self) -> dict[str, object]:
        return dict(json.loads(self.run("update", "status", "--json"))[0])

    def boot(self) -> subprocess.Popen[str]:
        command = ["boot", "--config", str(self.world.config), "--safe-mode"]
        return subprocess.Popen(
            [sys.executable, "-m", "station", *command, "--versions", str(self.versions)],
            cwd=ROOT,
            env={**os.environ, "STATION_PROVINCE__PASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def version(self) -> str:
        return str(self.world.api("GET", "/station").json()["version"])


def started_by_systemd(installed: Installed) -> Iterator[str]:
    """Start the service again and again as systemd does; yields the address once it is ready."""
    for _ in range(5):
        with installed.boot() as service:
            assert service.stdout is not None
            line = service.stdout.readline()
            if not line:
                service.wait(60)
                continue
            said = json.loads(line)
            assert said["ready"], said
            try:
                yield said["address"]
            finally:
                service.terminate()
                service.wait(60)
            return
    pytest.fail("no version started")


@pytest.mark.timeout(600)  # eight starts of the program, two of them never compiled before
def test_to_a_newer_version_and_back_from_a_bad_one_with_a_card_inside(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = Installed(world, tmp_path)
    window = Window(world, world.person("ready")["id_number"])
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded")
    before = world.observer()["totals"]
    world.stop_station()
    good = make_program(tmp_path / "good", "0.2.0", schemas=(SCHEMA_VERSION, NEWER))
    installed.take_up(good, "0.2.0", NEWER)
    for address in started_by_systemd(installed):
        monkeypatch.setattr(type(world), "station_page", address)
        assert installed.version() == "0.2.0"
        assert schema_of(installed.state / "journal.db") == NEWER
        wait_until(lambda: installed.status()["outcome"] == "good", 60, "a good start")
        assert window.view()["step"] in ("encoded", "reported")

    bad = make_program(
        tmp_path / "bad", "0.3.0", schemas=(SCHEMA_VERSION, NEWER, NEWEST), changes=CRASH
    )
    installed.take_up(bad, "0.3.0", NEWEST)
    for address in started_by_systemd(installed):
        monkeypatch.setattr(type(world), "station_page", address)
        assert installed.version() == "0.2.0"
        chosen = installed.status()
        assert (chosen["current"], chosen["outcome"]) == ("0.2.0", "returned")
        (aside,) = installed.state.glob("replaced-*")
        # The bad version did open the journal, and it is kept for whoever looks into it.
        assert schema_of(aside / "journal.db") == NEWEST
        assert schema_of(installed.state / "journal.db") == NEWER
        assert window.run_to_release()["step"] == "released"
    after = world.observer()["totals"]
    assert after["feeds"] == before["feeds"]
    assert after["chip_write_sessions"] == before["chip_write_sessions"]
    assert after["prints"] == before["prints"] + 1
    assert after["releases"] == before["releases"] + 1
    assert world.province_observer()["effects"]["reports_accepted"] == 1

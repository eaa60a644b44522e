"""`make hall ONCE=1` as a person starts it: nine cards on three machines, nothing left running."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulators.child import ROOT
from simulators.world import wait_until

pytestmark = pytest.mark.alone  # twenty programs on one PC: a minute and more

MARK = "HALL_OF_A_TEST"


@pytest.fixture
def mark() -> Iterator[str]:
    """Mark what a test starts, in its environment; at the end nothing may be left of it."""
    made = secrets.token_hex(8)
    yield made
    assert left_running(made) == []


def left_running(mark: str) -> list[str]:
    left = []
    for process in psutil.process_iter(["environ", "cmdline"]):
        if (process.info["environ"] or {}).get(MARK) == mark:
            left.append(" ".join(process.info["cmdline"] or []))
    return left


def hall(folder: Path, mark: str, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "simulators", "hall", "--speed", "0", "--port", "0"]
    return subprocess.Popen(
        [*command, "--folder", str(folder), *options],
        cwd=ROOT,
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_three_machines_make_the_cards_of_nine_people(tmp_path: Path, mark: str) -> None:
    with hall(tmp_path / "hall", mark, "--once") as started:
        try:
            out, errors = started.communicate(timeout=600)
        finally:
            started.terminate()  # it stops what it has started; killed, it could not
    assert started.returncode == 0, out + errors
    report = json.loads(out.strip().splitlines()[-1])
    names = [f"city.hall.window-{number}" for number in (1, 2, 3)]
    assert (report["made"], report["windows"]) == (9, 3)
    assert report["orders"] == dict.fromkeys(names, 3)
    assert report["prints"] == dict.fromkeys(names, 3)
    assert (report["forks"], report["alarms"], report["chains_wrong"]) == (0, 0, 0)
    assert report["events"] > 9 * 10
    assert report["seconds"] > 0


def test_a_hall_that_is_stopped_while_it_starts_leaves_nothing_running(
    tmp_path: Path, mark: str
) -> None:
    with hall(tmp_path / "hall", mark) as started:
        assert started.stdout is not None
        assert started.stdout.readline().startswith("seed 1")
        log = tmp_path / "hall/nats/nats.log"
        wait_until(log.exists, 200.0, "the carrier, while windows start")
        assert left_running(mark) != []
        started.send_signal(signal.SIGTERM)
        out, errors = started.communicate(timeout=200)
    assert started.returncode == 0, out + errors

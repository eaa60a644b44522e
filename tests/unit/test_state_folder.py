"""One program at a time works with a station, and nobody else reads its files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.errors import ConfigError, StationHeldError
from station.state_folder import held, holder_of, looked_at, make_private

SECONDS = 60.0
HOLDER = """
import sys, pathlib
from station.state_folder import held
with held(pathlib.Path(sys.argv[1]), "station serve"):
    print("held", flush=True)
    input()
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


@pytest.mark.field_case("A7", "G9")
@pytest.mark.parametrize("stopped", [False, True], ids=["alive", "stopped"])
def test_a_second_program_is_refused_with_the_first_ones_name(
    daemon: subprocess.Popen[bytes], tmp_path: Path, stopped: bool
) -> None:
    if stopped:
        daemon.send_signal(signal.SIGSTOP)
    with pytest.raises(StationHeldError) as refused, held(tmp_path, "station serve"):
        pytest.fail("two programs hold one station")
    assert refused.value.details == {"program": "station serve", "pid": str(daemon.pid)}
    with pytest.raises(StationHeldError), looked_at(tmp_path, "station printer"):
        pytest.fail("a look beside a living daemon")
    found = holder_of(tmp_path)
    assert found is not None
    assert found.details["pid"] == str(daemon.pid)
    if stopped:
        daemon.send_signal(signal.SIGCONT)


@pytest.mark.field_case("A7")
def test_the_lock_is_gone_with_a_daemon_that_was_killed(
    daemon: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    daemon.kill()
    daemon.wait(SECONDS)
    assert holder_of(tmp_path) is None
    with held(tmp_path, "station serve"):
        assert holder_of(tmp_path) is not None


@pytest.mark.field_case("F1")
def test_a_look_at_a_folder_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    assert holder_of(folder) is None
    with looked_at(folder, "station printer"):
        assert not folder.exists()


@pytest.mark.field_case("F7")
def test_folder_and_files_are_closed_to_other_users(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    (folder / "traces").mkdir(parents=True)
    for file in (folder / "journal.db", folder / "traces" / "printer.txt"):
        file.write_text("x")
        file.chmod(0o644)
    folder.chmod(0o755)
    make_private(folder)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert modes == {"var": 0o700, "traces": 0o700, "journal.db": 0o600, "printer.txt": 0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.field_case("F1")
def test_root_does_not_work_in_the_folder_of_the_services_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to user 12345"), held(tmp_path, "station serve"):
        pytest.fail("root's files among the service's")
    assert list(tmp_path.iterdir()) == []

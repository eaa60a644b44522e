"""A carrier in memory, and a real server of NATS JetStream."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from station.core.carrier import ACK_WAIT, Delivery, Kept, Posting
from station.core.errors import FleetLinkError, FleetMessageError


@dataclasses.dataclass
class _Pending:
    """How far one consumer is with one message."""

    number: int
    due: float = 0.0
    done: bool = False


class MemoryBroker:
    """What a carrier's server keeps. `now` is its clock; while it is `down` nothing works."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.down = False
        self.kept: list[tuple[str, bytes]] = []  #: every message by its number
        self.values: dict[str, Kept] = {}
        self.blobs: dict[str, bytes] = {}
        self._ids: set[str] = set()
        self._consumers: dict[tuple[str, str], dict[int, _Pending]] = {}
        self._revision = 0
        self._lock = threading.RLock()

    def check(self) -> None:
        if self.down:
            raise FleetLinkError("the server is down")

    def publish(self, posting: Posting) -> None:
        with self._lock:
            self.check()
            if posting.message_id not in self._ids:
                self._ids.add(posting.message_id)
                self.kept.append((posting.subject, posting.body))

    def pull(self, stream: str, consumer: str, subject: str, most: int) -> list[Delivery]:
        with self._lock:
            self.check()
            mine = self._consumers.setdefault((stream, consumer), {})
            wanted = subject.replace(">", "*")
            found: list[Delivery] = []
            for number, (under, body) in enumerate(self.kept):
                if len(found) == most:
                    break
                pending = mine.setdefault(number, _Pending(number))
                if fnmatchcase(under, wanted) and not pending.done and pending.due <= self.now():
                    pending.due = self.now() + ACK_WAIT
                    found.append(_MemoryDelivery(self, pending, under, body))
            return found

    def put(self, key: str, body: bytes, revision: int | None) -> int:
        with self._lock:
            self.check()
            there = self.values.get(key)
            if revision is not None and revision != (there.revision if there else 0):
                raise FleetMessageError(f"{key} has another revision")
            self._revision += 1
            self.values[key] = Kept(body, self._revision)
            return self._revision


@dataclasses.dataclass
class _MemoryDelivery:
    _broker: MemoryBroker
    _pending: _Pending
    subject: str
    body: bytes

    def done(self) -> None:
        self._broker.check()
        self._pending.done = True

    def again(self, seconds: float) -> None:
        self._broker.check()
        self._pending.due = self._broker.now() + seconds


class MemoryCarrier:
    """One connection to a `MemoryBroker`; cut while `down`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self.broker = broker
        self.down = False

    def _check(self) -> None:
        if self.down:
            raise FleetLinkError("this connection is cut")
        self.broker.check()

    def prepare(self) -> None:
        self._check()

    def publish(self, postings: Sequence[Posting]) -> None:
        self._check()
        for one in postings:
            self.broker.publish(one)

    def receive(
        self, stream: str, consumer: str, subject: str, most: int, wait_seconds: float
    ) -> Sequence[Delivery]:
        del wait_seconds  # who waits here would wait for itself
        self._check()
        return self.broker.pull(stream, consumer, subject, most)

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        self._check()
        for one in deliveries:
            one.done()

    def get(self, key: str) -> Kept | None:
        self._check()
        return self.broker.values.get(key)

    def put(self, key: str, body: bytes, revision: int | None = None) -> int:
        self._check()
        return self.broker.put(key, body, revision)

    def put_all(self, values: Mapping[str, bytes]) -> None:
        self._check()
        for key, body in values.items():
            self.broker.put(key, body, None)

    def blob(self, name: str) -> bytes:
        self._check()
        try:
            return self.broker.blobs[name]
        except KeyError:
            raise FleetLinkError(f"no object {name}") from None

    def put_blob(self, name: str, body: bytes) -> None:
        self._check()
        self.broker.blobs[name] = body

    def close(self) -> None:
        pass


class NatsServer:
    """A real `nats-server` with JetStream on this PC; its store is a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        program = Path(sys.executable).with_name("nats-server")
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder.parent / "nats.log"
        command = [program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", self.folder]
        self._process = subprocess.Popen([*map(str, command), "-l", str(log)])
        deadline = time.monotonic() + 20.0
        while True:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as line,
            ):
                line.settimeout(5.0)
                if line.recv(5).startswith(b"INFO"):
                    return
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise AssertionError(f"nats-server did not start: {log.read_text()}")
            threading.Event().wait(0.05)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20.0)
            self._process = None

    def copy_store(self, to: Path) -> None:
        """Copy the store's folder; the server has stopped."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)

    def put_store(self, older: Path) -> None:
        """Replace the store's folder; the server has stopped."""
        shutil.rmtree(self.folder)
        shutil.copytree(older, self.folder)


@contextlib.contextmanager
def nats_server(folder: Path) -> Iterator[NatsServer]:
    server = NatsServer(folder / "store")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""The daemon's end of its picture process: starts it, gives it requests, ends it.

One request is under way at a time. Whatever the process does, a request ends: with an answer, with
the error that the process answered, or with a `PictureWorkError` after its time.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar

from station.clock import monotonic
from station.core.errors import PictureFailure, PictureWorkError, RemoteProtocolError, StationError
from station.picture_process import codec
from station.picture_process.codec import Header, Setup
from station.picture_process.frames import Frame, encode_frame, read_frame
from station.picture_process.shared import create_shared, give_back, put, take

log = logging.getLogger(__name__)
T = TypeVar("T")

WORKER: Final = "station.picture_process.worker"
TRIES: Final = 2  #: of a request whose process died; see the package
#: Numeric libraries would start threads and set 100 MB of addresses aside for each.
_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the daemon waits, in seconds.

    Attributes:
        start: For a new process, until it has loaded its libraries: 1 of the CPU.
        answer: For one request; a face takes 0.2 of the CPU.
        idle: After the last request, until the process ends.
    """

    start: float = 120.0
    answer: float = 20.0
    idle: float = 900.0


USUAL: Final = Patience()


class Answer(NamedTuple):
    """What a request was answered with, and the shared parts that belong to it."""

    header: Header
    body: bytes
    shared: list[bytes]


#: From an answer's header to the sizes of the parts that it shares.
Sizes = Callable[[Header], Sequence[int]]


def _nothing_shared(header: Header) -> Sequence[int]:
    del header
    return ()


def _nothing_read(answer: Answer) -> None:
    del answer


class _DiedError(Exception):
    """The process is gone, or answered what no process of ours answers."""


class PictureProcess:
    """A process that is started when it is needed. Thread-safe."""

    def __init__(
        self,
        setup: Setup,
        *,
        patience: Patience = USUAL,
        worker: str = WORKER,
        nice: int = 0,
    ) -> None:
        """Remember the parts; nothing is started.

        Args:
            setup: What the process works with.
            patience: How long it may take.
            worker: Module that is run.
            nice: How far the process stands back for others on a busy PC, 0 to 19.
        """
        self.setup = setup
        self._patience = patience
        self._module = worker
        self._nice = nice
        self._asking = threading.Lock()  # held over one request
        self._running: _Worker | None = None
        self._warming: Frame | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process that runs now; None when there is none."""
        running = self._running
        return None if running is None or running.ended else running.process.pid

    @property
    def asked_now(self) -> bool:
        """Whether a request is under way."""
        return self._asking.locked()

    def ask(
        self,
        request: Frame,
        read: Callable[[Answer], T],
        *,
        share: Sequence[bytes] = (),
        sizes: Sizes = _nothing_shared,
        limit: float | None = None,
    ) -> T:
        """Give the process a request and return what `read` makes of its answer.

        Starts the process if need be.

        Args:
            request: Its header names the work in `do`.
            read: Checks the answer; raises RemoteProtocolError for one that can't be.
            share: Parts that go through the shared memory.
            sizes: Which parts come back through it.
            limit: Seconds; the usual time for an answer if not given.

        Raises:
            PictureWorkError: The process died twice, took too long, wanted too much memory, failed
                in a way that nobody meant, or could not be started.
            StationError: One of `codec.ERRORS`, as decoding or drawing raised it.
        """
        work = codec.text(request.header, "do")
        patience = limit or self._patience.answer
        with self._asking:
            for left in reversed(range(TRIES)):
                try:
                    return read(self._ask_once(request, share, sizes, patience))
                except TimeoutError as exc:
                    self._end()
                    raise _failed(PictureFailure.TOO_SLOW, work) from exc
                except (_DiedError, RemoteProtocolError) as exc:
                    self._end()
                    log.warning(
                        "picture process: %s", exc, extra={"action": "picture-process-died"}
                    )
                    if not left:
                        raise _failed(PictureFailure.DIED, work) from exc
        raise AssertionError("unreachable")

    def warm(self, request: Frame) -> None:
        """Give a request that loads what others need; `expect` gives it again to a new process."""
        self._warming = request
        self.ask(request, _nothing_read, limit=self._patience.start)

    def expect(self) -> None:
        """Start the process if it is not there, and warm it, in the background; returns at once."""
        if self.pid is not None or self._warming is None or self.asked_now:
            return
        threading.Thread(target=self._warm_again, name="picture-process", daemon=True).start()

    def close(self) -> None:
        """End the process; nothing is started any more. Safe to call twice."""
        self._closed = True
        running = self._running
        if running is not None:
            running.process.kill()  # who waits for its answer is not waited for
        with self._asking:
            self._end()

    def _warm_again(self) -> None:
        request = self._warming
        if request is None:
            return
        try:
            self.ask(request, _nothing_read, limit=self._patience.start)
        except StationError as exc:  # whoever needs it meets the same error, and has an order
            log.warning("not warmed: %s", exc.code, extra={"action": "picture-process-cold"})

    def _ask_once(
        self, request: Frame, share: Sequence[bytes], sizes: Sizes, limit: float
    ) -> Answer:
        worker = self._worker()
        try:
            put(worker.shared, share)
            reply = worker.exchange(request, limit)
            if "error" in reply.header:
                raise codec.decode_error(reply.header)
            failed = reply.header.get("failed")
            shared = [] if failed else take(worker.shared, sizes(reply.header))
        finally:
            give_back(worker.shared)
        if failed:
            self._end()
            where = reply.header.get("at")
            log.warning(
                "picture process: %.20s at %.500s",
                failed,
                where,
                extra={"action": "picture-work-failed"},
            )
            why = PictureFailure.MEMORY if failed == "memory" else PictureFailure.DEFECT
            raise _failed(why, codec.text(request.header, "do"))
        return Answer(reply.header, reply.body, shared)

    def _worker(self) -> _Worker:
        if self._running is not None and self._running.ended:
            self._end()
        if self._running is None:
            if self._closed:
                raise _failed(PictureFailure.NOT_STARTED, "start")
            self._running = _start(self._module, self.setup, self._patience, self._nice)
        return self._running

    def _end(self) -> None:
        if self._running is not None:
            self._running.end()
            self._running = None


class _Worker:
    """One running process with its connection and its shared memory."""

    def __init__(
        self, process: subprocess.Popen[bytes], connection: socket.socket, shared: int
    ) -> None:
        self.process = process
        self.shared = shared
        self._connection = connection
        # A process that ends by itself is taken note of at once, and leaves no zombie.
        self._waiter = threading.Thread(target=self._wait, name="picture-process", daemon=True)
        self._waiter.start()

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.returncode is not None

    def exchange(self, request: Frame, limit: float) -> Frame:
        """Send one frame and wait for the next.

        Raises:
            TimeoutError: Not within `limit` seconds.
            _DiedError: The process ended first.
            RemoteProtocolError: The answer breaks the format.
        """
        deadline = monotonic() + limit
        try:
            self._connection.settimeout(limit)
            self._connection.sendall(encode_frame(request))
            return read_frame(lambda size: self._receive(size, deadline))
        except EOFError as exc:
            raise _DiedError(self._how_it_ended()) from exc
        except TimeoutError:
            raise
        except OSError as exc:
            raise _DiedError(f"connection: {exc.strerror}") from exc

    def _receive(self, size: int, deadline: float) -> bytes:
        received = bytearray()
        while len(received) < size:
            left = deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            self._connection.settimeout(left)
            part = self._connection.recv(min(size - len(received), 1 << 20))
            if not part:
                raise EOFError
            received += part
        return bytes(received)

    def end(self) -> None:
        """Kill the process if it is there, and forget everything of it."""
        self.process.kill()
        self._waiter.join()
        self._connection.close()
        os.close(self.shared)

    def _wait(self) -> None:
        code = self.process.wait()
        log.info("picture process ended: %s", code, extra={"action": "picture-process-ended"})

    def _how_it_ended(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.process.wait(1.0)  # the connection closes a moment before
            return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"
        return "connection closed"


def _start(module: str, setup: Setup, patience: Patience, nice: int) -> _Worker:
    ours, theirs = socket.socketpair()
    shared = create_shared()
    command = [sys.executable, "-s", "-P", "-m", module, str(shared)]
    try:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(shared,),
                env=_environment(),
            )
    except OSError as exc:
        ours.close()
        os.close(shared)
        raise _failed(PictureFailure.NOT_STARTED, "start") from exc
    worker = _Worker(process, ours, shared)
    first = Frame(
        {
            "setup": codec.encode_setup(setup),
            "limit": patience.start,
            "idle": patience.idle,
            "nice": nice,
        }
    )
    try:
        missing = worker.exchange(first, patience.start).header.get("missing")
    except (TimeoutError, _DiedError, RemoteProtocolError) as exc:
        worker.end()
        log.warning(
            "picture process not started: %r", exc, extra={"action": "picture-process-died"}
        )
        raise _failed(PictureFailure.NOT_STARTED, "start") from exc
    log.info("picture process started", extra={"action": "picture-process-started"})
    if missing:
        log.warning(
            "picture process: this PC refuses %.200s",
            missing,
            extra={"action": "picture-process-less-confined"},
        )
    return worker


def _environment() -> dict[str, str]:
    """Return what the process is told: where modules are, and nothing of the station's secrets."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(sys.path),
        **dict.fromkeys(_ONE_THREAD, "1"),
    }


def _failed(why: PictureFailure, work: str) -> PictureWorkError:
    return PictureWorkError(why, f"picture process: {work}: {why.value}")

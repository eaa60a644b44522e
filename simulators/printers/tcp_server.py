"""A simulated printer on the network: one transaction per connection, served in order.

Transactions are executed in the order of their connections, one after the other; an answer that has
to wait (for a motion, or because of a fault that delays it) blocks no other one. With the cable out
the port is closed but kept reserved.

Source: docs/explanations/wire-evolis.md, rows "transaction" and "order of connections".
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Final, Protocol

from simulators.machine.model import Machine

Answer = bytes | Callable[[], bytes]

_READ_SECONDS: Final = 10.0  #: without a byte, after which the connection is given up
_LARGEST: Final = 16 * 1024 * 1024
_PIECE: Final = 1024 * 1024


class TransactionEngine(Protocol):
    """The interface of a family's protocol engine for the TCP server. One caller at a time."""

    @property
    def last_command(self) -> str:
        """The command executed last, in capitals."""
        ...

    def execute(self, data: bytes) -> Answer:
        """Execute a complete transaction; a function is called for an answer that has to wait."""
        ...


class TcpPrinter:
    """Serves one printer to any host that connects.

    Args:
        machine: Knows whether the cable is in, and which answers to lose.
        engine: Implements the printer's protocol.
    """

    def __init__(self, machine: Machine, engine: TransactionEngine) -> None:
        self._machine = machine
        self._engine = engine
        self._lock = threading.Lock()
        self._keeper: socket.socket | None = None  # never listens
        self._listener: socket.socket | None = None
        self._links: set[socket.socket] = set()
        self._stopping = threading.Event()
        machine.watch(self._look)

    def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful when `port` is 0)."""
        self._keeper = _bound(host, port)
        self._look()
        return int(self._keeper.getsockname()[1])

    def stop(self) -> None:
        """Close the port and every connection."""
        self._stopping.set()
        self._unplug()
        if self._keeper is not None:
            self._keeper.close()

    def _look(self) -> None:
        if self._machine.printer_on_usb:
            self._plug_in()
        else:
            self._unplug()

    def _plug_in(self) -> None:
        with self._lock:
            if self._keeper is None or self._listener is not None or self._stopping.is_set():
                return
            host, port = self._keeper.getsockname()[:2]
            listener = _bound(host, port)
            listener.listen()
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="tcp", daemon=True).start()

    def _unplug(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            links, self._links = self._links, set()
        for each in (*([listener] if listener else []), *links):
            _hang_up(each)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return  # unplugged or stopped
            with self._lock:
                if self._listener is not listener:
                    link.close()
                    return
                self._links.add(link)
            self._serve(link)

    def _serve(self, link: socket.socket) -> None:
        try:
            data = _receive_all(link)
        except OSError:
            self._drop(link)
            return
        if not self._is_linked(link):
            return  # the cable was unplugged: the data is an incomplete transaction
        answer = self._engine.execute(data)
        with self._machine.change():
            faults, command = self._machine.faults, self._engine.last_command
            lost = faults.answer_is_lost(command)
            late = 0.0 if lost else faults.answer_is_late(command)
        if lost:
            return  # the host waits for its time-out; `_links` keeps the connection open
        if late or callable(answer):
            waiting = threading.Thread(
                target=self._answer, args=(link, answer, late), name="tcp-answer", daemon=True
            )
            waiting.start()
        else:
            self._answer(link, answer, 0.0)

    def _answer(self, link: socket.socket, answer: Answer, late: float) -> None:
        message = answer() if callable(answer) else answer
        if late and self._stopping.wait(late):
            return
        if not self._is_linked(link):
            return
        with contextlib.suppress(OSError):  # the host stopped waiting
            link.sendall(message)
        self._drop(link)

    def _is_linked(self, link: socket.socket) -> bool:
        with self._lock:
            return link in self._links

    def _drop(self, link: socket.socket) -> None:
        with self._lock:
            known = link in self._links
            self._links.discard(link)
        if known:
            _hang_up(link)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _receive_all(link: socket.socket) -> bytes:
    link.settimeout(_READ_SECONDS)
    data = bytearray()
    while piece := link.recv(_PIECE):
        data += piece
        if len(data) > _LARGEST:
            raise ConnectionError("more than any job")
    return bytes(data)


def _hang_up(link: socket.socket) -> None:
    with contextlib.suppress(OSError):  # already gone
        link.shutdown(socket.SHUT_RDWR)
    link.close()

"""A simulated card in a slot of vpcd, for tests and benchmarks: no machine around it.

vpcd listens, this end connects: connecting puts the card in, closing tears it out. Source:
vsmartcard 3.3, virtual smart card reader.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final

from simulators.cards import SimulatedCard
from simulators.pcsc_service import vpcd_port_here

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
RETRY: Final = 0.003  # seconds between two attempts while pcscd is away; it polls for cards rarely
#: Measured on a real reader at 9600 baud, contact 1.0 card.
SECONDS_A_BYTE: Final = 0.00124
SECONDS_AN_EXCHANGE: Final = 0.007

Wait = Callable[[bytes, bytes], None]


def no_time(command: bytes, answer: bytes) -> None:
    """Answer at once."""
    del command, answer


def device_time(command: bytes, answer: bytes) -> None:
    """Take as long as a real reader takes for the bytes on the contacts."""
    moved = tpdu_bytes(command, answer) if command else len(answer)  # an ATR comes unasked
    time.sleep(SECONDS_AN_EXCHANGE + SECONDS_A_BYTE * moved)


def tpdu_bytes(command: bytes, answer: bytes) -> int:
    """Return the bytes on a T=0 line: header, one procedure byte when data moves, data, SW1-SW2."""
    header = command[:5].ljust(5, b"\x00")
    data = len(command[5:]) + max(0, len(answer) - 2)
    return len(header) + (1 if data else 0) + data + 2


class CardInSlot:
    """Keeps `card` in one slot while inserted, also over a restart of pcscd."""

    def __init__(
        self, card: SimulatedCard, slot: int = 0, *, port: int | None = None, wait: Wait = no_time
    ) -> None:
        self.card = card
        self.sent: list[bytes] = []
        self.bytes_moved = 0
        self.tear_at: Callable[[bytes], bool] | None = None  # torn out once, at this command
        self.lose_answer = False  # torn after the card has acted
        self._address = ("127.0.0.1", (vpcd_port_here() if port is None else port) + slot)
        self._wait = wait
        self._inserted = threading.Event()
        self._stopping = threading.Event()
        self._link: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> CardInSlot:
        self.insert()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def insert(self) -> None:
        """Put the card in."""
        self._inserted.set()

    def tear(self) -> None:
        """Pull the card out, whatever it does."""
        self._inserted.clear()
        self._hang_up()

    def close(self) -> None:
        """End the thread."""
        self._stopping.set()
        self.tear()
        self._inserted.set()
        self._thread.join(5.0)

    def _hang_up(self) -> None:
        link = self._link
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        while self._inserted.wait() and not self._stopping.is_set():
            try:
                self._link = socket.create_connection(self._address, timeout=2.0)
            except OSError:
                self._stopping.wait(RETRY)
                continue
            with contextlib.suppress(OSError), self._link:
                if not self._stopping.is_set():  # `close` found no link to hang up yet
                    self._serve(self._link)
            self.card.power_off()

    def _serve(self, link: socket.socket) -> None:
        link.settimeout(None)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while self._inserted.is_set() and (message := _receive(link)) is not None:
            if len(message) == 1:
                self._control(link, message[0])
            elif not self._answer(link, message):
                self.tear()

    def _control(self, link: socket.socket, control: int) -> None:
        if control == POWER_OFF:
            self.card.power_off()
        elif control in (POWER_ON, RESET):
            _ = self.card.power_on() if control == POWER_ON else self.card.reset()
            self._wait(b"", self.card.atr)
        elif control == GET_ATR:
            _send(link, self.card.atr)

    def _answer(self, link: socket.socket, command: bytes) -> bool:
        """Let the card act and send its answer; False when the card was torn out meanwhile."""
        is_torn = self.tear_at is not None and self.tear_at(command)
        if is_torn:
            self.tear_at = None
            if not self.lose_answer:
                return False
        self.sent.append(command)
        answer = self.card.transmit(command)
        self.bytes_moved += tpdu_bytes(command, answer)
        self._wait(command, answer)
        if is_torn:
            return False
        _send(link, answer)
        return True


def _receive(link: socket.socket) -> bytes | None:
    head = _receive_exactly(link, 2)
    return None if head is None else _receive_exactly(link, int.from_bytes(head, "big"))


def _receive_exactly(link: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = link.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


def _send(link: socket.socket, body: bytes) -> None:
    link.sendall(len(body).to_bytes(2, "big") + body)

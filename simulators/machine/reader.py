"""The chip reader's interface: a card in a PC/SC reader, through the vpcd protocol.

The machine is the TCP client: a connection means that a card was inserted, its end that the card
was torn out. Messages are a 2-byte big-endian length and a body; a 1-byte body is a control.

Source: vsmartcard 3.3, virtual smart card reader (vpcd), measured.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Final

from simulators.machine.contacts import ContactLostError, Contacts, Seat
from simulators.machine.model import Machine

POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
_RETRY_SECONDS: Final = 0.2  #: between two attempts while the port is closed
_CONNECT_SECONDS: Final = 2.0
_STOP_SECONDS: Final = 1.5


class VpcdReader:
    """Keeps the reader's view of the card in step: inserted exactly while it is at the contacts.

    Args:
        machine: Whose changes are watched.
        station: The contacts of this reader.
        host: Where vpcd listens.
        port: Its port for this slot.
        on_card: Told whether the reader has a card, inside a change of the machine.
    """

    def __init__(
        self,
        machine: Machine,
        station: Contacts,
        host: str,
        port: int,
        on_card: Callable[[bool], None],
    ) -> None:
        self._machine = machine
        self._station = station
        self._on_card = on_card
        self._address = (host, port)
        self._stopping = False
        self._lock = threading.Lock()
        self._session: tuple[Seat, socket.socket] | None = None
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        machine.watch(self._look)

    def start(self) -> None:
        """Start watching the contacts."""
        self._thread.start()

    def stop(self) -> None:
        """Take the card out of the reader and end."""
        with self._machine.change():
            self._stopping = True
        self._thread.join(_STOP_SECONDS)

    def _set_session(self, session: tuple[Seat, socket.socket] | None) -> None:
        with self._lock:
            self._session = session
        with self._machine.change():
            self._on_card(session is not None)

    def _look(self) -> None:
        """Close the link when the card that it represents is not at the contacts any more."""
        with self._lock:
            session = self._session
        if session is not None and (self._stopping or self._station.seat() != session[0]):
            _hang_up(session[1])

    def _run(self) -> None:
        while (seat := self._wait_for_card()) is not None:
            try:
                link = socket.create_connection(self._address, timeout=_CONNECT_SECONDS)
            except OSError:
                self._pause(_RETRY_SECONDS)
                continue
            self._serve(seat, link)

    def _wait_for_card(self) -> Seat | None:
        condition = self._machine.condition
        with condition:
            while not self._stopping:
                seat = self._station.seat()
                if seat is not None:
                    return seat
                condition.wait(self._station.contact_back_in or None)
        return None

    def _pause(self, seconds: float) -> None:
        condition = self._machine.condition
        with condition:
            condition.wait_for(lambda: self._stopping, timeout=seconds)

    def _serve(self, seat: Seat, link: socket.socket) -> None:
        self._set_session((seat, link))  # also checks whether the card has left meanwhile
        try:
            link.settimeout(None)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (message := _receive(link)) is not None:
                self._answer(seat, link, message)
        except (OSError, ContactLostError):
            pass  # the card is out: closing the link below reports it
        finally:
            self._station.power_off(seat)
            link.close()
            self._set_session(None)
        if self._station.seat() == seat:
            # The reader closed the link to a card that is still inserted.
            self._pause(_RETRY_SECONDS)

    def _answer(self, seat: Seat, link: socket.socket, message: bytes) -> None:
        if len(message) == 1:
            self._control(seat, link, message[0])
            return
        answer = self._station.transmit(seat, message)
        _send(link, answer)
        self._station.answered()

    def _control(self, seat: Seat, link: socket.socket, control: int) -> None:
        if control == POWER_OFF:
            self._station.power_off(seat)
        elif control in (POWER_ON, RESET):
            self._station.power_on(seat, warm=control == RESET)
        elif control == GET_ATR:
            _send(link, self._station.atr(seat))


def _receive(link: socket.socket) -> bytes | None:
    head = _receive_exactly(link, 2)
    return None if head is None else _receive_exactly(link, int.from_bytes(head, "big"))


def _receive_exactly(link: socket.socket, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        # vpcd writes length and body separately: without a quick ACK each exchange takes 40 ms
        # more.
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = link.recv(size - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


def _send(link: socket.socket, body: bytes) -> None:
    link.sendall(len(body).to_bytes(2, "big") + body)


def _hang_up(link: socket.socket) -> None:
    try:
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone

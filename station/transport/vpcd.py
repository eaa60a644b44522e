"""A chip reader without PC/SC: listens for a simulated card that speaks the vpcd protocol.

For demonstrations on machines where the PC/SC service can't be installed. Listens on the loopback
interface only. A connection means that a card was inserted, its end that the card was removed.

Source: vsmartcard, virtual smart card reader (vpcd): two bytes length, big endian, then either one
    byte of control or a C-APDU.
"""

from __future__ import annotations

import enum
import socket
from typing import Final

from station.core.errors import (
    CardMuteError,
    LocalProtocolError,
    ReaderNotConnectedError,
    TransportClosedError,
)
from station.transport.tpdu import t0_command

HOST: Final = "127.0.0.1"
LENGTH_BYTES: Final = 2
STATUS_LENGTH: Final = 2  # SW1-SW2
EXCHANGE_TIMEOUT: Final = 30.0  # seconds; the slowest command of a real card takes under a second
BACKLOG: Final = 1
#: Linux: without it the delayed ACK costs 40 ms per exchange; it must be set before every read.
QUICKACK: Final = getattr(socket, "TCP_QUICKACK", None)


class Control(enum.IntEnum):
    """One-byte messages from the reader to the card."""

    POWER_OFF = 0
    POWER_ON = 1
    RESET = 2
    SEND_ATR = 4


class VpcdLink:
    """One listening reader. Implements `ChipReader`. One caller at a time."""

    def __init__(self, port: int, *, card_wait: float) -> None:
        """Store the port, which is opened by the first call.

        Args:
            port: TCP port on the loopback interface; 0 chooses a free one.
            card_wait: Seconds that `power_on` waits for a card to connect.
        """
        self._port = port
        self._card_wait = card_wait
        self._listener: socket.socket | None = None
        self._card: socket.socket | None = None
        self._is_powered = False

    @property
    def address(self) -> str:
        """See `ApduLink.address`."""
        return f"vpcd:{self._port}"

    def check_reader(self) -> None:
        """See `ApduLink.check_reader`."""
        self._listen()

    def reader_present(self) -> bool:
        """See `ApduLink.reader_present`: True while this end can listen."""
        try:
            self._listen()
        except ReaderNotConnectedError:
            return False
        return True

    def card_present(self) -> bool:
        """See `CardSlot.card_present`."""
        try:
            self._inserted_card(wait=0.0)
        except CardMuteError:
            return False
        return True

    def power_on(self) -> bytes:
        """See `ApduLink.power_on`."""
        card = self._inserted_card(wait=self._card_wait)
        try:
            if self._is_powered:
                _send(card, bytes([Control.POWER_OFF]))
            _send(card, bytes([Control.POWER_ON]))
            _send(card, bytes([Control.SEND_ATR]))
            atr = _receive(card)
        except OSError as exc:
            self._drop_card()
            raise CardMuteError("the card went away", details={"cause": "no-card"}) from exc
        if not atr:
            raise CardMuteError("the card gives no ATR", details={"cause": "no-atr"})
        self._is_powered = True
        return atr

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        """See `ApduLink.transmit`. Behaves like a T=0 reader."""
        if self._card is None or not self._is_powered:
            raise LocalProtocolError(f"{name}: the chip is not powered")
        try:
            _send(self._card, t0_command(command))
            answer = _receive(self._card)
        except OSError as exc:
            self._drop_card()
            raise TransportClosedError(f"{name}: the card went away") from exc
        if len(answer) < STATUS_LENGTH:
            self._drop_card()
            raise TransportClosedError(f"{name}: an answer without status word")
        return answer

    def power_off(self) -> None:
        """See `ApduLink.power_off`. The card stays inserted: its connection is kept."""
        if self._card is not None and self._is_powered:
            try:
                _send(self._card, bytes([Control.POWER_OFF]))
            except OSError:
                self._drop_card()  # gone, and therefore without power
        self._is_powered = False

    def close(self) -> None:
        """See `ApduLink.close`."""
        self.power_off()
        self._drop_card()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _listen(self) -> socket.socket:
        if self._listener is None:
            try:
                self._listener = socket.create_server((HOST, self._port), backlog=BACKLOG)
            except OSError as exc:
                raise ReaderNotConnectedError(f"can't listen on port {self._port}") from exc
            self._port = self._listener.getsockname()[1]
        return self._listener

    def _inserted_card(self, *, wait: float) -> socket.socket:
        listener = self._listen()
        if self._card is not None and _is_gone(self._card):
            self._drop_card()
        if self._card is None:
            listener.settimeout(wait)
            try:
                self._card, _peer = listener.accept()
            except (TimeoutError, BlockingIOError) as exc:  # the latter when the timeout is 0
                raise CardMuteError("no card", details={"cause": "no-card"}) from exc
            self._card.settimeout(EXCHANGE_TIMEOUT)
            self._card.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._card

    def _drop_card(self) -> None:
        if self._card is not None:
            self._card.close()
        self._card = None
        self._is_powered = False


def _send(card: socket.socket, message: bytes) -> None:
    card.sendall(len(message).to_bytes(LENGTH_BYTES, "big") + message)


def _receive(card: socket.socket) -> bytes:
    return _receive_exactly(card, int.from_bytes(_receive_exactly(card, LENGTH_BYTES), "big"))


def _receive_exactly(card: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        if QUICKACK is not None:
            card.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
        piece = card.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data


def _is_gone(card: socket.socket) -> bool:
    """Whether the peer has closed. A card sends nothing unasked, so any waiting byte is wrong too.

    An idle connection has nothing to read.
    """
    card.setblocking(False)
    try:
        return card.recv(1, socket.MSG_PEEK) is not None
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        card.settimeout(EXCHANGE_TIMEOUT)

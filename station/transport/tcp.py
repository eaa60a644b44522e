"""A network printer with a lasting connection: a stream in each direction, as over USB.

For a printer that takes one connection per transaction: `tcp_transaction`.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Final

from station.clock import monotonic
from station.core.errors import (
    PrinterNotConnectedError,
    TransportClosedError,
    TransportTimeoutError,
)

CONNECT_TIMEOUT: Final = 3.0  # seconds; a printer on the same network answers within one


class TcpLink:
    """A printer at a host and port. Implements `BulkLink`.

    Args:
        host: Name or address.
        port: TCP port.

    Raises:
        PrinterNotConnectedError: No answer from this address.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._lock = threading.Lock()  # `close` may come from another thread
        self._socket: socket.socket | None = None
        self.reopen()

    @property
    def address(self) -> str:
        """See `BulkLink.address`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"tcp://{host}:{self._port}"

    def write(self, data: bytes, *, timeout: float) -> None:
        """See `BulkLink.write`. A connection that the printer has closed is detected first.

        Raises:
            TransportTimeoutError: See `BulkLink.write`.
            TransportClosedError: See `BulkLink.write`.
        """
        link = self._open_socket()
        try:
            self._require_open(link)
            link.settimeout(timeout)
            link.sendall(data)
        except TimeoutError as exc:
            raise TransportTimeoutError(f"{len(data)} bytes not taken in {timeout} s") from exc
        except OSError as exc:
            self.close()
            raise TransportClosedError(f"{self.address} hung up: {exc}") from exc

    def read(self, size: int, *, timeout: float) -> bytes:
        """See `BulkLink.read`; never empty.

        Raises:
            TransportTimeoutError: See `BulkLink.read`.
            TransportClosedError: See `BulkLink.read`.
        """
        link = self._open_socket()
        try:
            link.settimeout(max(timeout, 0.001))  # 0 would make the socket non-blocking
            data = link.recv(size)
        except TimeoutError as exc:
            raise TransportTimeoutError(f"no answer in {timeout:.1f} s") from exc
        except OSError as exc:
            self.close()
            raise TransportClosedError(f"{self.address} hung up: {exc}") from exc
        if not data:
            self.close()
            raise TransportClosedError(f"{self.address} hung up")
        return data

    def reopen(self) -> None:
        """See `BulkLink.reopen`. Data on the old connection is never read."""
        self.close()
        began = monotonic()
        try:
            link = socket.create_connection((self._host, self._port), timeout=CONNECT_TIMEOUT)
        except OSError as exc:
            waited = monotonic() - began
            raise PrinterNotConnectedError(
                f"nobody answers at {self.address} after {waited:.1f} s: {exc}"
            ) from exc
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._socket = link

    def close(self) -> None:
        """See `BulkLink.close`. Ends a waiting call of another thread."""
        with self._lock:
            link, self._socket = self._socket, None
        if link is not None:
            with contextlib.suppress(OSError):  # the other side closed first
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def _open_socket(self) -> socket.socket:
        link = self._socket
        if link is None:
            raise TransportClosedError(f"{self.address} is closed")
        return link

    @staticmethod
    def _require_open(link: socket.socket) -> None:
        # A write to a connection that the other side has closed succeeds once and is lost.
        readable, _, _ = select.select([link], [], [], 0)
        if readable and not link.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError("it ended the connection")

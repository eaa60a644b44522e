"""A network printer that takes one connection per transaction.

Source: docs/explanations/wire-evolis.md, row "transaction". `write` is a complete transaction: it
    connects, sends, and closes the sending side. `read` returns the answer; an empty read is its
    end. A late answer therefore ends with its own connection.
"""

from __future__ import annotations

import contextlib
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


class TcpTransactionLink:
    """A printer at a host and port. Implements `TransactionLink`; connects at each `write`.

    Args:
        host: Name or address.
        port: TCP port.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._lock = threading.Lock()  # `close` may come from another thread
        self._socket: socket.socket | None = None

    @property
    def address(self) -> str:
        """See `BulkLink.address`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"tcp-transaction://{host}:{self._port}"

    def write(self, data: bytes, *, timeout: float) -> None:
        """Connect, send all of `data`, and shut down the sending side. See `BulkLink.write`.

        Raises:
            PrinterNotConnectedError: No answer from this address; nothing was sent.
            TransportTimeoutError: See `BulkLink.write`.
            TransportClosedError: See `BulkLink.write`.
        """
        self.close()
        link = self._connect(timeout)
        try:
            link.settimeout(timeout)
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
        except TimeoutError as exc:
            raise TransportTimeoutError(f"{len(data)} bytes not taken in {timeout} s") from exc
        except OSError as exc:
            raise TransportClosedError(f"{self.address} hung up: {exc}") from exc

    def read(self, size: int, *, timeout: float) -> bytes:
        """Return a piece of the answer; empty at its end. See `BulkLink.read`."""
        link = self._socket
        if link is None:
            raise TransportClosedError(f"{self.address} is closed")
        try:
            link.settimeout(max(timeout, 0.001))  # 0 would make the socket non-blocking
            data = link.recv(size)
        except TimeoutError as exc:
            raise TransportTimeoutError(f"no answer in {timeout:.1f} s") from exc
        except OSError as exc:
            raise TransportClosedError(f"{self.address} hung up: {exc}") from exc
        if not data:
            self.close()
        return data

    def reopen(self) -> None:
        """Discard the open connection. The next `write` makes a new one."""
        self.close()

    def close(self) -> None:
        """See `BulkLink.close`. Ends a waiting transaction of another thread."""
        with self._lock:
            link, self._socket = self._socket, None
        if link is not None:
            with contextlib.suppress(OSError):  # the other side closed first
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def _connect(self, timeout: float) -> socket.socket:
        began = monotonic()
        patience = min(timeout, CONNECT_TIMEOUT)
        try:
            link = socket.create_connection((self._host, self._port), timeout=patience)
        except OSError as exc:
            waited = monotonic() - began
            raise PrinterNotConnectedError(
                f"nobody answers at {self.address} after {waited:.1f} s: {exc}"
            ) from exc
        with self._lock:
            self._socket = link
        return link

"""A serial port, or a TCP port that forwards one. pyserial opens both.

Source: pyserial 3.5 documentation, "URL handlers" (`socket://`).
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Final

import serial

from station.core.errors import (
    DeskDeviceNotConnectedError,
    TransportClosedError,
    TransportTimeoutError,
)

PERMISSION: Final = frozenset({errno.EACCES, errno.EPERM})


class SerialLink:
    """One port, 8N1, opened exclusively. Implements `BulkLink`.

    Args:
        address: For people.
        url: `/dev/ttyUSB0`, or `socket://host:port`.
        baud: Bits per second; ignored over a socket.
        not_connected: Error code for a port that can't be opened.

    Raises:
        DeskDeviceNotConnectedError: It is not there, another program has it, or this account may
            not open it; the message tells which.
    """

    def __init__(self, address: str, url: str, *, baud: int, not_connected: str) -> None:
        self._address = address
        self._url = url
        self._baud = baud
        self._not_connected = not_connected
        self._port: serial.Serial | None = None
        self.reopen()

    @property
    def address(self) -> str:
        """See `BulkLink.address`."""
        return self._address

    def write(self, data: bytes, *, timeout: float) -> None:
        """See `BulkLink.write`."""
        port = self._opened()
        with self._errors():
            port.write_timeout = timeout
            try:
                port.write(data)
            except serial.SerialTimeoutException as exc:
                raise TransportTimeoutError(f"{len(data)} bytes not taken in {timeout} s") from exc

    def read(self, size: int, *, timeout: float) -> bytes:
        """See `BulkLink.read`: waits for the first byte, and returns all available ones."""
        port = self._opened()
        with self._errors():
            port.timeout = max(timeout, 0.0)
            data = bytearray(port.read(1))
            while data and len(data) < size and (there := port.in_waiting):
                data += port.read(min(there, size - len(data)))
        if not data:
            raise TransportTimeoutError(f"no answer in {timeout:.1f} s")
        return bytes(data)

    def reopen(self) -> None:
        """See `BulkLink.reopen`.

        Raises:
            DeskDeviceNotConnectedError: See the class.
        """
        self.close()
        try:
            self._port = self._open()
        except (OSError, serial.SerialException, ValueError) as exc:
            raise DeskDeviceNotConnectedError(
                _why(self._url, exc), code=self._not_connected, address=self._address
            ) from exc

    def close(self) -> None:
        """See `BulkLink.close`."""
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(OSError):  # a disconnected device can't be released
                port.close()

    def _open(self) -> serial.Serial:
        port = serial.serial_for_url(self._url, do_not_open=True)
        port.baudrate = self._baud
        if isinstance(port, serial.Serial):
            port.exclusive = True
        port.open()
        return port  # a socket's class has the same attributes

    def _opened(self) -> serial.Serial:
        if self._port is None:
            raise TransportClosedError(f"{self._address} is closed")
        return self._port

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, serial.SerialException, TypeError) as exc:
            # TypeError: pyserial loses its descriptor when the port is closed during a read.
            if isinstance(exc, serial.SerialTimeoutException):
                raise
            self.close()
            raise TransportClosedError(f"{self._address} is gone: {exc}") from exc


def _why(url: str, exc: Exception) -> str:
    number = getattr(exc, "errno", None)
    if number in PERMISSION:
        return f"this account may not open {url}; it needs to be in the group dialout"
    if number in (errno.EAGAIN, errno.EBUSY):
        return f"another program holds {url}"
    return f"{url} can't be opened: {exc}"

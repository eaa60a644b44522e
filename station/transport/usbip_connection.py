"""One imported USB device over one USB/IP connection: transfers with real time limits.

Source: Linux kernel documentation, "USB/IP protocol" (USBIP_CMD_SUBMIT, USBIP_CMD_UNLINK and their
    replies). The handshake comes from PyPI `usbip`; docs/decisions/0003-usbip-backend.md explains
    why the transfers do not.

There is no background thread: the thread that waits for a transfer reads the socket, one at a time.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import usb.core
from usbip import core as usbip_core
from usbip import protocol

from station.clock import monotonic

CONNECT_TIMEOUT: Final = 3.0
UNLINK_PATIENCE: Final = 1.0  # seconds; a server that can't cancel in this time is considered lost
BODY_PATIENCE: Final = 3.0  # seconds for data after its header; giving up earlier breaks the stream
HEADER_SIZE: Final = 48
# Command, sequence number, device, direction, endpoint | flags, length, start frame, packets,
# interval, setup.
SUBMIT: Final = struct.Struct(">IIIII4xi12x8s")
UNLINK: Final = struct.Struct(">III8xI24x")
REPLY: Final = struct.Struct(">II12xii")
DIR_OUT: Final = 0
DIR_IN: Final = 1
ENDPOINT_IN: Final = 0x80
MAX_ABANDONED: Final = 64
# An answer is a header and its data: two transfers wait for it, two more for the next one.
READ_AHEAD: Final = 4
CANCELLED: Final = frozenset({errno.ECONNRESET, errno.ENOENT})


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer to submit.

    Attributes:
        endpoint: Address with the direction bit; 0 and 80 are control.
        length: Bytes to send, or the maximum to receive.
        payload: Data to send.
        setup: The 8 bytes of a control transfer.
    """

    endpoint: int
    length: int
    payload: bytes | memoryview = b""
    setup: bytes = bytes(8)

    @property
    def is_in(self) -> bool:
        """Whether data comes from the device."""
        return bool(self.endpoint & ENDPOINT_IN)


@dataclass(frozen=True, slots=True)
class Completion:
    """Result of USBIP_RET_SUBMIT: a negative errno or 0, bytes moved, and the data of an IN."""

    status: int
    actual: int
    data: bytes


@dataclass(slots=True)
class ReadAhead:
    """Transfers that stay submitted for one bulk IN endpoint, and their data.

    Attributes:
        transfer: The request of each of them.
        submitted: Their numbers, without those that have ended.
        arrived: Ended transfers that no `UsbipConnection.read` has returned yet.
    """

    transfer: Transfer
    submitted: set[int] = field(default_factory=set)
    arrived: deque[Completion] = field(default_factory=deque)

    def take(self, length: int) -> bytes:
        """Return the oldest data, at most `length` bytes; the rest stays.

        Raises:
            usb.core.USBError: That transfer failed.
        """
        oldest = self.arrived.popleft()
        if oldest.status:
            raise _error(-oldest.status, "transfer failed")
        if len(oldest.data) > length:
            self.arrived.appendleft(Completion(0, 0, oldest.data[length:]))
        return oldest.data[:length]


class UsbipConnection:
    """An imported device. Errors are pyusb's; after ENODEV the connection is unusable.

    Raises:
        usb.core.USBError: ENODEV: no answer from this address, or it does not export this device.
    """

    def __init__(self, host: str, port: int, busid: str) -> None:
        self._socket = connect(host, port)
        with _handshake_errors(self._socket):
            info = protocol.client_import(self._socket, busid.encode())
        self.bus: int = info["busnum"]
        self.address: int = info["devnum"]
        self.speed: int = info["speed"]
        self._turn = threading.Lock()
        self._last_number = 0
        self._received = bytearray()
        self._last_unlinked = 0
        self._abandoned: OrderedDict[int, Transfer] = OrderedDict()
        self._ahead: dict[int, ReadAhead] = {}

    def transfer(self, transfer: Transfer, timeout: float | None) -> Completion:
        """Submit a control or an OUT transfer; wait for its end at most `timeout` s (None: ever).

        A transfer that takes longer is unlinked at the device. Data that arrived before the unlink
        took effect is returned; anything that the server sends later is dropped.

        Raises:
            usb.core.USBTimeoutError: Not done in time; cancelled.
            usb.core.USBError: ENODEV when the device is gone, else the device's own error.
        """
        with self._turn:
            completion = self._run(transfer, timeout)
        if completion is None or -completion.status in CANCELLED:
            raise usb.core.USBTimeoutError("transfer timed out", None, errno.ETIMEDOUT)
        if completion.status:
            raise _error(-completion.status, "transfer failed")
        return completion

    def read(self, endpoint: int, length: int, timeout: float | None) -> bytes:
        """Return the data of the next transfer on a bulk IN endpoint, at most `length` bytes.

        From the first read on, transfers stay submitted for this endpoint, so that an answer is
        transferred before it is requested. They are sent together with the next write. None of them
        is cancelled at a time-out: the next read returns late data.

        Raises:
            usb.core.USBTimeoutError: Nothing arrived in time.
            usb.core.USBError: ENODEV when the device is gone, else the device's own error.
        """
        deadline = None if timeout is None else monotonic() + timeout
        with self._turn:
            transfer = Transfer(endpoint, length)
            ahead = self._ahead.setdefault(endpoint, ReadAhead(transfer))
            while not ahead.arrived:
                if not ahead.submitted:
                    self._send((self._submit_ahead(),), deadline)
                if not self._fill(HEADER_SIZE, deadline):
                    raise usb.core.USBTimeoutError("transfer timed out", None, errno.ETIMEDOUT)
                self._take_reply(0, transfer)
            return ahead.take(length)

    def close(self) -> None:
        """Return the device; ends a waiting transfer of another thread. Safe to call twice."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _run(self, transfer: Transfer, timeout: float | None) -> Completion | None:
        deadline = None if timeout is None else monotonic() + timeout
        number = self._submit(transfer, deadline)
        while self._fill(HEADER_SIZE, deadline):
            completion = self._take_reply(number, transfer)
            if completion is not None:
                return completion
        return self._unlink(number, transfer)

    def _submit(self, transfer: Transfer, deadline: float | None) -> int:
        number = self._next_number()
        # The read-ahead submissions follow: the device processes them while the host continues.
        behind = b"" if transfer.is_in else self._submit_ahead()
        self._send((self._command(number, transfer), transfer.payload, behind), deadline)
        return number

    def _submit_ahead(self) -> bytes:
        """Return the commands that restore `READ_AHEAD` transfers at every endpoint."""
        commands = bytearray()
        for ahead in self._ahead.values():
            while len(ahead.submitted) < READ_AHEAD:
                number = self._next_number()
                ahead.submitted.add(number)
                commands += self._command(number, ahead.transfer)
        return bytes(commands)

    def _command(self, number: int, transfer: Transfer) -> bytes:
        return SUBMIT.pack(
            protocol.CMD_SUBMIT,
            number,
            self._device_id,
            DIR_IN if transfer.is_in else DIR_OUT,
            transfer.endpoint & 0x0F,
            transfer.length,
            transfer.setup,
        )

    def _unlink(self, number: int, transfer: Transfer) -> Completion | None:
        mine = self._next_number()
        deadline = monotonic() + UNLINK_PATIENCE
        command = UNLINK.pack(protocol.CMD_UNLINK, mine, self._device_id, number)
        self._send((command,), deadline)
        while self._last_unlinked != mine:
            if not self._fill(HEADER_SIZE, deadline):
                raise self._gone("no answer to the cancelling of a transfer")
            completion = self._take_reply(number, transfer)
            if completion is not None:
                return (
                    # It ended before the unlink; the answer to the unlink comes later and is
                    # skipped.
                    completion
                )
        self._abandoned[number] = Transfer(transfer.endpoint, transfer.length)
        while len(self._abandoned) > MAX_ABANDONED:
            self._abandoned.popitem(last=False)
        return None

    def _take_reply(self, number: int, transfer: Transfer) -> Completion | None:
        """Read one reply from the stream; return it if it ends transfer `number`."""
        command, sequence, status, actual = REPLY.unpack_from(self._received)
        if command == protocol.RET_UNLINK:
            del self._received[:HEADER_SIZE]
            self._last_unlinked = sequence
            return None
        ahead = self._ahead_of(sequence)
        if ahead is not None:
            waited: Transfer | None = ahead.transfer
        else:
            waited = transfer if sequence == number else self._abandoned.get(sequence)
        if command != protocol.RET_SUBMIT or waited is None or not 0 <= actual <= waited.length:
            raise self._gone(f"reply {command} to transfer {sequence} with {actual} bytes")
        end = HEADER_SIZE + (actual if waited.is_in else 0)
        if not self._fill(end, monotonic() + BODY_PATIENCE):
            raise self._gone("a reply broke off in the middle")
        data = bytes(self._received[HEADER_SIZE:end])
        del self._received[:end]
        if ahead is not None:
            ahead.submitted.remove(sequence)
            ahead.arrived.append(Completion(status, actual, data))
            return None
        if waited is transfer:
            return Completion(status, actual, data)
        del self._abandoned[sequence]
        return None

    def _ahead_of(self, number: int) -> ReadAhead | None:
        return next((one for one in self._ahead.values() if number in one.submitted), None)

    def _send(self, parts: Sequence[bytes | memoryview], deadline: float | None) -> None:
        try:
            self._socket.settimeout(_left(deadline))
            # One call for all: a 64 KiB piece is neither copied nor sent separately after its
            # header.
            sent = self._socket.sendmsg(parts)
            for part in parts:
                if sent < len(part):
                    self._socket.sendall(memoryview(part)[sent:])
                sent = max(0, sent - len(part))
        except OSError as exc:
            # A command that was sent in part can't be taken back: the stream is unusable.
            raise self._gone(f"sending failed: {exc}") from exc

    def _fill(self, size: int, deadline: float | None) -> bool:
        """Read until `size` bytes have arrived; False when the time is up first."""
        while len(self._received) < size:
            try:
                self._socket.settimeout(_left(deadline))
                data = self._socket.recv(65536)
            except TimeoutError:
                return False
            except OSError as exc:
                raise self._gone(f"receiving failed: {exc}") from exc
            if not data:
                raise self._gone("the server closed the connection")
            self._received += data
        return True

    def _gone(self, why: str) -> Exception:
        self.close()
        return _error(errno.ENODEV, why)

    @property
    def _device_id(self) -> int:
        return self.bus << 16 | self.address

    def _next_number(self) -> int:
        self._last_number = self._last_number % 0x7FFFFFFF + 1
        return self._last_number


def connect(host: str, port: int) -> socket.socket:
    """Open a TCP connection for small messages.

    Raises:
        usb.core.USBError: ENODEV: no answer from this address.
    """
    try:
        link = socket.create_connection((host, port), timeout=CONNECT_TIMEOUT)
    except OSError as exc:
        raise _error(errno.ENODEV, f"no USB/IP server at {host}:{port}: {exc}") from exc
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def list_devices(host: str, port: int) -> list[dict[str, object]]:
    """Return the exported devices; `busid`, `idVendor`, `idProduct`, `interfaces` of each.

    Raises:
        usb.core.USBError: ENODEV: no answer from this address.
    """
    link = connect(host, port)
    with contextlib.closing(link), _handshake_errors(link):
        devices: list[dict[str, object]] = protocol.client_devlist(link)
    return devices


@contextlib.contextmanager
def _handshake_errors(link: socket.socket) -> Iterator[None]:
    try:
        yield
    except (usbip_core.USBError, OSError, struct.error) as exc:
        link.close()
        raise _error(errno.ENODEV, f"USB/IP handshake failed: {exc}") from exc


def _left(deadline: float | None) -> float | None:
    # 0 would make the socket non-blocking; data that has arrived must still be read.
    return None if deadline is None else max(0.0005, deadline - monotonic())


def _error(number: int, why: str) -> Exception:
    error: Exception = usb.core.USBError(f"{why} [{os.strerror(number)}]", None, number)
    return error

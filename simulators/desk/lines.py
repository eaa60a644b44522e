"""Lines that transport a desk device's bytes: a serial port (pty), a TCP port, a USB/IP port.

Each can be unplugged and plugged in again at any moment. Plugging in power-cycles the device.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from usbip.device import In, Out, USBDevice
from usbip.protocol import serve_connection

STOP_SECONDS: Final = 5.0
BLOCK: Final = 4096
LOOK_SECONDS: Final = 0.05  #: between two checks whether the cable is still plugged in
PIECE_SECONDS: Final = 0.001  #: between the pieces of an answer, so that they arrive separately
#: Interface descriptor: class FF (of the maker), two endpoints.
VENDOR_SETTING: Final = bytes.fromhex("09 04 00 00 02 ff 00 00 00")
SAM_IDS: Final = (0x0400, 0xC35A)


class Device(Protocol):
    """The device at the far end of a line."""

    def power_cycle(self) -> None:
        """Restart."""
        ...

    def receive(self, data: bytes) -> list[bytes]:
        """Accept bytes; returns the pieces of the answer, in order."""
        ...


class TalkingDevice(Device, Protocol):
    """A device that also sends unrequested data, such as keys that are pressed."""

    send: Callable[[bytes], None] | None


class PtyLine:
    """A serial port: `path` exists while it is plugged in, as with a USB bridge.

    Args:
        device: The device at the far end.
        path: A name for the port; the terminal behind it changes with every plugging in.
    """

    def __init__(self, device: Device | TalkingDevice, path: Path) -> None:
        self._device = device
        if hasattr(device, "send"):
            device.send = self.send
        self.path = path
        self._ends: tuple[int, int] | None = None
        self._wake: tuple[int, int] | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """For the station's settings."""
        return f"serial://{self.path}?baud=115200"

    def plug(self) -> None:
        """Put the cable in."""
        self._device.power_cycle()
        master, slave = os.openpty()
        tty.setraw(slave)
        self._ends, self._wake = (master, slave), os.pipe()
        self._thread = threading.Thread(
            target=self._serve, args=(master, self._wake[0]), name="pty", daemon=True
        )
        self._thread.start()
        new = self.path.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.ttyname(slave))
        new.replace(self.path)

    def unplug(self) -> None:
        """Pull the cable."""
        if self._ends is None or self._wake is None or self._thread is None:
            return
        self.path.unlink(missing_ok=True)
        os.write(self._wake[1], b"x")
        self._thread.join(STOP_SECONDS)
        for end in (*self._ends, *self._wake):
            os.close(end)
        self._ends = self._wake = self._thread = None

    def send(self, data: bytes) -> None:
        """Send unrequested bytes."""
        if self._ends is not None:
            os.write(self._ends[0], data)

    def _serve(self, master: int, wake: int) -> None:
        pause = threading.Event()
        while True:
            ready, _, _ = select.select([master, wake], [], [])
            if wake in ready:
                return
            try:
                data = os.read(master, BLOCK)
            except OSError:
                return
            for number, piece in enumerate(self._device.receive(data)):
                if number:
                    pause.wait(PIECE_SECONDS)
                with contextlib.suppress(OSError):
                    os.write(master, piece)


class TcpLine:
    """A serial port on the network (`socket://`); one host at a time."""

    def __init__(self, device: Device, port: int = 0) -> None:
        self._device = device
        self._port = port
        self._listener: socket.socket | None = None
        self._peers: list[socket.socket] = []

    @property
    def address(self) -> str:
        """For the station's settings."""
        return f"socket://127.0.0.1:{self._port}"

    def plug(self) -> None:
        """Listen."""
        self._device.power_cycle()
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def unplug(self) -> None:
        """Close everything."""
        _close(self._listener, *self._peers)
        self._listener = None
        self._peers.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._peers.append(peer)
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := peer.recv(BLOCK):
                for piece in self._device.receive(data):
                    peer.sendall(piece)


class UsbIpLine:
    """A USB device on a USB/IP port: one bulk pair, of the maker's own class."""

    def __init__(self, device: Device, *, ids: tuple[int, int] = SAM_IDS, serial: str = "") -> None:
        self._device = device
        self._usb = USBDevice(*ids, serial=serial or "0", product="ID reader")
        self._usb.set_busid("1-1")
        group = self._usb.add_group()
        group.claim_interface()
        group.add(VENDOR_SETTING)
        self._out = group.add_endpoint(Out(0x02))
        self._in = group.add_endpoint(In(0x81))
        self._port = 0
        self._listener: socket.socket | None = None
        self._peers: list[socket.socket] = []
        self._serving: list[threading.Thread] = []
        self._gone = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """For the station's settings."""
        return f"usbip://127.0.0.1:{self._port}"

    def plug(self) -> None:
        """Put the cable in."""
        self._device.power_cycle()
        self._gone.clear()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def unplug(self) -> None:
        """Pull the cable."""
        self._gone.set()
        _close(self._listener, *self._peers)
        for thread in (self._thread, *self._serving):
            if thread is not None:
                thread.join(STOP_SECONDS)
        self._out.reset()
        self._in.reset()
        self._listener = None
        self._peers.clear()
        self._serving.clear()

    def _work(self) -> None:
        while not self._gone.is_set():
            data = bytes(self._out.read(LOOK_SECONDS))
            for piece in self._device.receive(data) if data else ():
                self._in.write(piece)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._peers.append(peer)
                thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
                self._serving.append(thread)
                thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError, ConnectionError):
            serve_connection(peer, [self._usb])


def _close(*sockets: socket.socket | None) -> None:
    for each in sockets:
        if each is not None:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

"""A simulated printer on a USB/IP port: the kernel's protocol, so that any USB/IP host can use it.

Pulling the cable or cutting the power closes the connection at once, also in the middle of a
transfer. Importing the device is a port reset: it starts with empty endpoints, as on a bus.

Source: Linux kernel, Documentation/usb/usbip_protocol.rst.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Final

from simulators.machine.model import Machine
from simulators.printers import Packets, PrinterEngine, UsbIdentity
from simulators.printers import usbip_wire as wire
from simulators.printers.bulk_in import BulkInEndpoint
from simulators.printers.descriptors import STALL, ControlEndpoint, Setup, is_in

_RELEASE_SECONDS: Final = 1.0  #: how long an import waits for the previous connection to end
_STOP_SECONDS: Final = 1.0
_LARGEST_TRANSFER: Final = 16 * 1024 * 1024
_SOCKET_BUFFER: Final = 1024 * 1024
_READ_BUFFER: Final = 64 * 1024


class UsbIpPrinter:
    """Serves one printer to one host at a time.

    Args:
        machine: Knows whether the cable is in, and which answers to lose.
        engine: Implements the printer's protocol.
        identity: Contents of the descriptors.
    """

    def __init__(self, machine: Machine, engine: PrinterEngine, identity: UsbIdentity) -> None:
        self._machine = machine
        self._engine = engine
        self._identity = identity
        self._in = BulkInEndpoint(identity.packet_size)
        self._listener: socket.socket | None = None
        self._links: set[socket.socket] = set()
        self._links_lock = threading.Lock()
        self._held = threading.Lock()  # held by the connection that has the device
        machine.watch(self._look)

    def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful when `port` is 0)."""
        listener = socket.create_server((host, port))
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="usbip", daemon=True).start()
        return int(listener.getsockname()[1])

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._listener is not None:
            _hang_up(self._listener)
            self._listener.close()
        self._drop_links()

    def _look(self) -> None:
        if not self._machine.printer_on_usb:
            self._drop_links()

    def _drop_links(self) -> None:
        with self._links_lock:
            links = tuple(self._links)
        for link in links:
            _hang_up(link)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return  # stopped
            threading.Thread(target=self._serve, args=(link,), name="usb-host", daemon=True).start()

    def _serve(self, link: socket.socket) -> None:
        stream = _Stream(link)
        with self._links_lock:
            self._links.add(link)
        try:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)
            self._greet(link, stream)
        except OSError:
            # The host closed the connection, or the cable was unplugged: the device can't
            # distinguish these.
            pass
        finally:
            with self._links_lock:
                self._links.discard(link)
            stream.close()
            link.close()

    def _greet(self, link: socket.socket, stream: _Stream) -> None:
        """Handle the request before an import: one list, or one import."""
        code = wire.parse_op(stream.take(wire.OP_SIZE))
        here = self._identity if self._machine.printer_on_usb else None
        if code == wire.REQ_DEVLIST:
            link.sendall(wire.device_list(here))
        elif code == wire.REQ_IMPORT:
            self._import(link, stream, here)

    def _import(self, link: socket.socket, stream: _Stream, here: UsbIdentity | None) -> None:
        busid = stream.take_behind_header(wire.BUSID_SIZE).rstrip(b"\x00")
        found = here is not None and busid == wire.BUSID
        if not found or not self._held.acquire(timeout=_RELEASE_SECONDS):
            link.sendall(wire.import_reply(None))
            return
        try:
            attachment = _Attachment(link, self._machine, self._engine, self._identity, self._in)
            attachment.run(stream)
        finally:
            self._in.detach()
            self._held.release()


class _Attachment:
    """One host that has the device, until either side disconnects."""

    def __init__(
        self,
        link: socket.socket,
        machine: Machine,
        engine: PrinterEngine,
        identity: UsbIdentity,
        bulk_in: BulkInEndpoint,
    ) -> None:
        self._link = link
        self._machine = machine
        self._engine = engine
        self._identity = identity
        self._in = bulk_in
        self._sending = threading.Lock()
        self._outbox = bytearray()
        self._gathering = False
        self._open = True
        self._epoch = 0  # of the endpoints: answers from before a reset are dropped
        self._control = ControlEndpoint(identity, self._reset_endpoints)
        self._number_of = {
            (identity.bulk_out & 0x0F, 0): self._bulk_out,
            (identity.bulk_in & 0x0F, wire.DIR_IN): self._bulk_in,
        }

    def run(self, stream: _Stream) -> None:
        """Answer until the connection ends; raises OSError then."""
        self._in.attach(self._deliver)
        self._engine.bus_reset()
        self._send(wire.import_reply(self._identity))
        if not self._machine.printer_on_usb:
            return  # the cable was unplugged during the import
        try:
            while True:
                self._handle(wire.parse_header(stream.take(wire.HEADER_SIZE)), stream)
        finally:
            self._open = False

    def _handle(self, header: wire.Header, stream: _Stream) -> None:
        if header.command == wire.UNLINK:
            self._unlink(header)
            return
        if header.command != wire.SUBMIT or not 0 <= header.size <= _LARGEST_TRANSFER:
            raise ConnectionError("not a USB/IP request")
        data = b"" if header.direction == wire.DIR_IN else stream.take_behind_header(header.size)
        if header.endpoint == 0:
            self._control_transfer(header)
            return
        transfer = self._number_of.get((header.endpoint, header.direction))
        if transfer is None:
            self._deliver(header.number, STALL, b"")
        else:
            transfer(header, data)

    def _unlink(self, header: wire.Header) -> None:
        def answer(waited: bool) -> None:
            self._send(wire.unlinked(header.number, wire.CONNRESET if waited else 0))

        self._in.cancel(header.unlinks, answer)

    def _control_transfer(self, header: wire.Header) -> None:
        setup = Setup.parse(header.setup)
        answer = self._control.answer(setup)
        if answer is None:
            self._deliver(header.number, STALL, b"")
        elif is_in(setup.kind):
            self._deliver(header.number, 0, answer)
        else:
            self._send(wire.returned(header.number, 0, header.size))

    def _bulk_in(self, header: wire.Header, _: bytes) -> None:
        self._in.submit(header.number, header.size)

    def _bulk_out(self, header: wire.Header, data: bytes) -> None:
        """Deliver data to the printer before the host gets the completion, as on a bus."""
        packets = self._engine.receive(data)
        self._gathering = True  # the host is woken once for all results of one transfer
        try:
            self._send(wire.returned(header.number, 0, len(data)))
            if packets:
                self._answer(packets)
        finally:
            self._gathering = False
            self._send(b"")

    def _answer(self, packets: Packets) -> None:
        faults, command = self._machine.faults, self._engine.last_command
        lost, late = False, 0.0
        if faults.touch_answers:
            with self._machine.change():
                lost = faults.answer_is_lost(command)
                late = 0.0 if lost else faults.answer_is_late(command)
        if lost:
            return
        if late or callable(packets):
            self._answer_later(packets, late)
        else:
            self._in.put(packets)

    def _answer_later(self, packets: Packets, seconds: float) -> None:
        epoch = self._epoch

        def put() -> None:
            ready = packets() if callable(packets) else packets
            if self._open and self._epoch == epoch:
                # The cable may be unplugged now; the thread that reads from the host notices it
                # too.
                with contextlib.suppress(OSError):
                    self._in.put(ready)

        timer = threading.Timer(seconds, put)
        timer.daemon = True
        timer.start()

    def _reset_endpoints(self) -> None:
        self._epoch += 1
        self._in.flush()
        self._engine.bus_reset()

    def _deliver(self, number: int, status: int, data: bytes) -> None:
        self._send(wire.returned(number, status, len(data)) + data)

    def _send(self, message: bytes) -> None:
        with self._sending:
            self._outbox += message
            if not self._gathering:
                message = bytes(self._outbox)
                self._outbox.clear()
                self._link.sendall(message)


class _Stream:
    """A host's byte stream, read with as few system calls as possible."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._buffered = link.makefile("rb", buffering=_READ_BUFFER)

    def take(self, size: int) -> bytes:
        """Return exactly `size` bytes; ConnectionError when the other side closes first."""
        data: bytes = self._buffered.read(size)
        if len(data) < size:
            raise ConnectionError("hung up")
        return data

    def take_behind_header(self, size: int) -> bytes:
        """As `take`, from a host that may write header and data separately."""
        # Such a host would wait 40 ms for our delayed ACK of the header.
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return self.take(size)

    def close(self) -> None:
        """Release the socket, which its owner closes."""
        self._buffered.close()


def _hang_up(link: socket.socket) -> None:
    try:
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone

"""The USB/IP client against a scripted server that may answer late, twice or never."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import usb.core
from usbip.device import In, Out, USBDevice
from usbip.protocol import serve_handshake

from station.transport.usbip_connection import READ_AHEAD, Transfer, UsbipConnection, list_devices

BULK_IN = 0x82
OTHER_IN = 0x83
BULK_OUT = 0x01
CONTROL_IN = 0x80
SUBMIT, UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
PATIENCE = 30.0


@dataclass
class Peer:
    """The server's end of one connection: reads commands, sends whatever the script wants."""

    socket: socket.socket
    heads: list[bytes] = field(default_factory=list)

    def next_command(self) -> tuple[int, int, int, bytes]:
        """Return command, sequence number, the number an unlink names, and the payload."""
        head = self.exactly(48)
        self.heads.append(head)
        command, number, _device, direction, _ep, word, length = struct.unpack(">IIIIIIi20x", head)
        out = command == SUBMIT and direction == 0
        return command, number, word, self.exactly(length) if out else b""

    def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def complete(self, number: int, data: bytes = b"", status: int = 0) -> None:
        head = struct.pack(">IIIIIii20x", RET_SUBMIT, number, 0, 0, 0, status, len(data))
        self.socket.sendall(head + data)

    def complete_out(self, number: int, taken: int) -> None:
        self.socket.sendall(struct.pack(">IIIIIii20x", RET_SUBMIT, number, 0, 0, 0, 0, taken))

    def unlinked(self, number: int, status: int) -> None:
        self.socket.sendall(struct.pack(">IIIIIi24x", RET_UNLINK, number, 0, 0, 0, status))


Script = Callable[[Peer], None]


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[tuple[UsbipConnection, list[bytes]]]:
    """Run `script` behind a real handshake; its failures fail the test."""
    device = USBDevice(0x0D16, 0x030A)
    group = device.add_group()
    group.claim_interface()
    group.add(bytes.fromhex("09 04 00 00 02 07 01 02 00"))
    group.add_endpoint(Out(BULK_OUT))
    group.add_endpoint(In(BULK_IN))
    failures: list[BaseException] = []
    heads: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(PATIENCE)
            try:
                serve_handshake(peer, device)
                script(Peer(peer, heads))
            except (OSError, EOFError, AssertionError) as exc:
                failures.append(exc)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        connection = UsbipConnection("127.0.0.1", listener.getsockname()[1], "1-1")
        try:
            yield connection, heads
        finally:
            connection.close()
            thread.join(PATIENCE)
            assert not thread.is_alive()
    assert not failures


def test_the_bytes_of_submit_and_unlink_are_those_of_the_kernel_documentation() -> None:
    def script(peer: Peer) -> None:
        peer.complete_out(peer.next_command()[1], 3)
        peer.next_command()
        peer.unlinked(peer.next_command()[1], -errno.ECONNRESET)

    with scripted(script) as (connection, heads):
        assert connection.transfer(Transfer(BULK_OUT, 3, b"abc"), PATIENCE).actual == 3
        with pytest.raises(usb.core.USBTimeoutError):
            connection.transfer(Transfer(CONTROL_IN, 64), 0.01)
    zeros = " 00 00 00 00"
    submit_out = "00 00 00 01  00 00 00 01  00 01 00 02  00 00 00 00  00 00 00 01"
    assert heads[0] == bytes.fromhex(submit_out + zeros + "00 00 00 03" + zeros * 5)
    submit_in = "00 00 00 01  00 00 00 02  00 01 00 02  00 00 00 01  00 00 00 00"
    assert heads[1] == bytes.fromhex(submit_in + zeros + "00 00 00 40" + zeros * 5)
    unlink = "00 00 00 02  00 00 00 03  00 01 00 02" + zeros * 2 + "00 00 00 02"
    assert heads[2] == bytes.fromhex(unlink + zeros * 6)


def test_a_transfer_that_takes_too_long_is_cancelled_and_the_next_gets_its_own_data() -> None:
    def script(peer: Peer) -> None:
        _, first, _, _ = peer.next_command()
        command, number, named, _ = peer.next_command()
        assert (command, named) == (UNLINK, first)
        peer.unlinked(number, -errno.ECONNRESET)
        peer.complete(peer.next_command()[1], b"second")

    with scripted(script) as (connection, _):
        with pytest.raises(usb.core.USBTimeoutError):
            connection.transfer(Transfer(CONTROL_IN, 64), 0.01)
        assert connection.transfer(Transfer(CONTROL_IN, 64), PATIENCE).data == b"second"


def test_data_that_races_the_cancelling_is_returned() -> None:
    def script(peer: Peer) -> None:
        _, first, _, _ = peer.next_command()
        _, number, _, _ = peer.next_command()
        peer.complete(first, b"just in time")
        peer.unlinked(number, 0)
        peer.complete(peer.next_command()[1], b"second")

    with scripted(script) as (connection, _):
        assert connection.transfer(Transfer(CONTROL_IN, 64), 0.01).data == b"just in time"
        assert connection.transfer(Transfer(CONTROL_IN, 64), PATIENCE).data == b"second"


def test_a_write_that_races_the_cancelling_counts_as_done() -> None:
    def script(peer: Peer) -> None:
        _, first, _, _ = peer.next_command()
        _, number, _, _ = peer.next_command()
        peer.complete_out(first, 5)
        peer.unlinked(number, 0)

    with scripted(script) as (connection, _):
        assert connection.transfer(Transfer(BULK_OUT, 5, b"plane"), 0.01).actual == 5


def test_a_transfer_that_the_server_ends_as_cancelled_is_a_time_out() -> None:
    def script(peer: Peer) -> None:
        _, first, _, _ = peer.next_command()
        _, number, _, _ = peer.next_command()
        peer.complete(first, status=-errno.ECONNRESET)
        peer.unlinked(number, 0)

    with scripted(script) as (connection, _), pytest.raises(usb.core.USBTimeoutError):
        connection.transfer(Transfer(CONTROL_IN, 64), 0.01)


def test_data_behind_the_answer_to_the_cancelling_belongs_to_nobody() -> None:
    def script(peer: Peer) -> None:
        _, first, _, _ = peer.next_command()
        peer.unlinked(peer.next_command()[1], 0)
        _, second, _, _ = peer.next_command()
        peer.complete(first, b"late")
        peer.complete(second, b"newer")

    with scripted(script) as (connection, _):
        with pytest.raises(usb.core.USBTimeoutError):
            connection.transfer(Transfer(CONTROL_IN, 64), 0.01)
        assert connection.transfer(Transfer(CONTROL_IN, 64), PATIENCE).data == b"newer"


def ahead(peer: Peer, count: int = READ_AHEAD) -> list[int]:
    """Take so many commands, all of them to read."""
    commands = [peer.next_command() for _ in range(count)]
    assert [command for command, _, _, _ in commands] == [SUBMIT] * count
    return [number for _, number, _, _ in commands]


def test_a_read_leaves_transfers_submitted_and_a_write_brings_them_back_to_four() -> None:
    def script(peer: Peer) -> None:
        numbers = ahead(peer)
        peer.complete(numbers[0], b"first")
        _, write, _, payload = peer.next_command()
        assert payload == b"question"
        numbers[:1] = []
        numbers += ahead(peer, 1)  # behind the write, in the same piece
        peer.complete(numbers[0], b"answer")
        peer.complete(numbers[1], b"its data")
        peer.complete_out(write, 8)

    with scripted(script) as (connection, heads):
        assert connection.read(BULK_IN, 64, PATIENCE) == b"first"
        assert connection.transfer(Transfer(BULK_OUT, 8, b"question"), PATIENCE).actual == 8
        sent = len(heads)
        assert connection.read(BULK_IN, 64, PATIENCE) == b"answer"
        assert connection.read(BULK_IN, 64, PATIENCE) == b"its data"
        assert len(heads) == sent == READ_AHEAD + 2


def test_what_comes_after_the_time_of_a_read_is_for_the_next_read_of_that_endpoint() -> None:
    def script(peer: Peer) -> None:
        first = ahead(peer)[0]
        other = ahead(peer)[0]
        peer.complete(first, b"late")
        peer.complete(other, b"of the other endpoint")

    with scripted(script) as (connection, _):
        with pytest.raises(usb.core.USBTimeoutError):
            connection.read(BULK_IN, 64, 0.01)
        assert connection.read(OTHER_IN, 64, PATIENCE) == b"of the other endpoint"
        assert connection.read(BULK_IN, 2, PATIENCE) == b"la"
        assert connection.read(BULK_IN, 64, PATIENCE) == b"te"


def test_a_stall_reaches_the_read_that_it_belongs_to() -> None:
    def script(peer: Peer) -> None:
        numbers = ahead(peer)
        peer.complete(numbers[0], b"before")
        peer.complete(numbers[1], status=-errno.EPIPE)
        peer.complete(numbers[2], b"after")

    with scripted(script) as (connection, _):
        assert connection.read(BULK_IN, 64, PATIENCE) == b"before"
        with pytest.raises(usb.core.USBError) as caught:
            connection.read(BULK_IN, 64, PATIENCE)
        assert caught.value.errno == errno.EPIPE
        assert connection.read(BULK_IN, 64, PATIENCE) == b"after"


def test_more_than_a_transfer_ahead_asked_for_ends_the_connection() -> None:
    with scripted(lambda peer: peer.complete(ahead(peer)[0], bytes(65))) as (connection, _):
        with pytest.raises(usb.core.USBError) as caught:
            connection.read(BULK_IN, 64, PATIENCE)
        assert caught.value.errno == errno.ENODEV


def expect_gone(connection: UsbipConnection, transfer: Transfer, timeout: float) -> None:
    with pytest.raises(usb.core.USBError) as caught:
        connection.transfer(transfer, timeout)
    assert caught.value.errno == errno.ENODEV


def test_a_server_that_can_not_cancel_is_taken_for_gone() -> None:
    def script(peer: Peer) -> None:
        peer.next_command()
        peer.next_command()
        with contextlib.suppress(EOFError):
            peer.next_command()

    with scripted(script) as (connection, _):
        expect_gone(connection, Transfer(CONTROL_IN, 64), 0.01)


def test_the_cable_out_while_waiting() -> None:
    with scripted(lambda peer: (peer.next_command(), None)[1]) as (connection, _):
        expect_gone(connection, Transfer(CONTROL_IN, 64), PATIENCE)
        expect_gone(connection, Transfer(CONTROL_IN, 64), PATIENCE)


def test_the_cable_out_in_the_middle_of_a_write() -> None:
    def script(peer: Peer) -> None:
        peer.exactly(48 + 1000)

    with scripted(script) as (connection, _):
        size = 64 * 1024 * 1024  # more than both sockets buffer
        expect_gone(connection, Transfer(BULK_OUT, size, bytes(size)), PATIENCE)


def test_a_write_that_nobody_takes_ends_in_time() -> None:
    release = threading.Event()

    def script(peer: Peer) -> None:
        assert release.wait(PATIENCE)

    with scripted(script) as (connection, _):
        size = 64 * 1024 * 1024
        expect_gone(connection, Transfer(BULK_OUT, size, bytes(size)), 0.05)
        release.set()


def test_more_data_than_asked_for_ends_the_connection() -> None:
    def script(peer: Peer) -> None:
        peer.complete(peer.next_command()[1], bytes(65))

    with scripted(script) as (connection, _):
        expect_gone(connection, Transfer(CONTROL_IN, 64), PATIENCE)


def test_a_stall_is_reported_and_the_connection_stays() -> None:
    def script(peer: Peer) -> None:
        peer.complete(peer.next_command()[1], status=-errno.EPIPE)
        peer.complete(peer.next_command()[1], b"on")

    with scripted(script) as (connection, _):
        with pytest.raises(usb.core.USBError) as caught:
            connection.transfer(Transfer(CONTROL_IN, 64), PATIENCE)
        assert caught.value.errno == errno.EPIPE
        assert connection.transfer(Transfer(CONTROL_IN, 64), PATIENCE).data == b"on"


def test_closing_ends_a_transfer_that_another_thread_waits_for() -> None:
    asked = threading.Event()

    def script(peer: Peer) -> None:
        peer.next_command()
        asked.set()
        with contextlib.suppress(EOFError):
            peer.next_command()

    def wait_and_close(connection: UsbipConnection) -> None:
        assert asked.wait(PATIENCE)
        connection.close()

    with scripted(script) as (connection, _):
        closer = threading.Thread(target=wait_and_close, args=(connection,))
        closer.start()
        expect_gone(connection, Transfer(CONTROL_IN, 64), 60.0)
        closer.join(PATIENCE)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for call in (
        lambda: list_devices("127.0.0.1", port),
        lambda: UsbipConnection("127.0.0.1", port, "1-1"),
    ):
        with pytest.raises(usb.core.USBError) as caught:
            call()
        assert caught.value.errno == errno.ENODEV

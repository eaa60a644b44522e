"""TcpTransactionLink against real sockets: one connection is one transaction."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from station.core.errors import (
    ConfigError,
    PrinterNotConnectedError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.transport.printer_link import open_printer_link
from station.transport.tcp_transaction import TcpTransactionLink

Behaviour = Callable[[socket.socket], None]


@dataclass
class Desk:
    """A listener that treats the nth connection as the nth behaviour says."""

    listener: socket.socket
    behaviours: list[Behaviour]
    got: list[bytes] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def run(self) -> None:
        for behaviour in self.behaviours:
            link, _ = self.listener.accept()
            with link:
                link.settimeout(10.0)
                behaviour(link)

    def take(self, link: socket.socket) -> None:
        data = b""
        while piece := link.recv(65536):
            data += piece
        self.got.append(data)


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    made: list[tuple[Desk, threading.Thread]] = []

    def make(*behaviours: Callable[[Desk], Behaviour]) -> Desk:
        new = Desk(socket.create_server(("127.0.0.1", 0)), [])
        new.behaviours = [behaviour(new) for behaviour in behaviours]
        thread = threading.Thread(target=new.run)
        thread.start()
        made.append((new, thread))
        return new

    yield make
    for each, thread in made:
        each.release.set()
        thread.join(10.0)
        each.listener.close()
        assert not thread.is_alive()


def answers(*pieces: bytes) -> Callable[[Desk], Behaviour]:
    def make(desk: Desk) -> Behaviour:
        def behave(link: socket.socket) -> None:
            desk.take(link)
            for piece in pieces:
                link.sendall(piece)

        return behave

    return make


def keeps_silent(desk: Desk) -> Behaviour:
    def behave(link: socket.socket) -> None:
        desk.take(link)
        assert desk.release.wait(10.0)

    return behave


def takes_nothing(desk: Desk) -> Behaviour:
    def behave(_: socket.socket) -> None:
        assert desk.release.wait(10.0)

    return behave


def read_all(link: TcpTransactionLink) -> bytes:
    data = b""
    while piece := link.read(4096, timeout=5.0):
        data += piece
    return data


def link_to(desk: Desk) -> TcpTransactionLink:
    return TcpTransactionLink("127.0.0.1", desk.port)


def test_each_write_is_a_connection_of_its_own(desk: Callable[..., Desk]) -> None:
    there = desk(answers(b"one", b" two"), answers(b"three"))
    link = link_to(there)
    link.write(b"\x1bRsn\r\0", timeout=5.0)
    assert read_all(link) == b"one two"
    link.write(b"", timeout=5.0)
    assert read_all(link) == b"three"
    assert there.got == [b"\x1bRsn\r\0", b""]


def test_a_late_answer_dies_with_its_connection(desk: Callable[..., Desk]) -> None:
    there = desk(keeps_silent, answers(b"now"))
    link = link_to(there)
    link.write(b"a", timeout=5.0)
    with pytest.raises(TransportTimeoutError):
        link.read(10, timeout=0.05)
    there.release.set()
    link.write(b"b", timeout=5.0)
    assert read_all(link) == b"now"


def test_nobody_there_means_that_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    with pytest.raises(PrinterNotConnectedError, match=f"tcp-transaction://127.0.0.1:{port}"):
        TcpTransactionLink("127.0.0.1", port).write(b"x", timeout=5.0)


def test_a_host_that_has_no_address() -> None:
    with pytest.raises(PrinterNotConnectedError):
        TcpTransactionLink("no-such-printer.invalid", 9100).write(b"x", timeout=5.0)


def test_a_printer_that_takes_nothing(desk: Callable[..., Desk]) -> None:
    link = link_to(desk(takes_nothing))
    with pytest.raises(TransportTimeoutError, match="not taken"):
        link.write(bytes(64 * 1024 * 1024), timeout=0.2)
    link.close()


def test_a_printer_that_hangs_up_in_the_middle(desk: Callable[..., Desk]) -> None:
    def resets(_: Desk) -> Behaviour:
        def behave(link: socket.socket) -> None:
            link.recv(1)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))

        return behave

    link = link_to(desk(resets))
    with pytest.raises(TransportClosedError):
        link.write(bytes(64 * 1024 * 1024), timeout=5.0)
    link.close()


def test_closing_ends_what_another_thread_waits_for(desk: Callable[..., Desk]) -> None:
    there = desk(keeps_silent)
    link = link_to(there)
    link.write(b"a", timeout=5.0)
    waiting = threading.Event()
    ends: list[object] = []

    def wait() -> None:
        waiting.set()
        try:
            ends.append(link.read(10, timeout=30.0))
        except TransportClosedError as exc:
            ends.append(exc)

    reader = threading.Thread(target=wait)
    reader.start()
    assert waiting.wait(5.0)
    link.close()
    reader.join(5.0)
    assert not reader.is_alive()
    assert ends[0] == b"" or isinstance(ends[0], TransportClosedError)


def test_reading_before_writing_after_the_end_and_closing_twice(desk: Callable[..., Desk]) -> None:
    link = link_to(desk(answers(b"x")))
    with pytest.raises(TransportClosedError):
        link.read(1, timeout=1.0)
    link.write(b"", timeout=5.0)
    assert read_all(link) == b"x"
    with pytest.raises(TransportClosedError):
        link.read(1, timeout=1.0)
    link.reopen()
    link.close()
    link.close()


def test_addresses() -> None:
    assert (
        open_printer_link("tcp-transaction://printer.local:9100").address
        == "tcp-transaction://printer.local:9100"
    )
    assert (
        open_printer_link("tcp-transaction://[::1]:9100").address == "tcp-transaction://[::1]:9100"
    )


@pytest.mark.parametrize(
    ("address", "serial", "said"),
    [
        ("tcp-transaction://printer.local", "", "want"),
        ("tcp-transaction://:9100", "", "want"),
        ("tcp-transaction://printer.local:9100/x", "", "want"),
        ("tcp-transaction://printer.local:0", "", "no such port"),
        ("tcp-transaction://printer.local:65536", "", "no such port"),
        ("tcp-transaction://printer.local:9100", "12345", "serial number"),
    ],
)
def test_addresses_that_are_none(address: str, serial: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_printer_link(address, serial=serial)

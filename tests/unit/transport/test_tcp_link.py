"""TcpLink against real sockets: one connection that lasts, in order, without frames."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from station.core.errors import (
    ConfigError,
    PrinterNotConnectedError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.drivers import load_family
from station.transport.printer_link import open_printer_link
from station.transport.tcp import TcpLink
from station.transport.tcp_transaction import TcpTransactionLink


@dataclass
class Peer:
    """The other side; takes connections as they come."""

    listener: socket.socket
    accepted: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def accept(self) -> socket.socket:
        link, _ = self.listener.accept()
        link.settimeout(10.0)
        self.accepted.append(link)
        return link


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer(socket.create_server(("127.0.0.1", 0)))
    peer.listener.settimeout(10.0)
    yield peer
    for each in (*peer.accepted, peer.listener):
        each.close()


@pytest.fixture
def link(peer: Peer) -> Iterator[TcpLink]:
    link = TcpLink("127.0.0.1", peer.port)
    yield link
    link.close()


def test_many_questions_go_over_one_connection(peer: Peer, link: TcpLink) -> None:
    other = peer.accept()
    for number in range(3):
        link.write(b"question %d" % number, timeout=5.0)
        assert other.recv(100) == b"question %d" % number
        other.sendall(b"answer %d" % number)
        assert link.read(100, timeout=5.0) == b"answer %d" % number


def test_what_comes_after_a_time_out_is_read_next(peer: Peer, link: TcpLink) -> None:
    other = peer.accept()
    with pytest.raises(TransportTimeoutError):
        link.read(10, timeout=0.01)
    other.sendall(b"late")
    assert link.read(10, timeout=5.0) == b"late"


def test_reopening_throws_away_what_was_on_its_way(peer: Peer, link: TcpLink) -> None:
    peer.accept().sendall(b"late")
    link.reopen()
    other = peer.accept()
    other.sendall(b"new")
    assert link.read(10, timeout=5.0) == b"new"


def test_an_end_is_never_an_empty_answer(peer: Peer, link: TcpLink) -> None:
    peer.accept().close()
    with pytest.raises(TransportClosedError):
        link.read(10, timeout=5.0)
    with pytest.raises(TransportClosedError):
        link.write(b"x", timeout=5.0)


def test_a_connection_that_ended_before_is_noticed_before_anything_is_sent(
    peer: Peer, link: TcpLink
) -> None:
    other = peer.accept()
    other.shutdown(socket.SHUT_WR)
    assert link._socket is not None
    assert select.select([link._socket], [], [], 10.0)[0], "its end did not arrive"
    with pytest.raises(TransportClosedError):
        link.write(b"question", timeout=5.0)
    assert other.recv(10) == b""


def test_a_printer_that_takes_nothing_is_a_time_out(peer: Peer, link: TcpLink) -> None:
    peer.accept()
    with pytest.raises(TransportTimeoutError):
        link.write(bytes(64 * 1024 * 1024), timeout=0.1)


def test_nobody_there(peer: Peer, link: TcpLink) -> None:
    port = peer.port
    peer.listener.close()
    with pytest.raises(PrinterNotConnectedError, match=f"tcp://127.0.0.1:{port}"):
        TcpLink("127.0.0.1", port)
    with pytest.raises(PrinterNotConnectedError):
        link.reopen()
    with pytest.raises(TransportClosedError):
        link.read(1, timeout=1.0)


def test_closing_ends_a_call_of_another_thread(peer: Peer, link: TcpLink) -> None:
    peer.accept()
    raised: list[BaseException] = []
    waiting = threading.Event()

    def read() -> None:
        waiting.set()
        try:
            link.read(1, timeout=30.0)
        except TransportClosedError as exc:
            raised.append(exc)

    reader = threading.Thread(target=read)
    reader.start()
    assert waiting.wait(10.0)
    link.close()
    link.close()
    reader.join(10.0)
    assert len(raised) == 1


def test_the_scheme_chooses_the_kind_of_link(peer: Peer) -> None:
    opened = open_printer_link(f"tcp://127.0.0.1:{peer.port}")
    assert isinstance(opened, TcpLink)
    assert opened.address == f"tcp://127.0.0.1:{peer.port}"
    opened.close()
    assert isinstance(open_printer_link("tcp-transaction://[::1]:9100"), TcpTransactionLink)
    with pytest.raises(ConfigError, match="serial number"):
        open_printer_link(f"tcp://127.0.0.1:{peer.port}", serial="1")


@pytest.mark.parametrize(
    ("family", "address", "wanted"),
    [
        ("evolis", "tcp://printer:9100", "tcp-transaction://printer:9100"),
        ("evolis", "tcp-transaction://printer:9100", "tcp-transaction://printer:9100"),
        ("evolis", "usb://0f49", "usb://0f49"),
        ("hiti_cs", "tcp://printer:9100", "tcp://printer:9100"),
    ],
)
def test_an_address_in_older_settings_means_what_it_meant(
    family: str, address: str, wanted: str
) -> None:
    assert load_family(family).link_address(address) == wanted

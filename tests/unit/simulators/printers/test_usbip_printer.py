"""The USB face over real TCP, against the PyPI `usbip` host and against literal messages."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import usbip.host
import usbip.transport

from simulators.cards.ssc import make_blank
from simulators.machine.hands import Hands
from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.printers.hiti_cs import SIMULATOR
from simulators.printers.usbip_server import UsbIpPrinter

DEADLINE = 30.0
STATUS = bytes.fromhex("A5 0003 50 0400")
STATUS_HEADER, READY = bytes.fromhex("A5 0006 50 0400"), bytes(3)
FEED = bytes.fromhex("A5 0003 50 E02E")
SUBMIT_IN_64 = (
    "00000001 {:08X} 00010002 00000001 00000002"
    "00000000 00000040 00000000 00000000 00000000 0000000000000000"
)
UNLINK = (
    "00000002 {:08X} 00010002 00000000 00000002"
    "{:08X} 00000000 00000000 00000000 00000000 0000000000000000"
)
IMPORT = bytes.fromhex("0111 8003 00000000") + b"1-1".ljust(32, b"\0")


@dataclass
class Rig:
    machine: Machine
    hands: Hands
    port: int
    server: UsbIpPrinter

    def open(self) -> usbip.host.Handle:
        via = usbip.transport.USBIP("127.0.0.1", self.port)
        return usbip.host.open(0x0D16, 0x030A, transport=via)

    def list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = usbip.host.list_devices(
            usbip.transport.USBIP("127.0.0.1", self.port)
        )
        return found

    def refuses(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as link:
            link.sendall(IMPORT)
            return link.recv(320) == bytes.fromhex("0111 0003 00000001")

    def raw(self) -> Raw:
        return Raw(socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE))


class Raw:
    """A host made of literal messages."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def __enter__(self) -> Raw:
        self.link.sendall(IMPORT)
        assert self.receive(8) == bytes.fromhex("0111 0003 00000000")
        assert len(self.receive(312)) == 312
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()

    def send(self, text: str) -> None:
        self.link.sendall(bytes.fromhex(text))

    def bulk_out(self, number: int, data: bytes) -> None:
        head = struct.pack(">IIIIIIiiii8x", 1, number, 0x10002, 0, 1, 0, len(data), 0, 0, 0)
        self.link.sendall(head + data)

    def receive(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.link.recv(size - len(data))
            if not piece:
                raise ConnectionError("closed by the device")
            data += piece
        return data

    def result(self) -> tuple[int, int, int, bytes]:
        """Return command, number, status and data of the next message."""
        head = self.receive(48)
        command, number, _, _, _, status, actual = struct.unpack(">IIIIIii", head[:28])
        return command, number, status, b"" if actual <= 0 else self.receive(actual)

    def out_result(self) -> tuple[int, int, int]:
        """The same of a transfer to the device: it has a length and brings no data."""
        command, number, _, _, _, status = struct.unpack(">IIIIIi", self.receive(48)[:24])
        return command, number, status


@pytest.fixture
def rig() -> Iterator[Rig]:
    chance = random.Random(1)
    numbers = iter(range(1, 100))
    facts = SIMULATOR.models["hiti-cs220e"]
    machine = Machine(facts, lambda _: make_blank(chance, "622700", next(numbers)), speed=0)
    motor = Motor(machine)
    hands = Hands(machine, motor)
    hands.fill_the_feeder(5)
    server = SIMULATOR.faces["usbip"](machine, motor, "hiti-cs220e", "SIM000000001")
    assert isinstance(server, UsbIpPrinter)
    yield Rig(machine, hands, server.start("127.0.0.1", 0), server)
    server.stop()
    machine.stop_motion()
    motor.join(DEADLINE)


def test_the_device_is_listed_and_described(rig: Rig) -> None:
    (device,) = rig.list()
    assert (device["busid"], device["idVendor"], device["idProduct"]) == ("1-1", 0x0D16, 0x030A)
    assert device["interfaces"] == [(7, 1, 2)]
    with rig.open() as handle:
        assert handle.control(0x80, 6, 0x0100, 0, 18) == bytes.fromhex(
            "12 01 0002 00 00 00 40 160D 0A03 0001 01 02 03 01"
        )
        assert handle.control(0x80, 6, 0x0200, 0, 255) == bytes.fromhex(
            "09 02 2000 01 01 00 C0 01  09 04 00 00 02 07 01 02 00"
            "07 05 01 02 4000 00  07 05 82 02 4000 00"
        )
        serial = handle.control(0x80, 6, 0x0303, 0x0409, 255)
        assert serial[2:].decode("utf-16-le") == "SIM000000001"
        device_id = handle.control(0xA1, 0, 0, 0, 1023)
        assert int.from_bytes(device_id[:2], "big") == len(device_id)
        assert b"MFG:HiTi;MDL:CS-220e;" in device_id


def test_unknown_control_requests_stall(rig: Rig) -> None:
    with rig.open() as handle, pytest.raises(usbip.host.Stall):
        handle.control(0xC0, 0x55, 0, 0, 4)


def test_a_request_and_its_answer(rig: Rig) -> None:
    with rig.open() as handle:
        handle.bulk_out(0x01, STATUS)
        assert handle.bulk_in(0x82, 6) == STATUS_HEADER
        assert handle.bulk_in(0x82, 64) == READY


def test_an_answer_of_79_bytes_fills_one_transfer(rig: Rig) -> None:
    with rig.open() as handle:
        handle.bulk_out(0x01, bytes.fromhex("A5 0003 50 0100"))
        assert len(handle.bulk_in(0x82, 64)) == 6
        assert len(handle.bulk_in(0x82, 512)) == 79


def test_a_transfer_that_is_too_short_for_the_packet_overflows(rig: Rig) -> None:
    with rig.raw() as host:
        host.bulk_out(1, STATUS)
        assert host.out_result() == (3, 1, 0)
        host.send(SUBMIT_IN_64.format(2).replace("00000040", "00000003"))
        assert host.result() == (3, 2, -75, b"")


def test_a_cancelled_transfer_is_gone_and_takes_no_data_with_it(rig: Rig) -> None:
    with rig.raw() as host:
        host.send(SUBMIT_IN_64.format(10))
        host.send(UNLINK.format(11, 10))
        assert host.result() == (4, 11, -104, b"")
        host.bulk_out(12, STATUS)
        assert host.out_result() == (3, 12, 0)
        host.send(SUBMIT_IN_64.format(13))
        assert host.result() == (3, 13, 0, STATUS_HEADER)
        host.send(SUBMIT_IN_64.format(14))
        assert host.result() == (3, 14, 0, READY)


def test_a_transfer_that_has_ended_can_not_be_taken_back(rig: Rig) -> None:
    with rig.raw() as host:
        host.bulk_out(1, STATUS)
        host.send(SUBMIT_IN_64.format(2))
        host.send(UNLINK.format(3, 2))
        assert host.out_result() == (3, 1, 0)
        assert host.result() == (3, 2, 0, STATUS_HEADER)
        assert host.result() == (4, 3, 0, b"")


def test_a_waiting_transfer_gets_the_answer_when_it_comes(rig: Rig) -> None:
    with rig.raw() as host:
        host.send(SUBMIT_IN_64.format(1))
        host.bulk_out(2, STATUS)
        assert host.out_result() == (3, 2, 0)
        assert host.result() == (3, 1, 0, STATUS_HEADER)


@pytest.mark.parametrize("word", [Hands.pull_the_printer_cable, Hands.cut_the_power])
def test_pulling_the_cable_in_a_transfer_closes_the_link_at_once(
    rig: Rig, word: Callable[[Hands], None]
) -> None:
    with rig.raw() as host:
        head = struct.pack(">IIIIIIiiii8x", 1, 1, 0x10002, 0, 1, 0, 65536, 0, 0, 0)
        host.link.sendall(head + bytes(1000))  # the rest is on its way
        word(rig.hands)
        with pytest.raises(ConnectionError):
            host.receive(1)
    assert rig.list() == []
    assert rig.refuses()


def test_plugging_the_cable_in_brings_the_printer_back(rig: Rig) -> None:
    rig.hands.pull_the_printer_cable()
    assert rig.list() == []
    rig.hands.plug_the_printer_cable_in()
    with rig.open() as handle:
        handle.bulk_out(0x01, STATUS)
        assert handle.bulk_in(0x82, 6) == STATUS_HEADER


def test_what_runs_goes_on_with_the_cable_out(rig: Rig) -> None:
    rig.hands.pause_the_machine("feed")
    with rig.open() as handle:
        handle.bulk_out(0x01, FEED)
        handle.bulk_in(0x82, 6)
    rig.hands.pull_the_printer_cable()
    rig.hands.let_the_machine_go_on()
    with rig.machine.condition:
        assert rig.machine.condition.wait_for(lambda: not rig.machine.busy, timeout=DEADLINE)
    assert rig.machine.totals["feeds"] == 1


def test_a_second_host_is_refused_until_the_first_has_gone(rig: Rig) -> None:
    first = rig.open()
    assert rig.refuses()
    first.close()
    rig.open().close()


def test_a_new_host_starts_with_empty_endpoints(rig: Rig) -> None:
    with rig.open() as handle:
        handle.bulk_out(0x01, STATUS)  # its answer is never fetched
        handle.bulk_out(0x01, STATUS[:3])
    with rig.raw() as host:  # it sets no configuration: taking the device is enough
        host.bulk_out(1, bytes.fromhex("A5 0003 50 8009"))
        assert host.out_result() == (3, 1, 0)
        host.send(SUBMIT_IN_64.format(2))
        assert host.result() == (3, 2, 0, bytes.fromhex("A5 0006 50 8009"))


def test_a_lost_answer_is_done_and_never_told(rig: Rig) -> None:
    rig.hands.lose_the_next_answer()
    with rig.raw() as host:
        host.bulk_out(1, FEED)
        assert host.out_result() == (3, 1, 0)
        host.send(SUBMIT_IN_64.format(2))
        host.send(UNLINK.format(3, 2))
        assert host.result() == (4, 3, -104, b"")
    with rig.machine.condition:
        fed = rig.machine.condition.wait_for(
            lambda: rig.machine.totals["feeds"] == 1, timeout=DEADLINE
        )
    assert fed


def test_the_answer_to_one_command_can_be_lost(rig: Rig) -> None:
    rig.hands.lose_the_next_answer(to="e02e")
    with rig.raw() as host:
        for number, request in ((1, STATUS), (2, FEED), (3, bytes.fromhex("A5 0003 50 8009"))):
            host.bulk_out(number, request)
            assert host.out_result() == (3, number, 0)
        answers = []
        for number in (4, 5, 6):
            host.send(SUBMIT_IN_64.format(number))
            answers.append(host.result()[3])
        assert answers == [STATUS_HEADER, READY, bytes.fromhex("A5 0006 50 8009")]


def test_a_late_answer_comes_late(rig: Rig) -> None:
    rig.hands.answer_late(0.2)
    with rig.raw() as host:
        host.send(SUBMIT_IN_64.format(2))
        host.bulk_out(1, STATUS)
        assert host.out_result() == (3, 1, 0)
        host.link.settimeout(0.05)
        with pytest.raises(TimeoutError):
            host.receive(1)
        host.link.settimeout(DEADLINE)
        assert host.result() == (3, 2, 0, STATUS_HEADER)


def test_a_host_that_talks_nonsense_is_hung_up_on(rig: Rig) -> None:
    before = threading.active_count()
    with rig.raw() as host:
        host.send("FF" * 48)
        with pytest.raises(ConnectionError):
            host.receive(1)
    assert threading.active_count() <= before + 1  # the one that hung up may still be ending

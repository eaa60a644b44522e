"""The bulk link over a USB/IP device of another library, and over a backend that plays libusb."""

from __future__ import annotations

import array
import contextlib
import errno
import grp
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import usb.core
from usbip.device import Endpoint, In, Out, USBDevice
from usbip.protocol import serve_connection

from station.core.errors import (
    ConfigError,
    PrinterNotConnectedError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.transport.printer_link import open_printer_link
from station.transport.usb import DeviceMatch, UsbBulkLink
from station.transport.usb_descriptors import parse_configuration, parse_descriptor

PATIENCE = 30.0
PRINTER_SETTING = bytes.fromhex("09 04 00 00 02 07 01 02 00")
DEVICE = bytes.fromhex("12 01 00 02 00 00 00 40 16 0d 0a 03 00 01 00 00 00 01")
CONFIGURATION = bytes.fromhex(
    "09 02 30 00 02 01 00 80 32"
    "09 04 00 00 01 ff 00 00 00  07 05 83 03 08 00 0a"  # an interrupt endpoint only
    "09 04 01 00 02 07 01 02 00  07 05 01 02 00 02 00  07 05 82 02 00 02 00"
)


@dataclass
class Desk:
    """USB devices on one USB/IP port; `unplug` cuts every cable, `plug` puts them back."""

    devices: list[USBDevice]
    port: int = 0
    _listener: socket.socket | None = None
    _peers: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"usbip://127.0.0.1:{self.port}"

    def plug(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    def unplug(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        self._peers.clear()
        self._threads.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._peers.append(peer)
                self._start(serve_connection, peer, list(self.devices))

    def _start(self, target: object, *arguments: object) -> None:
        assert callable(target)
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


def make_device(busid: str, serial: str, setting: bytes) -> tuple[USBDevice, Endpoint, Endpoint]:
    device = USBDevice(0x0D16, 0x030A, serial=serial, product="CS-220e")
    device.set_busid(busid)
    group = device.add_group()
    group.claim_interface()
    group.add(setting)
    return device, group.add_endpoint(Out(0x01)), group.add_endpoint(In(0x82))


@dataclass
class Rig:
    desk: Desk
    out: Endpoint
    into: Endpoint
    device: USBDevice


@pytest.fixture
def rig() -> Iterator[Rig]:
    keyboard, _, _ = make_device("1-1", "K1", bytes.fromhex("09 04 00 00 02 03 00 00 00"))
    other, _, _ = make_device("1-2", "OTHER", PRINTER_SETTING)
    device, out, into = make_device("1-3", "CS220E0000000001", PRINTER_SETTING)
    desk = Desk([keyboard, other, device])
    desk.plug()
    yield Rig(desk, out, into, device)
    desk.unplug()


@pytest.fixture
def link(rig: Rig) -> Iterator[UsbBulkLink]:
    link = open_printer_link(rig.desk.address, serial="CS220E0000000001")
    assert isinstance(link, UsbBulkLink)
    yield link
    link.close()


def test_what_is_written_arrives_and_what_comes_is_read(rig: Rig, link: UsbBulkLink) -> None:
    piece = bytes(range(256)) * 256
    link.write(piece, timeout=PATIENCE)
    assert rig.out.read(PATIENCE) == piece
    rig.into.write(b"\xa5\x00\x06\x50\x04\x00\x00\x00\x00")
    assert link.read(6, timeout=PATIENCE) == b"\xa5\x00\x06\x50\x04\x00"
    assert link.read(3, timeout=PATIENCE) == bytes(3)
    assert link.address == rig.desk.address


def test_a_read_takes_whole_packets_only(rig: Rig, link: UsbBulkLink) -> None:
    rig.into.write(bytes(79))
    assert len(link.read(64, timeout=PATIENCE)) == 64
    assert len(link.read(64, timeout=PATIENCE)) == 15


def test_nothing_to_read_is_a_time_out_and_loses_nothing(rig: Rig, link: UsbBulkLink) -> None:
    with pytest.raises(TransportTimeoutError):
        link.read(6, timeout=0.01)
    rig.into.write(b"later")
    assert link.read(64, timeout=PATIENCE) == b"later"


def test_reopening_throws_away_what_was_on_its_way(rig: Rig, link: UsbBulkLink) -> None:
    rig.into.write(b"stale answer")
    assert link.read(5, timeout=PATIENCE) == b"stale"
    link.reopen()
    with pytest.raises(TransportTimeoutError):
        link.read(64, timeout=0.01)


def test_the_cable_out_and_back(rig: Rig, link: UsbBulkLink) -> None:
    rig.desk.unplug()
    with pytest.raises(TransportClosedError):
        link.read(6, timeout=PATIENCE)
    with pytest.raises(PrinterNotConnectedError):
        link.reopen()
    with pytest.raises(TransportClosedError):
        link.write(b"x", timeout=PATIENCE)
    rig.desk.plug()
    link.reopen()
    link.write(b"x", timeout=PATIENCE)
    assert rig.out.read(PATIENCE) == b"x"


def test_a_stalled_endpoint_closes_the_link_and_is_not_cleared(rig: Rig, link: UsbBulkLink) -> None:
    rig.into.stall()
    with pytest.raises(TransportClosedError):
        link.read(6, timeout=PATIENCE)
    assert rig.into.halted


def test_closing_twice_and_after_the_cable_went(rig: Rig, link: UsbBulkLink) -> None:
    rig.desk.unplug()
    link.close()
    link.close()
    with pytest.raises(TransportClosedError, match="is closed"):
        link.read(6, timeout=PATIENCE)


@pytest.mark.field_case("A5")
def test_of_two_printers_none_is_taken_without_a_serial_number(rig: Rig) -> None:
    with pytest.raises(PrinterNotConnectedError, match="2 devices fit") as caught:
        open_printer_link(rig.desk.address)
    for serial in ("OTHER", "CS220E0000000001"):
        assert f"{rig.desk.address}/{serial}" in str(caught.value)
    assert "station.toml" in str(caught.value)
    with pytest.raises(PrinterNotConnectedError):
        open_printer_link(rig.desk.address, serial="NOBODYS")


def replug_elsewhere(rig: Rig, *devices: USBDevice) -> None:
    """Take every cable out and plug these in at other ports."""
    rig.desk.unplug()
    for number, device in enumerate(devices, start=4):
        device.set_busid(f"2-{number}")
    rig.desk.devices[:] = devices
    rig.desk.plug()


def test_of_two_printers_the_one_with_the_serial_number_is_taken_at_whatever_port(
    rig: Rig, link: UsbBulkLink
) -> None:
    _, other, device = rig.desk.devices
    for order in ((other, device), (device, other)):
        replug_elsewhere(rig, *order)
        link.reopen()
        link.write(b"for this one", timeout=PATIENCE)
        assert rig.out.read(PATIENCE) == b"for this one"


def test_the_serial_number_may_stand_in_the_address(rig: Rig) -> None:
    link = open_printer_link(f"{rig.desk.address}/CS220E0000000001")
    link.write(b"x", timeout=PATIENCE)
    assert rig.out.read(PATIENCE) == b"x"
    link.close()


def test_a_link_that_took_the_only_printer_never_goes_over_to_another_one(rig: Rig) -> None:
    _, other, device = rig.desk.devices
    replug_elsewhere(rig, device)
    link = open_printer_link(rig.desk.address)
    replug_elsewhere(rig, other, device)
    link.reopen()
    link.write(b"still you", timeout=PATIENCE)
    assert rig.out.read(PATIENCE) == b"still you"
    replug_elsewhere(rig, other)
    with pytest.raises(PrinterNotConnectedError, match="CS220E0000000001 is wanted, OTHER found"):
        link.reopen()
    replug_elsewhere(rig, other, device)
    link.reopen()
    link.close()


def test_no_server_is_no_printer(rig: Rig) -> None:
    rig.desk.unplug()
    with pytest.raises(PrinterNotConnectedError):
        open_printer_link(rig.desk.address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "usb://",
        "usb://0d16:",
        "usb://0d16:030",
        "usb://0d16:030a/",
        "usb://0d16:030a/A/B",
        "usbip://127.0.0.1",
        "usbip://127.0.0.1:0",
        "usbip://127.0.0.1:65536",
        "usbip://:3240",
        "udp://127.0.0.1:3240",
        " usb://0d16:030a",
    ],
)
def test_what_is_no_address_is_a_wrong_setting(address: str) -> None:
    with pytest.raises(ConfigError, match="printer address"):
        open_printer_link(address)


class PlayedLibusb:
    """Answers like libusb for one device, and remembers what was asked of it."""

    def __init__(
        self,
        configuration: bytes = CONFIGURATION,
        *,
        ports: dict[str, tuple[int, ...]] | None = None,
    ) -> None:
        self.calls: list[str] = []
        self.fail_at: dict[str, usb.core.USBError] = {}
        self.taken: int | None = None
        self.ports = ports
        self.configuration = 0  # none is set
        self.opened: list[str] = []
        self._tree = parse_configuration(configuration)

    def __getattr__(self, name: str) -> object:
        def call(*arguments: object) -> object:
            self.calls.append(name)
            if name in self.fail_at:
                raise self.fail_at[name]
            return {"open_device": "handle", "is_kernel_driver_active": True}.get(name)

        return call

    def enumerate_devices(self) -> list[str]:
        return ["device"] if self.ports is None else list(self.ports)

    def get_configuration(self, handle: object) -> int:
        return self.configuration

    def claim_interface(self, handle: object, interface: int) -> None:
        self.calls.append("claim_interface")
        if "claim_interface" in self.fail_at:
            raise self.fail_at["claim_interface"]

    def open_device(self, device: str) -> str:
        self.calls.append("open_device")
        if "open_device" in self.fail_at:
            raise self.fail_at["open_device"]
        self.opened.append(device)
        return "handle"

    def get_device_descriptor(self, device: str) -> SimpleNamespace:
        fields = parse_descriptor(DEVICE)
        fields.bus, fields.address, fields.speed = 1, 2, 3
        fields.port_number = None
        fields.port_numbers = None if self.ports is None else self.ports[device]
        if self.ports is not None:
            fields.iSerialNumber = 0
        return fields

    def get_configuration_descriptor(self, device: object, config: int) -> SimpleNamespace:
        return self._tree.descriptor

    def get_interface_descriptor(
        self, device: object, interface: int, alternate: int, config: int
    ) -> SimpleNamespace:
        return self._tree.setting(interface, alternate).descriptor

    def get_endpoint_descriptor(
        self, device: object, endpoint: int, interface: int, alternate: int, config: int
    ) -> SimpleNamespace:
        return self._tree.setting(interface, alternate).endpoints[endpoint]

    def bulk_write(
        self, handle: object, endpoint: int, interface: int, data: array.array[int], timeout: int
    ) -> int:
        self.calls.append(f"bulk_write {endpoint:02x} {timeout} ms")
        if "bulk_write" in self.fail_at:
            raise self.fail_at["bulk_write"]
        return len(data) if self.taken is None else self.taken


def open_played(backend: PlayedLibusb, port: str = "") -> UsbBulkLink:
    match = DeviceMatch(0x0D16, 0x030A, port=port)
    return UsbBulkLink("usb://0d16:030a", match, lambda: backend)


@pytest.mark.field_case("A5")
def test_two_like_printers_without_serial_numbers_are_told_apart_by_port_or_not_at_all() -> None:
    backend = PlayedLibusb(ports={"left": (1, 2), "right": (3,)})
    with pytest.raises(PrinterNotConnectedError) as caught:
        open_played(backend)
    for port in ("1-1.2", "1-3"):
        assert f"serial number none at port {port}" in str(caught.value)
        assert f"usb://0d16:030a@{port}" in str(caught.value)
    open_played(backend, "1-3").close()
    assert backend.opened == ["right"]
    with pytest.raises(PrinterNotConnectedError, match="at port 1-4"):
        open_played(backend, "1-4")


@pytest.mark.field_case("A5")
def test_a_second_printer_plugged_in_later_is_never_taken_for_the_proven_one() -> None:
    backend = PlayedLibusb(ports={"left": (1,)})
    link = open_played(backend)
    backend.ports = {"new": (2,), "left": (1,)}
    link.reopen()
    assert backend.opened == ["left", "left"]
    backend.ports = {"new": (2,), "moved": (4,)}
    with pytest.raises(PrinterNotConnectedError, match="2 devices fit"):
        link.reopen()


@pytest.mark.field_case("F6")
def test_a_configuration_that_is_active_is_not_set_again() -> None:
    backend = PlayedLibusb()
    backend.configuration = 1
    backend.fail_at["set_configuration"] = usb.core.USBError("Busy", -6, errno.EBUSY)
    open_played(backend).write(b"x", timeout=PATIENCE)
    assert "set_configuration" not in backend.calls


@pytest.mark.field_case("F6")
def test_of_a_composite_device_the_printers_interface_is_taken() -> None:
    storage = "09 04 00 00 02 08 06 50 00  07 05 03 02 00 02 00  07 05 84 02 00 02 00"
    printer = "09 04 01 00 02 07 01 02 00  07 05 01 02 00 02 00  07 05 82 02 00 02 00"
    header = "09 02 37 00 02 01 00 80 32"
    backend = PlayedLibusb(bytes.fromhex(header + storage + printer))
    open_played(backend).write(b"x", timeout=PATIENCE)
    assert "interface 1" in open_played(backend).description()


def test_opening_takes_the_interface_from_the_kernel_and_closing_gives_it_back() -> None:
    backend = PlayedLibusb()
    link = open_played(backend)
    link.write(b"\xa5", timeout=0.0004)
    assert backend.calls == [
        "open_device",
        "is_kernel_driver_active",
        "detach_kernel_driver",
        "set_configuration",
        "claim_interface",
        "bulk_write 01 1 ms",
    ]
    backend.calls.clear()
    link.close()
    assert backend.calls == ["release_interface", "attach_kernel_driver", "close_device"]


@pytest.mark.parametrize(
    ("number", "group"), [(grp.getgrnam("root").gr_gid, "root"), (4_000_001, "4000001")]
)
def test_no_permission_names_the_udev_rule_for_the_account_that_lacks_it(
    number: int, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getegid", lambda: number)
    backend = PlayedLibusb()
    backend.fail_at["open_device"] = usb.core.USBError("Access denied", -3, errno.EACCES)
    rule = rf'udev.*"0d16".*"030a".*MODE="0660", GROUP="{group}"$'
    with pytest.raises(PrinterNotConnectedError, match=rule):
        open_played(backend)


def test_another_program_is_named_as_the_cause() -> None:
    backend = PlayedLibusb()
    backend.fail_at["claim_interface"] = usb.core.USBError("Busy", -6, errno.EBUSY)
    with pytest.raises(PrinterNotConnectedError, match="another program"):
        open_played(backend)
    assert backend.calls[-1] == "close_device"


def test_a_vendor_alone_takes_any_of_its_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = PlayedLibusb()
    monkeypatch.setattr("station.transport.printer_link.find_libusb", lambda: backend)
    open_printer_link("usb://0d16").close()
    with pytest.raises(PrinterNotConnectedError, match="no such device"):
        open_printer_link("usb://0f49")


def test_another_device_is_no_printer() -> None:
    with pytest.raises(PrinterNotConnectedError, match="no such device"):
        UsbBulkLink("usb://0d16:0309", DeviceMatch(0x0D16, 0x0309), PlayedLibusb)


def test_a_write_taken_in_part_is_a_time_out() -> None:
    backend = PlayedLibusb()
    link = open_played(backend)
    backend.taken = 512
    with pytest.raises(TransportTimeoutError, match="512 of 1024"):
        link.write(bytes(1024), timeout=1.0)


@pytest.mark.parametrize("number", [errno.ENODEV, errno.EIO, errno.EPIPE, errno.EOVERFLOW])
def test_a_broken_transfer_closes_the_link_and_clears_no_halt(number: int) -> None:
    backend = PlayedLibusb()
    link = open_played(backend)
    backend.fail_at["bulk_write"] = usb.core.USBError("broken", None, number)
    with pytest.raises(TransportClosedError):
        link.write(b"x", timeout=1.0)
    assert "clear_halt" not in backend.calls


@pytest.mark.parametrize("raw", ["", "09", "09 04 00", "03 05 81", "02 99"])
def test_a_malformed_descriptor_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="descriptor"):
        parse_descriptor(bytes.fromhex(raw))


def test_a_configuration_that_runs_over_its_end_is_refused() -> None:
    with pytest.raises(ValueError, match="at 41 of 47"):
        parse_configuration(CONFIGURATION[:-1])

"""Opens a link from a printer's address in config/."""

from __future__ import annotations

import re
from typing import Final

from station.core.errors import ConfigError
from station.core.links import BulkLink

USB: Final = re.compile(
    r"usb://(?P<vendor>[0-9a-fA-F]{4})(?::(?P<product>[0-9a-fA-F]{4}))?"
    r"(?:/(?P<serial>[^/]+)|@(?P<port>[0-9]+-[0-9]+(?:\.[0-9]+)*))?"
)
USBIP: Final = re.compile(
    r"usbip://(?P<host>[^/:\[\]]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})(?:/(?P<serial>[^/]+))?"
)
TCP: Final = re.compile(
    r"(?P<kind>tcp|tcp-transaction)://"
    r"(?P<host>[^/:\[\]]+|\[[0-9a-fA-F:]+\]):(?P<port>[0-9]{1,5})"
)
PRINTER_CLASS: Final = 7
MAX_PORT: Final = 65535


def open_printer_link(address: str, *, serial: str = "") -> BulkLink:
    """Open the link with this address.

    `usb://0d16:030a[/SERIAL]` and `usbip://host:port[/SERIAL]` are bulk endpoints,
    `tcp://host:port` is a lasting connection, `tcp-transaction://host:port` one connection per
    transaction. `usb://0f49` is any device of that vendor; `usb://0d16:030a@1-2.3` the one at that
    port (bus and ports), for printers without a serial number. Where several match, none is opened.

    Args:
        address: As above. `tcp-transaction` connects only when something is sent.
        serial: Only the device with this serial number; a serial number in the address takes
            precedence. Ignored for TCP, where only the printer's own protocol can report it.

    Raises:
        ConfigError: An address of another form, or no USB library on this machine.
        PrinterNotConnectedError: The device is not there or can't be opened.
    """
    if match := USB.fullmatch(address):
        return _open_usb(address, match, serial)
    if match := USBIP.fullmatch(address):
        return _open_usbip(address, match, serial)
    if match := TCP.fullmatch(address):
        return _open_tcp(address, match, serial)
    raise ConfigError(
        f"printer address {address!r}: want usb://vvvv:pppp[/SERIAL or @BUS-PORT], "
        "usbip://host:port[/SERIAL], tcp://host:port or tcp-transaction://host:port"
    )


# pyusb and its backends take 0.1 s of start-up time; they are imported when a printer is first
# opened.


def _open_usb(address: str, match: re.Match[str], serial: str) -> BulkLink:
    from station.transport.usb import DeviceMatch, UsbBulkLink

    wanted = DeviceMatch(
        int(match["vendor"], 16),
        int(match["product"], 16) if match["product"] else None,
        match["serial"] or serial,
        match["port"] or "",
    )
    return UsbBulkLink(address, wanted, find_libusb)


def _open_usbip(address: str, match: re.Match[str], serial: str) -> BulkLink:
    from station.transport.usb import DeviceMatch, UsbBulkLink
    from station.transport.usbip import UsbipBackend

    host, port = _host_and_port(address, match)

    def backend() -> UsbipBackend:
        return UsbipBackend(host, port, interface_class=PRINTER_CLASS)

    return UsbBulkLink(address, DeviceMatch(serial=match["serial"] or serial), backend)


def _open_tcp(address: str, match: re.Match[str], serial: str) -> BulkLink:
    from station.transport.tcp import TcpLink
    from station.transport.tcp_transaction import TcpTransactionLink

    if serial:
        raise ConfigError(f"printer address {address!r}: a serial number can't be asked for there")
    kind = TcpLink if match["kind"] == "tcp" else TcpTransactionLink
    return kind(*_host_and_port(address, match))


def _host_and_port(address: str, match: re.Match[str]) -> tuple[str, int]:
    port = int(match["port"])
    if not 0 < port <= MAX_PORT:
        raise ConfigError(f"printer address {address!r}: no such port")
    return match["host"].strip("[]"), port


def find_libusb() -> object:
    """Return pyusb's backend for this machine's own USB ports.

    Raises:
        usb.core.NoBackendError: There is no libusb.
    """
    import usb.backend.libusb1
    import usb.core

    backend: object = usb.backend.libusb1.get_backend()
    if backend is None:
        raise usb.core.NoBackendError("libusb-1.0 not found")
    return backend

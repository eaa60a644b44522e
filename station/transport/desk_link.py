"""Opens a link from the address of a device on the clerk's desk in config/."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from station.core.errors import ConfigError, DeskDeviceNotConnectedError, PrinterNotConnectedError
from station.core.links import BulkLink
from station.transport.printer_link import USB, USBIP, find_libusb

BAUD_RATES: Final = (9600, 19200, 38400, 57600, 115200)
DEFAULT_BAUD: Final = 115200
MAX_PORT: Final = 65535


def check_desk_address(address: str, setting: str) -> None:
    """Check that `open_desk_link` can use this address; opens nothing.

    Raises:
        ConfigError: It has another form; the message names `setting`.
    """
    if USB.fullmatch(address) or USBIP.fullmatch(address):
        return
    _serial(address, setting)


def open_desk_link(address: str, *, setting: str, not_connected: str) -> BulkLink:
    """Open the link with this address.

    `serial:///dev/ttyUSB0?baud=115200` and `socket://host:port` are serial lines; `usb://vvvv:pppp`
    (with `/SERIAL` or `@BUS-PORT`) and `usbip://host:port[/SERIAL]` are bulk endpoints.

    Args:
        address: As above.
        setting: Name of the setting that contains it, for people.
        not_connected: Error code for a device that can't be reached.

    Raises:
        ConfigError: An address of another form, or no USB library on this machine.
        DeskDeviceNotConnectedError: The device is not there or can't be opened.
    """
    # pyserial and pyusb cost start-up time; each is imported when such a device is first opened.
    if (usb := USB.fullmatch(address)) or (usbip := USBIP.fullmatch(address)):
        match = usb or usbip
        assert match is not None  # noqa: S101 - one of both
        try:
            return _bulk(address, match, setting)
        except PrinterNotConnectedError as exc:  # every USB link raises this for a missing device
            raise DeskDeviceNotConnectedError(
                str(exc), code=not_connected, address=address
            ) from exc
    from station.transport.serial_line import SerialLink

    url, baud = _serial(address, setting)
    return SerialLink(address, url, baud=baud, not_connected=not_connected)


def _bulk(address: str, match: re.Match[str], setting: str) -> BulkLink:
    from station.transport.usb import DeviceMatch, UsbBulkLink
    from station.transport.usbip import UsbipBackend

    if match.re is USB:
        product = int(match["product"], 16) if match["product"] else None
        wanted = DeviceMatch(
            int(match["vendor"], 16), product, match["serial"] or "", match["port"] or ""
        )
        return UsbBulkLink(address, wanted, find_libusb, setting=setting)
    host, port = match["host"].strip("[]"), int(match["port"])

    def backend() -> UsbipBackend:
        return UsbipBackend(host, port, interface_class=None)

    return UsbBulkLink(address, DeviceMatch(serial=match["serial"] or ""), backend, setting=setting)


def _serial(address: str, setting: str) -> tuple[str, int]:
    """Return pyserial's URL and the speed in baud."""
    try:
        parts = urlsplit(address)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
        baud = int(query.pop("baud", [str(DEFAULT_BAUD)])[-1])
        is_device = parts.scheme == "serial" and not parts.netloc and len(parts.path) > 1
        is_socket = parts.scheme == "socket" and parts.hostname and not parts.path
        if not query and baud in BAUD_RATES:
            if is_device:
                return parts.path, baud
            if is_socket and 0 < (parts.port or 0) <= MAX_PORT:
                return f"socket://{parts.netloc}", baud
    except ValueError:
        pass  # raises the error below
    speeds = ", ".join(map(str, BAUD_RATES))
    raise ConfigError(
        f"{setting} {address!r}: want serial:///dev/ttyUSB0[?baud=RATE] (RATE one of {speeds}), "
        "socket://host:port, usb://vvvv:pppp[/SERIAL or @BUS-PORT] or usbip://host:port[/SERIAL]"
    )

"""A pair of USB bulk endpoints, over libusb or over USB/IP, depending on the backend.

Source: Universal Serial Bus Specification 2.0, section 5.8 (bulk transfers), and
    docs/explanations/wire-hiti-cs.md, row USB.
"""

from __future__ import annotations

import array
import contextlib
import errno
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import usb.core
import usb.util

from station.core.errors import (
    ConfigError,
    PrinterNotConnectedError,
    TransportClosedError,
    TransportError,
    TransportTimeoutError,
)

Untyped: TypeAlias = Any  # pyusb ships no types
PRINTER_CLASS: Final = 7
PERMISSION: Final = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class DeviceMatch:
    """Criteria for a device; None and empty match any.

    Attributes:
        vendor: USB vendor id.
        product: USB product id.
        serial: Serial number in the string descriptor.
        port: Bus and ports, as `1-2.3`: for devices without a serial number.
    """

    vendor: int | None = None
    product: int | None = None
    serial: str = ""
    port: str = ""

    def ids_fit(self, device: Untyped) -> bool:
        """Whether vendor and product match."""
        return self.vendor in (None, device.idVendor) and self.product in (None, device.idProduct)


@dataclass(frozen=True, slots=True)
class _Pipe:
    device: Untyped
    interface: int
    bulk_in: int
    bulk_out: int
    packet_size: int
    detached: bool


class UsbBulkLink:
    """The interface setting of a device that has one bulk IN and one bulk OUT endpoint.

    A printer's interface is preferred, and the configuration that is active is not set again.

    The device is identified by its serial number: without one in `match`, that of the device opened
    first is kept, and no other one is used when the link is opened again. A device without a serial
    number is identified by its port where several match. Where several match and neither decides,
    none is used: the first one may hold the card of another window.

    Implements `BulkLink`. A stalled endpoint closes the link; CLEAR_HALT is never sent, because
    HiTi P520 firmware 1.18-1.21 misbehaves after it.

    Args:
        address: For people.
        match: Criteria for the device.
        make_backend: Creates the pyusb backend, at each opening.
        setting: Name of the setting that contains the address, for people.

    Raises:
        PrinterNotConnectedError: The device is not there, in use by another program, or may not be
            opened; the message tells which.
        ConfigError: No USB library on this machine.
    """

    def __init__(
        self,
        address: str,
        match: DeviceMatch,
        make_backend: Callable[[], object],
        *,
        setting: str = "printer.link",
    ) -> None:
        self._address = address
        self._setting = setting
        self._match = match
        self._make_backend = make_backend
        self._rest = b""
        self._serial = match.serial
        self._port = match.port
        self._pipe: _Pipe | None = self._open()

    @property
    def address(self) -> str:
        """See `BulkLink.address`."""
        return self._address

    def description(self) -> str:
        """Return the relevant device descriptors, for people."""
        pipe = self._opened()
        device = pipe.device
        return (
            f"device {device.idVendor:04x}:{device.idProduct:04x} release {device.bcdDevice:04x}, "
            f"bus {device.bus} address {device.address} speed {device.speed}, interface "
            f"{pipe.interface}, bulk OUT {pipe.bulk_out:02x}, bulk IN {pipe.bulk_in:02x}, "
            f"packets of {pipe.packet_size}"
        )

    def write(self, data: bytes, *, timeout: float) -> None:
        """See `BulkLink.write`."""
        pipe = self._opened()
        # The type that pyusb needs; given bytes, it tries and fails first.
        buffer = array.array("B", data)
        try:
            written = pipe.device.write(pipe.bulk_out, buffer, _milliseconds(timeout))
        except usb.core.USBError as exc:
            raise _transfer_error("write", exc) from exc
        if written != len(data):
            raise TransportTimeoutError(f"{written} of {len(data)} bytes taken in {timeout} s")

    def read(self, size: int, *, timeout: float) -> bytes:
        """See `BulkLink.read`."""
        if not self._rest:
            pipe = self._opened()
            # A device may send whole packets only; a smaller request is an overflow error.
            room = math.ceil(size / pipe.packet_size) * pipe.packet_size
            try:
                self._rest = pipe.device.read(pipe.bulk_in, room, _milliseconds(timeout)).tobytes()
            except usb.core.USBError as exc:
                raise _transfer_error("read", exc) from exc
        data, self._rest = self._rest[:size], self._rest[size:]
        return data

    def reopen(self) -> None:
        """See `BulkLink.reopen`."""
        self.close()
        self._pipe = self._open()

    def close(self) -> None:
        """See `BulkLink.close`."""
        pipe, self._pipe = self._pipe, None
        self._rest = b""
        if pipe is None:
            return
        # With the device disconnected every step of releasing it fails, and nothing is left to
        # release.
        with contextlib.suppress(usb.core.USBError, NotImplementedError):
            usb.util.release_interface(pipe.device, pipe.interface)
            if pipe.detached:
                pipe.device.attach_kernel_driver(pipe.interface)
        with contextlib.suppress(usb.core.USBError):
            usb.util.dispose_resources(pipe.device)

    def _opened(self) -> _Pipe:
        if self._pipe is None:
            raise TransportClosedError(f"{self._address} is closed")
        return self._pipe

    def _open(self) -> _Pipe:
        with _opening_errors(self._address, self._match):
            device = self._find()
            try:
                pipe = _claim(device)
                # From now on only this device is used, at whatever port it reappears: work has
                # begun in it.
                self._serial = self._serial or serial_of(device)
                self._port = self._port or port_of(device)
            except (usb.core.USBError, PrinterNotConnectedError):
                usb.util.dispose_resources(device)
                raise
            return pipe

    def _find(self) -> Untyped:
        backend = self._make_backend()
        found = usb.core.find(find_all=True, backend=backend, custom_match=self._match.ids_fit)
        if self._serial:
            return self._find_by_serial(found)
        fitting = [d for d in found if self._match.port in ("", port_of(d))]
        if len(fitting) > 1:
            fitting = self._at_known_port(fitting)
        if fitting:
            return fitting[0]
        where = f" at port {self._match.port}" if self._match.port else ""
        raise PrinterNotConnectedError(f"no such device at {self._address}{where}")

    def _at_known_port(self, devices: list[Untyped]) -> list[Untyped]:
        there = [device for device in devices if self._port and port_of(device) == self._port]
        chosen = there if len(there) == 1 else []
        told = [self._told(device) for device in devices]
        for device in devices:
            if device not in chosen:
                usb.util.dispose_resources(device)
        if chosen:
            return chosen
        raise PrinterNotConnectedError(
            f"{len(told)} devices fit {self._address}: {', '.join(said for said, _ in told)}; "
            f"write one of these as {self._setting} in station.toml: "
            f"{' or '.join(link for _, link in told)}"
        )

    def _told(self, device: Untyped) -> tuple[str, str]:
        """Return a device's own description, and the address that identifies it uniquely."""
        port = port_of(device)
        try:
            serial = serial_of(device)
        except (usb.core.USBError, ValueError):
            serial = ""  # in use by another program, or not permitted
        link = f"{self._address}/{serial}" if serial else f"{self._address}@{port or '?'}"
        return f"serial number {serial or 'none'} at port {port or 'unknown'}", link

    def _find_by_serial(self, found: Iterable[Untyped]) -> Untyped:
        others, failed = [], None
        for device in found:
            try:
                serial = serial_of(device)
            # In use by another program, or not permitted.
            except (usb.core.USBError, ValueError) as exc:
                serial, failed = "", exc
            if serial == self._serial:
                return device
            others.append(serial or "?")
            usb.util.dispose_resources(device)
        if failed is not None:
            raise failed
        text = f"no such device at {self._address}"
        if others:
            text += f": serial number {self._serial} is wanted, {', '.join(others)} found"
        raise PrinterNotConnectedError(text)


def port_of(device: Untyped) -> str:
    """Return bus and ports of a device, as `1-2.3`; empty where they are unknown."""
    ports = device.port_numbers
    return f"{device.bus}-{'.'.join(map(str, ports))}" if ports else ""


def serial_of(device: Untyped) -> str:
    """Return the serial number of a device; empty without one. Raises what opening raises."""
    return (device.serial_number or "") if device.iSerialNumber else ""


def _claim(device: Untyped) -> _Pipe:
    active = _active_configuration(device)
    setting, bulk_in, bulk_out = _bulk_pair(device, active)
    number = setting.bInterfaceNumber
    detached = _detach_kernel_driver(device, number)
    if setting.configuration_value != active:
        # On a composite device this fails, or resets interfaces used by other drivers.
        device.set_configuration(setting.configuration_value)
    usb.util.claim_interface(device, number)
    if setting.bAlternateSetting:
        device.set_interface_altsetting(number, setting.bAlternateSetting)
    return _Pipe(
        device=device,
        interface=number,
        bulk_in=bulk_in.bEndpointAddress,
        bulk_out=bulk_out.bEndpointAddress,
        packet_size=bulk_in.wMaxPacketSize or 64,
        detached=detached,
    )


def _active_configuration(device: Untyped) -> int | None:
    try:
        return int(device.get_active_configuration().bConfigurationValue)
    except usb.core.USBError as exc:
        if exc.errno is not None:  # not "none is set", but an error of opening the device
            raise
        return None


def _bulk_pair(device: Untyped, active: int | None) -> tuple[Untyped, Untyped, Untyped]:
    """Return the setting to use: preferably a printer's interface and the active configuration."""
    found = []
    for configuration in device:
        for setting in configuration:
            bulk = [
                endpoint
                for endpoint in setting
                if usb.util.endpoint_type(endpoint.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
            ]
            ins = [e for e in bulk if e.bEndpointAddress & usb.util.ENDPOINT_IN]
            outs = [e for e in bulk if not e.bEndpointAddress & usb.util.ENDPOINT_IN]
            if len(ins) == 1 and len(outs) == 1:
                setting.configuration_value = configuration.bConfigurationValue
                found.append((setting, ins[0], outs[0]))
    if not found:
        raise PrinterNotConnectedError("the device has no pair of bulk endpoints")
    return min(
        found,
        key=lambda pair: (
            pair[0].configuration_value != active,
            pair[0].bInterfaceClass != PRINTER_CLASS,
        ),
    )


def _detach_kernel_driver(device: Untyped, interface: int) -> bool:
    with contextlib.suppress(NotImplementedError):  # not on this system
        if device.is_kernel_driver_active(interface):
            device.detach_kernel_driver(interface)
            return True
    return False


@contextlib.contextmanager
def _opening_errors(address: str, match: DeviceMatch) -> Iterator[None]:
    try:
        yield
    except usb.core.NoBackendError as exc:
        raise ConfigError("no USB library on this machine: install libusb-1.0-0") from exc
    except (usb.core.USBError, ValueError) as exc:
        number = getattr(exc, "errno", None)
        if number in PERMISSION:
            raise PrinterNotConnectedError(_permission_text(address, match)) from exc
        if number == errno.EBUSY:
            raise PrinterNotConnectedError(f"another program holds {address}") from exc
        raise PrinterNotConnectedError(f"{address} can't be opened: {exc}") from exc


def _permission_text(address: str, match: DeviceMatch) -> str:
    if sys.platform == "win32":
        return f"this account may not open {address}"
    return (
        f"this account may not open {address}; it needs a file in /etc/udev/rules.d with the line "
        f'SUBSYSTEM=="usb", ATTR{{idVendor}}=="{match.vendor or 0:04x}", '
        f'ATTR{{idProduct}}=="{match.product or 0:04x}", MODE="0660", GROUP="{_own_group()}"'
    )


def _own_group() -> str:
    # Of the account that the rule has to let in: the installed service's, or a developer's.
    import grp  # not on every system, and seldom asked for

    number = os.getegid()
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)  # a group without a name on this PC


def _transfer_error(what: str, exc: Exception) -> TransportError:
    if isinstance(exc, usb.core.USBTimeoutError):
        return TransportTimeoutError(f"USB {what} timed out")
    # The same for ENODEV, EIO, EPIPE and others: this handle can't be trusted any more.
    return TransportClosedError(f"USB {what} failed: {exc}")


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))  # 0 would mean no limit

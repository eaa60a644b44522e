"""A pyusb backend that reaches devices over USB/IP, with cancelled transfers as in libusb.

Source: Universal Serial Bus Specification 2.0, section 9.4 (standard requests); pyusb's IBackend.
    The decision for a backend of our own: docs/decisions/0003-usbip-backend.md.
"""

from __future__ import annotations

import array
import errno
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final

import usb.backend
import usb.core

from station.transport.usb_descriptors import (
    CONFIGURATION,
    DEVICE,
    ConfigurationTree,
    parse_configuration,
    parse_descriptor,
)
from station.transport.usbip_connection import Transfer, UsbipConnection, list_devices

GET_DESCRIPTOR: Final = 6
GET_CONFIGURATION: Final = 8
SET_CONFIGURATION: Final = 9
SET_INTERFACE: Final = 11
CLEAR_FEATURE: Final = 1
TO_DEVICE: Final = 0x00
TO_INTERFACE: Final = 0x01
TO_ENDPOINT: Final = 0x02
FROM_DEVICE: Final = 0x80
ENUMERATION_TIMEOUT: Final = 3.0
DESCRIPTOR_ROOM: Final = 4096
DEVICE_SIZE: Final = 18


class UsbipDevice:
    """One exported device, and the connection to it once its descriptors were read."""

    def __init__(self, connection: UsbipConnection) -> None:
        self.connection = connection
        raw = _get_descriptor(connection, DEVICE, 0, DEVICE_SIZE)
        self.descriptor = parse_descriptor(raw)
        self.descriptor.bus = connection.bus
        self.descriptor.address = connection.address
        self.descriptor.speed = connection.speed
        self.descriptor.port_number = None
        self.descriptor.port_numbers = None
        self.configurations: list[ConfigurationTree] = [
            parse_configuration(_get_descriptor(connection, CONFIGURATION, i, DESCRIPTOR_ROOM))
            for i in range(self.descriptor.bNumConfigurations)
        ]


class UsbipBackend(usb.backend.IBackend):  # type: ignore[misc]  # pyusb ships no types
    """Devices of one USB/IP server. Time limits are milliseconds, 0 for none, as in pyusb.

    Args:
        host: Name or address of the server.
        port: Its TCP port.
        interface_class: Only devices with an interface of this class are imported; None: all.
    """

    def __init__(self, host: str, port: int, *, interface_class: int | None) -> None:
        self._host = host
        self._port = port
        self._interface_class = interface_class

    def enumerate_devices(self) -> Iterator[UsbipDevice]:
        """Import each matching device, one at a time; devices in use by another host are left out.

        Raises:
            usb.core.USBError: ENODEV: no server, or no matching device could be imported.
        """
        failed: usb.core.USBError | None = None
        found = False
        for info in list_devices(self._host, self._port):
            interfaces: Any = info["interfaces"]
            wanted = self._interface_class
            if wanted is not None and not any(triple[0] == wanted for triple in interfaces):
                continue
            try:
                device = self._import(str(info["busid"]))
            except usb.core.USBError as exc:
                failed = exc
                continue
            found = True
            yield device
        if failed is not None and not found:
            raise failed

    def _import(self, busid: str) -> UsbipDevice:
        connection = UsbipConnection(self._host, self._port, busid)
        try:
            return UsbipDevice(connection)
        except (usb.core.USBError, ValueError) as exc:
            connection.close()
            raise usb.core.USBError(f"no descriptors: {exc}", None, errno.ENODEV) from exc

    def get_parent(self, dev: UsbipDevice) -> None:
        """Return None: USB/IP does not represent hubs."""

    def get_device_descriptor(self, dev: UsbipDevice) -> SimpleNamespace:
        """See `IBackend.get_device_descriptor`."""
        return dev.descriptor

    def get_configuration_descriptor(self, dev: UsbipDevice, config: int) -> SimpleNamespace:
        """See `IBackend.get_configuration_descriptor`."""
        return dev.configurations[config].descriptor

    def get_interface_descriptor(
        self, dev: UsbipDevice, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """See `IBackend.get_interface_descriptor`."""
        return dev.configurations[config].setting(intf, alt).descriptor

    def get_endpoint_descriptor(
        self, dev: UsbipDevice, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        """See `IBackend.get_endpoint_descriptor`."""
        return dev.configurations[config].setting(intf, alt).endpoints[ep]

    def open_device(self, dev: UsbipDevice) -> UsbipConnection:
        """Return the connection over which the descriptors were read."""
        return dev.connection

    def close_device(self, dev_handle: UsbipConnection) -> None:
        """Return the device to the server."""
        dev_handle.close()

    def set_configuration(self, dev_handle: UsbipConnection, config_value: int) -> None:
        """See `IBackend.set_configuration`."""
        _control(dev_handle, TO_DEVICE, SET_CONFIGURATION, config_value, 0)

    def get_configuration(self, dev_handle: UsbipConnection) -> int:
        """See `IBackend.get_configuration`."""
        return _control(dev_handle, FROM_DEVICE, GET_CONFIGURATION, 0, 0, length=1)[0]

    def set_interface_altsetting(
        self, dev_handle: UsbipConnection, intf: int, altsetting: int
    ) -> None:
        """See `IBackend.set_interface_altsetting`."""
        _control(dev_handle, TO_INTERFACE, SET_INTERFACE, altsetting, intf)

    def claim_interface(self, dev_handle: UsbipConnection, intf: int) -> None:
        """Do nothing: an imported device is exclusive to this host."""

    def release_interface(self, dev_handle: UsbipConnection, intf: int) -> None:
        """Do nothing: an imported device is exclusive to this host."""

    def bulk_write(
        self, dev_handle: UsbipConnection, ep: int, intf: int, data: array.array[int], timeout: int
    ) -> int:
        """See `IBackend.bulk_write`."""
        payload = memoryview(data).cast("B")
        return dev_handle.transfer(Transfer(ep, len(payload), payload), _seconds(timeout)).actual

    def bulk_read(
        self, dev_handle: UsbipConnection, ep: int, intf: int, buff: array.array[int], timeout: int
    ) -> int:
        """See `IBackend.bulk_read`."""
        room = memoryview(buff).cast("B")
        data = dev_handle.read(ep, len(room), _seconds(timeout))
        room[: len(data)] = data
        return len(data)

    def ctrl_transfer(
        self,
        dev_handle: UsbipConnection,
        request_type: int,
        request: int,
        value: int,
        index: int,
        data: array.array[int],
        timeout: int,
    ) -> int:
        """See `IBackend.ctrl_transfer`."""
        room = memoryview(data).cast("B")
        setup = _setup(request_type, request, value, index, len(room))
        if not request_type & FROM_DEVICE:
            out = Transfer(0, len(room), room, setup)
            return dev_handle.transfer(out, _seconds(timeout)).actual
        brought = dev_handle.transfer(
            Transfer(FROM_DEVICE, len(room), setup=setup), _seconds(timeout)
        ).data
        room[: len(brought)] = brought
        return len(brought)

    def clear_halt(self, dev_handle: UsbipConnection, ep: int) -> None:
        """See `IBackend.clear_halt`."""
        _control(dev_handle, TO_ENDPOINT, CLEAR_FEATURE, 0, ep)

    def is_kernel_driver_active(self, dev_handle: UsbipConnection, intf: int) -> bool:
        """Return False: the kernel of this machine does not know the device."""
        return False


def _get_descriptor(connection: UsbipConnection, kind: int, index: int, length: int) -> bytes:
    return _control(connection, FROM_DEVICE, GET_DESCRIPTOR, kind << 8 | index, 0, length=length)


def _control(
    connection: UsbipConnection,
    request_type: int,
    request: int,
    value: int,
    index: int,
    *,
    length: int = 0,
) -> bytes:
    setup = _setup(request_type, request, value, index, length)
    transfer = Transfer(request_type & FROM_DEVICE, length, setup=setup)
    return connection.transfer(transfer, ENUMERATION_TIMEOUT).data


def _setup(request_type: int, request: int, value: int, index: int, length: int) -> bytes:
    numbers = b"".join(number.to_bytes(2, "little") for number in (value, index, length))
    return bytes([request_type, request]) + numbers


def _seconds(milliseconds: int) -> float | None:
    return milliseconds / 1000 if milliseconds else None

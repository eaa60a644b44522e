"""What is connected to this PC: USB devices with known ids, and the readers of the PC/SC service.

For setting a window up: it only looks, moves nothing and claims nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from station.core.errors import ConfigError
from station.transport.printer_link import find_libusb


@dataclass(frozen=True, slots=True)
class ConnectedDevice:
    """One USB device.

    Attributes:
        usb_id: The given id that it has: `vvvv:pppp` or `vvvv`.
        address: Its address for the settings, which fits this device alone.
    """

    usb_id: str
    address: str


def connected_devices(
    usb_ids: Iterable[str], make_backend: Callable[[], object] = find_libusb
) -> list[ConnectedDevice]:
    """Return the connected devices with one of these ids, an exact id before a maker's.

    Raises:
        ConfigError: No USB library on this PC.
    """
    # Imported here, as everywhere: it takes 0.1 s.
    import usb.core
    import usb.util

    from station.transport.usb import DeviceMatch, port_of, serial_of

    found: list[tuple[str, str, str]] = []
    taken: set[tuple[int, int]] = set()
    try:
        backend = make_backend()
        for usb_id in sorted(usb_ids, key=len, reverse=True):
            vendor, _, product = usb_id.partition(":")
            wanted = DeviceMatch(int(vendor, 16), int(product, 16) if product else None)
            devices = usb.core.find(find_all=True, backend=backend, custom_match=wanted.ids_fit)
            for device in devices or ():
                try:
                    serial = serial_of(device)
                except (usb.core.USBError, ValueError):
                    serial = ""  # in use by another program, or this account may not open it
                place = f"/{serial}" if serial else f"@{port_of(device)}"
                usb.util.dispose_resources(device)
                if (device.bus, device.address) not in taken:
                    taken.add((device.bus, device.address))
                    found.append((usb_id, f"usb://{usb_id}", place))
    except usb.core.NoBackendError as exc:
        raise ConfigError("no USB library on this machine: install libusb-1.0-0") from exc
    several = {plain for _, plain, _ in found if sum(plain == other for _, other, _ in found) > 1}
    return [
        ConnectedDevice(usb_id, f"{plain}{place}" if plain in several else plain)
        for usb_id, plain, place in found
    ]


def connected_readers() -> list[str]:
    """Return the names of the readers of the PC/SC service.

    Raises:
        ReaderNotConnectedError: The service does not answer, or refuses this account.
        ConfigError: The PC/SC library is not installed.
    """
    try:
        from station.transport.pcsc import PcscLink
    except ImportError as exc:
        raise ConfigError("pcsc: the PC/SC library is not installed") from exc
    link = PcscLink("", card_wait=0.1)
    try:
        return link.reader_names()
    finally:
        link.close()

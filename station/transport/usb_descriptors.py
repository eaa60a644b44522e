"""USB descriptors: bytes to the objects that pyusb expects of a backend. Pure.

Source: Universal Serial Bus Specification 2.0, tables 9-8, 9-10, 9-12 and 9-13.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final

DEVICE: Final = 1
CONFIGURATION: Final = 2
INTERFACE: Final = 4
ENDPOINT: Final = 5

#: Descriptor type -> layout and field names after bLength and bDescriptorType, as in the tables.
LAYOUTS: Final = {
    DEVICE: (
        "<HBBBBHHHBBBB",
        "bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor idProduct "
        "bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations",
    ),
    CONFIGURATION: (
        "<HBBBBB",
        "wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes bMaxPower",
    ),
    INTERFACE: (
        "<BBBBBBB",
        "bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass bInterfaceSubClass "
        "bInterfaceProtocol iInterface",
    ),
    ENDPOINT: ("<BBHB", "bEndpointAddress bmAttributes wMaxPacketSize bInterval"),
}


@dataclass(frozen=True, slots=True)
class InterfaceSetting:
    """One alternate setting of one interface and its endpoints."""

    descriptor: SimpleNamespace
    endpoints: list[SimpleNamespace]


@dataclass(frozen=True, slots=True)
class ConfigurationTree:
    """One configuration: its own descriptor and its interface settings in wire order."""

    descriptor: SimpleNamespace
    settings: list[InterfaceSetting]

    def setting(self, interface: int, alternate: int) -> InterfaceSetting:
        """Return a setting by logical indices, as pyusb counts them.

        Raises:
            IndexError: It does not exist; pyusb interprets this as the end of a list.
        """
        numbers = sorted({setting.descriptor.bInterfaceNumber for setting in self.settings})
        same = [s for s in self.settings if s.descriptor.bInterfaceNumber == numbers[interface]]
        return same[alternate]


def parse_descriptor(raw: bytes) -> SimpleNamespace:
    """Return the fields of one descriptor by the names of the specification.

    Raises:
        ValueError: Too short, or of a kind that is not in `LAYOUTS`.
    """
    if len(raw) < 2 or raw[1] not in LAYOUTS:
        raise ValueError(f"no known descriptor: {raw.hex(' ')}")
    layout, names = LAYOUTS[raw[1]]
    if len(raw) < 2 + struct.calcsize(layout):
        raise ValueError(f"descriptor cut short: {raw.hex(' ')}")
    values = struct.unpack_from(layout, raw, 2)
    fields = dict(zip(names.split(), values, strict=True))
    # pyusb reads the two audio fields of every endpoint, too.
    return SimpleNamespace(
        bLength=raw[0],
        bDescriptorType=raw[1],
        bRefresh=0,
        bSynchAddress=0,
        extra_descriptors=[],
        **fields,
    )


def parse_configuration(raw: bytes) -> ConfigurationTree:
    """Return the tree of one complete configuration descriptor.

    Raises:
        ValueError: Malformed.
    """
    pieces = _pieces(raw)
    tree = ConfigurationTree(parse_descriptor(next(pieces, b"")), [])
    for piece in pieces:
        if piece[1] == INTERFACE:
            tree.settings.append(InterfaceSetting(parse_descriptor(piece), []))
        elif piece[1] == ENDPOINT and tree.settings:
            tree.settings[-1].endpoints.append(parse_descriptor(piece))
    return tree


def _pieces(raw: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(raw):
        size = raw[at]
        if size < 2 or at + size > len(raw):
            raise ValueError(f"descriptor of {size} bytes at {at} of {len(raw)}")
        yield raw[at : at + size]
        at += size

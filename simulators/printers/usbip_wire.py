"""Messages of the USB/IP protocol, version 1.1.1. Pure.

Source: Linux kernel, Documentation/usb/usbip_protocol.rst. All fields are big-endian.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from simulators.printers import UsbIdentity
from simulators.printers.descriptors import PRINTER_CLASS

VERSION: Final = 0x0111
REQ_DEVLIST, REP_DEVLIST = 0x8005, 0x0005
REQ_IMPORT, REP_IMPORT = 0x8003, 0x0003
SUBMIT, UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
DIR_IN: Final = 1
CONNRESET: Final = -104  #: a transfer that was cancelled before it ended
OP_SIZE: Final = 8
BUSID_SIZE: Final = 32
HEADER_SIZE: Final = 48
BUSID: Final = b"1-1"
_FULL_SPEED: Final = 2

_OP = struct.Struct(">HHI")
_DEVICE = struct.Struct(">256s32sIIIHHHBBBBBB")
_HEADER = struct.Struct(">II4xIIIi12x8s")
_RETURN = struct.Struct(">IIIIIiiiii8x")


class Header(NamedTuple):
    """One 48-byte header from the host.

    Attributes:
        command: `SUBMIT` or `UNLINK`.
        number: seqnum.
        direction: 0 OUT, 1 IN.
        endpoint: Number without direction.
        size: transfer_buffer_length; of an UNLINK: 0.
        unlinks: Of an UNLINK: the seqnum to take back.
        setup: The control transfer's eight bytes.
    """

    command: int
    number: int
    direction: int
    endpoint: int
    size: int
    unlinks: int
    setup: bytes


def parse_op(raw: bytes) -> int:
    """Return the operation code of a request before the device is taken."""
    _, code, _ = _OP.unpack(raw)
    return int(code)


def parse_header(raw: bytes) -> Header:
    """Return the fields of a header."""
    command, number, direction, endpoint, first, size, setup = _HEADER.unpack(raw)
    if command == UNLINK:
        return Header(command, number, direction, endpoint, 0, first, setup)
    return Header(command, number, direction, endpoint, size, 0, setup)


def device_list(identity: UsbIdentity | None) -> bytes:
    """Return OP_REP_DEVLIST: one device, or none."""
    head = _OP.pack(VERSION, REP_DEVLIST, 0) + struct.pack(">I", 0 if identity is None else 1)
    return head if identity is None else head + _device(identity) + bytes([*PRINTER_CLASS, 0])


def import_reply(identity: UsbIdentity | None) -> bytes:
    """Return OP_REP_IMPORT: the device, or a refusal."""
    if identity is None:
        return _OP.pack(VERSION, REP_IMPORT, 1)
    return _OP.pack(VERSION, REP_IMPORT, 0) + _device(identity)


def returned(number: int, status: int, actual: int) -> bytes:
    """Return the header of RET_SUBMIT."""
    return _RETURN.pack(RET_SUBMIT, number, 0, 0, 0, status, actual, 0, 0, 0)


def unlinked(number: int, status: int) -> bytes:
    """Return RET_UNLINK; `CONNRESET` when the transfer will never be returned."""
    return _RETURN.pack(RET_UNLINK, number, 0, 0, 0, status, 0, 0, 0, 0)


def _device(identity: UsbIdentity) -> bytes:
    path = b"/sys/devices/pci0000:00/usb1/" + BUSID
    ids = (identity.vendor_id, identity.product_id, 0x0100)
    return _DEVICE.pack(path, BUSID, 1, 2, _FULL_SPEED, *ids, 0, 0, 0, 1, 1, 1)

"""USB descriptors and standard requests of a simulated printer. Pure.

Source: USB 2.0 clause 9; USB printer class 1.1 clauses 4.2 and 5.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.printers import UsbIdentity

DEVICE, CONFIGURATION, STRING = 1, 2, 3
PRINTER_CLASS: Final = (7, 1, 2)
_LANGUAGES: Final = b"\x04\x03\x09\x04"  # English (United States)
_ENDPOINT_ZERO_PACKET: Final = 64
_BULK: Final = 2
_DIRECTION_IN: Final = 0x80
_NO_ERROR_SELECTED: Final = b"\x18"

STALL: Final = -32


@dataclass(frozen=True, slots=True)
class Setup:
    """The eight bytes that begin a control transfer."""

    kind: int
    request: int
    value: int
    index: int
    length: int

    @classmethod
    def parse(cls, raw: bytes) -> Setup:
        """Return the fields; they are little-endian on this bus."""
        return cls(*struct.unpack("<BBHHH", raw))


class ControlEndpoint:
    """Answers control transfers.

    Args:
        identity: Contents of the descriptors.
        reset_endpoints: Called when the host configures the device or resets the printer softly.
    """

    def __init__(self, identity: UsbIdentity, reset_endpoints: Callable[[], None]) -> None:
        self._identity = identity
        self._reset = reset_endpoints
        self._configured = 0
        self._requests: dict[tuple[int, int], Callable[[Setup], bytes | None]] = {
            (0x80, 0): lambda _: b"\x01\x00",  # GET_STATUS: self-powered
            (0x81, 0): lambda _: b"\x00\x00",
            (0x82, 0): lambda _: b"\x00\x00",  # endpoints are never halted here
            (0x00, 1): lambda _: b"",  # CLEAR_FEATURE
            (0x02, 1): lambda _: b"",  # CLEAR_FEATURE(ENDPOINT_HALT): data toggle only
            (0x02, 3): lambda _: b"",
            (0x00, 5): lambda _: b"",  # SET_ADDRESS: handled by the bus
            (0x80, 6): self._descriptor,
            (0x80, 8): lambda _: bytes([self._configured]),
            (0x00, 9): self._set_configuration,
            (0x81, 10): lambda _: b"\x00",
            (0x01, 11): lambda setup: b"" if setup.value == 0 else None,  # SET_INTERFACE
            (0xA1, 0): lambda _: device_id_answer(identity),  # GET_DEVICE_ID
            (0xA1, 1): lambda _: _NO_ERROR_SELECTED,  # GET_PORT_STATUS
            (0x21, 2): self._soft_reset,
        }

    def answer(self, setup: Setup) -> bytes | None:
        """Return the data stage (empty when there is none), or None for a stall."""
        handler = self._requests.get((setup.kind, setup.request))
        data = handler(setup) if handler is not None else None
        return None if data is None else data[: setup.length]

    def _descriptor(self, setup: Setup) -> bytes | None:
        kind, number = setup.value >> 8, setup.value & 0xFF
        if kind == DEVICE:
            return device_descriptor(self._identity)
        if kind == CONFIGURATION and number == 0:
            return configuration_descriptor(self._identity)
        return string_descriptor(self._identity, number) if kind == STRING else None

    def _set_configuration(self, setup: Setup) -> bytes | None:
        if setup.value > 1:
            return None
        self._configured = setup.value
        self._reset()
        return b""

    def _soft_reset(self, _: Setup) -> bytes:
        self._reset()
        return b""


def device_descriptor(identity: UsbIdentity) -> bytes:
    """Return the 18 bytes."""
    ids = (identity.vendor_id, identity.product_id, 0x0100)
    return struct.pack(
        "<BBHBBBBHHHBBBB", 18, DEVICE, 0x0200, 0, 0, 0, _ENDPOINT_ZERO_PACKET, *ids, 1, 2, 3, 1
    )


def configuration_descriptor(identity: UsbIdentity) -> bytes:
    """Return configuration, interface and both endpoints."""
    interface = struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 2, *PRINTER_CLASS, 0)
    endpoints = b"".join(
        struct.pack("<BBBBHB", 7, 5, address, _BULK, identity.packet_size, 0)
        for address in (identity.bulk_out, identity.bulk_in)
    )
    total = 9 + len(interface) + len(endpoints)
    return (
        struct.pack("<BBHBBBBB", 9, CONFIGURATION, total, 1, 1, 0, 0xC0, 1) + interface + endpoints
    )


def string_descriptor(identity: UsbIdentity, number: int) -> bytes | None:
    """Return a string descriptor; 0 lists the languages."""
    texts = ("", identity.manufacturer, identity.product, identity.serial)
    if number == 0:
        return _LANGUAGES
    if number >= len(texts):
        return None
    body = texts[number].encode("utf-16-le")
    return bytes([len(body) + 2, STRING]) + body


def device_id_answer(identity: UsbIdentity) -> bytes:
    """Return the IEEE 1284 text after its big-endian length, which counts itself."""
    text = identity.device_id.encode("ascii")
    return (len(text) + 2).to_bytes(2, "big") + text


def is_in(setup_kind: int) -> bool:
    """Whether the data stage goes to the host."""
    return bool(setup_kind & _DIRECTION_IN)

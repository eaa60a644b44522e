"""Simulated printers. One sub-package per printer family.

A sub-package exports `SIMULATOR: PrinterSimulator`. Its engine speaks the family's wire protocol
over the one physical model in `simulators.machine`; it holds no physical truth of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from simulators.machine.model import Machine, MachineFacts
from simulators.machine.motor import Motor


class PrinterEngine(Protocol):
    """What the USB face needs of a family's protocol engine. One caller at a time."""

    @property
    def last_command(self) -> str:
        """The command answered last, in hex, as the family's documents write it."""
        ...

    def receive(self, data: bytes) -> list[bytes]:
        """Take what one bulk OUT transfer brought; return the bulk IN packets it causes."""
        ...

    def bus_reset(self) -> None:
        """Forget half a request: the host took the device anew."""
        ...


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """What the descriptors say.

    Attributes:
        vendor_id: idVendor.
        product_id: idProduct.
        manufacturer: String descriptor.
        product: String descriptor.
        serial: String descriptor.
        device_id: IEEE 1284 text for the printer class request.
        bulk_out: Endpoint address.
        bulk_in: Endpoint address.
        packet_size: wMaxPacketSize of both.
    """

    vendor_id: int
    product_id: int
    manufacturer: str
    product: str
    serial: str
    device_id: str
    bulk_out: int
    bulk_in: int
    packet_size: int


@dataclass(frozen=True, slots=True)
class PrinterSimulator:
    """What a sub-package of simulators.printers exports as SIMULATOR.

    Attributes:
        name: The folder name.
        models: Model name, as on the command line -> its physical facts.
        identity: Model name and serial number -> descriptors.
        make_engine: Machine, motor, model name and serial number -> engine.
    """

    name: str
    models: Mapping[str, MachineFacts]
    identity: Callable[[str, str], UsbIdentity]
    make_engine: Callable[[Machine, Motor, str, str], PrinterEngine]

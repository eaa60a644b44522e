"""Simulated printers. One sub-package per printer family.

A sub-package exports `SIMULATOR: PrinterSimulator`. Its engine implements the family's wire
protocol over the one physical model in `simulators.machine`; it holds no physical state of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from simulators.machine.model import Machine, MachineFacts
from simulators.machine.motor import Motor
from station.core.faces import Panel

#: Packets for the bulk IN endpoint, or a function that returns packets which have to wait.
Packets = list[bytes] | Callable[[], list[bytes]]


class PrinterEngine(Protocol):
    """The interface of a family's protocol engine for the USB/IP server. One caller at a time."""

    @property
    def last_command(self) -> str:
        """The last answered command, in hex, as in the family's documents."""
        ...

    def receive(self, data: bytes) -> Packets:
        """Process the data of one bulk OUT transfer; return the resulting bulk IN packets."""
        ...

    def bus_reset(self) -> None:
        """Discard a partial request: the host has taken the device anew."""
        ...


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """Contents of the descriptors.

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


class PrinterFace(Protocol):
    """The printer as a host sees it: over USB/IP, or over a network."""

    def start(self, host: str, port: int) -> int:
        """Listen; returns the port (useful when `port` is 0)."""
        ...

    def stop(self) -> None:
        """Close the port and every connection."""
        ...


FaceMaker = Callable[[Machine, Motor, str, str], PrinterFace]
ALL_BYTES: Final[Mapping[Panel, int]] = dict.fromkeys(Panel, 8)


@dataclass(frozen=True, slots=True)
class PrinterSimulator:
    """What a sub-package of simulators.printers exports as SIMULATOR.

    Attributes:
        name: The folder name.
        faces: Scheme of the address it listens at (`usbip`, `tcp-transaction`), the usual one first
            -> function that creates the printer there from machine, motor, model name and serial
            number.
        models: Model name, as on the command line -> its physical facts.
        depth: Panel -> bits per dot of the first model.
        remembers_jobs: Whether the protocol can report later that a certain job was printed.
        asks_again: Whether the protocol lets the printer request a plane again.
        questions: Commands, as `last_command` writes them, that are answered with data a driver
            needs; the control API can have one answered with a bare OK instead.
        errors_stay: Whether a fault stays reported until the cover was opened, although it is
            mended.
    """

    name: str
    faces: Mapping[str, FaceMaker]
    models: Mapping[str, MachineFacts]
    depth: Mapping[Panel, int] = field(default_factory=lambda: ALL_BYTES)
    remembers_jobs: bool = True
    asks_again: bool = True
    questions: tuple[str, ...] = ()
    errors_stay: bool = False

    @property
    def scheme(self) -> str:
        """The usual scheme of its address."""
        return next(iter(self.faces))

"""Simulated printers. One sub-package per printer family.

A sub-package exports `SIMULATOR: PrinterSimulator`. Its engine speaks the family's wire protocol
over the one physical model in `simulators.machine`; it holds no physical truth of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from simulators.machine.model import Machine, MachineFacts
from simulators.machine.motor import Motor
from station.core.faces import Panel

#: Packets for the bulk IN endpoint, or a function that is called for those that have to wait.
Packets = list[bytes] | Callable[[], list[bytes]]


class PrinterEngine(Protocol):
    """What the USB/IP face needs of a family's protocol engine. One caller at a time."""

    @property
    def last_command(self) -> str:
        """The command answered last, in hex, as the family's documents write it."""
        ...

    def receive(self, data: bytes) -> Packets:
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


class PrinterFace(Protocol):
    """The printer as a host sees it: on USB/IP, or on a network."""

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
        faces: Scheme of the address it listens at (`usbip`, `tcp-transaction`), the usual one
            first -> what makes the printer there from machine, motor, model name and serial number.
        models: Model name, as on the command line -> its physical facts.
        depth: Panel -> bits a dot that the first model can show.
        remembers_jobs: Whether the protocol can tell later that a certain job was printed.
        asks_again: Whether the protocol lets the printer ask for a plane once more.
        questions: Commands, as `last_command` writes them, that are answered with data a driver
            needs; the person at the machine can have one answered with a bare OK instead.
        errors_stay: Whether a defect is reported until the cover was opened, although it is mended.
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
        """Where it usually listens."""
        return next(iter(self.faces))

"""A simulated plain reader: no printer, no motor; the person inserts and removes cards."""

from __future__ import annotations

from typing import Final

from simulators.machine.model import Machine, MachineFacts
from simulators.machine.motor import Motor
from simulators.printers import PrinterSimulator

FACTS: Final = MachineFacts(
    seconds={"power-up": 0.5, "reseat": 0.5}, width=1016, height=648, open_reader=True
)


class NoWire:
    """No printer link: the reader's own interface (vpcd) is all that a host sees."""

    def start(self, host: str, port: int) -> int:
        """See `PrinterFace.start`."""
        del host
        return port

    def stop(self) -> None:
        """See `PrinterFace.stop`."""


def _face(machine: Machine, motor: Motor, model: str, serial: str) -> NoWire:
    del motor, model, serial
    with machine.change():
        machine.ribbon = None
    return NoWire()


SIMULATOR = PrinterSimulator(
    name="manual", faces={"reader": _face}, models={"manual-reader": FACTS}, remembers_jobs=False
)

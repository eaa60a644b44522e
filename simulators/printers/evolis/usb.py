"""The simulated printer on a USB cable: one stream of commands, and one of texts that end in 00.

Source: docs/explanations/wire-evolis.md, row "USB".
"""

from __future__ import annotations

from simulators.machine.model import Machine
from simulators.printers import Packets
from simulators.printers.evolis import tables
from simulators.printers.evolis.engine import EvolisEngine
from simulators.printers.evolis.stream import BadStreamError, Cutter
from simulators.printers.tcp_server import Answer


class UsbEngine:
    """A `PrinterEngine` around the printer's protocol state."""

    def __init__(self, machine: Machine, engine: EvolisEngine) -> None:
        self._machine = machine
        self._engine = engine
        self._cutter = Cutter()
        self._epoch = machine.power_epoch

    @property
    def last_command(self) -> str:
        """See `PrinterEngine.last_command`."""
        return self._engine.last_command

    def bus_reset(self) -> None:
        """See `PrinterEngine.bus_reset`."""
        self._cutter.clear()

    def receive(self, data: bytes) -> Packets:
        """See `PrinterEngine.receive`."""
        with self._machine.change():
            if self._epoch != self._machine.power_epoch:
                self._epoch = self._machine.power_epoch
                self._cutter.clear()
            try:
                answers = [self._engine.run(tokens) for tokens in self._cutter.feed(data)]
            except BadStreamError as exc:
                answers = [self._engine.refuse(str(exc))]
        if any(callable(answer) for answer in answers):
            return lambda: _packets(answers)
        return _packets(answers)


def _packets(answers: list[Answer]) -> list[bytes]:
    packets = []
    for answer in answers:
        whole = answer() if callable(answer) else answer
        text = whole.partition(b"\0")[0] + b"\0"
        packets += [text[at : at + tables.PACKET] for at in range(0, len(text), tables.PACKET)]
    return packets

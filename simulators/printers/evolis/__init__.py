"""Simulated Evolis card printers."""

from __future__ import annotations

from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.printers import PrinterSimulator
from simulators.printers.evolis import tables
from simulators.printers.evolis.engine import EvolisEngine
from simulators.printers.tcp_server import TcpPrinter
from station.core.faces import Panel


def _face(machine: Machine, motor: Motor, model: str, serial: str) -> TcpPrinter:
    return TcpPrinter(machine, EvolisEngine(machine, motor, tables.MODELS[model], serial))


SIMULATOR = PrinterSimulator(
    name="evolis",
    scheme="tcp",
    models=dict.fromkeys(tables.MODELS, tables.FACTS),
    make_face=_face,
    depth={
        Panel.YELLOW: 8,
        Panel.MAGENTA: 8,
        Panel.CYAN: 8,
        Panel.RESIN_BLACK: 1,
        Panel.OVERCOAT: 1,
    },
    remembers_jobs=False,
    asks_again=False,
)

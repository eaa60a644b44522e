"""Simulated Evolis card printers."""

from __future__ import annotations

from simulators.machine.model import Machine, Ribbon, RibbonKind
from simulators.machine.motor import Motor
from simulators.printers import PrinterSimulator, UsbIdentity
from simulators.printers.evolis import tables
from simulators.printers.evolis.engine import EvolisEngine
from simulators.printers.evolis.usb import UsbEngine
from simulators.printers.tcp_server import TcpPrinter
from simulators.printers.usbip_server import UsbIpPrinter
from station.core.faces import Panel


def _on_network(machine: Machine, motor: Motor, model: str, serial: str) -> TcpPrinter:
    _put_a_ribbon_in(machine, tables.MODELS[model])
    return TcpPrinter(machine, EvolisEngine(machine, motor, tables.MODELS[model], serial))


def _on_usb(machine: Machine, motor: Motor, model: str, serial: str) -> UsbIpPrinter:
    facts = tables.MODELS[model]
    identity = UsbIdentity(
        vendor_id=tables.VENDOR_ID,
        product_id=facts.product_id,
        manufacturer="Evolis",
        product=facts.text,
        serial=serial,
        device_id=f"MFG:Evolis;MDL:{facts.text};CLS:PRINTER;DES:{facts.text};SN:{serial};",
        bulk_out=tables.BULK_OUT,
        bulk_in=tables.BULK_IN,
        packet_size=tables.PACKET,
    )
    _put_a_ribbon_in(machine, facts)
    engine = EvolisEngine(machine, motor, facts, serial)
    return UsbIpPrinter(machine, UsbEngine(machine, engine), identity)


def _put_a_ribbon_in(machine: Machine, model: tables.Model) -> None:
    if not model.flipper:  # a YMCKOK ribbon is made for printers that turn the card
        machine.ribbon = Ribbon(RibbonKind.YMCKO, machine.facts.ribbon_cards)


SIMULATOR = PrinterSimulator(
    name="evolis",
    faces={"tcp-transaction": _on_network, "usbip": _on_usb},
    models=dict.fromkeys(tables.MODELS, tables.FACTS),
    depth={
        Panel.YELLOW: 8,
        Panel.MAGENTA: 8,
        Panel.CYAN: 8,
        Panel.RESIN_BLACK: 1,
        Panel.OVERCOAT: 1,
    },
    remembers_jobs=False,
    asks_again=False,
    questions=("Rrt", "Rco"),
    errors_stay=True,
)

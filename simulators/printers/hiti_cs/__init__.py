"""Simulated HiTi CS-2xx card printers."""

from __future__ import annotations

from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.printers import PrinterSimulator, UsbIdentity
from simulators.printers.hiti_cs import tables
from simulators.printers.hiti_cs.engine import HitiCsEngine
from simulators.printers.usbip_server import UsbIpPrinter


def _identity(model: str, serial: str) -> UsbIdentity:
    facts = tables.MODELS[model]
    name = facts.text
    return UsbIdentity(
        vendor_id=tables.VENDOR_ID,
        product_id=facts.product_id,
        manufacturer="HiTi",
        product=name,
        serial=serial,
        device_id=f"MFG:HiTi;MDL:{name};CLS:PRINTER;DES:HiTi {name} ({model});SN:{serial};",
        bulk_out=tables.BULK_OUT,
        bulk_in=tables.BULK_IN,
        packet_size=tables.PACKET,
    )


def _face(machine: Machine, motor: Motor, model: str, serial: str) -> UsbIpPrinter:
    engine = HitiCsEngine(machine, motor, serial, tables.MODELS[model])
    return UsbIpPrinter(machine, engine, _identity(model, serial))


SIMULATOR = PrinterSimulator(
    name="hiti_cs",
    faces={"usbip": _face},
    models=dict.fromkeys(tables.MODELS, tables.FACTS),
    questions=("0400", "0401", "040B", "8005"),
)

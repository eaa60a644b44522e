"""A simulated Acme A1. It shares nothing with the driver: frames are read here by their numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Final

import numpy as np

from simulators.machine.cards_in_path import Place
from simulators.machine.model import Condition, Machine, MachineFacts, Ribbon, RibbonKind
from simulators.machine.motions import SidePrint
from simulators.machine.motor import Motor, RefusedError
from simulators.machine.picture import Side
from simulators.printers import PrinterSimulator, UsbIdentity
from simulators.printers.usbip_server import UsbIpPrinter
from station.core.faces import Panel

WIDTH, HEIGHT = 1016, 648
FACTS: Final = MachineFacts(
    seconds={
        "feed": 3.0,
        "to-print-start": 1.5,
        "to-output": 2.0,
        "to-reject": 2.5,
        "reseat": 0.5,
        "power-up": 2.0,
    },
    width=WIDTH,
    height=HEIGHT,
)
PRINT_SECONDS: Final = 20.0
PLACES: Final = {Place.PRINT_START: 1, Place.CONTACT: 2}
#: In the order of their bits.
CONDITIONS: Final = (
    Condition.COVER_OPEN,
    Condition.REJECT_BOX_MISSING,
    Condition.REJECT_BOX_FULL,
    Condition.CARDS_OUT,
    Condition.CARDS_LOW,
    Condition.FEED_FAILED,
    Condition.RIBBON_MISSING,
    Condition.RIBBON_USED_UP,
    Condition.RIBBON_CHIP_NOT_FOUND,
    Condition.RIBBON_UNSUPPORTED,
    Condition.JAM,
)
NOT_NOW, UNKNOWN = 1, 2


class AcmeEngine:
    """The printer's protocol memory. One caller at a time."""

    def __init__(self, machine: Machine, motor: Motor, serial: str) -> None:
        self._machine = machine
        self._motor = motor
        self._who = f"Acme A1\0{serial}\x001.0".encode("ascii")
        self._buffer = bytearray()
        self._job = 0
        self._printed = False
        self._epoch = machine.power_epoch
        self._last = 0
        self._operations: dict[int, Callable[[bytes], bytes]] = {
            1: lambda _: self._who,
            2: lambda _: self._state(),
            3: lambda _: self._move(motor.to_contact),
            4: lambda _: self._move(motor.to_output),
            5: lambda _: self._move(motor.to_reject),
            6: self._print,
            7: lambda _: self._forget_failed_feed(),
        }

    @property
    def last_command(self) -> str:
        """See `PrinterEngine.last_command`."""
        return str(self._last)

    def bus_reset(self) -> None:
        """See `PrinterEngine.bus_reset`."""
        self._buffer.clear()

    def receive(self, data: bytes) -> list[bytes]:
        """See `PrinterEngine.receive`."""
        with self._machine.change():
            if self._epoch != self._machine.power_epoch:
                self._epoch, self._job, self._printed = self._machine.power_epoch, 0, False
                self._buffer.clear()
            self._buffer += data
            answers = []
            while (question := self._next()) is not None:
                answers.append(self._answer(*question))
            return answers

    def _next(self) -> tuple[int, int, bytes] | None:
        if len(self._buffer) < 9:
            return None
        sequence, operation, length = struct.unpack_from(">IBI", self._buffer)
        if len(self._buffer) < 9 + length:
            return None
        data = bytes(self._buffer[9 : 9 + length])
        del self._buffer[: 9 + length]
        return sequence, operation, data

    def _answer(self, sequence: int, operation: int, data: bytes) -> bytes:
        self._last = operation
        verdict, answer = 0, b""
        if operation not in self._operations:
            self._machine.violations.append(f"unknown operation {operation}")
            verdict = UNKNOWN
        else:
            try:
                answer = self._operations[operation](data)
            except RefusedError:
                verdict = NOT_NOW
        return struct.pack(">IBH", sequence, verdict, len(answer)) + answer

    def _state(self) -> bytes:
        machine = self._machine
        conditions = set(machine.conditions())
        card = machine.path_card
        return struct.pack(
            ">BBIHIHB",
            machine.busy or machine.powering_up,
            PLACES.get(card.place, 3) if card else 0,
            sum(1 << bit for bit, each in enumerate(CONDITIONS) if each in conditions),
            machine.ribbon_counter or 0,
            machine.cards_printed,
            self._job,
            self._printed,
        )

    def _move(self, start: Callable[[], None]) -> bytes:
        start()
        return b""

    def _forget_failed_feed(self) -> bytes:
        self._machine.feed_failed = False
        return b""

    def _print(self, data: bytes) -> bytes:
        job, count = struct.unpack_from(">HB", data)
        panels = [Panel(letter) for letter in data[3 : 3 + count].decode("ascii")]
        size = WIDTH * HEIGHT
        if len(data) != 3 + count + size * count:
            self._machine.violations.append(f"a print of {len(data)} bytes")
            raise RefusedError("wrong length")
        dots = np.frombuffer(data, np.uint8, offset=3 + count).reshape(count, HEIGHT, WIDTH)
        planes = [
            (panel, lambda plane=plane: plane) for panel, plane in zip(panels, dots, strict=True)
        ]

        def ended(whole: bool) -> None:
            if self._job == job:
                self._printed = whole

        side = SidePrint(Side.FRONT, planes, PRINT_SECONDS)
        self._motor.print_card([side], keep=True, ended=ended)
        self._job, self._printed = job, False
        return b""


def _face(machine: Machine, motor: Motor, model: str, serial: str) -> UsbIpPrinter:
    del model
    identity = UsbIdentity(
        vendor_id=0xFFF0,
        product_id=0x00A1,
        manufacturer="Acme",
        product="A1",
        serial=serial,
        device_id=f"MFG:Acme;MDL:A1;CLS:PRINTER;DES:Acme A1;SN:{serial};",
        bulk_out=0x01,
        bulk_in=0x82,
        packet_size=512,
    )
    machine.ribbon = Ribbon(RibbonKind.YMCKO, machine.facts.ribbon_cards)
    return UsbIpPrinter(machine, AcmeEngine(machine, motor, serial), identity)


SIMULATOR = PrinterSimulator(
    name="acme", faces={"usbip": _face}, models={"acme-a1": FACTS}, asks_again=False
)

"""Assembles one simulated machine: physical state, printer, chip on vpcd, control."""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import simulators.cards
import simulators.printers
from simulators.cards import CardSimulator, SimulatedCard
from simulators.machine.chip_station import ChipStation
from simulators.machine.control import ControlServer, create_app
from simulators.machine.desk_reader import DeskContacts
from simulators.machine.hands import CannotDoError, Hands
from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.machine.observer import Observer
from simulators.machine.reader import VpcdReader
from simulators.machine.reader_cable import ReaderCableHook
from simulators.machine.recorder import Recorder
from simulators.printers import PrinterSimulator


class OptionError(Exception):
    """An option names something that does not exist; the message lists the existing ones."""


@dataclass(frozen=True, slots=True)
class Options:
    """The parts of one machine; see `python -m simulators machine --help`."""

    model: str = "hiti-cs220e"
    cards: str = "ssc"
    printer: str = "usbip://127.0.0.1:3240"
    chip: str = "vpcd://127.0.0.1:35963"
    desk_chip: str = ""
    control: str = "http://127.0.0.1:8471"
    speed: float = 1.0
    blanks: int = 20
    bank_bin: str = "622700"
    region: str = "410700"
    seed: int = 1
    record: Path | None = None
    reader_cable_hook: str = ""


class MachineServer:
    """One running machine.

    Args:
        options: The parts of the machine.
        make_blank: Creates a blank for a bank (None: the usual one; empty: without a bank) instead
            of the cards of `options.cards`.
    """

    def __init__(
        self, options: Options, make_blank: Callable[[str | None], SimulatedCard] | None = None
    ) -> None:
        simulator = find_printer(options.model)
        serial = f"SIM{options.seed:09d}"
        self._options = options
        self.machine = Machine(
            simulator.models[options.model],
            make_blank or blank_maker(options),
            speed=options.speed,
        )
        motor = Motor(self.machine)
        self.hands = Hands(self.machine, motor)
        self.observer = Observer(self.machine)
        self._scheme = scheme_of(options.printer, simulator)
        self._printer = simulator.faces[self._scheme](self.machine, motor, options.model, serial)
        self._readers = [
            VpcdReader(
                self.machine,
                ChipStation(self.machine),
                *address(options.chip, "vpcd"),
                on_card=partial(setattr, self.machine, "card_in_reader"),
            )
        ]
        if options.desk_chip:
            self.machine.has_desk_reader = True
            desk = VpcdReader(
                self.machine,
                DeskContacts(self.machine),
                *address(options.desk_chip, "vpcd"),
                on_card=partial(setattr, self.machine, "card_in_desk_reader"),
            )
            self._readers.append(desk)
        self._control = ControlServer(create_app(self.machine, self.hands, self.observer))
        self._recorder = self._make_recorder()
        if options.reader_cable_hook:
            ReaderCableHook(self.machine, options.reader_cable_hook)

    def _make_recorder(self) -> Recorder | None:
        folder = self._options.record
        return Recorder(self.machine, self.observer, folder) if folder is not None else None

    def start(self) -> dict[str, object]:
        """Fill the feeder and start all interfaces; returns their addresses."""
        options = self._options
        if options.blanks:
            self.hands.fill_the_feeder(options.blanks)
        printer_host, printer_port = address(options.printer, self._scheme)
        control_host, control_port = address(options.control, "http")
        printer_port = self._printer.start(printer_host, printer_port)
        for reader in self._readers:
            reader.start()
        if self._recorder is not None:
            self._recorder.start()
        control_port = self._control.start(control_host, control_port)
        return {
            "ready": True,
            "printer": f"{self._scheme}://{printer_host}:{printer_port}",
            "chip": options.chip,
            "control": f"http://{control_host}:{control_port}",
            "seed": options.seed,
        }

    def stop(self) -> None:
        """Stop everything within 2 s; writes the record a last time."""
        self.machine.clock.go_on()
        self._printer.stop()
        for reader in self._readers:
            reader.stop()
        self.machine.stop_motion()
        self._control.stop()
        if self._recorder is not None:
            self._recorder.stop()


def find_printer(model: str) -> PrinterSimulator:
    """Return the family that has this model, discovered on disk.

    Raises:
        OptionError: None has.
    """
    known: list[str] = []
    for found in pkgutil.iter_modules(simulators.printers.__path__):
        if found.ispkg:
            module = importlib.import_module(f"simulators.printers.{found.name}")
            simulator: PrinterSimulator = module.SIMULATOR
            if model in simulator.models:
                return simulator
            known += simulator.models
    raise OptionError(f"--model {model}: known are {', '.join(sorted(known))}")


def scheme_of(url: str, simulator: PrinterSimulator) -> str:
    """Return the scheme of the address at which this family's printer listens.

    Raises:
        OptionError: It has no such interface.
    """
    scheme = url.partition("://")[0]
    if scheme not in simulator.faces:
        known = " or ".join(f"{known}://host:port" for known in simulator.faces)
        raise OptionError(f"{url}: expected {known}")
    return scheme


def find_cards(name: str) -> CardSimulator:
    """Return the card simulator of this folder name.

    Raises:
        OptionError: There is none.
    """
    known = [found.name for found in pkgutil.iter_modules(simulators.cards.__path__) if found.ispkg]
    if name not in known:
        raise OptionError(f"--cards {name}: known are {', '.join(known)}")
    simulator: CardSimulator = importlib.import_module(f"simulators.cards.{name}").SIMULATOR
    return simulator


def blank_maker(options: Options) -> Callable[[str | None], SimulatedCard]:
    """Return the function that creates the blanks: one random source, one running number."""
    simulator = find_cards(options.cards)
    rng = random.Random(options.seed)  # the same seed makes the same cards
    made = 0

    def make(bank_bin: str | None) -> SimulatedCard:
        nonlocal made
        made += 1
        make_it = simulator.make_bankless if bank_bin == "" else simulator.make_blank
        if make_it is None:
            raise CannotDoError(f"{simulator.title} has no blanks without a bank")
        return make_it(rng, bank_bin or options.bank_bin, made, region=options.region)

    return make


def address(url: str, scheme: str) -> tuple[str, int]:
    """Return host and port of `scheme://host:port`.

    Raises:
        OptionError: It is not of that form.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as exc:
        raise OptionError(f"{url}: {exc}") from exc
    if parts.scheme != scheme or host is None or port is None:
        raise OptionError(f"{url}: expected {scheme}://host:port")
    return host, port

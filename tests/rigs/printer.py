"""The machine, its driver and its person that every printer family's contract is tried on."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from simulators.machine.hands import Hands
from simulators.machine.picture import Side
from simulators.machine.server import MachineServer, Options
from simulators.printers import PrinterSimulator
from station.core.errors import PersonNeededError, PersonRequest, TransportTimeoutError
from station.core.faces import FaceSide, Panel, PrintGeometry
from station.core.links import BulkLink, ChipReader
from station.core.printing import Capability, CardPrinter
from station.drivers import family_names, load_family
from station.drivers.kit.waiting import Waiting
from station.transport.chip_link import open_chip_link
from station.transport.printer_link import open_printer_link

PATIENCE: Final = 10.0  #: seconds until a machine whose motions take no time has ended any
MARK = 40  # dots
#: Folders with a folder of vectors for each family.


@dataclass
class Tap:
    """Stands between driver and wire; counts, and lets a test break in at one point."""

    writes: int = 0
    reads: int = 0
    at_write: dict[int, Callable[[], None]] = field(default_factory=dict)
    lose_read: int = 0
    lose_all: bool = False

    def arm(self) -> None:
        self.writes = self.reads = self.lose_read = 0
        self.lose_all = False
        self.at_write.clear()


@dataclass
class TappedLink:
    """A BulkLink that passes everything on."""

    link: BulkLink
    tap: Tap

    @property
    def address(self) -> str:
        return self.link.address

    def write(self, data: bytes, *, timeout: float) -> None:
        self.tap.writes += 1
        self.tap.at_write.pop(self.tap.writes, lambda: None)()
        self.link.write(data, timeout=timeout)

    def read(self, size: int, *, timeout: float) -> bytes:
        self.tap.reads += 1
        if self.tap.lose_all or self.tap.reads == self.tap.lose_read:
            raise TransportTimeoutError("lost on purpose")
        return self.link.read(size, timeout=timeout)

    def reopen(self) -> None:
        self.link.reopen()

    def close(self) -> None:
        self.link.close()


@dataclass
class WithPerson:
    """A driver, and a person who does what it asks for before its goal is said again."""

    driver: CardPrinter
    hands: Hands

    def __getattr__(self, name: str) -> object:
        return getattr(self.driver, name)

    def _until_done(self, goal: Callable[[], None]) -> None:
        for _ in range(2):
            try:
                return goal()
            except PersonNeededError as exc:
                ANSWERS[exc.request](self.hands)
        return goal()

    def bring_card_to_chip_station(self) -> None:
        self._until_done(self.driver.bring_card_to_chip_station)

    def present_card(self) -> None:
        self._until_done(self.driver.present_card)

    def reject_card(self) -> None:
        self._until_done(self.driver.reject_card)


#: What a person does when they are asked.
ANSWERS: Mapping[PersonRequest, Callable[[Hands], object]] = {
    PersonRequest.PUT_IN: Hands.put_a_card_into_the_reader,
    PersonRequest.TAKE_OUT: Hands.take_the_card_out_of_the_reader,
    PersonRequest.PUT_ASIDE: Hands.put_the_card_in_the_reader_aside,
}


@dataclass
class Rig:
    """A driver, the machine it drives, and what no driver can reach."""

    printer: CardPrinter
    server: MachineServer
    tap: Tap
    simulator: PrinterSimulator
    scheme: str
    reader: ChipReader
    address: str = ""

    @property
    def feeds(self) -> int:
        return self.total("feeds")

    def total(self, name: str) -> int:
        totals = self.server.observer.record()["totals"]
        assert isinstance(totals, dict)
        return int(totals[name])

    def card_inside(self) -> str | None:
        inside = self.server.observer.state()["card_inside"]
        return str(inside["card_id"]) if isinstance(inside, dict) else None

    def picture(self, card_id: str, side: Side) -> NDArray[np.uint8]:
        png = self.server.machine.cards[card_id].faces[side].png()
        with Image.open(io.BytesIO(png)) as image:
            return np.array(image.convert("RGB"))

    def panels(self, card_id: str, side: Side) -> str:
        return "".join(
            panel.value for panel in self.server.machine.cards[card_id].faces[side].panels
        )


def find_simulator(family: str) -> PrinterSimulator:
    try:
        module = importlib.import_module(f"simulators.printers.{family}")
    except ModuleNotFoundError:
        pytest.fail(f"family {family} has no simulator in simulators/printers/{family}")
    simulator = module.SIMULATOR
    assert isinstance(simulator, PrinterSimulator)
    return simulator


def find_models(family: str, simulated: str = "") -> tuple[str, str]:
    """Return the first simulated model, or that one, and the driver's model of the same name."""
    simulated = simulated or next(iter(find_simulator(family).models))
    matches = [name for name in load_family(family).models if simulated.endswith(f"-{name}")]
    assert matches, f"no model of {family} is simulated; simulated is {simulated}"
    return simulated, matches[0]


@dataclass(frozen=True)
class Case:
    """One family over one of its links, with its first model or another one."""

    family: str
    scheme: str
    simulated: str = ""

    def __str__(self) -> str:
        return f"{self.simulated or self.family}-{self.scheme}"


def cases(*needed: Capability) -> list[Case]:
    """Every link of every family that can do this; one without a simulator has one that fails."""
    found = []
    for family in families(*needed):
        try:
            schemes = list(find_simulator(family).faces)
        except pytest.fail.Exception:
            schemes = ["none"]
        found += [Case(family, scheme) for scheme in schemes]
    return found


def families(*needed: Capability) -> list[str]:
    """Every family on disk whose first model can do this."""
    return [
        family
        for family in family_names()
        if set(needed) <= next(iter(load_family(family).models.values())).capabilities
    ]


def kinds(*needed: Capability) -> list[Case]:
    """Of every family that can do this, over its usual link: one model of each set of abilities.

    So a printer that prints only the front is tried beside one that prints both sides. A family
    without a simulator has a case that fails.
    """
    found = []
    for family in families(*needed):
        try:
            simulator = find_simulator(family)
        except pytest.fail.Exception:
            found.append(Case(family, "none"))
            continue
        seen = set()
        for simulated in simulator.models:
            _, name = find_models(family, simulated)
            can = load_family(family).models[name].capabilities
            if can not in seen and set(needed) <= can:
                seen.add(can)
                found.append(Case(family, simulator.scheme, simulated))
    return found


def able(
    *needed: Capability, also: Callable[[Case], bool] = lambda _: True
) -> pytest.MarkDecorator:
    """Run a test on the families that declare these capabilities: it says nothing of the others."""
    chosen = [case for case in cases(*needed) if also(case)]
    return pytest.mark.parametrize("rig", chosen, indirect=True, ids=str)


feeds = able(Capability.FEEDER)
prints = able(Capability.FEEDER, Capability.PRINT_FRONT)


def open_driver(case: Case, model: str, address: str, reader: ChipReader, tap: Tap) -> CardPrinter:
    """Open a family's driver at its link, or at the reader that a person uses."""
    family = load_family(case.family)
    if family.open_at_reader is not None:
        return family.open_at_reader(reader, model)
    return family.open(lambda: TappedLink(open_printer_link(address), tap), model)


def open_rig(case: Case) -> Iterator[Rig]:
    """Run one machine and its driver; at the end nothing may stand against the driver."""
    simulated, model = find_models(case.family, case.simulated)
    simulator = find_simulator(case.family)
    reader = open_chip_link("vpcd:0", card_wait=5.0)
    assert reader.reader_present()
    # The machine's motions take no time: what has not ended by then never ends.
    short = mock.patch.object(Waiting, "patience", return_value=PATIENCE)
    server = MachineServer(
        Options(
            model=simulated,
            printer=f"{case.scheme}://127.0.0.1:0",
            chip=f"vpcd://127.0.0.1:{reader.address.partition(':')[2]}",
            control="http://127.0.0.1:0",
            speed=0,
            blanks=20,
        )
    )
    address = str(server.start()["printer"])
    tap = Tap()
    driver = open_driver(case, model, address, reader, tap)
    by_hand = cast("CardPrinter", WithPerson(driver, server.hands))
    printer = driver if Capability.FEEDER in driver.model.capabilities else by_hand
    try:
        with short:
            yield Rig(printer, server, tap, simulator, case.scheme, reader, address)
        assert server.observer.state()["violations"] == []
    finally:
        printer.close()
        server.stop()
        reader.close()


def make_side(geometry: PrintGeometry, panels: str) -> FaceSide:
    """Return a side with another mark in each corner and a slope in the middle."""
    height, width = geometry.height_dots, geometry.width_dots
    corners = (
        (slice(0, MARK), slice(0, MARK)),
        (slice(0, MARK), slice(width - 2 * MARK, width)),
        (slice(height - 2 * MARK, height), slice(0, MARK)),
        (slice(height - 2 * MARK, height), slice(width - 2 * MARK, width)),
    )
    planes = {}
    for number, letter in enumerate(panels):
        plane = np.zeros((height, width), dtype=np.uint8)
        plane[corners[number % 4]] = 255 - number
        slope = np.linspace(0, 255, width, dtype=np.uint8) // (number + 1)
        plane[200 + number * 30 : 220 + number * 30] = slope
        planes[Panel(letter)] = plane.tobytes()
    return FaceSide(geometry, planes, b"")


def drawn(rig: Rig, side: FaceSide) -> NDArray[np.uint8]:
    """Return what a person would see of the planes on a white card, in the model's depth."""
    shape = side.geometry.height_dots, side.geometry.width_dots
    ink = {}
    for panel, plane in side.planes.items():
        shown = np.frombuffer(plane, np.uint8).reshape(shape) / 255
        ink[panel] = np.where(shown >= 0.5, 1.0, 0.0) if rig.simulator.depth[panel] == 1 else shown
    nothing = np.zeros(shape)
    black = 1 - ink.get(Panel.RESIN_BLACK, nothing)
    lights = [
        (1 - ink.get(panel, nothing)) * black for panel in (Panel.CYAN, Panel.MAGENTA, Panel.YELLOW)
    ]
    return (np.stack(lights, axis=2) * 255).round().astype(np.uint8)


def assert_same_picture(seen: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> None:
    assert seen.shape == wanted.shape
    assert int(np.abs(seen.astype(int) - wanted).max()) <= 2

"""A simulated machine, a person at it who speaks the control API's words, and a driver."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from simulators.machine.picture import Side
from simulators.machine.server import MachineServer, Options
from station.core.faces import FaceSide, Panel
from station.core.links import BulkLink
from station.core.printing import Capability, CardPrinter
from station.drivers import load_family
from station.transport.printer_link import open_printer_link
from tests.rigs.printer import families, find_models, find_simulator

PATIENCE: Final = 60.0
#: Every family on disk that feeds and prints; one without a simulator fails when it is opened.
FAMILIES: Final = families(Capability.FEEDER, Capability.PRINT_FRONT)


@dataclass
class PrinterDesk:
    """One machine, a person at it, and a driver."""

    server: MachineServer
    http: httpx.Client
    printer: CardPrinter
    family: str
    address: str

    def do(self, action: str, **given: object) -> None:
        """Say one of the operator's words."""
        answer = self.http.post("/do", json={"action": action, **given})
        assert answer.status_code == 200, answer.text

    def state(self) -> dict[str, Any]:
        """Where everything is."""
        answer: dict[str, Any] = self.http.get("/state").raise_for_status().json()
        return answer

    def total(self, name: str) -> int:
        """One of the observer's sums: `feeds`, `prints` ..."""
        return int(self.http.get("/observer").raise_for_status().json()["totals"][name])

    def card_inside(self) -> str:
        """The id of the card in the path."""
        inside = self.state()["card_inside"]
        assert isinstance(inside, dict)
        return str(inside["card_id"])

    def side(self, panels: str) -> FaceSide:
        """A side with all dots of these panels."""
        geometry = self.printer.model.geometry
        full = bytes([255]) * (geometry.width_dots * geometry.height_dots)
        return FaceSide(geometry, dict.fromkeys(map(Panel, panels), full), b"")

    def printed(self) -> NDArray[np.uint8]:
        """The front of the card inside in grey, as the observer sees it."""
        path = f"/observer/cards/{self.card_inside()}/{Side.FRONT}.png"
        with Image.open(io.BytesIO(self.http.get(path).content)) as image:
            return np.array(image.convert("L"))

    def empty_the_path(self) -> None:
        """Put the card inside aside."""
        if not self.can(Capability.REJECT_BIN):
            self.printer.present_card()
            return
        self.printer.reject_card()
        self.do("empty the reject bin")

    def can(self, capability: Capability) -> bool:
        """Whether the model declares it."""
        return capability in self.printer.model.capabilities


def plain(link: BulkLink) -> BulkLink:
    """Stand between driver and wire without doing anything."""
    return link


@contextmanager
def open_desk(
    family: str, between: Callable[[BulkLink], BulkLink] = plain, *, simulated: str = ""
) -> Iterator[PrinterDesk]:
    """Open all three; at the end the simulator must have seen nothing against the protocol.

    Args:
        family: The folder's name.
        between: Stands between driver and wire.
        simulated: Which of the family's simulated models; empty: the first.
    """
    scheme = find_simulator(family).scheme
    model, name = find_models(family, simulated)
    with socket.create_server(("127.0.0.1", 0)) as reader:
        server = MachineServer(
            Options(
                model=model,
                printer=f"{scheme}://127.0.0.1:0",
                chip=f"vpcd://127.0.0.1:{reader.getsockname()[1]}",
                control="http://127.0.0.1:0",
                speed=0,
                blanks=50,
            )
        )
        line = server.start()
        address = str(line["printer"])
        printer = load_family(family).open(lambda: between(open_printer_link(address)), name)
        try:
            with httpx.Client(base_url=str(line["control"]), timeout=PATIENCE) as http:
                yield PrinterDesk(server, http, printer, family, address)
                assert server.observer.state()["violations"] == []
        finally:
            printer.close()
            server.stop()

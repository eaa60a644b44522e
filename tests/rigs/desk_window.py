"""A window whose desk has an ID-card reader, a card reader and a PIN pad, over the real stacks.

The ID-card reader and the PIN pad are on pseudo terminals, the citizen's card is in the second slot
of the virtual reader; the machine's card is in the first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx

from simulators.cards.ssc import SscCard
from simulators.desk.id_cards import of_person
from simulators.desk.lines import PtyLine
from simulators.desk.pin_pads import FramedPad
from simulators.desk.sam_module import SamModule
from simulators.pcsc_service import DESK_READER_NAME, pcsc_can_run, why_pcsc_cannot_run
from simulators.world import World, WorldOptions, running, wait_until
from station.core.cards import ChipData
from tests.rigs.desk import finished_card
from tests.rigs.vpcd_card import CardInSlot

SECONDS: Final = 60.0
#: Of the station: a province that is asked again soon.
SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "province": {"retry_first": 0.3, "retry_longest": 1.0, "timeout": 5.0}
}


@dataclass
class DeskWindow:
    """The window, and the hands at its desk."""

    world: World
    module: SamModule
    id_line: PtyLine
    pad: FramedPad
    pad_line: PtyLine
    people: Iterator[dict[str, Any]]

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return self.world.api("POST", f"/desk{path}", json=body)

    def read_id_card(self, number: str, name: str, **changes: str) -> str:
        """Put an ID card on the reader and return the token of its reading."""
        before = (self.world.api("GET", "/desk/id-card").json()["card"] or {}).get("token", "")
        self.module.put_card(replace(of_person(number, name), **changes))

        def read() -> str | None:
            card = self.world.api("GET", "/desk/id-card").json()["card"]
            return str(card["token"]) if card and card["token"] != before else None

        return wait_until(read, SECONDS, "the ID card was read")

    def card_in_reader(self, card: SscCard) -> CardInSlot:
        """Have a card that is put into the desk's reader inside the block."""
        assert self.world.pcsc is not None
        return CardInSlot(card, 1, port=self.world.pcsc.vpcd_port)


@contextlib.contextmanager
def desk_window(ports: Path, folder: Path) -> Iterator[DeskWindow]:
    """Start such a window; `ports` is an empty folder for its serial ports."""
    assert pcsc_can_run(), why_pcsc_cannot_run()
    module, pad = SamModule(), FramedPad()
    id_line, pad_line = PtyLine(module, ports / "id"), PtyLine(pad, ports / "pad")
    id_line.plug()
    pad_line.plug()
    settings = {
        **SETTINGS,
        "id_reader": {"link": id_line.address, "poll": 0.05},
        "desk_reader": {"link": f"pcsc:{DESK_READER_NAME}"},
        "pin_pad": {"link": pad_line.address, "timeout": 20.0},
    }
    try:
        with running(WorldOptions(folder=folder, speed=0.0, station_settings=settings)) as world:
            people = iter(world.people("ready"))
            yield DeskWindow(world, module, id_line, pad, pad_line, people)
    finally:
        id_line.unplug()
        pad_line.unplug()


def card_of(person: dict[str, Any], serial: int) -> SscCard:
    """Return the finished card of a person of the province."""
    number = person["id_number"]
    return finished_card(
        ChipData(
            AAC002=number,
            AAC003=person["name"],
            AAC004="1" if int(number[16]) % 2 else "2",
            AAC005="01",
            AAC025="410702",
            AAC006=number[6:14],
            AAZ500="X00000019",
            AAZ503="20261122",
            valid_until="20361122",
        ),
        serial,
    )

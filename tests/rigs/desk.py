"""A clerk's desk in memory: an ID-card reader, a card in a reader, a pad, and the window's journal.

The card and its reader are simulated below the station's own card scripts.
"""

from __future__ import annotations

import dataclasses
import random
from collections import deque
from pathlib import Path

from simulators.cards.ssc import SscCard, make_blank
from station.core.cards import AuthenticationRequest, ChipData
from station.core.clock import Clock
from station.core.errors import DeskDeviceError, DeskFault, PinEntryError, StationError
from station.core.identity_cards import IdCardKind, IdentityCard, Look, OnReader
from station.core.orders import OrderReason
from station.core.pin_entry import Pin, PinPrompt
from station.encoder import CardAtDesk, open_encoder
from station.production.desk.service import DeskService
from station.production.intake.reception import OrderRequest, accept
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.life.steps import data
from station.production.machine.notifier import Notifier
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.province_hsm import hsm_answer, protect
from tests.unit.production.doubles import Bench

MODULE = "05.03-20080101-0000000001-0000000001"
FIRST_PIN = "123456"  # of every simulated card: its maker's


class FakeIdReader:
    """Gives the looks that a test has put in; then nothing."""

    address = "memory:id-reader"

    def __init__(self) -> None:
        self.looks: deque[Look | StationError] = deque()
        self.looked = 0
        self.closed = False

    def check(self) -> str:
        return MODULE

    def look(self) -> Look:
        self.looked += 1
        if not self.looks:
            return Look(OnReader.NOTHING)
        found = self.looks.popleft()
        if isinstance(found, StationError):
            raise found
        return found

    def recent_exchanges(self) -> list[str]:
        return ["FIND: 80, 3 ms"]

    def close(self) -> None:
        self.closed = True


class FakePad:
    """A person who types what a test says: digits, or an error."""

    address = "memory:pin-pad"

    def __init__(self) -> None:
        self.plans: deque[str | StationError] = deque()
        self.asked: list[PinPrompt] = []
        self.given: list[Pin] = []
        self.broken = False

    def check(self) -> None:
        if self.broken:
            raise DeskDeviceError(DeskFault.PAD_SILENT)

    def ask_pin(self, prompt: PinPrompt, *, length: int, timeout: float) -> Pin:
        assert (length, timeout) == (6, 60.0)
        self.asked.append(prompt)
        plan = self.plans.popleft()
        if isinstance(plan, PinEntryError | DeskDeviceError):
            raise plan
        assert isinstance(plan, str)
        self.given.append(Pin(bytearray(plan.encode("ascii"))))
        return self.given[-1]

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


def _hsm_answer(request: AuthenticationRequest) -> bytes:
    """Answer a real card; the window's own fake machine asks for nothing in particular."""
    return hsm_answer(request) if request.original else bytes(16)


def finished_card(data: ChipData, serial: int = 1) -> SscCard:
    """Return a simulated card that was personalised for somebody."""
    card = make_blank(random.Random(serial), "622700", serial)
    encoder = open_encoder(CardInReader(card), "ssc")
    encoder.personalise(encoder.identify(), data, hsm_answer)
    return card


class Desk:
    """One window with its desk."""

    def __init__(
        self, folder: Path, clock: Clock | None = None, *, bench: Bench | None = None
    ) -> None:
        self.bench = bench or Bench(folder, clock)
        self.bench.province.authenticate = _hsm_answer  # type: ignore[method-assign]
        self.bench.province.protect = protect  # type: ignore[method-assign]
        self.id_reader = FakeIdReader()
        self.pad = FakePad()
        self.link: CardInReader | None = None
        self.bell = Notifier()
        self.service = self.start()

    def start(self, **changes: object) -> DeskService:
        """Return the desk's service, as after a start of the station."""
        reader = None
        if self.link is not None:
            reader = CardAtDesk(open_encoder(self.link, "ssc"))
        desk = DeskEquipment(
            id_reader=self.id_reader, card_reader=reader, pin_pad=self.pad, poll=0.005
        )
        desk = dataclasses.replace(desk, **changes)  # type: ignore[arg-type]
        equipment = dataclasses.replace(self.bench.bench.equipment, desk=desk)
        self.service = DeskService(
            Workbench(self.bench.journal, equipment), self.bell, self._accept
        )
        return self.service

    def _accept(self, number: str, reason: OrderReason, actor: str, key: str | None) -> str:
        return accept(self.bench.journal, "m", OrderRequest(number, reason, key), actor)

    def read(self, card: IdentityCard) -> str:
        """Put a card on the ID-card reader; returns the reading's token."""
        return self.service._readings.put(card, MODULE).token

    def fetch(self, order: str) -> None:
        """Have the province's data fetched."""
        data.run(self.bench.bench, self.bench.journal.orders.one(order))

    def events(self, order: str = "") -> list[tuple[str, dict[str, str]]]:
        found = self.bench.journal.history.after(0, 500)
        return [(event.kind, dict(event.data)) for event in found if event.order == order]

    def insert(self, card: SscCard, **changes: object) -> DeskService:
        """Put a card into the desk's reader."""
        self.link = CardInReader(card)
        return self.start(**changes)


def id_card(number: str, name: str = "张三", **changes: object) -> IdentityCard:
    """Return what a reader gives of a resident's card that never expires."""
    values: dict[str, object] = {
        "kind": IdCardKind.RESIDENT,
        "number": number,
        "name": name,
        "latin_name": "",
        "name_fills_field": False,
        "birth": None,
        "valid_from": None,
        "valid_until": None,
    }
    return IdentityCard(**(values | changes))  # type: ignore[arg-type]

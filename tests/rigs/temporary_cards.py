"""A window that issues temporary cards: its province, a blank without a bank, and the desk."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

from simulators.cards import SimulatedCard
from simulators.cards.ssc import SscCard, make_bankless
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest, BlankRule
from station.core.changes import SetHold
from station.core.errors import GatewayRejectedError, GatewayUnavailableError, RejectionReason
from station.core.gateways import IssuanceReport, ProductionData, TemporaryCard
from station.core.orders import OrderRecord, OrderStep
from station.encoder import CardAtDesk, open_encoder
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.life.steps import data
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.desk import FakeIdReader, FakePad
from tests.rigs.province_hsm import hsm_answer, protect
from tests.unit.production.doubles import Bench, FakeProvince, Trap, production_data

NUMBER = "T00000017"  #: 卡号 of the temporary cards that this province gives
BLANKS = BlankRule(frozenset(), frozenset({"3.00"}), luhn=False, bankless=True)


def temporary_blank(serial: int = 7) -> SscCard:
    """Return a simulated blank without a bank application."""
    return make_bankless(random.Random(serial), "622700", serial)


class ProvinceWithTemporaryCards(FakeProvince):
    """Keeps the temporary cards of each person, and what it was told of them."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.issued: dict[str, IssuanceReport] = {}
        self.back: list[TemporaryCard] = []
        self.known: set[str] = set()  #: 卡识别码 of cards that were issued elsewhere
        self.refusal: RejectionReason | None = None
        self.hsm_is_down = False

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        if self.hsm_is_down:
            raise GatewayUnavailableError("no answer")
        return hsm_answer(request)

    def protect(self, request: MaintenanceRequest) -> bytes:
        return protect(request)

    def fetch_temporary_data(self, id_number: str) -> ProductionData:
        self.trap.at("temporary-data", "before")
        if id_number in self.issued:
            raise GatewayRejectedError(RejectionReason.HAS_TEMPORARY, province_text="已有临时卡")
        given = production_data(id_number)
        chip = dataclasses.replace(given.chip, AAZ500=NUMBER)
        return dataclasses.replace(given, chip=chip, batch="17", AAE008="", bank_name="")

    def register_temporary(self, report: IssuanceReport) -> str:
        self.calls["register"] += 1
        self.trap.at("register", "before")
        if self.refusal is not None:
            raise GatewayRejectedError(self.refusal, province_text="不予办理")
        self.issued[report.AAC002] = report
        self.known.add(report.AAZ501)
        self.trap.at("register", "after")
        return "OK"

    def is_registered(self, report: IssuanceReport) -> bool:
        self.trap.at("find", "before")
        return self.issued.get(report.AAC002) == report

    def collect_temporary(self, card: TemporaryCard) -> str:
        self.trap.at("collect", "before")
        if card.AAZ501 not in self.known:
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="该卡不是此人的临时卡")
        if card not in self.back:
            self.back.append(card)
            self.issued.pop(card.AAC002, None)
        self.trap.at("collect", "after")
        return "OK"


class TemporaryWindow:
    """A window with a desk and such a province; the lanes' steps are taken by the test."""

    def __init__(self, folder: Path) -> None:
        self.bench = Bench(folder)
        self.province = ProvinceWithTemporaryCards(self.bench.trap)
        self.bench.province = self.province
        self.pad, self.id_reader = FakePad(), FakeIdReader()
        self.link: CardInReader | None = None
        self.service = self.start()

    def start(self, *, id_reader: bool = False, **changes: object) -> ProductionService:
        """Return the window's service, as after a start of the station."""
        reader = CardAtDesk(open_encoder(self.link, "ssc")) if self.link else None
        desk = DeskEquipment(
            id_reader=self.id_reader if id_reader else None,
            card_reader=reader,
            pin_pad=self.pad,
            temporary_blanks=BLANKS,
        )
        self.bench.bench = self.bench._wire()
        equipment = dataclasses.replace(self.bench.bench.equipment, desk=desk)
        # mypy can't match names that a test chooses with the fields; a wrong one raises at once.
        equipment = dataclasses.replace(equipment, **changes)  # type: ignore[arg-type]
        self.bench.bench = Workbench(self.bench.journal, equipment)
        notifier = Notifier()
        engine = Engine(self.bench.bench, notifier, random.Random(1))
        self.service = ProductionService(self.bench.journal, equipment, engine, notifier)
        return self.service

    def insert(self, card: SimulatedCard, *, id_reader: bool = False) -> CardInReader:
        """Put a card into the desk's reader."""
        self.link = CardInReader(card)
        self.start(id_reader=id_reader)
        return self.link

    def one(self, order: str) -> OrderRecord:
        return self.bench.journal.orders.one(order)

    def approved(self, order: str) -> str:
        """Fetch an order's data and approve it."""
        data.run(self.bench.bench, self.one(order))
        data.approve(self.bench.bench, self.one(order), "clerk")
        assert self.one(order).step is OrderStep.APPROVED
        return order

    def step(self, order: str) -> OrderStep:
        """Have the lanes take the order one step further; returns where it is then."""
        record = self.one(order)
        if record.hold is not None:
            self.bench.bench.apply("clerk", SetHold(order, None))
        Workflow(self.bench.bench, random.Random(1)).step_once(self.one(order))
        return self.one(order).step

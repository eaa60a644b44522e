"""A window cut off from its province: real journal, engine and client, simulated province, clock.

Only the sockets are missing: the client's bytes reach the province's exchange in process, so that
three days take seconds. The network between them is bad in every way a seed can think of.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from simulators.gateways.henan.soap import encode_answer
from simulators.gateways.henan.wire import SoapWire
from simulators.master_keys import load_test_keys
from simulators.province import codes
from simulators.province.data_centre import Centre
from simulators.province.exchange import CardService
from simulators.province.faults import FaultPlan
from simulators.province.hsm import Hsm
from simulators.province.numbers import identity_number
from simulators.province.operations import Desk
from simulators.province.people import EVERYTHING, Person
from simulators.province.store import Store
from station.core.cards import ChipIdentity
from station.core.changes import (
    AddOrder,
    BeginEffect,
    BindChip,
    EndEffect,
    MoveOrder,
    OweReport,
    StoreData,
)
from station.core.evidence import Failed, SendReport
from station.core.gateways import GatewaySettings, ReportOutcome
from station.core.life import Lane
from station.core.orders import EffectState, OrderReason, OrderStep, WriteBackState
from station.core.secrets import BankNumber
from station.gateways.henan.client import HEADERS, HenanGateway
from station.gateways.henan.mapping import read_dialect
from station.offline import SealedOffice
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment, RetryPolicy
from station.production.life.steps import report
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.transport.http import NOT_CONNECTED, TIMED_OUT, HttpAnswer, HttpExchangeError
from tests.torture.clock import Clock, counted_order_ids
from tests.torture.stepped import SteppedEngine
from tests.torture.window import IN_MEMORY
from tests.unit.production.doubles import BANK, RULE, Bench, FakeFaces

LOGIN: Final = ("window-1", "invented")
S = OrderStep
PEOPLE: Final = 120
OUTAGE: Final = 72 * 3600.0
LONGEST: Final = 1800.0  #: `province.retry_longest` of this window
SEED: Final = 20261125
#: As a server reads them.
LOWER_CASE: Final = {name.lower(): value for name, value in HEADERS.items()}


class Network:
    """What lies between the client and the province.

    Attributes:
        down: Nothing gets through.
        bad: Which share of the calls goes wrong, in a way that chance picks.
        asked: How often the client tried.
    """

    def __init__(self, service: CardService, chance: random.Random) -> None:
        self._service = service
        self._chance = chance
        self.down = False
        self.bad = 0.0
        self.asked = 0
        self.went_wrong: Counter[str] = Counter()

    def carry(self, body: bytes) -> HttpAnswer:
        """Take one call to the province and its answer back, or not."""
        self.asked += 1
        if self.down:
            raise HttpExchangeError(NOT_CONNECTED)
        how = self._chance.choice(HOW) if self._chance.random() < self.bad else ""
        self.went_wrong[how] += 1
        if how == "never arrives":
            raise HttpExchangeError(TIMED_OUT)
        answer = self._deliver(body)
        if how == "arrives twice":
            answer = self._deliver(body)
        if how == "answer lost":
            raise HttpExchangeError(TIMED_OUT)
        if how == "answer garbled":
            return HttpAnswer(200, "text/html", b"<html>proxy</html>")
        if how == "answer is 502":
            return HttpAnswer(502, "text/plain", b"Bad Gateway")
        if how == "done, then busy":
            return HttpAnswer(
                200, "text/xml", encode_answer("<ROOT><ERR>系统繁忙</ERR></ROOT>", "utf-8")
            )
        return answer

    def _deliver(self, body: bytes) -> HttpAnswer:
        done = self._service.handle(body, LOWER_CASE)
        return HttpAnswer(done.status, done.content_type, done.body)


HOW: Final = (
    "never arrives",
    "arrives twice",
    "answer lost",
    "answer garbled",
    "answer is 502",
    "done, then busy",
)


def no_time(seconds: float) -> None:
    """Stand for a pause before a repeated request: an outage of three days is not waited for."""
    del seconds


class Owed(enum.Enum):
    """Which reports an order owes, oldest first."""

    SPOILED = enum.auto()
    BOTH = enum.auto()  #: the success report's answer never came: it had not arrived
    BOTH_ONE_ARRIVED = enum.auto()  #: the same, and it had


class Outage:
    """One window on its journal, before a province behind a bad network."""

    def __init__(self, folder: Path, clock: Clock, chance: random.Random) -> None:
        self.clock = clock
        self.store = Store(folder / "province.db", people(), SEED)
        self.desk = Desk(self.store, Hsm(load_test_keys()), *LOGIN, clock.now, SEED)
        self.centre = Centre(folder / "centre")
        keys = self.centre.make_keys()
        with self.store.transaction() as records:
            for person in people():  # a portrait would take longer than everything else
                records.keep_photo(person.id_number, b"\xff\xd8\xff\xe0portrait")
        self.network = Network(CardService(self.desk, FaultPlan(), "utf-8", SoapWire()), chance)
        self.gateway = self._gateway()
        self.window = Bench(folder, clock)
        equipment = Equipment(
            machine="m",
            printer=self.window.machine,
            encoder=self.window.machine,
            province=self.gateway,
            faces=FakeFaces(),
            blanks={BANK: RULE},
            retry=RetryPolicy(first=5.0, longest=LONGEST, jitter=0.2),
            office=SealedOffice("m", folder / "export.key", keys),
        )
        self.journal = self.window.journal
        self.bench, notifier = Workbench(self.journal, equipment), Notifier()
        self.engine = SteppedEngine(self.bench, notifier, chance)
        self.service = ProductionService(self.journal, equipment, self.engine, notifier)
        self.engine.begin()

    def _gateway(self) -> HenanGateway:
        settings = GatewaySettings("http://province.invalid/", *LOGIN, codes.REGION, 15.0)
        return HenanGateway(settings, read_dialect(), carry=self.network.carry, pause=no_time)

    def owe(self, number: int, person: Person, owed: Owed = Owed.BOTH) -> str:
        """Leave what an outage leaves of one order: a card that was spoiled in the end."""
        order = f"{number:032x}"
        data = self.gateway.fetch_production_data(person.id_number)
        chip = ChipIdentity(
            AAZ501=f"{codes.REGION}{number:026X}",
            AAZ507=f"{number:026X}",
            AAZ508="3.00",
            AAB301=codes.REGION,
            algorithm="03",
            AAZ500=data.chip.AAZ500,
            bank_number=BankNumber(f"622700{number:013d}"),
        )
        with self.journal.transaction("clerk") as change:
            change.apply(
                AddOrder(
                    order,
                    machine="m",
                    reason=OrderReason.REPLACEMENT,
                    id_number=person.id_number,
                    previous=None,
                )
            )
            change.apply(StoreData(order, data, "0" * 64))
            change.apply(BindChip(order, chip))
            change.apply(MoveOrder(order, S.ACCEPTED, S.ENCODED, "chip-written"))
        record = self.journal.orders.one(order)
        spoiled = report.on_card(
            record, chip, ReportOutcome.SPOILED, failed_step="making", failure="卡面损坏"
        )
        issued = report.on_card(record, chip, ReportOutcome.ISSUED)
        if owed is Owed.BOTH_ONE_ARRIVED:
            self.gateway.report(issued)
        with self.journal.transaction("clerk") as change:
            if owed is not Owed.SPOILED:
                change.apply(OweReport(order, issued))
                (sent,) = change.apply(BeginEffect(order, SendReport("issued")))
                change.apply(EndEffect(sent, EffectState.UNKNOWN, Failed("province-unavailable")))
            change.apply(OweReport(order, spoiled))
            change.apply(MoveOrder(order, S.ENCODED, S.SPOILED, "card-spoiled"))
        return order

    def live(self, seconds: float, until_done: bool = False) -> int:
        """Let time pass as the machine's thread would see it; returns its turns."""
        end = self.clock.monotonic() + seconds
        turns = 0
        while self.clock.monotonic() < end:
            self.engine.turn()
            turns += 1
            if until_done and not self.owed():
                break
            due = self.engine._schedule.until_next_retry(Lane.REPORTS)
            wait = min(due, end - self.clock.monotonic())
            self.clock.advance(max(wait, 0.01))
        self.engine.finish()  # nothing is on its way when time stands still again
        return turns

    def owed(self) -> int:
        """How many reports the province has not acknowledged."""
        return len(self.journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD))

    def close(self) -> None:
        """End everything."""
        self.gateway.close()
        self.journal.close()
        self.store.close()


def held_by(outage: Outage) -> set[str]:
    """Every code that any order was ever held by."""
    codes_seen: set[str] = set()
    seq = 0
    while page := outage.journal.history.after(seq):
        codes_seen |= {event.data["code"] for event in page if event.kind == "held"}
        seq = page[-1].seq
    return codes_seen


def people() -> list[Person]:
    """Invented people, everything prepared."""
    first = dt.date(1960, 1, 1)
    return [
        Person(
            id_number=identity_number(
                "410702", f"{first + dt.timedelta(days=37 * n):%Y%m%d}", 101 + 2 * n % 800
            ),
            name="测试",
            sex="1",
            nation="01",
            birth_date=f"{first + dt.timedelta(days=37 * n):%Y%m%d}",
            birth_place="410702",
            nationality="CHN",
            document="01",
            region=codes.REGION,
            bank=codes.MAIN_BANK,
            case="new",
            preparation=EVERYTHING,
        )
        for n in range(PEOPLE)
    ]


@contextlib.contextmanager
def cut_off_window() -> Iterator[Outage]:
    """Make one in a folder of its own, with its clock installed."""
    clock = Clock()
    home = IN_MEMORY if IN_MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=home) as folder,
        counted_order_ids(clock),
        contextlib.closing(Outage(Path(folder), clock, random.Random(SEED))) as made,
    ):
        yield made

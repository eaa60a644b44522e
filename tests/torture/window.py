"""One window in memory: the real journal, workflow, engine and service on a tortured world.

`restart()` is a new process on the same disk and world. No thread runs: a turn of the machine's
thread is a call, so that a seed always does the same.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from station.core.card_states import ProvinceCard, ServiceResult, StateService
from station.core.cards import ChipData
from station.core.errors import StationError
from station.core.evidence import EffectRecord
from station.core.faces import FaceSide, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.orders import EffectKind, EffectState, StockMove
from station.core.photos import Portrait
from station.journal import Journal, tables
from station.production.desk.cards import BEGUN, ENDED, PinService
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment, RetryPolicy
from station.production.life.policies import Policies
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from tests.torture.blanks import TEST_FACE, Card
from tests.torture.clock import Clock, counted_order_ids
from tests.torture.desk import CitizensCard, Desk, DeskBlank, PinAct
from tests.torture.disk import Disk, empty_journal
from tests.torture.evidence import Act, Belief
from tests.torture.machine import Machine, Observer
from tests.torture.points import Killed, Points
from tests.torture.province import Province
from tests.torture.service_evidence import Asked, Services, StateAct
from tests.torture.stepped import SteppedEngine
from tests.torture.temporary_evidence import DeskWrite, TemporaryCards, is_at_desk
from tests.unit.production.doubles import BANK, RULE, FakeFaces

RETRY = RetryPolicy(first=5.0, longest=300.0, jitter=0.2)
CHIEF = "chief"  #: may approve
DEFAULT_POLICIES = Policies()
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only where tests keep a database for a moment


class Faces(FakeFaces):
    """Draws like the doubles, with a digest that holds no number of a person."""

    def __init__(self, *, prints: bool) -> None:
        super().__init__()
        self.sides = self.sides if prints else frozenset()

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        made = super().render(data, portrait, geometry, duplex=duplex)
        return dataclasses.replace(made, sha256=hashlib.sha256(made.sha256.encode()).hexdigest())


def _test_face(geometry: PrintGeometry) -> RenderedFace:
    side = FaceSide(geometry, {}, TEST_FACE.encode())
    return RenderedFace(side, None, "test", TEST_FACE)


class Window:
    """The whole window; also the observer of every real effect."""

    def __init__(
        self,
        disk: Disk,
        seed: int,
        policies: Policies,
        machine: Callable[[Points, Observer], Machine],
    ) -> None:
        self.policies = policies
        self.points = Points()
        self.clock = Clock()
        self.seed = seed
        self.machine = machine(self.points, self)
        self.province = Province(self.points, self)
        self.disk = disk
        self.clock.while_paused = disk.mend  # another program's lock ends
        self.acts: list[Act] = []
        self.beliefs: list[Belief] = []
        self.defects: list[str] = []
        self.logged: list[str] = []
        self.statements: list[str] = []
        self.waits_since: dict[str, float] = {}  #: order -> when a person said to wait on
        self.desk = Desk(self.points, self.saw_pin, self.saw_desk_write)
        self.desk_writes: list[DeskWrite] = []
        self.has_desk = True
        self.asked: Asked | None = None  #: what the clerk asks for right now
        self.pin_acts: list[tuple[PinAct, Asked | None]] = []
        self.citizens_cards: dict[str, CitizensCard] = {}
        self.looked_at_cards = False
        self.kills = 0
        self.rounds = 0
        self.slowest_recovery = 0.0
        self.faults: Counter[str] = Counter()
        self.begun = 0  #: works that a power cut may interrupt
        self.points.outside = self._outside

    # -- the process ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start the process: open the journal, wire everything, recover."""
        began = time.perf_counter()
        self.points.off = False
        self.machine.moved_unseen = False  # what was moved before the start is to be found by it
        self.journal = self._open_journal()
        equipment = self._equipment()
        bench, notifier = Workbench(self.journal, equipment), Notifier()
        self.engine = SteppedEngine(bench, notifier, random.Random(self.seed))
        self.service = ProductionService(self.journal, equipment, self.engine, notifier)
        self.points.between = self.engine.others.hand_over
        self._written = self._written_here = self.journal.last_seq
        self.journal.on_change(self._note_writer)
        self.engine.mend = self.disk.mend
        self.engine.when_recovered = self._note_belief
        self.engine.begin()
        self.slowest_recovery = max(self.slowest_recovery, time.perf_counter() - began)

    def _outside(self) -> object:
        goes_on = self.machine.goes_on, self.province.on_their_way
        return goes_on, self.begun, self.faults.total(), self.clock.moves

    def _note_writer(self) -> None:
        before, self._written = self._written, self.journal.last_seq
        if self._written > before and not self.engine.others.moves:
            self._written_here = self._written

    def _note_belief(self) -> None:
        self.beliefs.append(Belief.of(self.journal, self.machine))

    def _equipment(self) -> Equipment:
        return Equipment(
            machine="m",
            printer=self.machine,
            encoder=self.machine,
            province=self.province,
            faces=Faces(prints=self.machine.prints),
            blanks={BANK: RULE},
            retry=RETRY,
            policies=self.policies,
            test_face=_test_face,
            desk=self.desk.equipment if self.has_desk else DeskEquipment(),
        )

    def _open_journal(self) -> Journal:
        try:
            journal = self.disk.open_journal(self.clock, self.points)
        except StationError:
            if not self.disk.key_is_gone:
                raise
            self.disk.bring_key_back()
            return self.disk.open_journal(self.clock, self.points)
        if self.disk.key_is_gone:
            self.defects.append("the station started with another seal key than its journal has")
            journal.close()
            self.disk.bring_key_back()
            return self.disk.open_journal(self.clock, self.points)
        return journal

    def second_daemon(self) -> None:
        """Start the program a second time on the same folder and machine; let it do what it can."""
        try:
            journal = self.disk.second_journal(self.clock)
        except StationError:
            return  # refused: somebody holds the station
        bench = Workbench(journal, self._equipment())
        engine = SteppedEngine(bench, Notifier(), random.Random(self.seed))
        engine.begin()
        engine.turn()
        self.defects.append("a second daemon ran on the folder of the first")
        journal.close()

    def stop(self) -> None:
        """End the process."""
        self.engine.others.kill()
        self.defects += self.engine.defects
        self.engine.defects = []
        self.journal.close()
        self.disk.give_back()

    def restart(self, while_off: Callable[[], None]) -> None:
        """The power is off; `while_off` happens; the process starts, however often it is cut."""
        while True:
            self.kills += 1
            self.province.cuts = self.kills
            self.engine.others.kill()
            found = self.disk.after_power_cut()
            self.stop()
            self.disk.put(found)
            while_off()
            try:
                self.start()
            except Killed:
                continue
            return

    def survive(self, work: Callable[[], None], while_off: Callable[[], None]) -> None:
        """Do `work`; when the power is cut in it, restart. A dead machine's thread restarts too."""
        self.begun += 1
        try:
            work()
        except Killed:
            self.restart(while_off)
        if self.engine.dead:
            self.disk.mend()
            self.restart(while_off)

    # -- the observer --------------------------------------------------------------------------

    def saw(self, kind: EffectKind, card: Card | None, face: str = "") -> None:
        """Note a real effect with what the journal says at that moment."""
        was, self.disk.locked = self.disk.locked, False
        opened = self.journal.effects.open()
        begun = [effect for effect in opened if effect.state is EffectState.INTENDED]
        intents = tuple((effect.order, effect.kind) for effect in begun)
        its = next((effect for effect in reversed(begun) if effect.kind is kind), None)
        acting = its.order if its is not None else None
        order = self.journal.orders.one(acting) if acting else None
        last = self.journal.history.after(self._written_here - 1, limit=1)
        self.disk.locked = was
        self.acts.append(
            Act(
                kind=kind,
                serial=card.serial if card else 0,
                bearer=card.bearer if card else "",
                faces=tuple(card.faces) if card else (),
                about=face,
                intents=intents,
                reported=bool(card) and self._is_reported(card),
                last_event=last[-1].kind if last else "",
                step=order.step if order else None,
                order=acting or "",
                order_kind=order.kind if order else None,
                bound=order.chip.AAZ501 if order and order.chip else "",
                effect=its.id if its is not None else 0,
                at=self.clock.monotonic(),
            )
        )

    def serves(self, service: StateService, card: ProvinceCard) -> StateAct:
        """Note a request to change a card's state, with what the journal says at that moment."""
        was, self.disk.locked = self.disk.locked, False
        known = self.journal.card_services.of_person(card.AAC002)
        self.disk.locked = was
        begun = [one for one in known if one.result is ServiceResult.BEGUN]
        its = begun[-1].id if begun and begun[-1].service is service else 0
        return StateAct(service, card, its, self.asked)

    def saw_desk_write(self, card: DeskBlank, data: ChipData) -> None:
        """Note that a card in the desk's reader is written."""
        self.saw(EffectKind.WRITE_AT_DESK, None, data.AAC002)
        act = self.acts[-1]
        self.desk_writes.append(
            DeskWrite(card.card_id, card.person, card.bank, card.aside, act.bound, data.AAC002)
        )

    def saw_pin(self, service: PinService, card: CitizensCard, right: bool) -> None:
        """Note that a card takes a PIN, or the province's word about it."""
        was, self.disk.locked = self.disk.locked, False
        events = self.journal.history.after(0, limit=100_000)
        self.disk.locked = was
        begun: list[int] = []
        for event in events:
            if event.data.get("AAZ501") != card.card_id:
                continue
            if event.kind == BEGUN:
                begun.append(event.seq)
            elif event.kind == ENDED:
                begun.pop()
        act = PinAct(service, card.card_id, card.person, card.tries, tuple(begun), right)
        self.pin_acts.append((act, self.asked))

    def bring_card(self, person: str) -> CitizensCard:
        """A person lays their card into the reader of the desk."""
        card = self.citizens_cards.setdefault(person, CitizensCard(person))
        self.desk.reader.card = card
        return card

    def services(self) -> Services:
        """Return what the services on cards left behind."""
        return Services(
            acts=tuple(self.province.services),
            records=tuple(reversed(self.journal.card_services.newest(1000))),
            states=tuple(self.province.states.items()),
            pin_acts=tuple(self.pin_acts),
            cuts=self.kills,
            looked=self.looked_at_cards,
        )

    def temporary_cards(self) -> TemporaryCards:
        """Return what is known of the cards that were written at the desk."""
        rows = tuple(row for row in self.journal.cards.all() if is_at_desk(row.AAZ501))
        return TemporaryCards(
            writes=tuple(self.desk_writes),
            cards=tuple(dataclasses.replace(card) for card in self.desk.blanks),
            rows=rows,
            taken_back=tuple(self.province.taken_back),
            kept_out=frozenset(self.province.kept_out),
        )

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)

    def _is_reported(self, card: Card | None) -> bool:
        return card is not None and any(
            card.card_id == report.AAZ501 for report in self.province.reports
        )

    def all_shifts(self) -> tuple[dict[str, int], ...]:
        """Return the figures of every shift that was closed, and of the open one."""
        rows = self.journal.orders._rows.all(tables.shifts.select().order_by(tables.shifts.c.id))
        closed = [dict(row.report["figures"]) for row in rows]
        return (*closed, dataclasses.asdict(self.service.ledger.shift().figures))

    def loaded(self) -> int:
        """Return how many blanks people said they put into the feeder, whenever that was."""
        rows = self.journal.orders._rows.all(tables.stock.select())
        return sum(row.blanks for row in rows if row.move == StockMove.LOADED.value)

    def moving(self) -> list[EffectRecord]:
        """Return the open intents."""
        return self.journal.effects.open()


def in_memory_folder() -> Path:
    """Make a folder for a moment, in memory where the machine has such a place."""
    home = IN_MEMORY if IN_MEMORY.is_dir() else None
    return Path(tempfile.mkdtemp(prefix="torture-", dir=home))


@contextlib.contextmanager
def new_window(
    seed: int,
    *,
    volatile: bool = False,
    policies: Policies = DEFAULT_POLICIES,
    machine: Callable[[Points, Observer], Machine] = Machine,
    desk: bool = True,
) -> Iterator[Window]:
    """Make a window on an empty journal, with its clock installed; removes it afterwards.

    On a `volatile` disk a power cut takes what was not synced. Without a `desk` nobody can ask for
    a PIN service: the API carries it out in a thread of its own.
    """
    folder = in_memory_folder()
    for name, content in empty_journal().items():
        (folder / name).write_bytes(content)
    window = Window(Disk(folder, volatile=volatile), seed, policies, machine)
    window.has_desk = desk
    try:
        with counted_order_ids(window.clock), _listening(window.logged):
            window.start()
            yield window
            window.stop()
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _listening(heard: list[str]) -> Iterator[None]:
    logger, listener = logging.getLogger("station"), _Listener(heard)
    was, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.propagate = was


class _Listener(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.INFO)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        trace = str(record.exc_info[1]) if record.exc_info else ""
        self._heard.append(f"{record.getMessage()} {record.__dict__} {trace}")

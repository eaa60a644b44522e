"""The product's own workflow, engine and service on the journal and the world of the search."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

from station.core.errors import DefectError, LocalProtocolError, StationError
from station.core.faces import FaceSide, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.life import Lane
from station.core.orders import EffectKind, OrderHead, OrderRecord
from station.core.people import Approval, ApprovalMethod
from station.core.photos import PhotoReport, Picture, Portrait
from station.core.printing import CardPrinter
from station.core.rehearsal import Rehearsal
from station.journal import Journal
from station.production.desk.cards import DeskCards
from station.production.desk.identity import Identity
from station.production.desk.service import DeskService
from station.production.desk.temporary import TemporaryCards
from station.production.life import recovery
from station.production.life.breaker import OPEN_AFTER
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.life.equipment import Equipment, RetryPolicy
from station.production.life.policies import (
    Activation,
    Policies,
    WhenNotTaken,
    WhenOwedTooLong,
    WindowService,
)
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.machine.province_watch import ProvinceWatch
from station.production.people.timers import run_timers
from station.production.services.machine import MachineService
from station.production.services.orders import OrderService
from station.production.services.outbox import OutboxService
from station.production.services.persons import PersonSearch, PersonService
from station.production.services.temporary import TemporaryCardService
from station.production.views.orders import OrderView, StationView, order_view
from tests.explore.choices import Budget, Choices, Crash, Script
from tests.explore.desk import AtDesk, IssuingProvince, equipment_of
from tests.explore.kept import PENDING, kept_facts, kept_policies, kept_things
from tests.explore.memory import Facts, MemoryJournal
from tests.explore.partners import MarkingProvince, Province, Reader
from tests.explore.printer import TEST_PNG, Hand, Motors
from tests.explore.world import (
    GEOMETRY,
    PERSON,
    TEST_CARD,
    Card,
    Things,
    World,
    card_id,
    data_of,
)
from tests.unit.production.doubles import BANK, RULE

CHIEF: Final = "chief"  #: may approve


def agreed(person: str) -> Approval:
    """Return this person's agreement, as the doors would make it after a proof."""
    return Approval(person, ApprovalMethod.PASSWORD)


CLERK: Final = "clerk"
HELD_FOR_A_DEFECT: Final = {DefectError.code, LocalProtocolError.code}

#: What a site may choose, by the word that the state keeps; the first is the safest.
POLICIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "print_first": {"report-first": False, "print-first": True},
    "hold_owed": {"limited": 600.0, "no limit": 0.0},
    "when_owed_too_long": {"ask": WhenOwedTooLong.ASK, "spoil": WhenOwedTooLong.SPOIL},
    "activation": {"at-hand-over": Activation.AT_HAND_OVER, "at-once": Activation.AT_ONCE},
    "take_within": {"limited": 120.0, "no limit": 0.0},
    "when_not_taken": {"ask": WhenNotTaken.ASK, "retract": WhenNotTaken.RETRACT},
    "spoiled_in_a_row": {"two": 2, "one": 1},
}


class LazyFlag:
    """A policy that is true or false, chosen when its truth is asked for."""

    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def __bool__(self) -> bool:
        return bool(self._read())


class LazyNumber(LazyFlag):
    """A policy that is a number, chosen when it is compared and that makes a difference."""

    def __init__(self, read: Callable[[], Any], lowest: float, highest: float) -> None:
        super().__init__(read)
        self._lowest, self._highest = lowest, highest

    def __le__(self, other: float) -> bool:
        if self._highest <= other:
            return True
        return self._lowest <= other and bool(self._read() <= other)

    def __lt__(self, other: float) -> bool:
        if self._highest < other:
            return True
        return self._lowest < other and bool(self._read() < other)


class LazyPolicies:
    """`Policies` of which each field is chosen when the station first reads it in an action.

    So one search covers every combination, and a site that changes its settings at any time. Each
    way of an action says which words it has read (`chosen`).
    """

    def __init__(self, choices: Choices, *, marks: bool) -> None:
        self._choices = choices
        self.chosen: dict[str, str] = {}
        self.tell_cancelled = marks
        self.services_off: frozenset[WindowService] = frozenset()
        self.print_first = LazyFlag(functools.partial(self._read, "print_first"))
        self.take_within = LazyNumber(functools.partial(self._read, "take_within"), 0, 120)
        self.spoiled_in_a_row = LazyNumber(functools.partial(self._read, "spoiled_in_a_row"), 1, 2)

    def _read(self, name: str) -> Any:  # noqa: ANN401 - a field's type
        ways = POLICIES[name]
        word = self.chosen.get(name)
        if word is None:
            word = self._choices.pick(tuple(ways))
            self.chosen[name] = word
            self._choices.tell(f"    The site's policy {name}: {word}.")
        return ways[word]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a field's type
        if name not in POLICIES:
            raise AttributeError(name)
        return self._read(name)


class Faces:
    """A `FaceRenderer` that draws nothing."""

    photo_rules_unchecked = ""

    def __init__(self, *, prints: bool) -> None:
        self.sides = frozenset({"front"}) if prints else frozenset()

    def prepare(self, geometry: PrintGeometry) -> None:
        del geometry

    def check_photo(self, jpeg: bytes) -> Portrait:
        return Portrait(jpeg, PhotoReport("explored", ()), Picture(1, 1, bytes(3)))

    def open_photo(self, jpeg: bytes) -> Portrait:
        return self.check_photo(jpeg)

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        del portrait, geometry, duplex
        return _face(data.chip.AAZ500)


@functools.cache
def _face(number: str) -> RenderedFace:
    return RenderedFace(FaceSide(GEOMETRY, {}, b"face"), None, "1", f"face of {number}")


def _test_face(geometry: PrintGeometry) -> RenderedFace:
    return RenderedFace(FaceSide(geometry, {}, TEST_PNG), None, "test", "test")


class ExploredEngine(Engine):
    """The engine without its threads: one step at a time, when it is called."""

    @property
    def workflow(self) -> Workflow:
        """Runs the steps."""
        return self._workflow

    def call_and_wait(
        self,
        work: Callable[[Workbench, Workflow], None],
        timeout: float,
        lane: Lane = Lane.MACHINE,
    ) -> StationError | TimeoutError | None:
        del timeout, lane
        try:
            work(self._bench, self._workflow)
        except StationError as exc:
            return exc
        return None

    def wake(self) -> None:
        """Nobody sleeps."""

    def recover(self) -> None:
        """Do what the machine's thread does at a start."""
        recovery.recover(self._bench, self._workflow)

    def next_step(self) -> str | None:
        """Return a step that a lane would take next, and of which order; None for none."""
        return next((f"{head.id} from {head.step.value}" for head in self._next().values()), None)

    def one_step(self, choices: Choices) -> None:
        """Have one of the lanes that have something to do take its next step."""
        found = self._next()
        if not found:
            return
        lane = next(iter(found))
        if len(found) > 1:
            lane = Lane(choices.pick(tuple(one.value for one in found)))
            choices.tell(f"    It is the lane of the {lane.value} that goes on.")
        self._take(found[lane], lane)

    def meanwhile(self, lane: Lane, choices: Choices) -> None:
        """Let another lane take its next step in the middle of a call, or not."""
        head = None if self._within else self._schedule.next_order(lane)
        if head is None or choices.pick(("alone", "meanwhile")) == "alone":
            return
        choices.tell(f"    Meanwhile, in the lane of the {lane.value}:")
        self._within = True
        try:
            self._take(head, lane)
        finally:
            self._within = False

    _within = False  #: whether a lane works in the middle of another one's call

    def _next(self) -> dict[Lane, OrderHead]:
        heads = {lane: self._schedule.next_order(lane) for lane in reversed(Lane)}
        return {lane: head for lane, head in heads.items() if head is not None}

    def _take(self, head: OrderHead, lane: Lane) -> None:
        self._workflow.step_once(self._bench.journal.orders.one(head.id), lane)


class ExploredOrders(OrderService):
    """The use cases of orders without their pages: what is shown is drawn once for each state."""

    def one(self, order: str) -> OrderView:
        return cast("OrderView", order)


class ExploredMachine(MachineService):
    """The use cases of the machine without its page."""

    def view(self) -> StationView:
        return cast("StationView", None)


class NumbersOnly:
    """A person is found by the number that a clerk types."""

    def number_of(self, person: PersonSearch) -> str:
        return person.id_number


def _province(*, marks: bool, at_desk: bool) -> type[Province]:
    if at_desk:
        return IssuingProvince
    return MarkingProvince if marks else Province


class _Even(random.Random):
    def uniform(self, a: float, b: float) -> float:
        del b
        return a


class State(NamedTuple):
    """One state of the search: everything that what comes next may depend on.

    Attributes:
        up: Whether the station's process runs.
        facts: The journal.
        things: The world.
        link: Failures in a row of the province, and whether the link rests.
        disturbed: A person acted against the rules, and the station has not looked since.
        lied: A person gave a false answer.
        chosen: The policies that must stay as they were read.
    """

    up: bool = True
    facts: Facts = Facts()
    things: Things = Things()
    link: tuple[int, bool] = (0, False)
    disturbed: bool = False
    lied: bool = False
    chosen: tuple[tuple[str, str], ...] = ()


class Rig:
    """One station in one world; `put` and `take` set and return its state."""

    def __init__(
        self,
        bounds: Budget,
        *,
        by_hand: bool = False,
        marks: bool = False,
        at_desk: bool = False,
    ) -> None:
        self.choices = Choices(bounds)
        self.journal = MemoryJournal(self.choices)
        self.broken: list[str] = []
        self.judge: Callable[[Rig, EffectKind, Card | None, str], None] = lambda *_: None
        self.world = World(self.choices, self._saw)
        self.journal.begins = self._begins
        self.policies = LazyPolicies(self.choices, marks=marks)
        self.by_hand, self.at_desk = by_hand, at_desk
        self.up, self.disturbed, self.lied = True, False, False
        self._put = State()
        printer = Hand(self.world) if by_hand else Motors(self.world)
        self.equipment = Equipment(
            machine="m",
            printer=cast("CardPrinter", printer),
            encoder=Reader(self.world),
            province=_province(marks=marks, at_desk=at_desk)(self.world),
            faces=Faces(prints=not by_hand),
            blanks={BANK: RULE},
            retry=RetryPolicy(),
            policies=cast("Policies", self.policies),
            test_face=_test_face,
            desk=equipment_of(self.world) if at_desk else DeskEquipment(),
            rehearsal=Rehearsal(data_of(PERSON), frozenset({card_id(TEST_CARD)})),
        )
        self.bench = Workbench(cast("Journal", self.journal), self.equipment)
        notifier = Notifier()
        self.engine = ExploredEngine(self.bench, notifier, _Even())
        journal, province = cast("Journal", self.journal), self.equipment.province
        watch = ProvinceWatch(province, notifier, journal.clock)
        self.world.meanwhile = lambda lane: self.engine.meanwhile(lane, self.choices)
        self.orders = ExploredOrders(journal, self.equipment, self.engine, notifier)
        self.machine = ExploredMachine(
            journal, self.equipment, self.engine, watch, cast("DeskService", None)
        )
        self.outbox = OutboxService(journal, self.engine)
        self.temporary = self._temporary()

    def _temporary(self) -> TemporaryCardService:
        desk, identity = self.equipment.desk, cast("Identity", None)
        cards = DeskCards(self.bench, desk, identity)
        at_desk = AtDesk(desk, TemporaryCards(self.bench, desk, cards, identity))
        people = cast("PersonService", NumbersOnly())
        return TemporaryCardService(self.bench, self.engine, people, cast("DeskService", at_desk))

    def _begins(self, kind: EffectKind) -> None:
        if kind is EffectKind.FEED:
            self.world.set(fed=0)

    def _saw(self, kind: EffectKind, card: Card | None, about: str) -> None:
        self.judge(self, kind, card, about)

    # -- states --------------------------------------------------------------------------------

    def put(self, state: State, *, kept: bool = True) -> None:
        """Make everything as it was in a state; `kept` says that `take` has returned it."""
        self._put = state if kept else State()
        self.up, self.disturbed, self.lied = state.up, state.disturbed, state.lied
        self.journal.facts, self.journal.now_age = state.facts, 0.0
        self.world.things = state.things
        self.policies.chosen = dict(state.chosen)
        link = self.engine.link
        link._failures, link._rests_until = state.link[0], PENDING if state.link[1] else None
        self.broken = []
        self.journal.broken = []
        self.bench.unwritten.clear()

    def take(self) -> State:
        """Return the state, without what no future depends on."""
        age, link = self.journal.now_age, self.engine.link
        things, facts, before = self.world.things, self.journal.facts, self._put
        same = facts is before.facts and age == 0.0  # what was kept stays as it is
        if not same or things is not before.things:
            things = kept_things(things, facts)
        rests = link._rests_until is not None and link._rests_until > age
        return State(
            self.up,
            facts if same else kept_facts(facts, age),
            things,
            (min(link._failures, OPEN_AFTER), rests) if self.up else (0, False),
            self.disturbed,
            self.lied,
            kept_policies(self.policies.chosen, facts.orders),
        )

    def run(self, action: Callable[[Rig], None], script: Script, spent: Budget) -> bool:
        """Do one action on the state that was put; returns whether the power went.

        A refusal of the station is no failure: it is what the person was told.
        """
        self.choices.begin(script, spent)
        try:
            action(self)
        except Crash:
            self.up = False
            return True
        except StationError as exc:
            self.choices.tell(f"    The station refuses: {exc.code}.")
            if exc.code in HELD_FOR_A_DEFECT:
                self.broken.append(f"a defect of the station: {exc}")
        return False

    def show(self) -> OrderView:
        """Draw what a person is shown of the order."""
        return order_view(self.bench, self.order(), None, None)

    def order(self) -> OrderRecord:
        """Return the order that this search is about: the newest."""
        return self.journal.facts.orders[-1]

    def rounds(self) -> None:
        """Do what the policies do when time has passed."""
        run_timers(self.bench)

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.journal.now_age += seconds
        link = self.engine.link
        if link._rests_until is not None and link._rests_until <= seconds:
            link._rests_until = None

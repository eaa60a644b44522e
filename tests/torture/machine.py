"""The printer and reader of the torture: one card path, every fault a person can cause."""

from __future__ import annotations

import dataclasses
from typing import NoReturn, Protocol

from station.core.card_states import ProvinceCard, StateService
from station.core.errors import (
    BrokeOffError,
    DeviceError,
    OutcomeUnknownError,
    PrinterNotConnectedError,
)
from station.core.faces import FaceSide, PrintGeometry
from station.core.orders import EffectKind
from station.core.printing import (
    Capability,
    CardPosition,
    PrinterCounters,
    PrinterIdentity,
    PrinterModel,
    PrinterState,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from tests.torture.blanks import GOOD_BIN, TORN, Card, Where
from tests.torture.chip_station import ChipStation
from tests.torture.points import Points
from tests.torture.service_evidence import StateAct

GEOMETRY = PrintGeometry(4, 2, 300)
CAPABILITIES = frozenset(
    {
        Capability.PRINT_FRONT,
        Capability.PRINT_BACK,
        Capability.CONTACT_CHIP,
        Capability.FEEDER,
        Capability.REJECT_BIN,
    }
)
FULL_RIBBON = 400
#: What brings a card from one place to another.
MOVES = {EffectKind.FEED, EffectKind.RELEASE, EffectKind.REJECT, EffectKind.RETRACT}
FEEDER_HOLDS = 6


class Observer(Protocol):
    """Sees every real effect at the moment when it begins."""

    def saw(self, kind: EffectKind, card: Card | None, face: str = "") -> None:
        """Note what is about to happen to which card."""
        ...

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def serves(self, service: StateService, card: ProvinceCard) -> StateAct:
        """Note a request to change a card's state, with what the journal says at that moment."""
        ...


@dataclasses.dataclass
class Job:
    """A print that stands in the printer's list and is not finished."""

    card: Card
    face: str
    number: int
    looks: int  #: after so many looks with the cover closed the printer goes on with it


@dataclasses.dataclass
class Unit:
    """What belongs to one printer of a make, and not to the place where it is plugged in."""

    serial: str
    printed: int = 0
    jammed: bool = False  #: while the other one is plugged in
    jobs: set[int] = dataclasses.field(default_factory=set)


class Machine(ChipStation):
    """Printer and chip reader on one card path; keeps the physical truth.

    Attributes:
        stuck: So many blanks stick to the next one that is fed.
        breaks: Motion -> what stops it half-way the next time: `cover` or `jam`.
        jammed: A card stands where no roller can move it.
        job: A print that the printer will finish by itself.
        still: Counter, ribbon and list of jobs do not move and can't: the ribbon reads 0.
        counts_insertions: The counter grows when a card comes in, not when one is printed.
        moved_unseen: Another host has moved the card, and nobody has asked the printer since.
        unit: Which of two printers of this make is plugged in; the other one lies beside it.
        reserved: So many requests are refused, because another host has the printer.
    """

    address = "memory:"
    model = PrinterModel("torture", "Torture", GEOMETRY, CAPABILITIES)

    def __init__(self, points: Points, observer: Observer) -> None:
        self.points = points
        self.observer = observer
        self.cards: list[Card] = []
        self.position = CardPosition.CHIP_STATION
        self.printer_cable = self.reader_cable = True
        self.cover_open = self.jammed = self.still = self.counts_insertions = False
        self.ribbon = FULL_RIBBON
        self.insertions = 0
        self.unit, self.other = Unit("1"), Unit("2", printed=1)
        self.job: Job | None = None
        self.stuck = self.reserved = 0
        self.breaks: dict[str, str] = {}
        self.looked, self.moved_unseen = True, False
        self.presented: Card | None = None  #: put out last: what a printer could pull back in
        self.moved_by_hand: Card | None = None  #: last, where there are no motors
        self.knows_jobs = True
        self.work_left = 0
        self._serial = 0
        self.fill()

    # -- hands ---------------------------------------------------------------------------------

    def fill(self) -> None:
        """Put good blanks into the feeder up to what it holds."""
        while len(self.at(Where.FEEDER)) < FEEDER_HOLDS:
            self.add(self.new_card())

    def empty_feeder(self) -> None:
        """Take the blanks out of the feeder; a holder's card that was laid in stays there."""
        for card in self.at(Where.FEEDER):
            if card.holder is None and card.left_feeder:
                card.place = Where.PACKAGE  # it has been seen in the path, and was put back
            elif card.holder is None:
                self.cards.remove(card)

    def add(self, card: Card, *, first: bool = False) -> Card:
        """Put a card into the world; `first` makes it the next that is fed."""
        self.cards.insert(0 if first else len(self.cards), card)
        return card

    def new_card(self, bank: str = GOOD_BIN) -> Card:
        """Make a card with a serial of its own, not yet anywhere."""
        self._serial += 1
        return Card(self._serial, bank)

    def at(self, place: Where) -> list[Card]:
        """Return the cards that are there."""
        return [card for card in self.cards if card.place is place]

    @property
    def prints(self) -> bool:
        """Whether it prints at all."""
        return Capability.PRINT_FRONT in self.model.capabilities

    @property
    def path(self) -> Card | None:
        """The card inside."""
        return next(iter(self.at(Where.PATH)), None)

    def take_from_path(self) -> Card | None:
        """Take the card out through the cover."""
        card = self.path
        if card is not None:
            card.place, card.by_hand = Where.HAND, True
            self.looked, self.jammed = False, False
            if self.job is not None and self.job.card is card:
                self.job = None
        return card

    def put_into_path(self, card: Card) -> None:
        """Put a card in through the cover; what is inside comes out first."""
        while self.take_from_path() is not None:
            pass
        card.place = Where.PATH
        card.put_in = card.put_in or not card.left_feeder
        self.position = CardPosition.CHIP_STATION
        self.insertions += 1
        self.looked = False

    def exchange(self) -> None:
        """Plug the other printer of this make in, without any card in its path."""
        parked = [card for card in self.cards if card.place is Where.ELSEWHERE]
        for card in self.at(Where.PATH):
            card.place = Where.ELSEWHERE
        for card in parked:
            card.place = Where.PATH
        self.unit.jammed = self.jammed
        self.unit, self.other = self.other, self.unit
        self.jammed = self.unit.jammed

    def clear_for_exchange(self) -> None:
        """Take out by hand what is in the printer that goes."""
        while self.take_from_path() is not None:
            pass

    def moved_by_another_host(self) -> None:
        """Another program has the card put into the reject bin."""
        if self.path is not None:
            self.path.by_other, self.looked, self.moved_unseen = True, False, True
            self.path.place = Where.REJECTED

    def lay_on_top(self, card: Card) -> None:
        """Lay a card into the feeder: it is the next that is fed."""
        card.place = Where.FEEDER
        self.cards.remove(card)
        self.cards.insert(0, card)

    def move_by_hand(self) -> None:
        """Do what a machine without motors has asked for; this one has motors."""

    def mend(self) -> None:
        """Put right whatever a person can put right without touching a card inside."""
        self.printer_cable = self.reader_cable = True
        self.cover_open, self.work_left, self.reserved = False, 0, 0
        if self.jammed:
            self.take_from_path()
            self.jammed = False
        if self.ribbon == 0:
            self.ribbon = FULL_RIBBON
        self.fill()

    # -- printer -------------------------------------------------------------------------------

    def identity(self) -> PrinterIdentity:
        self._reach()
        return PrinterIdentity("Torture", self.unit.serial, "1")

    def status(self) -> PrinterStatus:
        self.points.at("status", "before")
        self._reach()
        self.moved_unseen = False
        busy, self.work_left = self.work_left > 0, max(0, self.work_left - 1)
        self._go_on_with_job()
        state = PrinterState.PROCESSING if busy else PrinterState.IDLE
        if self.cover_open or self.jammed:
            state = PrinterState.STOPPED
        place = CardPosition.JAMMED if self.jammed else self.position
        return PrinterStatus(
            state, self._reasons(), place if self.path else None, self._ribbon(), b""
        )

    def counters(self) -> PrinterCounters:
        self.points.at("counters", "before")
        self._reach()
        if self.still:
            return PrinterCounters(0, 0)
        counted = self.insertions if self.counts_insertions else self.unit.printed
        return PrinterCounters(counted, self._ribbon())

    def _ribbon(self) -> int:
        return 0 if self.still else self.ribbon

    def job_printed(self, job_id: int) -> bool | None:
        self._reach()
        if not self.knows_jobs or self.still or self.counts_insertions:
            return None
        if self.job is not None and self.job.number == job_id:
            return False
        return True if job_id in self.unit.jobs else None

    @property
    def goes_on(self) -> object:
        """What the machine is at by itself, which looking at it brings forward."""
        return self.work_left, None if self.job is None else self.job.looks

    def _go_on_with_job(self) -> None:
        if self.job is None or self.cover_open:
            return
        self.job.looks -= 1
        if self.job.looks < 0:
            job, self.job = self.job, None
            self._finish(job.card, job.face, job.number)

    def _finish(self, card: Card, face: str, number: int) -> None:
        card.faces[-1] = face
        self.ribbon -= 1
        self.unit.printed += 1
        self.unit.jobs.add(number)

    def bring_card_to_chip_station(self) -> None:
        self._ready()
        if self.path is None:
            self.points.at("feed", "before")
            card = next(iter(self.at(Where.FEEDER)), None)
            if card is None:
                raise DeviceError("empty", native_code=0x8000, code="media-empty")
            self.observer.saw(EffectKind.FEED, card)
            self._draw(card)
            self._may_break("feed")
            self.points.at("feed", "after")
        self.position = CardPosition.CHIP_STATION

    def _draw(self, card: Card) -> None:
        stuck, self.stuck = self.stuck, 0
        drawn = [card, *self.at(Where.FEEDER)[1 : 1 + stuck]]
        for one in drawn:
            # One that was put back into the feeder came out of it the first time as it did.
            one.along = one.along if one.left_feeder else one is not card
            one.drawn_with = one.drawn_with or (card.serial if len(drawn) > 1 else 0)
            one.place, one.left_feeder = Where.PATH, True
        self.insertions += 1
        self.position = CardPosition.UNKNOWN

    def _may_break(self, motion: str) -> None:
        how = self.breaks.pop(motion, "")
        if how == "jam":
            self.jammed = True
            self.points.fired[f"{motion}: jam"] += 1
            raise BrokeOffError("jam", native_code=0x60000, code="media-jam")
        if how == "cover":
            self.cover_open = True
            self.points.fired[f"{motion}: cover"] += 1
            raise BrokeOffError("cover", native_code=0x50001, code="cover-open")

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        del back
        self._ready()
        if self.path is None:
            raise DeviceError("no card", native_code=0x8100, code="media-needed")
        if self.ribbon == 0:
            raise DeviceError("ribbon", native_code=0x80300, code="marker-print-ribbon-empty")
        card, face = self.path, front.preview_png.decode()
        self.points.at("print", "before")
        self.job = None  # the driver drops what a job before this one has left
        self.observer.saw(EffectKind.PRINT, card, face)
        self.position = CardPosition.PRINT_STATION
        card.faces.append(TORN)
        if self.breaks.pop("print", ""):
            self._stop_in_print(Job(card, face, job_id, looks=2))
        self.ribbon -= 1
        self.points.at("print", "inside")
        self.ribbon += 1
        self._finish(card, face, job_id)
        self.points.at("print", "after")

    def _stop_in_print(self, job: Job) -> NoReturn:
        self.job, self.cover_open = job, True
        self.points.fired["print: cover"] += 1
        raise OutcomeUnknownError("the cover was opened after the first panel")

    def present_card(self) -> None:
        self._move_out(EffectKind.RELEASE, Where.OUT)

    def reject_card(self) -> None:
        self._move_out(EffectKind.REJECT, Where.REJECTED)

    def _move_out(self, kind: EffectKind, place: Where) -> None:
        self._ready()
        self.points.at(kind.value, "before")
        if self.path is not None:
            self.job = None
            self.observer.saw(kind, self.path)
            self._may_break(kind.value)
            self.presented = self.path if place is Where.OUT else self.presented
            self.path.place = place
        self.points.at(kind.value, "after")
        if self.path is not None:
            raise BrokeOffError(f"{kind}: a card is still inside", native_code=0)

    def _reach(self) -> None:
        if not self.printer_cable:
            raise PrinterNotConnectedError("the cable is out")

    def _ready(self) -> None:
        self._reach()
        if self.cover_open:
            raise DeviceError("cover", native_code=0x50001, code="cover-open")
        if self.jammed:
            raise DeviceError("jam", native_code=0x60000, code="media-jam")
        if self.reserved:
            self.reserved -= 1
            locked = PrinterStateReason.LOCKED.value
            raise DeviceError("another host has it", native_code=0, code=locked)

    def _reasons(self) -> tuple[Reason, ...]:
        open_cover = Reason(PrinterStateReason.COVER_OPEN, Severity.ERROR, "050001")
        jam = Reason(PrinterStateReason.MEDIA_JAM, Severity.ERROR, "060000")
        locked = Reason(PrinterStateReason.LOCKED, Severity.ERROR, "")
        return (
            (open_cover,) * self.cover_open + (jam,) * self.jammed + (locked,) * bool(self.reserved)
        )

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None

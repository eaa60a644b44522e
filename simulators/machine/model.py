"""The physical state of one machine. No protocol, no socket: its interfaces read and change it."""

from __future__ import annotations

import enum
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from simulators.cards import SimulatedCard
from simulators.machine.cards_in_path import PATH, PhysicalCard, Place
from simulators.machine.clock import DeviceClock


class Condition(enum.StrEnum):
    """What blocks the machine; each printer family has its own code for it."""

    COVER_OPEN = "cover-open"
    REJECT_BOX_MISSING = "reject-box-missing"
    REJECT_BOX_FULL = "reject-box-full"
    CARDS_OUT = "cards-out"
    CARDS_LOW = "cards-low"
    FEED_FAILED = "feed-failed"
    RIBBON_MISSING = "ribbon-missing"
    RIBBON_USED_UP = "ribbon-used-up"
    RIBBON_CHIP_NOT_FOUND = "ribbon-chip-not-found"
    RIBBON_UNSUPPORTED = "ribbon-unsupported"
    JAM = "jam"


class RibbonKind(enum.StrEnum):
    """Ribbons that the machine can be given."""

    YMCKO = "YMCKO"
    YMCKOK = "YMCKOK"
    K = "K"


@dataclass(slots=True)
class Ribbon:
    """One ribbon cassette. Each printed card uses one set of panels, for both sides together."""

    kind: RibbonKind
    cards_left: int
    chip_found: bool = True


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The maker's facts, as far as they are simulated.

    Attributes:
        seconds: Device time by activity: `feed`, `to-print-start`, `to-output`, `to-reject`,
            `reseat`, `power-up`, and `flip`.
        width: Dots along the card's long edge.
        height: Dots along its short edge.
        ribbon_cards: Cards that a new ribbon prints.
        open_reader: Not a machine but a plain reader into which a person inserts the card.
        defects: Other faults of the maker's list: code -> whether it stops the machine.
    """

    seconds: Mapping[str, float]
    width: int
    height: int
    feeder_capacity: int = 100
    reject_capacity: int = 25
    cards_low_at: int = 3
    ribbon_cards: int = 200
    open_reader: bool = False
    defects: Mapping[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Faults:
    """Faults that have been ordered and have not happened yet.

    Attributes:
        tear_in: Number of APDUs until the card is torn from the contacts, the torn one counted.
        tear_when: `before`, `inside` or `after` that APDU.
        lose_answers: Printer answers that will not be sent.
        lose_to: Only answers to this command, in capitals; empty: to any.
        late_answers: Wall seconds by which the next printer answers will be late, and to which
            command, as `lose_to`.
        resend_planes: Planes that the printer will request again.
        feeder_blocked: Feeding fails.
        jam_next: The next motion jams.
        jam_at: Only when it is this one (`feed`, `flip`, `to-output` ...); empty: any.
        counter_reads_zero: The ribbon's counter reads 0 until the cover is opened.
        ok_answers: Printer answers that will be a bare "OK" instead of the data asked for.
        ok_to: Only answers to this command, as `lose_to`.
    """

    tear_in: int = 0
    tear_when: str = "inside"
    lose_answers: int = 0
    lose_to: str = ""
    late_answers: list[tuple[float, str]] = field(default_factory=list)
    resend_planes: int = 0
    feeder_blocked: bool = False
    jam_next: bool = False
    jam_at: str = ""
    counter_reads_zero: bool = False
    ok_answers: int = 0
    ok_to: str = ""

    @property
    def touch_answers(self) -> bool:
        """Whether any answer of the printer is to be lost or late."""
        return bool(self.lose_answers or self.late_answers)

    def answer_is_lost(self, command: str) -> bool:
        """Whether the answer to `command` is to be lost; uses the fault up."""
        if not self.lose_answers or self.lose_to not in ("", command):
            return False
        self.lose_answers -= 1
        return True

    def answer_is_ok(self, command: str) -> bool:
        """Whether a bare "OK" answers `command`; uses the fault up."""
        if not self.ok_answers or self.ok_to not in ("", command):
            return False
        self.ok_answers -= 1
        return True

    def answer_is_late(self, command: str) -> float:
        """By how many seconds the answer to `command` is to be late; uses the fault up."""
        due = [late for late in self.late_answers if late[1] in ("", command)]
        if due:
            self.late_answers.remove(due[0])
        return due[0][0] if due else 0.0


class Machine:
    """The complete physical state, under one lock (`condition`).

    Change it inside `change()` only: watchers are notified afterwards. Motions are in `motor.py`,
    the chip station in `chip_station.py`, manual actions in `hands.py`.
    """

    def __init__(
        self,
        facts: MachineFacts,
        make_blank: Callable[[str | None], SimulatedCard],
        *,
        speed: float = 1.0,
    ) -> None:
        self.facts = facts
        self._make_blank = make_blank
        self.condition = threading.Condition(threading.RLock())
        self.clock = DeviceClock(self.condition, speed)
        self._watchers: list[Callable[[], None]] = []
        self._depth = 0
        self.revision = 0
        self.cards: dict[str, PhysicalCard] = {}
        self._path_card: PhysicalCard | None = None
        self._rejected = 0
        self.feeder: list[PhysicalCard] = []  # last one is fed first
        self.power = True
        self.power_epoch = 1  # a new number for each time the power came or went
        self.powering_up = False
        self.cover_open = False
        self.printer_cable = True
        self.reader_cable = True
        self.jammed = False
        self.jam_place = ""  # the motion in which it happened, or the card's place
        self.defects: list[str] = []
        self.head_dirty = False
        self.contacts_dirty = False
        self.feed_failed = False
        self.reject_box_in = True
        self.reject_box_stuffed = False
        self.ribbon: Ribbon | None = Ribbon(RibbonKind.YMCKOK, facts.ribbon_cards)
        self.activity: str | None = None
        self.run = 0  # incremented for each motion and for each early end
        self.seating = 0  # incremented whenever a card arrives at or leaves the contacts
        self.contact_lost_until = 0.0
        self.card_in_reader = False  # the reader's own view, set by the link
        self.has_desk_reader = False
        self.card_in_desk_reader = False  # its own view, as above
        self.faults = Faults()
        self.cards_printed = 1000  # in the printer's life
        self.totals: Counter[str] = Counter()
        self.violations: list[str] = []  # protocol violations by the host

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold the lock, count a revision, wake every waiter, then notify the watchers."""
        with self.condition:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                self.revision += 1
                self.condition.notify_all()
                outermost = self._depth == 0
        if outermost:
            for watcher in tuple(self._watchers):
                watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called after every change, in the changing thread: be quick, don't block.

        It is called without the machine's lock.
        """
        self._watchers.append(watcher)

    # --- cards -------------------------------------------------------------------------------

    def new_card(self, bank_bin: str | None = None) -> PhysicalCard:
        """Take a new blank out of its package, into the stock.

        Args:
            bank_bin: Its bank; None: the usual one; empty: a blank without a bank application.
        """
        card = PhysicalCard(self._make_blank(bank_bin), self.facts.width, self.facts.height)
        with self.change():
            self.cards[card.card_id] = card
        return card

    def cards_at(self, *places: Place) -> list[PhysicalCard]:
        """Every card at one of these places, in the order in which they were made."""
        return [card for card in self.cards.values() if card.place in places]

    @property
    def path_card(self) -> PhysicalCard | None:
        """The one card between feeder and outlets."""
        return self._path_card

    def put(self, card: PhysicalCard, place: Place) -> None:
        """Move a card; keeps feeder order and the seating at the contacts consistent.

        Raises:
            RuntimeError: Another card is in the path: a defect of the simulation.
        """
        with self.change():
            if place in PATH and self._path_card not in (None, card):
                raise RuntimeError("two cards in the path")
            if card in self.feeder:
                self.feeder.remove(card)
            if Place.CONTACT in (card.place, place):
                self.seating += 1
                self.contact_lost_until = 0.0
            self._rejected += (place is Place.REJECT_BOX) - (card.place is Place.REJECT_BOX)
            card.move(place)
            if place in PATH:
                self._path_card = card
            elif self._path_card is card:
                self._path_card = None
            if place is Place.FEEDER:
                self.feeder.append(card)

    # --- motion ------------------------------------------------------------------------------

    def stop_motion(self) -> None:
        """End a running motion now; the card stays where it is."""
        with self.change():
            self.run += 1
            self.activity = None

    def jam(self, where: str = "") -> None:
        """Jam the card where it is; `where` is the place that the machine will report."""
        with self.change():
            self.jammed = True
            self.jam_place = where
            self.stop_motion()

    # --- what can be asked -------------------------------------------------------------------

    @property
    def printer_on_usb(self) -> bool:
        """Whether the printer is visible to the host."""
        return self.power and self.printer_cable

    @property
    def busy(self) -> bool:
        """Whether a motion or a print runs."""
        return self.activity is not None

    @property
    def reject_box_full(self) -> bool:
        """Whether no card fits any more."""
        return self.reject_box_stuffed or self._rejected >= self.facts.reject_capacity

    @property
    def broken_down(self) -> bool:
        """Whether a defect stops the machine."""
        return any(self.facts.defects[code] for code in self.defects)

    @property
    def ribbon_counter(self) -> int | None:
        """The count on the ribbon's chip; None when it can't be read."""
        if self.ribbon is None or not self.ribbon.chip_found:
            return None
        return 0 if self.faults.counter_reads_zero else self.ribbon.cards_left

    def ribbon_condition(self) -> Condition | None:
        """Why the ribbon can't print; None when it can."""
        if self.ribbon is None:
            return Condition.RIBBON_MISSING
        if not self.ribbon.chip_found:
            return Condition.RIBBON_CHIP_NOT_FOUND
        return None if self.ribbon.cards_left else Condition.RIBBON_USED_UP

    def conditions(self) -> list[Condition]:
        """All conditions that block the machine, or will soon, by sensor."""
        with self.condition:
            feeder_low = 0 < len(self.feeder) <= self.facts.cards_low_at
            nothing_to_feed = not self.feeder and self.path_card is None
            found = {
                Condition.COVER_OPEN: self.cover_open,
                Condition.REJECT_BOX_MISSING: not self.reject_box_in,
                Condition.REJECT_BOX_FULL: self.reject_box_in and self.reject_box_full,
                Condition.CARDS_OUT: nothing_to_feed,
                Condition.CARDS_LOW: feeder_low,
                Condition.FEED_FAILED: self.feed_failed and not nothing_to_feed,
                Condition.JAM: self.jammed,
            }
            ribbon = self.ribbon_condition()
        return [condition for condition, true in found.items() if true] + (
            [ribbon] if ribbon else []
        )

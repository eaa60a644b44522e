"""The machine's motions, each run in a separate thread by `motor.py`.

Each ends early when the machine's run number changes (power, cover, jam, reset, a person's hand
inside): the card is then at the last place it reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.machine.cards_in_path import PhysicalCard, Place
from simulators.machine.model import Machine
from simulators.machine.picture import Side
from station.core.faces import Panel

#: Returns one panel's dots, `height` rows of `width`; called in the motion's thread.
Dots = Callable[[], NDArray[np.uint8]]


#: Rows of the card that get no dye from a dirty head: fine white lines along the card.
DIRTY_ROWS: Final = slice(None, None, 40)


class CutShortError(Exception):
    """The motion ended early."""


@dataclass(frozen=True, slots=True)
class SidePrint:
    """The print on one side.

    Attributes:
        side: The side.
        planes: Panel and its dots, in printing order.
        seconds: Device time of all of it, without flips.
    """

    side: Side
    planes: Sequence[tuple[Panel, Dots]]
    seconds: float


class Motion:
    """One motion in progress. Methods block for device time and raise `CutShortError`."""

    def __init__(self, machine: Machine, run: int) -> None:
        self._machine = machine
        self._run = run
        self._seconds = machine.facts.seconds

    @property
    def current(self) -> bool:
        """Whether nothing has ended this motion."""
        return self._machine.run == self._run

    def feed(self) -> None:
        """Pull a blank out of the feeder and bring it to the contacts."""
        half = self._seconds["feed"] / 2
        self._spend(half, "feed")
        self._step(self._pull_in)
        card = self._machine.path_card
        if card is None:
            raise CutShortError
        self._pause_point("feed")
        self._spend(half, "feed")
        self._step(lambda: self._machine.put(card, Place.CONTACT))

    def feed_to_print_start(self) -> None:
        """Pull a blank out of the feeder and bring it under the print head."""
        self.carry(self._fed(), Place.PRINT_START)

    def feed_and_print(self, sides: Sequence[SidePrint], *, keep: bool) -> None:
        """Pull a blank out of the feeder and print on it."""
        self.print_card(self._fed(), sides, keep=keep)

    def feed_and_swipe(self, touch: Callable[[PhysicalCard], None]) -> None:
        """Pull a blank out of the feeder and along the magnetic head."""
        self.swipe(self._fed(), touch)

    def _fed(self) -> PhysicalCard:
        self.feed()
        card = self._machine.path_card
        if card is None:
            raise CutShortError
        return card

    def carry(self, card: PhysicalCard, target: Place) -> None:
        """Carry the card between print start and contacts."""
        self._leg(card, "to-print-start", card.place, target)

    def reseat(self, card: PhysicalCard) -> None:
        """Lift the contacts and press them on again."""
        self._spend(self._seconds["reseat"], "reseat")
        self._step(lambda: self._machine.put(card, Place.CONTACT))

    def put_out(self, card: PhysicalCard) -> None:
        """Put the card into the output hopper."""
        self._leg(card, "to-output", Place.PRINT_START, Place.OUTPUT_HOPPER, "releases")

    def reject(self, card: PhysicalCard) -> None:
        """Put the card into the reject box."""
        self._leg(card, "to-reject", Place.PRINT_START, Place.REJECT_BOX, "rejects")

    def swipe(self, card: PhysicalCard, touch: Callable[[PhysicalCard], None]) -> None:
        """Pull the card along the magnetic head; it ends under the print head."""
        if card.place is not Place.PRINT_START:
            self.carry(card, Place.PRINT_START)
        half = self._seconds["magnetic"] / 2
        self._spend(half, "magnetic")
        self._step(lambda: touch(card))
        self._pause_point("magnetic")
        self._spend(half, "magnetic")
        self._step(self._count_swipe)

    def clean(self) -> None:
        """Wipe rollers and print head."""
        self._spend(self._seconds["clean"], "clean")
        self._step(self._wipe)

    def power_up(self) -> None:
        """Initialise; the card is not moved."""
        self._spend(self._seconds["power-up"], "power-up")
        self._step(self._ready)

    def print_card(self, card: PhysicalCard, sides: Sequence[SidePrint], *, keep: bool) -> None:
        """Print all sides; uses one set of panels as soon as the head comes down."""
        if card.place is not Place.PRINT_START:
            self.carry(card, Place.PRINT_START)
        self._step(self._use_ribbon)
        for side in sides:
            self._print_side(card, side)
        self._step(self._count_print)
        if not keep:
            self.put_out(card)

    # --- parts -------------------------------------------------------------------------------

    def _spend(self, seconds: float, activity: str) -> None:
        if not self._machine.clock.spend(seconds, activity, lambda: self.current):
            raise CutShortError

    def _pause_point(self, activity: str) -> None:
        if not self._machine.clock.pause_point(activity, lambda: self.current):
            raise CutShortError

    def _step(self, change: Callable[[], None]) -> None:
        """Apply a physical change, unless the motion was ended just before."""
        with self._machine.change():
            if not self.current:
                raise CutShortError
            change()

    def _leg(
        self, card: PhysicalCard, activity: str, via: Place, target: Place, total: str = ""
    ) -> None:
        """Carry the card in two halves; between them it is at `via`, where a test may pause."""
        half = self._seconds[activity] / 2
        self._step(lambda: self._jam_if_asked(activity))
        self._spend(half, activity)
        if via is not card.place:
            self._step(lambda: self._machine.put(card, via))
        self._pause_point(activity)
        self._spend(half, activity)
        self._step(lambda: self._arrive(card, target, total))

    def _arrive(self, card: PhysicalCard, target: Place, total: str) -> None:
        self._machine.put(card, target)
        if total:
            self._machine.totals[total] += 1

    def _jam_if_asked(self, activity: str) -> None:
        faults = self._machine.faults
        if faults.jam_next and faults.jam_at in ("", activity):
            faults.jam_next = False
            self._machine.jam(faults.jam_at)

    def _pull_in(self) -> None:
        machine = self._machine
        machine.feed_failed = machine.faults.feeder_blocked or not machine.feeder
        if machine.feed_failed:
            raise CutShortError
        machine.put(machine.feeder[-1], Place.PRINT_START)
        machine.totals["feeds"] += 1
        self._jam_if_asked("feed")

    def _wipe(self) -> None:
        self._machine.head_dirty = False

    def _ready(self) -> None:
        self._machine.powering_up = False

    def _use_ribbon(self) -> None:
        ribbon = self._machine.ribbon
        if ribbon is None or not ribbon.cards_left:
            raise CutShortError
        ribbon.cards_left -= 1

    def _count_swipe(self) -> None:
        self._machine.totals["swipes"] += 1

    def _count_print(self) -> None:
        self._machine.cards_printed += 1
        self._machine.totals["prints"] += 1

    def _print_side(self, card: PhysicalCard, job: SidePrint) -> None:
        face = card.faces[job.side]
        before = len(face.panels)
        try:
            self._print_whole_side(card, job)
        except CutShortError:
            face.interrupted += 1 if len(face.panels) > before else 0
            raise

    def _print_whole_side(self, card: PhysicalCard, job: SidePrint) -> None:
        if job.side is Side.BACK:
            self._leg(card, "flip", Place.FLIPPER, Place.PRINT_START)
        for panel, dots in job.planes:
            self._print_panel(card, job, panel, dots())
        self._step(lambda: self._finish_side(card, job.side))
        if job.side is Side.BACK:
            self._leg(card, "flip", Place.FLIPPER, Place.PRINT_START)

    def _finish_side(self, card: PhysicalCard, side: Side) -> None:
        card.faces[side].prints += 1
        self._machine.totals["faces_printed"] += 1

    def _print_panel(
        self, card: PhysicalCard, job: SidePrint, panel: Panel, plane: NDArray[np.uint8]
    ) -> None:
        activity = f"print-{job.side.value}"
        half = job.seconds / len(job.planes) / 2
        self._spend(half, activity)
        if self._machine.head_dirty:
            plane = plane.copy()
            plane[DIRTY_ROWS] = 0
        self._step(lambda: card.faces[job.side].burn(panel, plane))
        self._pause_point(activity)
        self._spend(half, activity)

"""The machine's commands: feed, carry, print, release. One motion at a time.

A motion is accepted at once and runs in its own thread; `motions.py` defines each one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from simulators.machine.cards_in_path import PhysicalCard, Place
from simulators.machine.model import Machine
from simulators.machine.motions import CutShortError, Motion, SidePrint

Work = Callable[[Motion], None]


class RefusedError(Exception):
    """The command is impossible now; nothing moved. The message is the reason, for the record."""


class Motor:
    """Runs the machine's motions. Every public method checks, accepts, and returns at once."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._thread: threading.Thread | None = None

    def to_contact(self) -> None:
        """Bring the card in the path, or else a blank from the feeder, to the chip station.

        Raises:
            RefusedError: Busy, cover, jam, or no card anywhere.
        """
        with self._machine.change():
            self._check()
            card = self._machine.path_card
            if card is None and not self._machine.feeder:
                raise RefusedError("the feeder is empty")
            if card is None:
                self._start("feed", Motion.feed)
            elif card.place is Place.CONTACT:
                self._start("reseat", lambda motion: motion.reseat(card))
            else:
                self._start("to-contact", lambda motion: motion.carry(card, Place.CONTACT))

    def to_output(self) -> None:
        """Put the card out where a person can take it.

        Raises:
            RefusedError: Busy, cover, jam, or no card in the path.
        """
        with self._machine.change():
            card = self._card()
            self._start("to-output", lambda motion: motion.put_out(card))

    def to_reject(self) -> None:
        """Put the card into the reject box.

        Raises:
            RefusedError: As `to_output`, and when the box is out or full.
        """
        with self._machine.change():
            card = self._card()
            if not self._machine.reject_box_in or self._machine.reject_box_full:
                raise RefusedError("the reject box is out or full")
            self._start("to-reject", lambda motion: motion.reject(card))

    def check_ready_to_print(self, *, feeds: bool = False) -> None:
        """Refuse what `print_card` would refuse.

        Raises:
            RefusedError: Busy, cover, jam, no card, or no usable ribbon.
        """
        with self._machine.condition:
            if not (feeds and self._feeds_first()):
                self._card()
            why = self._machine.ribbon_condition()
            if why is not None:
                raise RefusedError(why.value)

    def print_card(
        self,
        sides: Sequence[SidePrint],
        *,
        keep: bool,
        ended: Callable[[bool], None],
        feeds: bool = False,
    ) -> None:
        """Print on the card in the path; `ended` is called with whether it was completed.

        Args:
            sides: What to print.
            keep: Whether the card stays inside.
            ended: See above.
            feeds: Whether to take a blank from the feeder when the path is empty.

        Raises:
            RefusedError: See `check_ready_to_print`.
        """
        with self._machine.change():
            self.check_ready_to_print(feeds=feeds)
            if self._machine.path_card is None:
                self._start("print", lambda motion: motion.feed_and_print(sides, keep=keep), ended)
                return
            card = self._card()
            self._start("print", lambda motion: motion.print_card(card, sides, keep=keep), ended)

    def to_print_start(self) -> None:
        """Bring the card in the path, or else a blank from the feeder, under the print head.

        Raises:
            RefusedError: Busy, cover, jam, or no card anywhere.
        """
        with self._machine.change():
            if self._feeds_first():
                self._start("feed", Motion.feed_to_print_start)
                return
            card = self._card()
            if card.place is not Place.PRINT_START:
                self._start("to-print-start", lambda motion: motion.carry(card, Place.PRINT_START))

    def swipe(self, touch: Callable[[PhysicalCard], None], *, feeds: bool = False) -> None:
        """Pull the card along the magnetic head, which applies `touch` to its stripe.

        Args:
            touch: Reads or changes the stripe.
            feeds: Whether to take a blank from the feeder when the path is empty.

        Raises:
            RefusedError: Busy, cover, jam, or no card in the path.
        """
        with self._machine.change():
            if feeds and self._feeds_first():
                self._start("magnetic", lambda motion: motion.feed_and_swipe(touch))
                return
            card = self._card()
            self._start("magnetic", lambda motion: motion.swipe(card, touch))

    def clean(self) -> None:
        """Run the cleaning card through.

        Raises:
            RefusedError: Busy, cover, jam, or a card in the path.
        """
        with self._machine.change():
            self._check()
            if self._machine.path_card is not None:
                raise RefusedError("a card in the path")
            self._start("clean", Motion.clean)

    def power_up(self) -> None:
        """Initialise after the power came or after a hard reset; moves are refused meanwhile."""
        with self._machine.change():
            self._machine.powering_up = True
            self._start("power-up", Motion.power_up)

    def join(self, timeout: float) -> None:
        """Wait for the last motion to end."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _check(self) -> None:
        machine = self._machine
        obstacles: Mapping[str, bool] = {
            "no power": not machine.power,
            "powering up": machine.powering_up,
            "busy": machine.busy,
            "cover open": machine.cover_open,
            "jam": machine.jammed,
            "defect": machine.broken_down,
        }
        for name, true in obstacles.items():
            if true:
                raise RefusedError(name)

    def _feeds_first(self) -> bool:
        self._check()
        if self._machine.path_card is not None:
            return False
        if not self._machine.feeder:
            raise RefusedError("the feeder is empty")
        return True

    def _card(self) -> PhysicalCard:
        self._check()
        card = self._machine.path_card
        if card is None:
            raise RefusedError("no card in the path")
        return card

    def _start(
        self, activity: str, work: Work, ended: Callable[[bool], None] | None = None
    ) -> None:
        self._machine.run += 1
        self._machine.activity = activity
        motion = Motion(self._machine, self._machine.run)
        self._thread = threading.Thread(
            target=self._work, args=(motion, work, ended), name=f"motor-{activity}", daemon=True
        )
        self._thread.start()

    def _work(self, motion: Motion, work: Work, ended: Callable[[bool], None] | None) -> None:
        try:
            work(motion)
            whole = True
        except CutShortError:
            whole = False
        with self._machine.change():
            if motion.current:
                self._machine.activity = None
            if ended is not None:
                ended(whole)

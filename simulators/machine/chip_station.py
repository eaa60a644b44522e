"""The chip station: contacts that reach a chip only while a card is really under them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from simulators.machine.cards_in_path import PhysicalCard, Place
from simulators.machine.contacts import ContactLostError, Contacts, Seat
from simulators.machine.model import Machine

#: Contact timing at 9600 baud: linear fit over measured exchanges (chip reference, 8.2).
SECONDS_PER_BYTE: Final = 0.00124
SECONDS_PER_EXCHANGE: Final = 0.007
TEAR_SECONDS: Final = 0.6  #: wall time without contact after a tear; longer than a PC/SC poll
TEAR_TIMES: Final = ("before", "inside", "after")


class ChipStation(Contacts):
    """Powers the chip and transmits commands to it, in device time, one caller at a time."""

    def __init__(
        self, machine: Machine, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(machine)
        self._monotonic = monotonic
        self._tear_after = False

    def seat(self) -> Seat | None:
        """The card that the reader can reach now; None when there is none, or no connection."""
        machine = self._machine
        with machine.condition:
            card = machine.path_card
            reachable = machine.power and machine.reader_cable and not self.contact_lost
            if card is None or card.place is not Place.CONTACT or not reachable:
                return None
            missed = card.turned or card.seated_badly or machine.contacts_dirty
            return None if missed else Seat(machine.seating, card)

    @property
    def contact_lost(self) -> bool:
        """Whether a tear is in progress."""
        return self.contact_back_in > 0

    @property
    def contact_back_in(self) -> float:
        """Wall seconds until a torn card makes contact again; 0 when it does."""
        return max(0.0, self._machine.contact_lost_until - self._monotonic())

    def power_on(self, seat: Seat, *, warm: bool = False) -> bytes:
        """Power the chip on (or reset it): its ATR.

        The vpcd protocol can't represent a card that is inserted and mute: a chip without an ATR
        counts as absent until it is seated again.

        Raises:
            ContactLostError: The card left meanwhile, or remains mute.
        """
        chip = seat.card.chip
        self._spend(SECONDS_PER_BYTE * len(chip.atr) + SECONDS_PER_EXCHANGE, "power-on", seat)
        atr = self._reset(seat.card, warm=warm)
        if atr is None:
            self._give_up(seat.card)
            raise ContactLostError
        self._begin_session(seat.card)
        return atr

    def transmit(self, seat: Seat, command: bytes) -> bytes:
        """Transmit one command to the chip and return its answer.

        Raises:
            ContactLostError: The card left, was torn out, or has no power.
        """
        if not self._session_open:
            raise ContactLostError
        tear = self._tear_now()
        if tear == "before":
            self._tear()
        self._spend(SECONDS_PER_BYTE * (len(command) + 1) + SECONDS_PER_EXCHANGE, "apdu", seat)
        answer = self._execute(seat.card, command)
        if tear == "inside":
            self._tear()
        if not self._machine.clock.pause_point("apdu", lambda: self.seat() == seat):
            raise ContactLostError
        self._spend(SECONDS_PER_BYTE * len(answer), "apdu", seat)
        return answer

    def answered(self) -> None:
        """Called by the reader when the answer is on its way: the moment of a tear `after` it.

        Raises:
            ContactLostError: The card was torn out now.
        """
        if self._tear_after:
            self._tear_after = False
            self._tear()

    def _give_up(self, card: PhysicalCard) -> None:
        with self._machine.change():
            card.seated_badly = True

    def _spend(self, seconds: float, activity: str, seat: Seat) -> None:
        if not self._machine.clock.spend(seconds, activity, lambda: self.seat() == seat):
            raise ContactLostError

    def _tear_now(self) -> str | None:
        faults = self._machine.faults
        with self._machine.condition:
            if not faults.tear_in:
                return None
            faults.tear_in -= 1
            due = not faults.tear_in
        self._tear_after = due and faults.tear_when == "after"
        return faults.tear_when if due else None

    def _tear(self) -> None:
        self._lose_contact()
        raise ContactLostError

    def _lose_contact(self) -> None:
        with self._machine.change():
            self._machine.seating += 1
            self._machine.contact_lost_until = self._monotonic() + TEAR_SECONDS
            self._machine.totals["tears"] += 1

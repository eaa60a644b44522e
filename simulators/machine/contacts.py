"""Contacts under which a card can be: what every reader does with its chip, and what it counts."""

from __future__ import annotations

import abc
from dataclasses import dataclass

from simulators.machine.cards_in_path import PhysicalCard
from simulators.machine.model import Machine


class ContactLostError(Exception):
    """The card is gone from the contacts; whether it executed the command is not known outside."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One card at the contacts, from its arrival to its departure."""

    number: int
    card: PhysicalCard


class Contacts(abc.ABC):
    """One caller at a time."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._session_open = False
        self._session_wrote = False

    @property
    @abc.abstractmethod
    def contact_back_in(self) -> float:
        """Wall seconds until a torn card makes contact again; 0 when it does."""

    @abc.abstractmethod
    def seat(self) -> Seat | None:
        """The card that the reader can reach now; None when there is none."""

    def atr(self, seat: Seat) -> bytes:
        """The ATR that the reader stores while the card is in; takes no device time."""
        return seat.card.chip.atr

    @abc.abstractmethod
    def power_on(self, seat: Seat, *, warm: bool = False) -> bytes:
        """Power the chip on (or reset it): its ATR.

        Raises:
            ContactLostError: The card left meanwhile, or remains mute.
        """

    def power_off(self, seat: Seat) -> None:
        """Take the power from the chip."""
        self._session_open = False
        with seat.card.chip_lock:
            seat.card.chip.power_off()

    @abc.abstractmethod
    def transmit(self, seat: Seat, command: bytes) -> bytes:
        """Transmit one command to the chip and return its answer.

        Raises:
            ContactLostError: The card left, was torn out, or has no power.
        """

    @abc.abstractmethod
    def answered(self) -> None:
        """Called by the reader when the answer is on its way.

        Raises:
            ContactLostError: The card was torn out now.
        """

    def _reset(self, card: PhysicalCard, *, warm: bool) -> bytes | None:
        with card.chip_lock:
            return card.chip.reset() if warm else card.chip.power_on()

    def _begin_session(self, card: PhysicalCard) -> None:
        self._session_open, self._session_wrote = True, False
        with self._machine.change():
            card.power_sessions += 1

    def _execute(self, card: PhysicalCard, command: bytes) -> bytes:
        with card.chip_lock:
            before = card.chip.counts["writes"]
            answer = card.chip.transmit(command)
            written = card.chip.counts["writes"] - before
        if written:
            self._count(card, written)
        return answer

    def _count(self, card: PhysicalCard, written: int) -> None:
        with self._machine.change():
            card.records_written += written
            self._machine.totals["records_written"] += written
            if not self._session_wrote:
                self._session_wrote = True
                card.write_sessions += 1
                self._machine.totals["chip_write_sessions"] += 1

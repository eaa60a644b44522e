"""The reader on the clerk's desk: a person lays a card in and takes it out.

The machine has nothing to do with it: no power, no cable, no device time of its.
The cards are the machine's, so that one card may be made, taken and read at the desk.
"""

from __future__ import annotations

from simulators.machine.cards_in_path import Place
from simulators.machine.chip_station import ContactLostError, Seat
from simulators.machine.model import Machine


class DeskContacts:
    """The contacts of the desk's reader."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.contact_back_in = 0.0  # nothing tears a card out here but a hand

    def seat(self) -> Seat | None:
        """The card in the reader; None when there is none, or it is the wrong way round."""
        with self._machine.condition:
            cards = self._machine.cards_at(Place.DESK_READER)
            # A card that is laid in again is a new seat: its number is that of its move.
            return None if not cards or cards[0].turned else Seat(cards[0].moved_at, cards[0])

    def atr(self, seat: Seat) -> bytes:
        """The ATR that the reader stores while the card is in."""
        return seat.card.chip.atr

    def power_on(self, seat: Seat, *, warm: bool = False) -> bytes:
        """Power the chip on (or reset it): its ATR.

        Raises:
            ContactLostError: The chip is mute.
        """
        with seat.card.chip_lock:
            atr = seat.card.chip.reset() if warm else seat.card.chip.power_on()
        if atr is None:
            raise ContactLostError
        with self._machine.change():
            seat.card.power_sessions += 1
        return atr

    def power_off(self, seat: Seat) -> None:
        """Take the power from the chip."""
        with seat.card.chip_lock:
            seat.card.chip.power_off()

    def transmit(self, seat: Seat, command: bytes) -> bytes:
        """Transmit one command to the chip and return its answer.

        Raises:
            ContactLostError: The card was taken out.
        """
        if self.seat() != seat:
            raise ContactLostError
        with seat.card.chip_lock:
            before = seat.card.chip.counts["writes"]
            answer = seat.card.chip.transmit(command)
            written = seat.card.chip.counts["writes"] - before
        if written:
            with self._machine.change():
                seat.card.records_written += written
                self._machine.totals["records_written"] += written
        return answer

    def answered(self) -> None:
        """Nothing follows."""

"""The reader on the clerk's desk: a person lays a card in and takes it out.

It needs neither the machine's power nor its cable, and takes no device time. The cards are the
machine's, so that one card may be made, taken and read at the desk.
"""

from __future__ import annotations

from simulators.machine.cards_in_path import Place
from simulators.machine.contacts import ContactLostError, Contacts, Seat


class DeskContacts(Contacts):
    """The contacts of the desk's reader; only a hand takes a card out here."""

    @property
    def contact_back_in(self) -> float:
        """Nothing tears a card out and lets it back."""
        return 0.0

    def seat(self) -> Seat | None:
        """The card in the reader; None when there is none, or it is the wrong way round."""
        with self._machine.condition:
            cards = self._machine.cards_at(Place.DESK_READER)
            # A card that is laid in again is a new seat: its number is that of its move.
            return None if not cards or cards[0].turned else Seat(cards[0].moved_at, cards[0])

    def power_on(self, seat: Seat, *, warm: bool = False) -> bytes:
        """See `Contacts`."""
        atr = self._reset(seat.card, warm=warm)
        if atr is None:
            raise ContactLostError
        self._begin_session(seat.card)
        return atr

    def transmit(self, seat: Seat, command: bytes) -> bytes:
        """See `Contacts`."""
        if not self._session_open or self.seat() != seat:
            raise ContactLostError
        return self._execute(seat.card, command)

    def answered(self) -> None:
        """Nothing follows."""

"""Operators' cards in a reader in memory, for the doors of a test."""

from __future__ import annotations

from simulators.operator_cards import PivCard
from station.core.errors import CardMuteError
from station.encoder.piv import PivReader


class CardSlotInMemory:
    """An `ApduLink` whose card a test puts in and takes out."""

    address = "memory:operator-card"

    def __init__(self, card: PivCard | None = None) -> None:
        self.card = card
        self.sent: list[bytes] = []

    def check_reader(self) -> None:
        return None

    def reader_present(self) -> bool:
        return True

    def power_on(self) -> bytes:
        atr = None if self.card is None else self.card.power_on()
        if atr is None:
            raise CardMuteError("no card", details={"cause": "no-card"})
        return atr

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        del name
        assert self.card is not None
        self.sent.append(command)
        return self.card.transmit(command)

    def power_off(self) -> None:
        if self.card is not None:
            self.card.power_off()

    def close(self) -> None:
        self.power_off()

    @property
    def verifies(self) -> int:
        """How often a PIN was sent."""
        return sum(1 for one in self.sent if one[1] == 0x20 and len(one) > 5)


def reader_with(card: PivCard | None) -> tuple[PivReader, CardSlotInMemory]:
    """Return a reader, and the slot in which a test changes the card."""
    slot = CardSlotInMemory(card)
    return PivReader(slot), slot

"""An in-memory link with a simulated card in it."""

from __future__ import annotations

from collections.abc import Callable

from simulators.cards import SimulatedCard
from station.core.errors import CardMuteError, ReaderNotConnectedError, TransportClosedError
from station.encoder import load_profile
from station.encoder.apdu import CommandApdu
from station.encoder.card_profile import CommandKinds


class CardInReader:
    """An in-memory `ApduLink` with a simulated card in it, whose card can be torn out."""

    address = "memory:card"

    def __init__(self, card: SimulatedCard, profile: str = "ssc") -> None:
        self.card = card
        self.kinds: CommandKinds = load_profile(profile).commands
        self.sent = 0
        self.tear_before: int | None = None  # the command never reaches the card
        self.tear_when = ""  # the card does this command, and its answer is lost
        self.tear_after: int | None = None  # the card does it, and its answer is lost
        self.commands: list[CommandApdu] = []
        self.before_write: tuple[int, Callable[[], None]] | None = None

    def is_writing(self, command: CommandApdu) -> bool:
        return self.kinds.is_writing(command)

    def check_reader(self) -> None:
        if not self.reader_present():
            raise ReaderNotConnectedError("no reader")

    def reader_present(self) -> bool:
        return True

    def power_on(self) -> bytes:
        atr = self.card.power_on()
        if atr is None:
            raise CardMuteError("no ATR")
        return atr

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        self.sent += 1
        if self.sent == self.tear_before:
            self._torn(name)
        self.commands.append(CommandApdu.decode(command, name=name))
        if self.before_write and self.is_writing(self.commands[-1]):
            count, act = self.before_write
            self.before_write = (count - 1, act) if count else act()
        answer = self.card.transmit(command)
        if self.sent == self.tear_after or (name and name == self.tear_when):
            self._torn(name)
        return answer

    def _torn(self, name: str) -> None:
        self.card.power_off()
        raise TransportClosedError(f"{name}: torn out")

    def power_off(self) -> None:
        self.card.power_off()

    def close(self) -> None:
        self.power_off()

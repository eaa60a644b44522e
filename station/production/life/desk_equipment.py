"""The devices of one desk, behind their interfaces. `bootstrap` fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from station.core.card_services import CardServices
from station.core.cards import BlankRule, CardEncoder
from station.core.errors import DeskDeviceMissingError
from station.core.identity_cards import IdCardReader
from station.core.pin_entry import PinPad


class DeskCardReader(Protocol):
    """A reader for the citizen's card; never the machine's. One caller at a time."""

    @property
    def address(self) -> str:
        """Its address, for people."""
        ...

    @property
    def services(self) -> CardServices:
        """The services for the card in it."""
        ...

    @property
    def encoder(self) -> CardEncoder:
        """Writes temporary cards in it; no portrait and no certificates."""
        ...

    def check_reader(self) -> None:
        """See `ApduLink.check_reader`."""
        ...

    def recent_exchanges(self) -> list[str]:
        """Return the last exchanges: command, status word, duration; no data."""
        ...

    def close(self) -> None:
        """Release the reader. Safe to call twice."""
        ...


#: Accepts no card: no version is in use.
NO_BLANKS: Final = BlankRule(frozenset(), frozenset(), luhn=False, bankless=True)


@dataclass(frozen=True, slots=True)
class DeskEquipment:
    """The devices on the desk; None for a missing one.

    Attributes:
        id_reader: Reads resident ID cards.
        poll: Seconds between two polls of it.
        keep: Seconds for which a reading may be used.
        card_reader: The desk's card reader.
        pin_pad: The keypad for the holder.
        pin_length: Digits of a PIN.
        pin_timeout: Seconds for one entry.
        keyboard: Whether a PIN may be typed on the PC's keyboard; only without a pad.
        temporary_blanks: Which blanks become temporary cards.
        unverified: Device name -> facts never confirmed on a real one.
    """

    id_reader: IdCardReader | None = None
    poll: float = 0.4
    keep: float = 300.0
    card_reader: DeskCardReader | None = None
    pin_pad: PinPad | None = None
    pin_length: int = 6
    pin_timeout: float = 60.0
    keyboard: bool = False
    temporary_blanks: BlankRule = NO_BLANKS
    unverified: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def reader(self) -> DeskCardReader:
        """Return the reader for the citizen's card.

        Raises:
            DeskDeviceMissingError: The desk has none.
        """
        if self.card_reader is None:
            raise DeskDeviceMissingError("no card reader", details={"setting": "desk_reader"})
        return self.card_reader

    def close(self) -> None:
        """Release every device."""
        for device in (self.id_reader, self.card_reader, self.pin_pad):
            if device is not None:
                device.close()

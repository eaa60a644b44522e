"""A reader for the citizen's card at the desk: card services, and the writing of temporary cards.

The encoder uses the same card profile as the machine's, at a link of its own.
"""

from __future__ import annotations

from station.core.card_services import CardServices
from station.core.cards import CardEncoder
from station.encoder.services import ChipServices
from station.encoder.session import ChipEncoder


class CardAtDesk:
    """One reader on the clerk's desk. One caller at a time."""

    def __init__(self, encoder: ChipEncoder) -> None:
        self._encoder = encoder
        self._services = ChipServices(encoder)

    @property
    def address(self) -> str:
        """See `ApduLink.address`."""
        return self._encoder.address

    @property
    def services(self) -> CardServices:
        """The services for the card in the reader."""
        return self._services

    @property
    def encoder(self) -> CardEncoder:
        """Writes temporary cards in the reader."""
        return self._encoder

    def check_reader(self) -> None:
        """See `ApduLink.check_reader`."""
        self._encoder.check_reader()

    def recent_exchanges(self) -> list[str]:
        """See `CardEncoder.recent_exchanges`."""
        return self._encoder.recent_exchanges()

    def close(self) -> None:
        """Release the reader."""
        self._encoder.close()

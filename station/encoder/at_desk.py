"""A reader for a card in the citizen's hand: the services of an encoder, and nothing that writes.

The encoder is of the same card profile as the machine's, at a link of its own.
"""

from __future__ import annotations

from station.core.card_services import CardServices
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
        """What can be done with the card in it."""
        return self._services

    def check_reader(self) -> None:
        """See `ApduLink.check_reader`."""
        self._encoder.check_reader()

    def recent_exchanges(self) -> list[str]:
        """See `CardEncoder.recent_exchanges`."""
        return self._encoder.recent_exchanges()

    def close(self) -> None:
        """Give the reader back."""
        self._encoder.close()

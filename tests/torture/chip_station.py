"""The chip station of the torture: what a reader sees of the card that stands at its contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station.core.cards import (
    AuthenticationRequest,
    Authenticator,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.errors import (
    CardMismatchError,
    CardMuteError,
    NameNotEncodableError,
    ReaderNotConnectedError,
    StatusWordError,
    WrongCardError,
    WrongCardReason,
)
from station.core.orders import EffectKind
from station.core.photos import Portrait
from tests.rigs.blanks import refuse_unfit_blank
from tests.torture.blanks import Card

if TYPE_CHECKING:
    from tests.torture.machine import Observer
    from tests.torture.points import Points


class ChipStation:
    """A `CardEncoder` without a wire; what a machine adds is where the card comes from.

    Attributes:
        reader_cable: Whether the reader is plugged in.
        looked: Whether the station has read the chip since a hand was in the machine.
        fits: Whether a chip can hold the names of these people.
    """

    points: Points
    observer: Observer
    reader_cable = True
    looked = True
    fits = True

    @property
    def path(self) -> Card | None:
        """The card inside."""
        raise NotImplementedError

    def check_reader(self) -> None:
        if not self.reader_present():
            raise ReaderNotConnectedError("no reader")

    def reader_present(self) -> bool:
        return self.reader_cable

    @property
    def writes_photo(self) -> bool:
        return False

    def check_data(self, data: ChipData) -> None:
        del data
        if not self.fits:
            raise NameNotEncodableError("a character that no chip holds")

    def identify(self) -> ChipIdentity:
        self.points.at("identify", "before")
        card = self._powered()
        self.looked = True
        if card.bad_number:
            raise StatusWordError(0x6A82, "READ RECORD of the bank number")
        return card.identity()

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        refuse_unfit_blank(identity, rule)

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        card = self._powered()
        if not card.identity().same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "swapped")
        authenticate(AuthenticationRequest("", "", "", "03", "0094", b"", b""))
        self.points.at("write", "before")
        self.observer.saw(EffectKind.WRITE_CHIP, card, data.AAZ500)
        card.holder, card.half = data, True
        self.points.at("write", "inside")
        if not card.bad:
            card.half = False
        self.points.at("write", "after")
        if card.bad:
            raise CardMismatchError("differs", details={"fields": "AAC003"})
        return card.identity()

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        self.points.at("inspect", "before")
        card = self._powered()
        authenticate(AuthenticationRequest("", "", "", "03", "0094", b"", b""))
        if card.holder is None:
            return ChipCondition.BLANK
        if card.holder != data:
            return ChipCondition.OTHER_DATA
        return ChipCondition.HALF_WRITTEN if card.half else ChipCondition.THIS_DATA

    def _powered(self) -> Card:
        if not self.reader_cable:
            raise ReaderNotConnectedError("the cable is out")
        if self.path is None or self.path.mute:
            raise CardMuteError("no ATR")
        return self.path

"""Machines of other sites: one that pulls a card back in, and a reader with a person before it."""

from __future__ import annotations

import dataclasses

from station.core.errors import DeviceError, PersonNeededError, PersonRequest
from station.core.orders import EffectKind
from station.core.printing import Capability, CardPosition
from tests.torture.blanks import Where
from tests.torture.machine import Machine


class RetractingMachine(Machine):
    """A printer that pulls a card back in which nobody has taken: it is a `CardRetractor`."""

    def retract_card(self) -> None:
        self._ready()
        self.points.at("retract", "before")
        card = self.presented
        if card is None or card.place is not Where.OUT:
            raise DeviceError("no card at the outlet", native_code=0x8100, code="media-needed")
        self.observer.saw(EffectKind.RETRACT, card)
        card.place = Where.REJECTED
        self.points.at("retract", "after")


class HandMachine(Machine):
    """A reader; a person puts the card in and takes it out when asked, and nothing is printed."""

    model = dataclasses.replace(Machine.model, capabilities=frozenset({Capability.CONTACT_CHIP}))
    _asked: PersonRequest | None = None

    def bring_card_to_chip_station(self) -> None:
        self._ready()
        self._ask_until(PersonRequest.PUT_IN, present=True)
        self.position = CardPosition.CHIP_STATION

    def present_card(self) -> None:
        self._ready()
        self._ask_until(PersonRequest.TAKE_OUT, present=False)

    def reject_card(self) -> None:
        self._ready()
        self._ask_until(PersonRequest.PUT_ASIDE, present=False)

    def _ask_until(self, request: PersonRequest, *, present: bool) -> None:
        if (self.path is not None) is not present:
            self._asked = request
            raise PersonNeededError(request)
        self._asked = None

    def move_by_hand(self) -> None:
        """Put the next blank in, take the card out, or put it aside."""
        card, self.looked = self.path, False
        if self._asked is PersonRequest.PUT_IN and card is None:
            blank = self.at(Where.FEEDER)[0]
            blank.place, blank.left_feeder = Where.PATH, True
            self.moved_by_hand = blank
        elif self._asked is PersonRequest.TAKE_OUT and card is not None:
            card.place = Where.OUT
        elif self._asked is PersonRequest.PUT_ASIDE and card is not None:
            card.place = Where.REJECTED

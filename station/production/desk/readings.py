"""Recently read ID cards. In memory only: none of it is stored or logged."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from station.core.clock import Clock
from station.core.errors import IdentityMismatch, IdentityMismatchError
from station.core.identity_cards import IdentityCard

MOST: Final = 8  #: readings kept at the same time: a holder, an agent, and some mistakes
MOST_BOUND: Final = 64  #: orders whose names still wait for the province's data


@dataclass(frozen=True, slots=True)
class Reading:
    """One card as it was read.

    Attributes:
        token: Identifies the reading in other calls.
        card: The card.
        module: Id of the security module that read it.
        at: Wall time, for people.
        monotonic: Time of the reading, by the clock's `monotonic`.
    """

    token: str
    card: IdentityCard = field(repr=False)
    module: str
    at: dt.datetime
    monotonic: float


class Readings:
    """The recent readings. Thread-safe.

    Args:
        clock: The station's clock.
        keep: Seconds for which a reading may be used.
    """

    def __init__(self, clock: Clock, keep: float) -> None:
        self._clock = clock
        self._keep = keep
        self._lock = threading.Lock()
        self._readings: OrderedDict[str, Reading] = OrderedDict()
        self._bound: OrderedDict[int, IdentityCard] = OrderedDict()

    def put(self, card: IdentityCard, module: str) -> Reading:
        """Store a card that was just read."""
        made = Reading(
            secrets.token_hex(16), card, module, self._clock.now(), self._clock.monotonic()
        )
        with self._lock:
            self._readings[made.token] = made
            while len(self._readings) > MOST:
                self._readings.popitem(last=False)
        return made

    def newest(self) -> Reading | None:
        """Return the last reading that is still valid."""
        with self._lock:
            self._drop_old()
            return next(reversed(self._readings.values()), None)

    def one(self, token: str) -> Reading:
        """Return the reading with this token.

        Raises:
            IdentityMismatchError: It has expired, or never existed.
        """
        with self._lock:
            self._drop_old()
            found = self._readings.get(token)
        if found is None:
            raise IdentityMismatchError(IdentityMismatch.READ_AGAIN)
        return found

    def bind(self, attendance: int, card: IdentityCard) -> None:
        """Keep a holder's card until its name was compared with the province's."""
        with self._lock:
            self._bound[attendance] = card
            while len(self._bound) > MOST_BOUND:
                self._bound.popitem(last=False)

    def bound(self, attendance: int) -> IdentityCard | None:
        """Return the card of an attendance whose name has not been compared yet."""
        with self._lock:
            return self._bound.get(attendance)

    def release(self, attendance: int) -> None:
        """Forget the card of an attendance."""
        with self._lock:
            self._bound.pop(attendance, None)

    def _drop_old(self) -> None:
        oldest = self._clock.monotonic() - self._keep
        for token, reading in list(self._readings.items()):
            if reading.monotonic < oldest:
                del self._readings[token]

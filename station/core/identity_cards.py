"""The interface of ID-card readers and the data that they return.

Everything here is personal data, except kinds and states: it is kept in memory only, and neither
logged nor stored. The picture on the card is not represented at all.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Protocol


class IdCardKind(enum.StrEnum):
    """Kind of ID card; kinds differ in layout and in the form of the number."""

    RESIDENT = "resident"  #: 居民身份证
    HONG_KONG_MACAO_TAIWAN = "hong-kong-macao-taiwan"  #: 港澳台居民居住证
    FOREIGNER_2017 = "foreigner-2017"  #: 外国人永久居留身份证, 15-character number
    FOREIGNER_2023 = "foreigner-2023"  #: 外国人永久居留身份证, 18-digit number


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """One card as it was read.

    Attributes:
        kind: Kind of the card.
        number: 公民身份号码, or its equivalent on the other kinds; X in upper case.
        name: The Chinese name; the Latin one on a foreigner's card without a Chinese one.
        latin_name: Empty on the cards that have none.
        name_fills_field: Whether the name takes the whole field, so that a longer name may be cut
            off.
        birth: Date of birth.
        valid_from: First day; None where the card has none.
        valid_until: Last day; None for 长期.
    """

    kind: IdCardKind
    number: str = field(repr=False)
    name: str = field(repr=False)
    latin_name: str = field(repr=False)
    name_fills_field: bool
    birth: dt.date = field(repr=False)
    valid_from: dt.date | None = field(repr=False)
    valid_until: dt.date | None = field(repr=False)


class OnReader(enum.StrEnum):
    """Result of one poll of the reader."""

    #: No card was put on since the last one was removed, or since the first poll.
    NOTHING = "nothing"
    READ = "read"  #: a card was put on and read by this poll
    STAYS = "stays"  #: no new card; the card that was read, or failed, may still be on the reader


@dataclass(frozen=True, slots=True)
class Look:
    """One poll of the reader.

    Attributes:
        found: Result of the poll.
        card: The card, when this poll has read it.
        module: Id of the security module that read it.
    """

    found: OnReader
    card: IdentityCard | None = field(default=None, repr=False)
    module: str = ""


class IdCardReader(Protocol):
    """A reader of resident ID cards. Thread-safe; calls wait for each other.

    No call changes a card or the reader, so every call may be repeated. A call may raise
    `DeskDeviceNotConnectedError` (the reader can't be reached; the next call tries to open it
    again) and `DeskDeviceError` (it refuses, or its answer is unusable).
    """

    @property
    def address(self) -> str:
        """The reader's address, for people."""
        ...

    def check(self) -> str:
        """Ask the security module for its state; returns the module's id."""
        ...

    def look(self) -> Look:
        """Poll for a card once, and read it if one was put on.

        A module detects a card only once: until that card is lifted, the module reports no card.
        `STAYS` is therefore the most that is known then; it never means that the card is gone.

        Raises:
            DeskDeviceError: Also when a card was detected and could not be read. It must be lifted
                and put on again.
        """
        ...

    def recent_exchanges(self) -> list[str]:
        """Return the last exchanges, newest last: command, result, duration; no data."""
        ...

    def close(self) -> None:
        """Release the device. Safe to call twice."""
        ...

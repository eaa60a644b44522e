"""What an ID-card reader gives, and what the station asks of one.

Everything here is personal data, except kinds and states: it is kept in memory only, and neither
logged nor stored. The picture on the card is not represented at all.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field
from typing import Protocol


class IdCardKind(enum.StrEnum):
    """Which card it is; they differ in layout and in the form of the number."""

    RESIDENT = "resident"  #: 居民身份证
    HONG_KONG_MACAO_TAIWAN = "hong-kong-macao-taiwan"  #: 港澳台居民居住证
    FOREIGNER_2017 = "foreigner-2017"  #: 外国人永久居留身份证, 15-character number
    FOREIGNER_2023 = "foreigner-2023"  #: 外国人永久居留身份证, 18-digit number


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """One card as it was read.

    Attributes:
        kind: Its layout.
        number: 公民身份号码, or what the other kinds have in its place; X in upper case.
        name: The Chinese name; the Latin one on a foreigner's card without a Chinese one.
        latin_name: Empty on the cards that have none.
        name_fills_field: Whether the name takes the whole field, so that the rest of a longer one
            may be missing.
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
    """What one look at the reader found."""

    NOTHING = "nothing"  #: no card was put on since the last one was lifted, or the first look
    READ = "read"  #: a card was put on, and this look has read it
    STAYS = "stays"  #: no new card. The one that was read, or failed, may still be on the reader


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the reader.

    Attributes:
        found: What it found.
        card: The card, when it was read just now.
        module: Id of the security module that read it.
    """

    found: OnReader
    card: IdentityCard | None = field(default=None, repr=False)
    module: str = ""


class IdCardReader(Protocol):
    """A reader of resident ID cards. Thread-safe; calls wait for each other.

    Nothing here changes a card or the reader, so every call may be repeated. A call may raise
    `DeskDeviceNotConnectedError` (the reader can't be reached; the next call tries to open it
    again) and `DeskDeviceError` (it refuses, or its answer can't be used).
    """

    @property
    def address(self) -> str:
        """Where the reader is, for people."""
        ...

    def check(self) -> str:
        """Ask the security module for its state; returns the module's id."""
        ...

    def look(self) -> Look:
        """Ask for a card once, and read it if one was put on.

        A module finds a card only once: until that card is lifted it is reported like no card. So
        `STAYS` is what is known then, and never "the card is gone".

        Raises:
            DeskDeviceError: Also: a card was found and could not be read. It must be lifted and put
                on again.
        """
        ...

    def recent_exchanges(self) -> list[str]:
        """The last exchanges: command, result, duration; no data. For the diagnostics page."""
        ...

    def close(self) -> None:
        """Give the device back. Safe to call twice."""
        ...

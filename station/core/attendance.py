"""Who stood at the window for an order: its holder or an agent, read from a card or typed.

Of an ID card only this is kept: the number (the order's own, for the holder), that it was read, and
which security module read it. An agent's name and number are kept with the order, sealed.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field


class AttendanceRole(enum.StrEnum):
    """In what role somebody came."""

    HOLDER = "holder"
    AGENT = "agent"  #: 代办人


class How(enum.StrEnum):
    """How the window knows who it is."""

    READ = "read"  #: 已读证: from the card, by a reader
    TYPED = "typed"


class NameAgreement(enum.StrEnum):
    """What comparing the card's name with the province's came to."""

    PENDING = "pending"  #: the province's data was not here yet
    SAME = "same"
    BEGINS = "begins"  #: the card's name fills its field, and the province's begins with it
    CONFIRMED = "confirmed"  #: the card has characters for people's eyes only; a person compared


@dataclass(frozen=True, slots=True)
class AttendanceRecord:
    """One person at the window.

    Attributes:
        id: In the journal.
        order: The order it is about.
        role: Holder or agent.
        how: Read or typed.
        module: Id of the security module that read the card; empty when typed.
        name: The agent's; empty for the holder.
        number: The agent's; empty for the holder.
        agreement: Of the holder's name.
        at: UTC, for people.
        actor: Who was at the window's keyboard.
    """

    id: int
    order: str
    role: AttendanceRole
    how: How
    module: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    agreement: NameAgreement
    at: dt.datetime
    actor: str

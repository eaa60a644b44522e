"""Who was at the window for an order: its holder or an agent, read from a card or typed.

Of an ID card only this is kept: the number (the order's own, for the holder), the fact that it was
read, and the security module that read it. An agent's name and number are stored sealed with the
order.
"""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field


class Role(enum.StrEnum):
    """Role of a person who came to the window."""

    HOLDER = "holder"
    AGENT = "agent"  #: 代办人


class How(enum.StrEnum):
    """How the window knows the person's identity."""

    READ = "read"  #: 已读证: from the card, by a reader
    TYPED = "typed"


class NameAgreement(enum.StrEnum):
    """Result of comparing the card's name with the province's."""

    PENDING = "pending"  #: the province's data had not arrived yet
    SAME = "same"
    BEGINS = "begins"  #: the card's name fills its field, and the province's name begins with it
    CONFIRMED = "confirmed"  #: the card holds private-use characters; a person compared the names


@dataclass(frozen=True, slots=True)
class AttendanceRecord:
    """One person at the window.

    Attributes:
        id: Id in the journal.
        order: Id of the order.
        role: Holder or agent.
        how: Read or typed.
        module: Id of the security module that read the card; empty when typed.
        name: The agent's name; empty for the holder.
        number: The agent's number; empty for the holder.
        agreement: Result for the holder's name.
        at: Wall time, UTC; for display only.
        actor: The clerk who entered it.
    """

    id: int
    order: str
    role: Role
    how: How
    module: str
    name: str = field(repr=False)
    number: str = field(repr=False)
    agreement: NameAgreement
    at: dt.datetime
    actor: str

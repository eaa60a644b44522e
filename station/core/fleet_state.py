"""What a window's journal keeps about its fleet: who it is there, letters, blanks on their way."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FleetMembership:
    """What central has answered to the enrolment, and how the link is now.

    Attributes:
        name: `city.hall.window`.
        central_key: Central's public key, which letters and leases are checked with; empty while
            central has not answered yet.
        server: Addresses of the carrier.
        user: Name at the carrier; empty where it asks for none.
        authority: Certificates, PEM, that the carrier's is checked with; empty for public ones.
        confirmed: Number of the newest event that central has said to have.
        error: Code of what is wrong with the link; empty for nothing.
        fork: Number of the event at which central has another history; 0 for none.
        contact_at: When central or the carrier last answered, UTC; for people only.
        lease_until: Until when assigned orders may be fed, UTC; for people only: what decides is
            in the memory of the daemon, and ends with it.
    """

    name: str
    central_key: str
    server: str
    user: str
    authority: str
    confirmed: int = 0
    error: str = ""
    fork: int = 0
    contact_at: dt.datetime | None = None
    lease_until: dt.datetime | None = None

    @property
    def is_enrolled(self) -> bool:
        """Whether central has answered."""
        return bool(self.central_key)


@dataclass(frozen=True, slots=True)
class FleetKeys:
    """The secrets of a membership; `repr` shows nothing.

    Attributes:
        identity: `station.signing.Identity`, as bytes.
        password: At the carrier.
    """

    identity: bytes = field(repr=False)
    password: str = field(default="", repr=False)


class LetterAnswer(enum.StrEnum):
    """What the window has answered about an assignment."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    RETURNED = "returned"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """An assignment that the window knows.

    Attributes:
        assignment: Its id.
        application: The application; empty when its withdrawal came first.
        epoch: Counts the assignments of the application.
        order: The order that was made of it; None for none.
        answer: The newest answer.
        code: Why it was refused, or the step at which the order was kept.
    """

    assignment: str
    application: str
    epoch: int
    order: str | None
    answer: LetterAnswer
    code: str


@dataclass(frozen=True, slots=True)
class BlanksOnTheirWay:
    """Blanks that central has sent.

    Attributes:
        transfer: Id of the transfer.
        bank: Code of the bank.
        sent: How many were sent.
        received: How many a person has counted here; None while they are on their way.
    """

    transfer: str
    bank: str
    sent: int
    received: int | None = None

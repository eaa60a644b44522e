"""What may become durable about the fleet; a part of `station.core.changes`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from station.core.fleet_state import (
    AssignmentRecord,
    BlanksOnTheirWay,
    FleetKeys,
    FleetMembership,
)


@dataclass(frozen=True, slots=True)
class KeepFleetIdentity:
    """Keep who the window is in its fleet, sealed. An earlier membership is replaced."""

    membership: FleetMembership
    keys: FleetKeys


@dataclass(frozen=True, slots=True)
class NoteFleet:
    """Note how the link is; adds no event to the history, which would have to be sent in turn."""

    confirmed: int
    error: str
    fork: int
    contact_at: dt.datetime | None
    lease_until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class NoteLetter:
    """Keep an assignment with the window's answer, and tell it in the history."""

    assignment: AssignmentRecord


@dataclass(frozen=True, slots=True)
class NoteTransfer:
    """Keep a transfer of blanks; with what was received it is an answer to central."""

    transfer: BlanksOnTheirWay


FleetChange = KeepFleetIdentity | NoteFleet | NoteLetter | NoteTransfer

"""How the link to central is: one state for the threads of the fleet, kept for people to see."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from typing import Final

from station.core.errors import StationError
from station.core.fleet_changes import NoteFleet
from station.core.fleet_state import FleetMembership
from station.journal import Journal
from station.production.life.lease import Lease

log = logging.getLogger(__name__)

ACTOR: Final = "fleet"
KEEP_EVERY: Final = 60.0  #: seconds between two notes of what only grows
REST_FIRST, REST_LONGEST = 1.0, 30.0  #: seconds after a failure, doubled with each in a row


class Link:
    """The state. Thread-safe.

    Attributes:
        name: Of the window in its fleet.
        lease: What the feeding of assigned orders asks.
    """

    def __init__(self, journal: Journal, known: FleetMembership, lease: Lease) -> None:
        self.name = known.name
        self.lease = lease
        self._journal = journal
        self._lock = threading.Lock()
        self._confirmed = known.confirmed
        self._error = ""
        self._fork = known.fork
        self._contact: dt.datetime | None = known.contact_at
        self._noted = (known.error, known.fork)
        self._noted_at = float("-inf")

    @property
    def fork(self) -> int:
        """Number of the event at which central has another history; 0 for none."""
        return self._fork

    @property
    def confirmed(self) -> int:
        """Number of the newest event that central has said to have."""
        return self._confirmed

    @property
    def error(self) -> str:
        """Code of what is wrong; empty for nothing."""
        return self._error

    def answered(self, confirmed: int | None = None) -> None:
        """Note that the carrier, or central, has answered."""
        with self._lock:
            self._contact = self._journal.clock.now()
            self._error = ""
            if confirmed is not None:
                self._confirmed = confirmed

    def failed(self, error: StationError) -> None:
        """Note what is wrong with it; the log has it once, until it is another thing."""
        with self._lock:
            new = self._error != error.code
            self._error = error.code
        if new:
            log.warning("%s", error, extra={"action": "fleet-link", "code": error.code})

    def forked(self, seq: int) -> None:
        """Note at which event central has another history; 0 when it has this one again.

        Raises:
            JournalError: It can't be written; the lease has ended all the same.
        """
        with self._lock:
            before, self._fork = self._fork, seq
        if seq:
            self.lease.end()
        if seq and not before:
            log.error("central has another history", extra={"action": "fleet-fork", "event": seq})
        self.keep()

    def keep(self) -> None:
        """Keep it in the journal when something is new, or a minute has passed.

        Raises:
            JournalError: It can't be written.
        """
        now = self._journal.clock.monotonic()
        with self._lock:
            new = (self._error, self._fork)
            if new == self._noted and now - self._noted_at < KEEP_EVERY:
                return
            self._noted, self._noted_at = new, now
            left = self.lease.left(now)
            until = self._journal.clock.now() + dt.timedelta(seconds=left) if left else None
            note = NoteFleet(self._confirmed, self._error, self._fork, self._contact, until)
        with self._journal.transaction(ACTOR) as change:
            change.apply(note)


class Rest:
    """The pause after failures, which grows while they go on."""

    def __init__(self) -> None:
        self._wait = 0.0
        self._until = float("-inf")

    def failed(self, now: float) -> None:
        """Rest for longer than the last time."""
        self._wait = min(REST_LONGEST, max(REST_FIRST, 2 * self._wait))
        self._until = now + self._wait

    def worked(self) -> None:
        """Go on at once."""
        self._wait, self._until = 0.0, float("-inf")

    def left(self, now: float) -> float:
        """Return the seconds of the pause that are left."""
        return max(0.0, self._until - now)

"""The threads of a window that belongs to a fleet. None of them is in a card's way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from station.core.carrier import Carrier
from station.core.errors import FleetLinkError, StationError
from station.core.fleet_state import FleetKeys, FleetMembership
from station.fleet.configuring import Configuring, SiteSettings
from station.fleet.inbox import Inbox
from station.fleet.link import Link, Rest
from station.fleet.upward import Facts, Upward
from station.journal import Journal
from station.journal.follower import Follower
from station.production.life.lease import Lease
from station.production.services.assigned import AssignedOrders
from station.signing import Identity

log = logging.getLogger(__name__)

LONG_WAIT: Final = 20.0  #: seconds that the carrier is asked to wait for a letter
SHORT_WAIT: Final = 1.0  #: the same, while the lease has ended


class Member:
    """The window's part in a fleet.

    Attributes:
        link: How the link is.
        upward: What goes up; the follower's thread calls it, or a test.
        inbox: What comes down; the inbox's thread calls it, or a test.
        configuring: Settings from central; the follower's thread calls it, or a test.
    """

    def __init__(
        self,
        journal: Journal,
        carrier: Carrier,
        known: FleetMembership,
        keys: FleetKeys,
        lease: Lease,
        assigned: AssignedOrders,
        facts: Facts,
        site: SiteSettings | None = None,
    ) -> None:
        """Prepare it; nothing is opened, and no thread runs yet.

        Args:
            journal: Of the window.
            carrier: Carries to and from central.
            known: What central has answered to the enrolment.
            keys: The window's secrets.
            lease: What feeding assigned orders asks.
            assigned: Keeps what central assigns.
            facts: Tells what a wall page shows.
            site: Takes settings from central; None: the window takes none.

        Raises:
            FleetMessageError: The stored keys are of another form.
        """
        self._clock = journal.clock
        self._carrier = carrier
        identity = Identity.from_bytes(keys.identity)
        self.link = Link(journal, known, lease)
        central = known.central_key
        self.inbox = Inbox(journal, carrier, self.link, identity, central, assigned)
        self.upward = Upward(journal, carrier, self.link, identity, central, self.inbox, facts)
        self.configuring: Configuring | None = None
        if site is not None:
            self.configuring = Configuring(journal, carrier, self.link, identity, central, site)
        self._follower = Follower(journal, "fleet", self._turn)
        self._stopping = threading.Event()
        self._reader = threading.Thread(target=self._read, name="fleet-inbox", daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self._follower.start()
        self._reader.start()

    def stop(self, timeout: float = 2.0) -> None:
        """Say that the window ends, and end the threads; none is waited for longer than that."""
        self._stopping.set()
        self._follower.stop(timeout)
        try:
            self.upward.end()
        except FleetLinkError as exc:
            log.info("nobody heard the end: %s", exc, extra={"action": "fleet-end"})
        close_quietly(self._carrier.close)
        if self._reader.ident is not None:
            self._reader.join(timeout)

    def _turn(self) -> float:
        left = self.upward.turn()
        return left if self.configuring is None else min(left, self.configuring.turn())

    def _read(self) -> None:
        rest = Rest()
        while not self._stopping.is_set():
            now = self._clock.monotonic()
            try:
                live = self.link.lease.left(now) > 0
                self.inbox.turn(LONG_WAIT if live else SHORT_WAIT)
                rest.worked()
                pause = SHORT_WAIT if self.link.fork else 0.0
            except StationError as exc:
                self.link.failed(exc)
                rest.failed(now)
                pause = rest.left(now)
            self._stopping.wait(pause)


def close_quietly(close: Callable[[], None]) -> None:
    """End a connection that may be broken already."""
    try:
        close()
    except FleetLinkError as exc:
        log.info("the connection was cut: %s", exc, extra={"action": "fleet-closed"})

"""Settings from central: read, handed to the window while nobody is served, and answered.

Only a document that is newer than every one that the window knows is taken: a carrier whose store
was replaced by an older copy brings an old one, signed as well.
"""

from __future__ import annotations

import logging
from typing import Final, Protocol

from station.core import fleet
from station.core.carrier import Carrier
from station.core.errors import FleetLinkError, StationError
from station.fleet.link import Link
from station.journal import Journal
from station.signing import Identity, read_signed

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 60.0  #: seconds between two looks at what central wants
#: Seconds between two tries to take it, while somebody is served, or two looks at its trial.
TRY_EVERY: Final = 10.0


class SiteSettings(Protocol):
    """The window's settings, as far as central may give them."""

    @property
    def newest(self) -> int:
        """Number of the newest document that the window knows; 0 for none."""

    @property
    def outcome(self) -> fleet.Applied | None:
        """What became of that document; None before any, or while it is on trial."""

    def take(self, desired: fleet.Desired) -> bool:
        """Refuse a document, or begin anew with it; returns False while the window is in use.

        Raises:
            StationError: Neither could be done now.
        """


class Configuring:
    """One thread calls `turn`, or a test."""

    def __init__(
        self,
        journal: Journal,
        carrier: Carrier,
        link: Link,
        identity: Identity,
        central_key: str,
        site: SiteSettings,
    ) -> None:
        self._clock = journal.clock
        self._carrier = carrier
        self._link = link
        self._identity = identity
        self._central_key = central_key
        self._site = site
        self._wanted: fleet.Desired | None = None
        self._told: fleet.Applied | None = None
        self._seen = 0  # revision of the carrier's value that was read last
        self._look_due = self._try_due = float("-inf")

    def turn(self) -> float:
        """Do what is due; return the seconds until something is due again."""
        now = self._clock.monotonic()
        try:
            if now >= self._look_due:
                self._look_due = now + LOOK_EVERY
                self._look()
                self._tell()
                if self._site.outcome is None and self._site.newest:  # on trial
                    self._look_due = now + TRY_EVERY
            if self._wanted is not None and now >= self._try_due:
                self._try_due = now + TRY_EVERY
                self._take(self._wanted)
        except StationError as exc:
            if not isinstance(exc, FleetLinkError):  # the link says itself that it is cut
                self._link.failed(exc)
            log.warning("settings wait: %s", exc, extra={"action": "fleet-settings"})
        due = self._look_due if self._wanted is None else min(self._look_due, self._try_due)
        return max(0.0, due - now)

    def _take(self, wanted: fleet.Desired) -> None:
        if self._site.take(wanted):
            self._wanted = None
            self._tell()

    def _look(self) -> None:
        kept = self._carrier.get(fleet.desired_key(self._link.name))
        if kept is None or kept.revision == self._seen:
            return
        wanted = read_signed(kept.body, fleet.Desired, self._link.name, self._central_key)
        self._seen = kept.revision
        self._told = None  # central asks: the carrier may have lost what was said
        self._wanted = wanted if wanted.revision > self._site.newest else None

    def _tell(self) -> None:
        """Say what became of the newest document: when it is new, and when central asks again."""
        outcome = self._site.outcome
        if outcome is None or outcome == self._told:
            return
        signed = self._identity.sign(fleet.Applied.__name__, self._link.name, outcome.to_json())
        self._carrier.put(fleet.applied_key(self._link.name), signed.to_json())
        self._told = outcome

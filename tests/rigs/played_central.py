"""A central in a few lines, for the tests of a window: what decision 0022 says of it, no more."""

from __future__ import annotations

import dataclasses
from typing import Final

from station.core import fleet
from station.core.carrier import Carrier, Posting
from station.core.chain import GENESIS, chain_hash
from station.core.fleet import (
    Assignment,
    Checkpoint,
    Cursor,
    EventMessage,
    Lease,
    LetterKind,
    Presence,
    Signed,
    Transfer,
    Withdrawal,
    number_context,
)
from station.core.fleet_changes import KeepFleetIdentity
from station.core.fleet_state import FleetKeys, FleetMembership
from station.journal import Journal
from station.signing import Identity, seal, verify

LEASE: Final = 600


@dataclasses.dataclass
class Known:
    """What central knows of a station."""

    identity: Identity
    events: list[EventMessage] = dataclasses.field(default_factory=list)
    presences: list[Presence] = dataclasses.field(default_factory=list)
    checkpoints: list[Checkpoint] = dataclasses.field(default_factory=list)
    fork: int = 0

    @property
    def cursor(self) -> Cursor:
        newest = self.events[-1] if self.events else None
        return Cursor(newest.seq, newest.hash) if newest else Cursor(0, GENESIS)


class PlayedCentral:
    """Attributes:
    lease: Seconds that are given with a presence.
    received: How many events came, doubles too.
    """

    def __init__(self, carrier: Carrier) -> None:
        self.carrier = carrier
        self.identity = Identity.new()
        self.stations: dict[str, Known] = {}
        self.lease = LEASE
        self.received = 0
        self._letters = 0
        carrier.prepare()

    def enrol(self, journal: Journal, name: str) -> None:
        """Make a window a station, as its enrolment would."""
        known = Known(Identity.new())
        self.stations[name] = known
        membership = FleetMembership(name, self.identity.signing_key, "memory:", "", "")
        with journal.transaction("enrolment") as change:
            change.apply(KeepFleetIdentity(membership, FleetKeys(known.identity.to_bytes())))

    def turn(self) -> None:
        """Read all that has come, and answer."""
        for stream in (fleet.EVENTS_STREAM, fleet.CHECKPOINTS_STREAM, fleet.PRESENCE_STREAM):
            subject = fleet.STREAM_SUBJECTS[stream]
            while found := self.carrier.receive(stream, "central", subject, 100, 0.0):
                for one in found:
                    self._take(stream, one.body)
                    one.done()
        for name, known in self.stations.items():
            self.carrier.put(fleet.cursor_key(name), known.cursor.to_json())

    def _take(self, stream: str, body: bytes) -> None:
        if stream == fleet.EVENTS_STREAM:
            self._keep(EventMessage.from_json(body))
            return
        signed = Signed.from_json(body)
        known = self.stations[signed.to]
        content = verify(signed, known.identity.signing_key)
        if stream == fleet.CHECKPOINTS_STREAM:
            known.checkpoints.append(Checkpoint.from_json(content))
            return
        presence = Presence.from_json(content)
        known.presences.append(presence)
        if presence.alive:
            self.give_lease(signed.to, presence.session, presence.asked, self.lease)

    def _keep(self, event: EventMessage) -> None:
        self.received += 1
        known = self.stations[event.station]
        if event.seq <= len(known.events):
            if known.events[event.seq - 1].hash != event.hash:
                known.fork = event.seq
            return
        if event.seq > len(known.events) + 1:
            return
        parts = (event.seq, event.order, event.at, event.actor, event.kind, event.data)
        assert event.hash == chain_hash(known.cursor.hash, *parts)
        known.events.append(event)

    def give_lease(self, name: str, session: str, asked: int, seconds: int) -> None:
        message = Lease(session, asked, seconds, "" if seconds else "blocked")
        signed = self.identity.sign("Lease", name, message.to_json())
        self.carrier.put(fleet.lease_key(name), signed.to_json())

    # -- letters -------------------------------------------------------------------------------

    def assignment(self, name: str, assignment: str, number: str, epoch: int = 1) -> Assignment:
        key = self.stations[name].identity.sealing_key
        sealed = seal(number.encode(), key, context=number_context(assignment))
        return Assignment(assignment, f"application of {number[-4:]}", epoch, "new", sealed)

    def post(self, name: str, letter: Assignment | Withdrawal | Transfer) -> Signed:
        kinds = {
            Assignment: LetterKind.ASSIGN,
            Withdrawal: LetterKind.WITHDRAW,
            Transfer: LetterKind.TRANSFER,
        }
        signed = self.identity.sign(kinds[type(letter)], name, letter.to_json())
        self.send(name, signed.to_json())
        return signed

    def send(self, name: str, content: bytes) -> None:
        """Post anything, under a message id of its own."""
        self._letters += 1
        posting = Posting(fleet.inbox_subject(name), f"letter {self._letters}", content)
        self.carrier.publish([posting])

    def answers(self, name: str) -> list[tuple[str, str]]:
        """Return the fleet's events that have come of a station: kind, assignment or transfer."""
        return [
            (one.kind, one.data.get("assignment") or one.data["transfer"])
            for one in self.stations[name].events
            if one.kind in set(fleet.FleetEvent)
        ]

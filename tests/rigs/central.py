"""Central on a real PostgreSQL, with stations whose histories a test writes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import os
import secrets
from collections.abc import Mapping

import sqlalchemy as sa

from simulators.engines import Postgres
from station.central.central import Central
from station.central.database import Database
from station.central.enrolment import CarrierAccess
from station.central.letters import send_letters
from station.central.settings import CentralSettings
from station.central.tables import stations
from station.core import fleet
from station.core.carrier import Carrier, Posting
from station.core.chain import GENESIS, chain_hash
from station.signing import Identity, verify
from tests.rigs.carrier import MemoryBroker, MemoryCarrier

TEMPLATE = "central_template"
AT = "2026-12-01T01:00:00.000000+00:00"
_numbers = itertools.count(1)


def make_template(server: Postgres) -> None:
    """Make a migrated database, which each test gets a copy of."""
    server.run(f"CREATE DATABASE {TEMPLATE}")
    database = Database(server.url(TEMPLATE))
    database.migrate()
    database.close()


def new_database(server: Postgres) -> str:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return server.url(name)


class Rig:
    """Central without threads: a test turns it."""

    def __init__(
        self,
        url: str,
        carrier: Carrier | None = None,
        identity: Identity | None = None,
        access: CarrierAccess | None = None,
    ) -> None:
        self.broker = MemoryBroker()
        self.carrier = carrier or MemoryCarrier(self.broker)
        self.identity = identity or Identity.new()
        self.url = url
        self.database = Database(url)
        self.central = Central(
            CentralSettings(),
            self.database,
            self.carrier,
            self.identity,
            access or CarrierAccess("nats://127.0.0.1:4222"),
        )

    def turn(self) -> None:
        """Take in whatever has arrived."""
        receiver = self.central.receiver
        while receiver.turn_events(0) + receiver.turn_presence(0) + receiver.turn_checkpoints(0):
            pass

    def send(self) -> None:
        send_letters(self.database, self.carrier)

    def close(self) -> None:
        self.database.close()


@dataclasses.dataclass
class PlayedStation:
    """A station whose journal is a list."""

    rig: Rig
    name: str
    identity: Identity = dataclasses.field(default_factory=Identity.new)
    journal: list[fleet.EventMessage] = dataclasses.field(default_factory=list)
    session: str = dataclasses.field(default_factory=lambda: secrets.token_hex(8))
    asked: int = 0

    def enrol(self) -> fleet.EnrolmentAnswer:
        code = self.rig.central.enrolment.make_code(self.name, by="test")
        return self.rig.central.enrolment.enrol(self.request(code))

    def request(self, code: str) -> fleet.EnrolmentRequest:
        keys = self.identity.signing_key, self.identity.sealing_key
        return fleet.EnrolmentRequest(code, self.name, *keys)

    def copy(self) -> PlayedStation:
        """The same disk in another PC."""
        return dataclasses.replace(
            self, journal=list(self.journal), session=secrets.token_hex(8), asked=0
        )

    @property
    def hash(self) -> str:
        return self.journal[-1].hash if self.journal else GENESIS

    def write(
        self, kind: str = "noted", data: Mapping[str, str] | None = None, order: str = ""
    ) -> fleet.EventMessage:
        seq, told = len(self.journal) + 1, dict(data or {})
        own = chain_hash(self.hash, seq, order, AT, "somebody", kind, told)
        event = fleet.EventMessage(self.name, seq, order, AT, "somebody", kind, told, own)
        self.journal.append(event)
        return event

    def publish(self, *events: fleet.EventMessage) -> None:
        subject = fleet.events_subject(self.name)
        self.rig.carrier.publish(
            [Posting(subject, secrets.token_hex(8), one.to_json()) for one in events]
        )

    def show(
        self, *, alive: bool = True, facts: dict[str, str] | None = None
    ) -> fleet.Lease | None:
        """Send a sign of life, have central take it in, and return the lease that answers it."""
        self.say(alive=alive, facts=facts)
        self.rig.turn()
        kept = self.rig.carrier.get(fleet.lease_key(self.name))
        if kept is None:
            return None
        signed = fleet.Signed.from_json(kept.body)
        lease = fleet.Lease.from_json(verify(signed, self.rig.identity.signing_key))
        return lease if (lease.session, lease.asked) == (self.session, self.asked) else None

    def say(self, *, alive: bool = True, facts: dict[str, str] | None = None) -> None:
        """Send a sign of life."""
        self.asked += 1
        seq, own = len(self.journal), self.hash
        said = fleet.Presence(
            self.name, self.session, alive, seq, own, self.asked, "0.1.0", facts or {}
        )
        self.post(fleet.presence_subject(self.name), said)

    def checkpoint(self) -> None:
        self.post(
            fleet.checkpoint_subject(self.name),
            fleet.Checkpoint(self.name, len(self.journal), self.hash, AT),
        )

    def post(self, subject: str, said: fleet.Presence | fleet.Checkpoint) -> None:
        signed = self.identity.sign(type(said).__name__, self.name, said.to_json())
        self.rig.carrier.publish([Posting(subject, secrets.token_hex(8), signed.to_json())])

    def cursor(self) -> fleet.Cursor:
        kept = self.rig.carrier.get(fleet.cursor_key(self.name))
        assert kept is not None
        return fleet.Cursor.from_json(kept.body)

    def letters(self) -> list[fleet.Signed]:
        """Take the letters from the inbox."""
        consumer, subject = fleet.inbox_consumer(self.name), fleet.inbox_subject(self.name)
        found = self.rig.carrier.receive(fleet.INBOX_STREAM, consumer, subject, 100, 0)
        for one in found:
            one.done()
        return [fleet.Signed.from_json(one.body) for one in found]

    def answer(
        self, kind: fleet.FleetEvent, assignment: fleet.Assignment, order: str = "", **more: str
    ) -> fleet.EventMessage:
        """Write an answer to an assignment, and publish it."""
        data = {
            "assignment": assignment.assignment,
            "application": assignment.application,
            "epoch": str(assignment.epoch),
            **more,
        }
        event = self.write(kind.value, data, order)
        self.publish(event)
        self.rig.turn()
        return event

    def assignments(self) -> list[fleet.Assignment]:
        """Take the letters; return the assignments among them, with their signatures checked."""
        key = self.rig.identity.signing_key
        return [
            fleet.Assignment.from_json(verify(one, key))
            for one in self.letters()
            if one.kind == fleet.LetterKind.ASSIGN.value
        ]


def end_lease(rig: Rig, window: str) -> None:
    """Have the lease of a station ended, as central sees it."""
    with rig.database.transaction() as connection:
        past = sa.func.clock_timestamp() - dt.timedelta(seconds=1)
        connection.execute(
            stations.update().where(stations.c.name == window).values(lease_until=past)
        )

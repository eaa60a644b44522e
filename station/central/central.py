"""Central as a whole: its parts wired, started and stopped."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from station.access import Doors
from station.access.doors import Caller
from station.central.accounts import accounts_file, write_accounts
from station.central.acts import acknowledge, log_act
from station.central.answers import Answers
from station.central.assigning import Assigning
from station.central.carrying import Carrying, windows_by_password
from station.central.database import Database
from station.central.enrolment import CarrierAccess, Enrolment
from station.central.forks import ForkDecision, decide_fork
from station.central.intake import EventIntake
from station.central.jobs import Jobs
from station.central.letters import try_to_send
from station.central.mailbox import TableCarrier
from station.central.pulse import Pulse
from station.central.receiver import Receiver
from station.central.rings import NewSettings, Rings
from station.central.settings import CentralSettings
from station.central.signs import Signs
from station.central.stock import send, take_in
from station.core.carrier import Carrier
from station.core.errors import FleetLinkError, InputError
from station.core.errors.central import FleetEntryNotFoundError
from station.core.fleet import EnrolmentAnswer, EnrolmentRequest
from station.core.people import Approval
from station.signing import Identity

log = logging.getLogger(__name__)


class Central:
    """What API, pages and commands call. Thread-safe.

    Attributes:
        database: Central's PostgreSQL.
        assigning: Applications and assignments.
        enrolment: New stations.
        receiver: What stations send.
        signs: Signs of life and leases.
        rings: Settings for the windows.
        jobs: The worker.
        pulse: Changes, for the pages.
        carrying: What windows ask for over HTTPS; None where a broker carries.
        name: Of the place.
    """

    def __init__(
        self,
        settings: CentralSettings,
        database: Database,
        carrier: Carrier,
        identity: Identity,
        access: CarrierAccess,
    ) -> None:
        self._settings = settings
        self._carrier = carrier
        self._identity = identity
        self._accounts = threading.Lock()
        self.name = settings.central.name
        self.database = database
        self.pulse = Pulse()
        self.assigning = Assigning(database, identity)
        self.enrolment = Enrolment(database, identity, access)
        self.signs = Signs(database, settings.central.lease_seconds)
        intake = EventIntake(database, Answers(identity))
        self.receiver = Receiver(carrier, identity, intake, self.signs, self.pulse)
        self.rings = Rings(database, identity)
        self.jobs = Jobs(database, carrier, self.assigning, self.rings, self.pulse)
        self.carrying: Carrying | None = None
        if isinstance(carrier, TableCarrier):
            self.carrying = Carrying(carrier, windows_by_password(database, identity))

    def start(self) -> None:
        """Write the carrier's accounts, make its streams if it is there, and start all threads.

        Raises:
            ConfigError: The accounts can't be written.
            JournalError: The database can't be used.
        """
        self.write_accounts()
        try:
            self._carrier.prepare()
        except FleetLinkError as exc:
            log.warning("the carrier waits: %s", exc, extra={"action": "central-prepare"})
        self.receiver.start()
        self.jobs.start()

    def stop(self) -> None:
        """Stop everything; what is under way ends or comes again."""
        self.pulse.end()
        self.receiver.stop()
        self.jobs.stop()
        try:
            self._carrier.close()
        except FleetLinkError as exc:
            log.info("the carrier was gone: %s", exc, extra={"action": "central-end"})

    def write_accounts(self) -> None:
        """Write the carrier's file of accounts, where the site has one.

        Raises:
            ConfigError: It can't be written.
        """
        carrier = self._settings.carrier
        if carrier.accounts_file is None:
            return
        password = self._settings.carrier_password
        with self._accounts:  # windows that enrol at once: the last one to write has them all
            with self.database.transaction() as connection:
                text = accounts_file(connection, self._identity, password)
            write_accounts(text, carrier.accounts_file, carrier.pid_file)

    def record(self, actor: str, kind: str, data: Mapping[str, str]) -> None:
        """Write a line about the doors into the acts."""
        with self.database.transaction() as connection:
            log_act(connection, kind, data, actor=actor)

    # -- use cases that end with letters ---------------------------------------------------------

    def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        """See `Enrolment.enrol`; the carrier knows the station afterwards."""
        answer = self.enrolment.enrol(request)
        self.write_accounts()
        self.pulse.bump()
        return answer

    def send_now(self) -> None:
        """Send letters that wait, and tell the pages."""
        try_to_send(self.database, self._carrier)
        self.pulse.bump()

    def send_blanks(self, station: str, bank: str, count: int, *, by: str) -> str:
        """See `station.central.stock.send`."""
        with self.database.transaction() as connection:
            transfer = send(connection, self._identity, station, bank, _some(count), by=by)
        self.send_now()
        return transfer

    def take_blanks_in(self, bank: str, count: int, *, by: str) -> None:
        """Book blanks from the maker into the store."""
        with self.database.transaction() as connection:
            take_in(connection, bank, _some(count), by=by)
        self.pulse.bump()

    def decide_fork(
        self, fork: int, decision: ForkDecision, *, by: str, agreed: Approval, why: str
    ) -> None:
        """See `station.central.forks.decide_fork`."""
        with self.database.transaction() as connection:
            decide_fork(connection, fork, decision, by=by, agreed=agreed.person, why=why)
        self.pulse.bump()

    def override(self, assignment: str, *, by: str, agreed: Approval, evidence: str) -> None:
        """See `Assigning.override`."""
        self.assigning.override(assignment, by=by, agreed=agreed.person, evidence=evidence)
        self.send_now()

    def give_out(self, wanted: NewSettings, *, by: str, agreed: Approval) -> int:
        """See `Rings.give_out`; the job begins with ring 1."""
        revision = self.rings.give_out(wanted, by=by, agreed=agreed.person)
        self.pulse.bump()
        return revision

    def acknowledge(self, alarm: int, *, by: str) -> None:
        """Say that a person has seen an alarm.

        Raises:
            FleetEntryNotFoundError: There is no such alarm.
        """
        with self.database.transaction() as connection:
            if not acknowledge(connection, alarm, by=by):
                raise FleetEntryNotFoundError("no such alarm")
        self.pulse.bump()


def approved(doors: Doors, act: str, caller: Caller, name: str, password: str) -> Approval:
    """Return the second person's agreement; see `Doors.approve`."""
    return doors.approve(act, caller.name, name, password)


def _some(count: int) -> int:
    if count < 1:
        raise InputError("at least one blank")
    return count

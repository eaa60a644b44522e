"""The processes of a run on real servers: stations, central, and what is done to them by people."""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import random
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any, Final

import sqlalchemy as sa

from simulators.engines import Postgres
from station.central.assigning import Applicant, Assigning
from station.central.database import Database
from station.central.enrolment import CarrierAccess, Enrolment
from station.central.stock import balances, send, take_in
from station.central.tables import OPEN, assignments, events, forks, stations
from station.core.errors import StationError
from station.core.errors.central import StationOnHoldError
from station.core.fleet import EnrolmentRequest
from station.signing import Identity
from tests.fleet import central_process, worker
from tests.fleet.checks import Truth
from tests.fleet.figures import Meter, postmaster
from tests.fleet.stations import person
from tests.rigs.carrier import NatsServer

BANK: Final = "95588"
TAKEN_IN: Final = 100_000
SENT: Final = 50  #: blanks to each station
START: Final = 60.0
PATIENCE: Final = 180.0  #: seconds for a worker's answer, which serves its windows in between
DATABASE: Final = "fleet"
HALL: Final = 16  #: windows of one


@dataclasses.dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        stations: How many.
        seed: Decides people and faults.
        processes: How many processes the stations share.
        seconds: Of work with faults.
        heal: Seconds after that, within which all must be equal.
        longest: Seconds after that, for everybody to be served.
        walk_ins: People at each window.
        assigned: Applications of central, for each station on average.
        over: Seconds over which people come; 0: all at once.
        inbox_every: Seconds between two looks of a window into its inbox.
        show_every: Seconds between two signs of life of a window.
        lease: Seconds of a lease; the product's quarter of an hour would outlast the faults.
        faults: Whether anything goes wrong.
        mutation: A rule that is broken on purpose.
    """

    stations: int = 500
    seed: int = 1
    processes: int = 2
    seconds: float = 60.0
    heal: float = 60.0
    longest: float = 240.0
    walk_ins: int = 1
    assigned: float = 1.0
    over: float = 0.0
    inbox_every: float = 1.0
    show_every: float = 15.0
    lease: int = 25
    faults: bool = True
    mutation: str = ""


class Fleet:
    """The servers, processes and what was seen of them."""

    def __init__(self, options: Options, postgres: Postgres, nats: NatsServer) -> None:
        self.options = options
        self.postgres = postgres
        self.nats = nats
        self.chance = random.Random(options.seed)
        self.context = multiprocessing.get_context("spawn")
        self.names = [
            f"city.hall-{at // HALL}.window-{at % HALL}" for at in range(options.stations)
        ]
        self.identity = Identity.new()
        self.faults: Counter[str] = Counter()
        self.applicants: dict[str, str] = {}
        self.at: dict[str, int] = {}  #: station -> its worker
        self.workers: list[tuple[Any, Connection]] = []
        self.central: Any = None
        self.meter: Meter | None = None
        self._commands: Connection | None = None
        postgres.run(f"CREATE DATABASE {DATABASE}")
        self.database = Database(postgres.url(DATABASE))
        self.database.migrate()
        self.assigning = Assigning(self.database, self.identity)

    # -- processes -----------------------------------------------------------------------------

    def start_central(self) -> None:
        self._commands, theirs = self.context.Pipe()
        url = self.postgres.url(DATABASE)
        lease = self.options.lease
        given = (url, self.nats.address, self.identity.to_bytes(), lease, theirs)
        self.central = self.context.Process(target=central_process.main, args=given, daemon=True)
        self.central.start()
        if not self._commands.poll(START):
            raise AssertionError("central did not start")
        self._commands.recv()
        if self.meter is not None:
            self.meter.add("central", self.central.pid)

    def kill_central(self) -> None:
        if self.meter is not None:
            self.meter.remove("central", self.central.pid)
        self.central.kill()
        self.central.join()

    def let_central_die(self) -> bool:
        """Have it kill itself between a commit and its word of it; False if nothing came."""
        assert self._commands is not None
        self._commands.send(central_process.DIE)
        self.central.join(20.0)
        died = not self.central.is_alive()
        self.kill_central()
        return died

    def stop_nats(self) -> None:
        if self.meter is not None:
            self.meter.remove("nats", self.nats.pid)
        self.nats.stop(signal.SIGKILL)

    def start_nats(self) -> None:
        self.nats.start()
        if self.meter is not None:
            self.meter.add("nats", self.nats.pid)

    def start_workers(self) -> None:
        share = self.options.processes
        for number in range(share):
            names = tuple(self.names[number::share])
            options = self.options
            plan = worker.Plan(
                number,
                names,
                options.seed,
                self.nats.address,
                options.walk_ins,
                options.over,
                options.inbox_every,
                options.show_every,
                options.faults,
                options.mutation,
            )
            ours, theirs = self.context.Pipe()
            process = self.context.Process(target=worker.main, args=(plan, theirs), daemon=True)
            process.start()
            self.workers.append((process, ours))
            self.at |= dict.fromkeys(names, number)
        enrolment = Enrolment(self.database, self.identity, CarrierAccess(self.nats.address))
        for number in range(share):
            for name, (signing, sealing) in self._hear(number, "keys").items():
                code = enrolment.make_code(name, by="run")
                enrolment.enrol(EnrolmentRequest(code, name, signing, sealing))

    def begin(self) -> None:
        """Count the cost from here, and let the windows work."""
        self.meter = Meter()
        self.meter.add("central", self.central.pid)
        self.meter.add("nats", self.nats.pid)
        self.meter.add("postgres", postmaster(self.postgres.folder), with_children=True)
        for process, _ in self.workers:
            self.meter.add("windows", process.pid)
        self.tell_all("enrol", central_key=self.identity.signing_key)

    def tell(self, name: str, word: str, **given: object) -> Any:  # noqa: ANN401 - the answer's own
        """Tell the worker of a station something about it."""
        number = self.at[name]
        self.workers[number][1].send((word, {"name": name, **given}))
        return self._hear(number, word)

    def tell_all(self, word: str, **given: object) -> list[Any]:
        for _, commands in self.workers:
            commands.send((word, given))
        return [self._hear(number, word) for number in range(len(self.workers))]

    def cut(self, names: list[str], *, cut: bool) -> None:
        for number, (_, commands) in enumerate(self.workers):
            mine = [name for name in names if self.at[name] == number]
            commands.send(("cut", {"names": mine, "cut": cut}))
            self._hear(number, "cut")

    def _hear(self, number: int, word: str) -> Any:  # noqa: ANN401 - the answer's own
        commands = self.workers[number][1]
        if not commands.poll(PATIENCE):
            raise AssertionError(f"worker {number} does not answer to {word}")
        said, answer = commands.recv()
        if said == "broke":
            raise AssertionError(f"worker {number}: {answer}")
        assert said == word, (said, word)
        return answer

    # -- work ----------------------------------------------------------------------------------

    def give_work(self) -> None:
        """Post applications and blanks."""
        with self.database.transaction() as connection:
            take_in(connection, BANK, TAKEN_IN, by="run")
            for name in self.names:
                send(connection, self.identity, name, BANK, SENT, by="run")
        self.assign(0.0 if self.options.over else 1.0)

    def assign(self, share: float) -> None:
        """Give out this share of the applications of central, at least."""
        wanted = round(min(1.0, share) * self.options.assigned * self.options.stations)
        while len(self.applicants) < wanted:
            number = len(self.applicants)
            application, who = f"application {number}", person(number)
            self.applicants[application] = who
            person_of = Applicant(application, who)
            for name in (self.names[number % len(self.names)], *self.names):
                try:
                    self.assigning.assign(person_of, name, by="run")
                    break
                except StationOnHoldError:  # a fork waits for a person
                    self.faults["assigned-elsewhere"] += 1

    def withdraw_some(self, share: float) -> None:
        for row in self.assignments():
            if row.state in ("sent", "accepted") and self.chance.random() < share:
                self._try("withdrawn", lambda row=row: self.assigning.withdraw(row.id, by="run"))  # type: ignore[misc]

    def assign_the_free(self) -> None:
        """Give what came back to another station."""
        open_now = {row.application for row in self.assignments() if row.state in OPEN}
        for application in sorted(self.applicants.keys() - open_now):
            name = self.chance.choice(self.names)
            self._try(
                "assigned-again",
                lambda a=application, n=name: self.assigning.assign_again(a, n, by="run"),  # type: ignore[misc]
            )

    def override(self, name: str) -> None:
        """Two people take the orders of a silent station away.

        They may only when its lease has ended, and they look at the machine: what was fed stays.
        """
        mine = [
            row
            for row in self.assignments()
            if row.station == name and row.state in ("sent", "accepted", "withdrawing")
        ]
        if not mine or not self.lease_has_ended(name):
            return
        fed = set(self.tell(name, "fed"))
        for row in mine:
            if row.id in fed:
                continue
            self._try(
                "overridden",
                lambda row=row: self.assigning.override(  # type: ignore[misc]
                    row.id, by="a", agreed="b", evidence="the machine was opened: no card"
                ),
            )

    def lease_has_ended(self, name: str) -> bool:
        with self.database.transaction() as connection:
            query = sa.select(
                sa.func.coalesce(stations.c.lease_until < sa.func.clock_timestamp(), sa.true())
            ).where(stations.c.name == name)
            return bool(connection.execute(query).scalar_one())

    def _try(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except StationError as exc:
            self.faults[f"{name}-refused: {exc.code}"] += 1
        else:
            self.faults[name] += 1

    def assignments(self) -> list[sa.Row[Any]]:
        with self.database.transaction() as connection:
            return list(connection.execute(sa.select(assignments).order_by(assignments.c.id)))

    # -- what is seen --------------------------------------------------------------------------

    def state(self) -> dict[str, worker.State]:
        """Return what the windows say of themselves."""
        own: dict[str, worker.State] = {}
        for part in self.tell_all("state"):
            own |= part
        return own

    def forked(self) -> frozenset[str]:
        with self.database.transaction() as connection:
            rows = connection.execute(
                sa.select(forks.c.station).where(forks.c.decided_at.is_(None))
            )
            return frozenset(row.station for row in rows)

    def behind(self, before: Mapping[str, worker.State]) -> list[str]:
        """Return the stations whose events up to `before` central lacks; forks know that they are.

        A fork's events stay where they are until a person has decided.
        """
        known, aside, now = self._known(), self.forked(), self.state()
        left = []
        for name, state in before.items():
            station = name.removesuffix(" (copy)")
            if station in aside:
                own = now.get(name, state)
                differs = known[station] != (own.seq, own.hash) and not own.fork
            else:
                differs = known[station][0] < state.seq
            if differs:
                left.append(name)
        return left

    def differing(self) -> list[str]:
        """Return the stations that central does not equal, or where somebody waits still."""
        own, aside, known = self.state(), self.forked(), self._known()
        left = {name for name in self.names if name not in own and name not in aside}
        for name, state in own.items():
            station = name.removesuffix(" (copy)")
            equal = known[station] == (state.seq, state.hash)
            if not (equal or state.fork) or (state.busy and station not in aside):
                left.add(name)
        return sorted(left)

    def _known(self) -> dict[str, tuple[int, str]]:
        with self.database.transaction() as connection:
            rows = connection.execute(sa.select(stations.c.name, stations.c.seq, stations.c.hash))
            return {row.name: (row.seq, row.hash) for row in rows}

    def stored(self) -> dict[str, dict[int, float]]:
        """Return when each event was stored, by the clock of this PC."""
        found: dict[str, dict[int, float]] = {name: {} for name in self.names}
        with self.database.transaction() as connection:
            rows = connection.execute(
                sa.select(events.c.station, events.c.seq, sa.extract("epoch", events.c.stored_at))
            )
            for name, seq, at in rows:
                found[name][seq] = float(at)
        return found

    def end(self) -> None:
        with contextlib.suppress(Exception):
            self.tell_all("end")
        for process, _ in self.workers:
            process.kill()
            process.join()
        if self.central is not None and self.central.is_alive():
            self.kill_central()
        self.database.close()


def read_truth(
    database: Database,
    names: list[str],
    own: dict[str, Any],
    applicants: dict[str, str],
    wrong: list[str],
) -> Truth:
    """Return what the windows (`own`) and central say at the end."""
    with database.transaction() as connection:
        rows = connection.execute(
            sa.select(events.c.station, events.c.seq, events.c.hash).order_by(
                events.c.station, events.c.seq
            )
        ).all()
        accounts = {account: count for account, _, count in balances(connection)}
        given = connection.execute(sa.select(assignments)).all()
        open_forks = connection.execute(
            sa.select(forks.c.station).where(forks.c.decided_at.is_(None))
        )
        aside = frozenset(row.station for row in open_forks)
    central: dict[str, list[str]] = {name: [] for name in names}
    gaps = set()
    for row in rows:
        central[row.station].append(row.hash)
        if row.seq != len(central[row.station]):
            gaps.add(row.station)
    return Truth(
        stations=own,
        central=central,
        gaps=frozenset(gaps),
        forks=aside,
        assignments={row.id: dict(row._mapping) for row in given},
        balances=accounts,
        taken_in=TAKEN_IN,
        applicants=applicants,
        wrong=tuple(wrong + [said for one in own.values() for said in one["wrong"]]),
    )

"""A fleet on real servers: stations in processes, central in another, faults, and the checks.

The seed decides who does what, which faults there are and when. What real servers and processes do
in between is theirs: two runs of a seed have the same people, faults and answers to them, and not
the same interleaving.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from simulators.engines import Postgres, running_postgres
from station.central.assigning import Applicant, Assigning
from station.central.database import Database
from station.central.enrolment import CarrierAccess, Enrolment
from station.central.stock import balances, send, take_in
from station.central.tables import assignments, events, forks, stations
from station.core.errors import StationError
from station.core.fleet import EnrolmentRequest
from station.signing import Identity
from tests.fleet import central_process, mutations, worker
from tests.fleet.checks import Truth, violations
from tests.fleet.stations import person
from tests.rigs.carrier import NatsServer, nats_server

BANK: Final = "95588"
TAKEN_IN: Final = 100_000
POLL: Final = 0.5  #: seconds between two looks at how far central is
HEAL: Final = 60.0  #: seconds after the faults, within which all must be equal
START: Final = 60.0
DATABASE: Final = "fleet"
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        stations: How many.
        seed: Decides people and faults.
        processes: How many processes the stations share.
        seconds: Of work with faults; it goes on until most people are served.
        longest: Seconds after which the faults stop in any case.
        walk_ins: People at each window.
        assigned: Applications of central, for each station on average.
        faults: Whether anything goes wrong.
        mutation: A rule that is broken on purpose.
    """

    stations: int = 3
    seed: int = 1
    processes: int = 2
    seconds: float = 20.0
    longest: float = 400.0
    walk_ins: int = 1
    assigned: float = 1.0
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
        self.names = [f"city.hall-{at // 16}.window-{at % 16}" for at in range(options.stations)]
        self.identity = Identity.new()
        self.faults: Counter[str] = Counter()
        self.applicants: dict[str, str] = {}
        self.seen: dict[str, list[tuple[int, float]]] = {name: [] for name in self.names}
        self.cpu: dict[str, float] = {"central": 0.0}
        self.at: dict[str, int] = {}  #: station -> its worker
        self.workers: list[tuple[Any, Connection]] = []
        self.central: Any = None
        postgres.run(f"CREATE DATABASE {DATABASE}")
        self.database = Database(postgres.url(DATABASE))
        self.database.migrate()
        self.assigning = Assigning(self.database, self.identity)

    # -- processes -----------------------------------------------------------------------------

    def start_central(self) -> None:
        ours, theirs = self.context.Pipe()
        url = self.postgres.url(DATABASE)
        given = (url, self.nats.address, self.identity.to_bytes(), theirs)
        self.central = self.context.Process(target=central_process.main, args=given, daemon=True)
        self.central.start()
        if not ours.poll(START):
            raise AssertionError("central did not start")
        ours.recv()

    def kill_central(self) -> None:
        self.cpu["central"] += _cpu_of(self.central.pid)
        self.central.kill()
        self.central.join()

    def start_workers(self) -> None:
        share = self.options.processes
        for number in range(share):
            names = tuple(self.names[number::share])
            plan = worker.Plan(
                number,
                names,
                self.options.seed,
                self.nats.address,
                self.options.walk_ins,
                self.options.faults,
                self.options.mutation,
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
        for number in range(share):
            self.tell(number, "enrol", central_key=self.identity.signing_key)

    def tell(self, number: int, word: str, **given: object) -> Any:  # noqa: ANN401 - the answer's own
        self.workers[number][1].send((word, given))
        return self._hear(number, word)

    def _hear(self, number: int, word: str) -> Any:  # noqa: ANN401 - the answer's own
        commands = self.workers[number][1]
        if not commands.poll(180.0):
            raise AssertionError(f"worker {number} does not answer to {word}")
        said, answer = commands.recv()
        if said == "broke":
            raise AssertionError(f"worker {number}: {answer}")
        assert said == word, (said, word)
        return answer

    def tell_all(self, word: str) -> list[Any]:
        for _, commands in self.workers:
            commands.send((word, {}))
        return [self._hear(number, word) for number in range(len(self.workers))]

    # -- work ----------------------------------------------------------------------------------

    def give_work(self) -> None:
        """Post applications and blanks; stations on their way to a fork are left out."""
        with self.database.transaction() as connection:
            take_in(connection, BANK, TAKEN_IN, by="run")
            for name in self.names:
                send(connection, self.identity, name, BANK, 50, by="run")
        count = round(self.options.assigned * self.options.stations)
        for number in range(count):
            application, who = f"application {number}", person(number)
            self.applicants[application] = who
            name = self.names[number % len(self.names)]
            self.assigning.assign(Applicant(application, who), name, by="run")

    def withdraw_some(self, share: float) -> None:
        for row in self._assignments():
            if row.state in ("sent", "accepted") and self.chance.random() < share:
                self._try("withdrawn", lambda row=row: self.assigning.withdraw(row.id, by="run"))  # type: ignore[misc]

    def assign_the_free(self) -> None:
        """Give what came back to another station."""
        open_now = {
            row.application
            for row in self._assignments()
            if row.state in ("sent", "accepted", "withdrawing", "kept", "done")
        }
        for application in sorted(self.applicants.keys() - open_now):
            name = self.chance.choice(self.names)
            self._try(
                "assigned-again",
                lambda a=application, n=name: self.assigning.assign_again(a, n, by="run"),  # type: ignore[misc]
            )

    def override(self, name: str) -> bool:
        """Two people take the orders of a silent station away, if its lease has ended."""
        done = False
        for row in self._assignments():
            if row.station == name and row.state in ("sent", "accepted", "withdrawing"):
                done = self._try(
                    "overridden",
                    lambda row=row: self.assigning.override(  # type: ignore[misc]
                        row.id, by="a", agreed="b", evidence="the reader was read: no card"
                    ),
                )
        return done

    def _try(self, name: str, work: Callable[[], object]) -> bool:
        try:
            work()
        except StationError as exc:
            self.faults[f"{name}-refused: {exc.code}"] += 1
            return False
        self.faults[name] += 1
        return True

    def _assignments(self) -> list[sa.Row[Any]]:
        with self.database.transaction() as connection:
            return list(connection.execute(sa.select(assignments).order_by(assignments.c.id)))

    # -- what is seen --------------------------------------------------------------------------

    def look(self) -> dict[str, tuple[int, str]]:
        with self.database.transaction() as connection:
            rows = connection.execute(sa.select(stations.c.name, stations.c.seq, stations.c.hash))
            known = {row.name: (row.seq, row.hash) for row in rows}
        now = time.time()
        for name, (seq, _) in known.items():
            mine = self.seen[name]
            if not mine or mine[-1][0] != seq:
                mine.append((seq, now))
        return known

    def forked(self) -> frozenset[str]:
        with self.database.transaction() as connection:
            rows = connection.execute(
                sa.select(forks.c.station).where(forks.c.decided_at.is_(None))
            )
            return frozenset(row.station for row in rows)

    def differing(self) -> list[str]:
        """Return the stations that central does not equal yet, forks aside."""
        own: dict[str, Any] = {}
        for part in self.tell_all("state"):
            own |= part
        known, aside = self.look(), self.forked()
        return [
            name
            for name in self.names
            if name not in aside
            and (name not in own or own[name][2] or known[name] != own[name][:2])
        ]

    def truth(self, reports: list[dict[str, Any]], wrong: list[str]) -> Truth:
        own: dict[str, Any] = {}
        for report in reports:
            own |= report["stations"]
        with self.database.transaction() as connection:
            rows = connection.execute(
                sa.select(events.c.station, events.c.seq, events.c.hash).order_by(
                    events.c.station, events.c.seq
                )
            ).all()
            accounts = {account: count for account, _, count in balances(connection)}
        central: dict[str, list[str]] = {name: [] for name in self.names}
        gaps = set()
        for row in rows:
            central[row.station].append(row.hash)
            if row.seq != len(central[row.station]):
                gaps.add(row.station)
        return Truth(
            stations=own,
            central=central,
            gaps=frozenset(gaps),
            forks=self.forked(),
            assignments={row.id: dict(row._mapping) for row in self._assignments()},
            balances=accounts,
            taken_in=TAKEN_IN,
            applicants=self.applicants,
            wrong=tuple(wrong + [one for report in reports for one in report["wrong"]]),
        )

    def end(self) -> None:
        with contextlib.suppress(Exception):
            self.tell_all("end")
        for process, _ in self.workers:
            process.kill()
            process.join()
        if self.central is not None and self.central.is_alive():
            self.kill_central()
        self.database.close()


class Faults:
    """What goes wrong and when, by the seed. `due` does what is due."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self._fleet = fleet
        self._folder = folder
        self._began = time.monotonic()
        chance, span, names = fleet.chance, fleet.options.seconds, fleet.names
        victims = chance.sample(names, max(3, len(names) // 4)) if len(names) > 3 else names
        self.victims = victims
        plan: list[tuple[float, Callable[[], object]]] = [
            (0.10, lambda: fleet.withdraw_some(0.2)),
            (0.15, self._kill_central),
            (0.20, self._copy_nats),
            (0.30, lambda: self._back_up(victims[0])),
            (0.35, lambda: self._clone(victims[-1])),
            (0.40, lambda: fleet.withdraw_some(0.2)),
            (0.45, self._kill_nats),
            (0.55, self._older_nats),
            (0.60, lambda: self._restore(victims[0])),
            (0.70, self._kill_central),
            (0.75, lambda: fleet.withdraw_some(0.2)),
        ]
        for name in victims[1:-1]:
            at = chance.uniform(0.1, 0.6)
            plan.append((at, lambda name=name: self._kill(name)))  # type: ignore[misc]
        for name in victims[1:2]:
            plan.append((0.05, lambda name=name: self._cut(name, cut=True)))  # type: ignore[misc]
            plan.append((0.90, lambda name=name: self._cut(name, cut=False)))  # type: ignore[misc]
        self.silent = victims[1] if len(victims) > 1 else ""
        self._plan = deque(sorted(((at * span, work) for at, work in plan), key=lambda one: one[0]))

    @property
    def over(self) -> bool:
        return not self._plan

    def due(self) -> None:
        passed = time.monotonic() - self._began
        while self._plan and self._plan[0][0] <= passed:
            self._plan.popleft()[1]()

    def _kill_central(self) -> None:
        self._fleet.kill_central()
        self._fleet.faults["central-killed"] += 1
        self._fleet.start_central()

    def _copy_nats(self) -> None:
        nats = self._fleet.nats
        nats.stop(signal.SIGKILL)
        nats.copy_store(self._folder / "older")
        nats.start()
        self._fleet.faults["nats-killed"] += 1

    def _kill_nats(self) -> None:
        self._fleet.nats.stop(signal.SIGKILL)
        self._fleet.nats.start()
        self._fleet.faults["nats-killed"] += 1

    def _older_nats(self) -> None:
        nats = self._fleet.nats
        nats.stop(signal.SIGKILL)
        nats.put_store(self._folder / "older")
        nats.start()
        self._fleet.faults["nats-older-store"] += 1

    def _tell(self, name: str, word: str, **given: object) -> Any:  # noqa: ANN401 - its answer
        return self._fleet.tell(self._fleet.at[name], word, name=name, **given)

    def _kill(self, name: str) -> None:
        self._tell(name, "kill", seconds=self._fleet.chance.uniform(0.5, 3.0))

    def _cut(self, name: str, *, cut: bool) -> None:
        self._tell(name, "cut", cut=cut)

    def _back_up(self, name: str) -> None:
        self._tell(name, "back_up")

    def _restore(self, name: str) -> None:
        self._tell(name, "restore")

    def _clone(self, name: str) -> None:
        self._tell(name, "clone")


def run(options: Options) -> dict[str, Any]:
    """Run it; return the line of figures."""
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="fleet-run-"))
    try:
        with running_postgres() as postgres, nats_server(folder) as nats:
            mutations.apply_at_central(options.mutation)
            fleet = Fleet(options, postgres, nats)
            try:
                figures = _run(fleet, folder)
            finally:
                fleet.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures["seconds"] = round(time.monotonic() - began, 1)
    return figures


def _run(fleet: Fleet, folder: Path) -> dict[str, Any]:
    options = fleet.options
    fleet.start_central()
    fleet.start_workers()
    fleet.give_work()
    worked = time.monotonic()
    with _faults(fleet, folder) as faults:
        while True:
            passed = time.monotonic() - worked
            if faults is not None:
                faults.due()
                fleet.override(faults.silent)
            fleet.assign_the_free()
            enough = passed > options.seconds and _most_are_served(fleet)
            if enough or passed > options.longest:
                break
            fleet.look()
            threading.Event().wait(POLL)
    fleet.tell_all("quiet")
    wrong, heal = _heal(fleet)
    cpu = _cpu(fleet)
    reports = fleet.tell_all("report")
    truth = fleet.truth(reports, wrong)
    found = violations(truth)
    total = sum(len(one) for one in truth.central.values())
    happened = sum((Counter(report["faults"]) for report in reports), fleet.faults)
    cpu["windows"] = sum(report["cpu"] for report in reports)
    return {
        "stations": options.stations,
        "seed": options.seed,
        "cards": sum(one["cards"] for one in truth.stations.values()),
        "events": total,
        "faults": dict(sorted(happened.items())),
        "violations": len(found),
        "lag_p99_seconds": _lag_p99(fleet, reports),
        "heal_seconds": round(heal, 1),
        "assignments": dict(Counter(one["state"] for one in truth.assignments.values())),
        "cpu_per_1000_events": {
            part: round(seconds * 1000 / max(1, total), 2) for part, seconds in cpu.items()
        },
        "memory_mib": {
            "windows": sum(report["memory_kib"] for report in reports) // 1024,
            **{part: _memory(pid) for part, pid in _servers(fleet).items()},
        },
        "found": found[:20],
    }


@contextlib.contextmanager
def _faults(fleet: Fleet, folder: Path) -> Iterator[Faults | None]:
    yield Faults(fleet, folder) if fleet.options.faults else None


def _most_are_served(fleet: Fleet) -> bool:
    busy = sum(one[2] for part in fleet.tell_all("state") for one in part.values())
    return bool(busy <= len(fleet.names) // 20)


def _heal(fleet: Fleet) -> tuple[list[str], float]:
    """Wait until all are equal; what is not in time is a violation."""
    began = time.monotonic()
    while True:
        left = fleet.differing()
        unanswered = [
            row.id
            for row in fleet._assignments()
            if row.state in ("sent", "withdrawing") and row.station not in fleet.forked()
        ]
        passed = time.monotonic() - began
        if not left and not unanswered:
            return [], passed
        if passed > HEAL:
            return [f"F5 {name} is not equal after {HEAL:.0f} s" for name in left], passed
        threading.Event().wait(POLL)


def _lag_p99(fleet: Fleet, reports: list[dict[str, Any]]) -> float:
    """Return the 99th percentile of the time from a station's event to its place at central."""
    lags: list[float] = []
    for report in reports:
        for name, one in report["stations"].items():
            if one["clone"] or one["restored"]:
                continue
            seen = iter(fleet.seen[name])
            at = next(seen, None)
            before = 0
            for seq, written in one["written"]:
                while at is not None and at[0] < seq:
                    at = next(seen, None)
                if at is None:
                    break
                lags += [max(0.0, at[1] - written)] * (seq - before)
                before = seq
    return round(sorted(lags)[int(len(lags) * 0.99)], 2) if lags else 0.0


def _servers(fleet: Fleet) -> dict[str, int]:
    return {"central": fleet.central.pid, "nats": fleet.nats.pid}


def _cpu(fleet: Fleet) -> dict[str, float]:
    total = dict(fleet.cpu)
    for part, pid in _servers(fleet).items():
        total[part] = total.get(part, 0.0) + _cpu_of(pid)
    return total


def _cpu_of(pid: int) -> float:
    """Return the processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory(pid: int) -> int:
    """Return the MiB that a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // (1 << 20)

"""A few windows and central in one process, turned by hand: real PostgreSQL, any carrier.

No thread and no process of its own, and clocks that somebody moves: a day without network takes a
moment. With the carrier in memory a seed does the same each time.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from unittest import mock

from station.central import letters
from station.central.assigning import Applicant
from station.central.stock import send, take_in
from station.core.carrier import Carrier
from station.core.errors import FleetLinkError
from station.core.fleet import EnrolmentRequest
from station.signing import Identity
from tests.fleet import mutations
from tests.fleet.checks import Truth, every_event_once, violations
from tests.fleet.desk import Desk
from tests.fleet.fleet import BANK, SENT, TAKEN_IN, read_truth
from tests.fleet.stations import person
from tests.rigs.central import Rig, end_lease
from tests.torture.clerk import Wish
from tests.torture.clock import Clock

STEP: Final = 2.0  #: seconds of a window's clock for one turn
UNANSWERED: Final = dt.timedelta(seconds=0.3)
MOST_TURNS: Final = 12  #: in fours, of a course that does not settle
RECONNECTED: Final = 30.0  #: real seconds
OVER_A_LEASE: Final = 1000.0


class Hall:
    """Windows, each with its people, and central.

    Attributes:
        rig: Central.
        desks: By name; a copy is `<name> (copy)`.
        applicants: Application -> person.
    """

    def __init__(
        self,
        url: str,
        connect: Callable[[], Carrier],
        windows: int = 3,
        *,
        seed: int = 1,
        faults: bool = False,
        mutation: str = "",
    ) -> None:
        self._connect = connect
        self._seed = seed
        self._faults = faults
        self._mutation = mutation
        self.names = [f"city.hall.window-{at}" for at in range(windows)]
        self.identity = Identity.new()
        self.rig = Rig(url, connect(), self.identity)
        self.rig.carrier.prepare()
        self.desks: dict[str, Desk] = {}
        self.applicants: dict[str, str] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="hall-"))
        self._serial = 1000
        self._patch = mock.patch.multiple(letters, UNANSWERED=UNANSWERED, UNCOUNTED=UNANSWERED)
        self._patch.start()
        with self.rig.database.transaction() as connection:
            take_in(connection, BANK, TAKEN_IN, by="run")
        for name in self.names:
            self._add(name)

    def _add(self, name: str, disk: Path | None = None) -> Desk:
        desk = Desk(
            name,
            self._seed,
            self._connect,
            clock=Clock(),
            faults=self._faults,
            disk=disk,
            mutation=self._mutation,
        )
        self.desks[name if disk is None else f"{name} (copy)"] = desk
        if disk is not None:
            desk.station.join()
            return desk
        keys = desk.identity.signing_key, desk.identity.sealing_key
        enrolment = self.rig.central.enrolment
        enrolment.enrol(EnrolmentRequest(enrolment.make_code(name, by="run"), name, *keys))
        desk.enrol(self.identity.signing_key, "memory:")
        return desk

    def use_central(self, url: str) -> None:
        """Central goes on with another database."""
        self.rig.close()
        self.rig = Rig(url, self._connect(), self.identity)

    # -- time ----------------------------------------------------------------------------------

    def turn(self, times: int = 1, seconds: float = STEP) -> None:
        """Let everybody do what is due, and time pass at the windows."""
        for _ in range(times):
            try:
                letters.send_again(self.rig.database)
                self.rig.send()
                self.rig.turn()
            except FleetLinkError:
                self.rig.carrier.close()
            for desk in self.desks.values():
                desk.turn()
                desk.window.clock.advance(seconds)

    def until(self, what: Callable[[], bool], turns: int = 120) -> None:
        """Turn until it is so."""
        for _ in range(turns):
            if what():
                return
            self.turn()
        raise AssertionError(f"not within {turns} turns")

    def until_connected(self) -> None:
        """Wait, in real time, until central and all windows have the carrier again."""
        deadline = time.monotonic() + RECONNECTED
        carriers = [desk.carrier for desk in self.desks.values() if desk.carrier is not None]
        for carrier in (self.rig.carrier, *carriers):
            while True:
                try:
                    carrier.get("cursor.nobody")
                    break
                except FleetLinkError:
                    if time.monotonic() > deadline:
                        raise
                    threading.Event().wait(0.05)

    def end_leases(self) -> None:
        """Let more time pass than any lease lasts, at the windows and at central."""
        for desk in self.desks.values():
            desk.window.clock.advance(OVER_A_LEASE)
        for name in self.names:
            end_lease(self.rig, name)

    # -- people --------------------------------------------------------------------------------

    def walk_in(self, name: str) -> Wish:
        self._serial += 1
        wish = Wish(person(self._serial), f"walk-in {self._serial}")
        self.desks[name].wishes.append(wish)
        return wish

    def assign(self, name: str) -> str:
        """Give a new application to a window; returns the assignment."""
        number = len(self.applicants)
        application, who = f"application {number}", person(number)
        self.applicants[application] = who
        return self.rig.central.assigning.assign(Applicant(application, who), name, by="run")

    def send_blanks(self, name: str) -> None:
        with self.rig.database.transaction() as connection:
            send(connection, self.identity, name, BANK, SENT, by="run")

    def back_up(self, name: str) -> Path:
        to = self.folder / f"{name} {len(list(self.folder.iterdir()))}"
        self.desks[name].back_up(to)
        return to

    def copy(self, name: str) -> Desk:
        """A second PC with a copy of the disk of the first."""
        return self._add(name, self.back_up(name))

    def set_quiet(self) -> None:
        self._faults = False
        for desk in self.desks.values():
            desk.set_quiet()

    # -- what is so ----------------------------------------------------------------------------

    def served(self) -> bool:
        """Whether everybody at windows without a fork has got what they came for."""
        aside = self.truth().forks
        return not any(desk.busy for desk in self.desks.values() if desk.name not in aside)

    def equal(self) -> bool:
        """Whether central has all events of all windows, and nothing else."""
        truth = self.truth()
        return all(truth.central[name] == truth.stations[name]["hashes"] for name in self.names)

    def settled(self) -> bool:
        """Whether nothing is left to be done at windows without a fork, and forks know it."""
        truth = self.truth()
        waits = any(desk.busy for desk in self.desks.values() if desk.name not in truth.forks)
        asked = any(
            one["state"] in ("sent", "withdrawing") and one["station"] not in truth.forks
            for one in truth.assignments.values()
        )
        return not waits and not asked and not list(every_event_once(truth))

    def truth(self) -> Truth:
        own: dict[str, Any] = {name: desk.evidence() for name, desk in self.desks.items()}
        return read_truth(self.rig.database, self.names, own, self.applicants, [])

    def violations(self) -> list[str]:
        return violations(self.truth())

    def close(self) -> None:
        self._patch.stop()
        for desk in self.desks.values():
            desk.close()
        self.rig.carrier.close()
        self.rig.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def course(hall: Hall) -> Sequence[str]:
    """Play what touches every rule of a fleet once; return what did not hold."""
    first, second, third, *_ = hall.names
    for name in hall.names:
        hall.send_blanks(name)
        hall.walk_in(name)
        hall.assign(name)
    hall.turn(3)
    older = hall.back_up(third)
    returned = hall.assign(first)
    hall.turn(2)
    hall.rig.central.assigning.withdraw(returned, by="run")
    hall.turn(5)
    _assign_free(hall, second)
    for name in hall.names:
        hall.walk_in(name)
    hall.turn(12)
    hall.desks[third].restore(older)
    hall.walk_in(third)
    twin = hall.copy(second)
    twin.known = set(hall.desks[second].known)
    twin.wishes = [Wish(person(900), "at the copy")]
    hall.turn(12)
    hall.set_quiet()
    hall.end_leases()
    for _ in range(MOST_TURNS):
        hall.turn(4, seconds=4.0)
        _assign_free(hall, first)
        if hall.settled():
            break
    return hall.violations()


def _assign_free(hall: Hall, name: str) -> None:
    """Give what came back to another window."""
    truth = hall.truth()
    last: dict[str, str] = {}
    for one in sorted(truth.assignments.values(), key=lambda each: int(each["epoch"])):
        last[one["application"]] = one["state"]
    for application, state in sorted(last.items()):
        if state in ("returned", "refused"):
            hall.rig.central.assigning.assign_again(application, name, by="run")


def broken_course(url: str, connect: Callable[[], Carrier], mutation: str) -> Sequence[str]:
    """Play the course with a rule broken; return what did not hold."""
    with mutations.broken(mutation):
        hall = Hall(url, connect, 4, faults=True, mutation=mutation)
        try:
            return course(hall)
        finally:
            hall.close()

"""One process of the fleet: some windows, served in turn, and what their hands are told to do."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import logging
import random
import shutil
import tempfile
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

from station.core import fleet
from station.fleet import upward
from station.transport import nats_carrier
from station.transport.nats_carrier import CarrierLoop, NatsCarrier
from tests.fleet import mutations
from tests.fleet.desk import Desk
from tests.fleet.stations import RealClock, person
from tests.torture.clerk import Wish

ACK_WAIT: Final = 3.0  #: seconds here, so that a run need not wait for the product's ten
SETTLED: Final = ACK_WAIT + 1.0
IDLE: Final = 0.05  #: seconds to wait where no window had anything to do
SERIALS: Final = 20  #: invented people of one window


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one worker has to do.

    Attributes:
        number: Of the worker.
        names: Of its stations.
        seed: Of the run.
        server: Of the carrier.
        walk_ins: People at each window.
        over: Seconds over which they come; 0: all are there at once.
        inbox_every: Seconds between two looks of a window into its inbox.
        show_every: Seconds between two signs of life.
        faults: Whether the carrier and the clocks are bad.
        mutation: A deliberate break of a rule; empty for none.
    """

    number: int
    names: tuple[str, ...]
    seed: int
    server: str
    walk_ins: int
    over: float
    inbox_every: float
    show_every: float
    faults: bool
    mutation: str = ""


class State(NamedTuple):
    """What a window says of itself: its newest event, whether people wait, and its fork."""

    seq: int
    hash: str
    busy: bool
    fork: int


class Worker:
    """Runs until it is told to end; `commands` is the other end of a pipe."""

    def __init__(self, plan: Plan, commands: Connection) -> None:
        self.plan = plan
        self.commands = commands
        self.loop = CarrierLoop()
        self.desks: dict[str, Desk] = {}
        self.faults: Counter[str] = Counter()
        self.quiet = False
        self.backups = Path(tempfile.mkdtemp(prefix="fleet-"))
        self.central_key = ""

    # -- stations ------------------------------------------------------------------------------

    def open(self) -> None:
        for at, name in enumerate(self.plan.names):
            chance = random.Random(f"{self.plan.seed} {name}")
            clock = RealClock()
            if self.plan.faults and at % 3 == 0:
                clock.jump(chance.choice((-7200.0, 7200.0)))
                self.faults["clock-2-hours-wrong"] += 1
            desk = self._add(name, clock)
            desk.wishes = [
                Wish(person(self._serial_of(name) + number), f"walk-in {number}")
                for number in range(self.plan.walk_ins)
            ]
            for wish in desk.wishes:
                wish.comes_in = chance.randrange(4)

    def _add(self, name: str, clock: RealClock, disk: Path | None = None) -> Desk:
        def connect() -> NatsCarrier:
            return NatsCarrier(
                self.plan.server, loop=self.loop, reply_prefix=fleet.reply_prefix(name)
            )

        desk = Desk(
            name,
            self.plan.seed,
            connect,
            clock=clock,
            faults=self.plan.faults and not self.quiet,
            disk=disk,
            settle_seconds=SETTLED,
            mutation=self.plan.mutation,
        )
        desk.inbox_every = self.plan.inbox_every
        self.desks[name if disk is None else f"{name} (copy)"] = desk
        return desk

    def _serial_of(self, name: str) -> int:
        return 100_000 + self.plan.number * 20_000 + self.plan.names.index(name) * SERIALS

    # -- the turn ------------------------------------------------------------------------------

    def run(self) -> None:
        self.open()
        keys = {
            name: (desk.identity.signing_key, desk.identity.sealing_key)
            for name, desk in self.desks.items()
        }
        self.commands.send(("keys", keys))
        while True:
            did = False
            for desk in list(self.desks.values()) if self.central_key else ():
                if not self._hear(0.0):
                    return
                did = (bool(self.central_key) and desk.turn()) or did
            if not self._hear(0.0 if did else IDLE):
                return

    def _hear(self, seconds: float) -> bool:
        """Do what the run asks for; False at the end."""
        while self.commands.poll(seconds):
            word, given = self.commands.recv()
            if word == "end":
                self._close()
                self.commands.send((word, None))
                return False
            self.commands.send((word, getattr(self, f"do_{word}")(**given)))
        return True

    # -- what the run tells --------------------------------------------------------------------

    def do_enrol(self, central_key: str) -> None:
        """Keep central's answers, and begin: the people come from now on."""
        for desk in self.desks.values():
            desk.enrol(central_key, self.plan.server)
            desk.inbox_due = time.monotonic() + desk.chance.random() * desk.inbox_every
            if self.plan.over:
                began = time.monotonic()
                times = sorted(began + desk.chance.random() * self.plan.over for _ in desk.wishes)
                desk.later.extend(zip(times, desk.wishes, strict=True))
                desk.wishes = []
        self.central_key = central_key

    def do_quiet(self) -> None:
        """No more faults: everything heals from now on."""
        self.quiet = True
        for desk in self.desks.values():
            desk.set_quiet()

    def do_kill(self, name: str, seconds: float) -> None:
        """The PC is off for some seconds: a power cut, and a start."""
        if self.desks[name].station.member is not None:
            self.desks[name].kill(seconds)
            self.faults["station-killed"] += 1

    def do_cut(self, names: list[str], cut: bool) -> None:
        """The network of some windows."""
        for name in names:
            self.desks[name].set_cut(cut)
            self.faults["network-cut"] += cut

    def do_away(self, name: str, away: bool) -> None:
        """Nobody makes assigned cards there, or somebody does again."""
        self.desks[name].away = away

    def do_end_lease_inside(self, name: str) -> None:
        self.desks[name].end_lease_inside()

    def do_fed(self, name: str) -> list[str]:
        return self.desks[name].fed()

    def do_back_up(self, name: str) -> None:
        desk = self.desks[name]
        if desk.station.member is not None:
            desk.back_up(self.backups / name)

    def do_restore(self, name: str) -> bool:
        """An older copy of the disk comes back."""
        desk, older = self.desks[name], self.backups / name
        if not older.exists() or desk.station.member is None:
            return False
        desk.restore(older)
        desk.wishes.append(Wish(person(self._serial_of(name) + 15), "after the restore"))
        self.faults["disk-restored"] += 1
        return True

    def do_clone(self, name: str) -> bool:
        """A second PC with a copy of the disk; not while an assigned order is open there.

        What the first one has fed and could not tell, no rule of the fleet can know at the second:
        there the province's own lock decides.
        """
        desk = self.desks[name]
        if desk.station.member is None or any(w.given and not w.ended for w in desk.wishes):
            return False
        copy = self.backups / f"{name} clone"
        desk.back_up(copy)
        made = self._add(name, RealClock(), copy)
        made.known = set(desk.known)
        made.wishes = [Wish(person(self._serial_of(name) + 17), "at the copy")]
        made.station.join()
        self.faults["disk-copied"] += 1
        return True

    def do_state(self) -> dict[str, State]:
        """Return what each window says of itself."""
        return {
            name: State(*desk.newest(), desk.busy, member.link.fork)
            for name, desk in self.desks.items()
            if (member := desk.station.member) is not None
        }

    def do_report(self) -> dict[str, Any]:
        """Return everything that the checks need; the windows stand still afterwards."""
        self.central_key = ""
        stations = {name: desk.evidence() for name, desk in self.desks.items()}
        errors: Counter[str] = Counter()
        for desk in self.desks.values():
            self.faults += desk.faults
            errors += desk.errors
        return {"faults": dict(self.faults), "errors": dict(errors), "stations": stations}

    def _close(self) -> None:
        for desk in self.desks.values():
            with contextlib.suppress(Exception):
                desk.close()
        shutil.rmtree(self.backups, ignore_errors=True)


def main(plan: Plan, commands: Connection) -> None:
    """Run one worker; an error is told, not swallowed."""
    logging.getLogger("station").setLevel(logging.CRITICAL)
    gc.freeze()
    try:
        with (
            mock.patch.object(nats_carrier, "ACK_WAIT", ACK_WAIT),
            mock.patch.object(upward, "SHOW_EVERY", plan.show_every),
            mutations.broken(plan.mutation),
        ):
            Worker(plan, commands).run()
    except Exception:  # noqa: BLE001 - whatever breaks is the finding
        commands.send(("broke", traceback.format_exc(limit=-6)))

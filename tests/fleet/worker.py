"""One process of the fleet: some windows, served in turn, and what their hands are told to do."""

from __future__ import annotations

import dataclasses
import gc
import logging
import random
import resource
import shutil
import tempfile
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final
from unittest import mock

from station.core import fleet
from station.core.errors import StationError
from station.core.fleet_changes import KeepFleetIdentity
from station.core.fleet_state import FleetKeys, FleetMembership
from station.core.orders import EffectKind, StockMove
from station.journal import tables
from station.signing import Identity
from station.transport import nats_carrier
from station.transport.nats_carrier import CarrierLoop, NatsCarrier
from tests.fleet import mutations
from tests.fleet.faulty import FaultyCarrier
from tests.fleet.stations import RealClock, Station, person
from tests.torture.blanks import Where
from tests.torture.clerk import Wish
from tests.torture.window import Window

ACK_WAIT: Final = 3.0  #: seconds here, so that a run need not wait for the product's ten
SETTLED: Final = ACK_WAIT + 1.0
FILLED_BELOW: Final = 2  #: blanks in the feeder


@dataclasses.dataclass(frozen=True)
class Plan:
    """What one worker has to do.

    Attributes:
        number: Of the worker.
        names: Of its stations.
        seed: Of the run.
        server: Of the carrier.
        walk_ins: People at each window.
        faults: Whether the carrier and the clocks are bad.
        mutation: A deliberate break of a rule; empty for none.
    """

    number: int
    names: tuple[str, ...]
    seed: int
    server: str
    walk_ins: int
    faults: bool
    mutation: str = ""


class Desk:
    """One station of the worker, and who waits there."""

    def __init__(
        self, station: Station, chance: random.Random, wishes: list[Wish], identity: Identity
    ) -> None:
        self.station = station
        self.chance = chance
        self.wishes = wishes
        self.identity = identity
        self.known: set[str] = set()
        self.dead_until = 0.0
        self.settled_at = 0.0  # by the real clock: see `Station` and `Inbox`
        self.carrier: FaultyCarrier | None = None
        self.written: list[tuple[int, float]] = []
        self.forked_on_purpose = False
        self.is_clone = False
        self.errors: list[str] = []

    @property
    def busy(self) -> bool:
        return any(not wish.ended for wish in self.wishes)


class Worker:
    """Runs until it is told to end; `commands` is the other end of a pipe."""

    def __init__(self, plan: Plan, commands: Connection) -> None:
        self.plan = plan
        self.commands = commands
        self.loop = CarrierLoop()
        self.desks: dict[str, Desk] = {}
        self.faults: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.quiet = False
        self.backups = Path(tempfile.mkdtemp(prefix="fleet-"))
        self.central_key = ""
        self.serial = 0

    # -- stations ------------------------------------------------------------------------------

    def open(self) -> None:
        for at, name in enumerate(self.plan.names):
            chance = random.Random(f"{self.plan.seed} {name}")
            clock = RealClock()
            if self.plan.faults and at % 3 == 0:
                clock.jump(chance.choice((-7200.0, 7200.0)))
                self.faults["clock-2-hours-wrong"] += 1
            self._add(name, chance, clock)

    def _add(
        self, name: str, chance: random.Random, clock: RealClock, disk: Path | None = None
    ) -> Desk:
        identity = Identity.new()
        base = self._serial_of(name)
        wishes = [
            Wish(person(base + number), f"walk-in {number}", comes_in=chance.randrange(4))
            for number in range(self.plan.walk_ins)
        ]
        carrier_of: list[Desk] = []

        def connect() -> FaultyCarrier:
            desk = carrier_of[0]
            real = NatsCarrier(
                self.plan.server, loop=self.loop, reply_prefix=fleet.reply_prefix(name)
            )
            journal = desk.station.window.journal
            desk.carrier = FaultyCarrier(
                real, chance, lambda one: journal.fleet.assignment(one) is not None
            )
            desk.carrier.quiet = self.quiet or not self.plan.faults
            desk.settled_at = time.monotonic() + SETTLED
            return desk.carrier

        station = Station(name, chance.randrange(1 << 30), connect, clock=clock, disk=disk)
        desk = Desk(station, chance, wishes, identity)
        carrier_of.append(desk)
        station.open()
        return self.desks.setdefault(name if disk is None else f"{name} (copy)", desk)

    def _serial_of(self, name: str) -> int:
        return 100_000 + self.plan.number * 10_000 + self.plan.names.index(name) * 20

    def enrol(self, central_key: str) -> None:
        self.central_key = central_key
        for name, desk in self.desks.items():
            known = FleetMembership(name, central_key, self.plan.server, "", "")
            with desk.station.window.journal.transaction("enrolment") as change:
                change.apply(KeepFleetIdentity(known, FleetKeys(desk.identity.to_bytes())))
            desk.station.join()

    # -- the turn ------------------------------------------------------------------------------

    def run(self) -> None:
        self.open()
        keys = {
            name: (desk.identity.signing_key, desk.identity.sealing_key)
            for name, desk in self.desks.items()
        }
        self.commands.send(("keys", keys))
        while True:
            if self.commands.poll(0.0 if self._at_work() else 0.1):
                word, given = self.commands.recv()
                if word == "end":
                    self._close()
                    self.commands.send(("ended", None))
                    return
                self.commands.send((word, getattr(self, f"do_{word}")(**given)))
            if self.central_key:
                for desk in list(self.desks.values()):
                    self._serve(desk)

    def _at_work(self) -> bool:
        return bool(self.central_key)

    def _serve(self, desk: Desk) -> None:
        now = time.monotonic()
        if now < desk.dead_until:
            return
        station = desk.station
        if station.member is None:
            station.window.start()
            station.join()
        try:
            self._one_turn(desk, now)
        except StationError as exc:
            desk.errors.append(exc.code)
            self.faults[f"turn-{exc.code}"] += 1
        seq = station.window.journal.last_seq
        if not desk.written or desk.written[-1][0] != seq:
            desk.written.append((seq, time.time()))

    def _one_turn(self, desk: Desk, now: float) -> None:
        station = desk.station
        member = station.member
        assert member is not None
        if station.lost.total() or member.link.error == "fleet-not-reached":
            station.lost.clear()
            desk.settled_at = max(desk.settled_at, now + SETTLED)
        if now < desk.settled_at:  # what the clock here skips, the carrier does not
            member.inbox._unsure_at = station.window.clock.monotonic()
        station.turn()
        desk.wishes += station.assigned(desk.known)
        machine = station.window.machine
        if len(machine.at(Where.FEEDER)) < FILLED_BELOW:
            machine.fill()
        waiting = [wish for wish in desk.wishes if not wish.ended]
        if waiting and desk.chance.random() < 0.7:
            station.serve(desk.wishes)
        for one in station.window.journal.fleet.on_their_way():
            station.window.service.assigned.receive_blanks(one.transfer, one.sent, "clerk")
            if self.plan.mutation == mutations.PRESSED_TWICE:
                mutations.press_again(station, one)

    # -- what the run tells --------------------------------------------------------------------

    def do_enrol(self, central_key: str) -> None:
        self.enrol(central_key)

    def do_quiet(self) -> None:
        """No more faults: everything heals from now on."""
        self.quiet = True
        for desk in self.desks.values():
            desk.dead_until = 0.0
            if desk.carrier is not None:
                desk.carrier.quiet, desk.carrier.cut = True, False

    def do_kill(self, name: str, seconds: float) -> None:
        """The PC is off for some seconds: a power cut, and a start."""
        desk = self.desks[name]
        desk.station.leave()
        desk.station.window.engine.others.kill()
        desk.station.window.stop()
        desk.dead_until = time.monotonic() + seconds
        self.faults["station-killed"] += 1

    def do_cut(self, name: str, cut: bool) -> None:
        """The network of one window."""
        carrier = self.desks[name].carrier
        if carrier is not None:
            carrier.cut = cut
            self.faults["network-cut"] += cut

    def do_back_up(self, name: str) -> None:
        station = self.desks[name].station
        if station.member is not None:
            station.window.journal.empty_log()
            station.copy_disk(self.backups / name)

    def do_restore(self, name: str) -> bool:
        """An older copy of the disk comes back, if one was made with no assigned order open."""
        desk = self.desks[name]
        older = self.backups / name
        if not older.exists() or desk.station.member is None:
            return False
        desk.station.put_disk(older)
        desk.wishes = [wish for wish in desk.wishes if wish.ended]
        desk.written.clear()
        base = self._serial_of(name) + 15
        desk.wishes.append(Wish(person(base), "after the restore"))
        desk.forked_on_purpose = True
        self.faults["disk-restored"] += 1
        return True

    def do_clone(self, name: str) -> bool:
        """A second PC with a copy of the disk; only while no assigned order is open there."""
        desk = self.desks[name]
        station = desk.station
        if station.member is None or any(w.given and not w.ended for w in desk.wishes):
            return False
        station.window.journal.empty_log()
        copy = self.backups / f"{name} clone"
        station.copy_disk(copy)
        made = self._add(name, random.Random(f"{self.plan.seed} {name} copy"), RealClock(), copy)
        made.wishes = [Wish(person(self._serial_of(name) + 17), "at the copy")]
        made.is_clone = True
        made.station.join()
        self.faults["disk-copied"] += 1
        return True

    def do_state(self) -> dict[str, tuple[int, str, bool]]:
        """Return number and hash of each station's newest event, and whether people wait."""
        state = {}
        for name, desk in self.desks.items():
            if desk.is_clone or desk.station.member is None:
                continue
            journal = desk.station.window.journal
            last = journal.history.after(journal.last_seq - 1, 1)
            state[name] = (last[-1].seq, last[-1].hash, desk.busy)
        return state

    def do_report(self) -> dict[str, Any]:
        """Return everything that the checks need; the windows stand still afterwards."""
        self.central_key = ""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "faults": dict(self._all_faults()),
            "wrong": self.wrong + [one for desk in self.desks.values() for one in _wrong(desk)],
            "stations": {name: _evidence(desk) for name, desk in self.desks.items()},
            "cpu": usage.ru_utime + usage.ru_stime,
            "memory_kib": usage.ru_maxrss,
        }

    def _all_faults(self) -> Counter[str]:
        total = Counter(self.faults)
        for desk in self.desks.values():
            if desk.carrier is not None:
                total += desk.carrier.faults
        return total

    def _close(self) -> None:
        for desk in self.desks.values():
            if desk.station.member is not None:
                desk.station.close()
        shutil.rmtree(self.backups, ignore_errors=True)


def _wrong(desk: Desk) -> list[str]:
    return [] if desk.carrier is None else [f"{desk.station.name}: {w}" for w in desk.carrier.wrong]


def _evidence(desk: Desk) -> dict[str, Any]:
    window, member = desk.station.window, desk.station.member
    journal = window.journal
    events = journal.history.after(0, 1_000_000)
    fed = [act.order for act in window.acts if act.kind is EffectKind.FEED and act.order]
    assigned = {one.order: one.data for one in events if one.kind == "fleet-accepted"}
    return {
        "clone": desk.is_clone,
        "restored": desk.forked_on_purpose,
        "fork": member.link.fork if member is not None else 0,
        "hashes": [one.hash for one in events],
        "chain": journal.history.verify_chain(),
        "written": desk.written,
        "answers": [(one.kind, dict(one.data)) for one in events if one.kind.startswith("fleet-")],
        "fed": [dict(assigned[order]) for order in fed if order in assigned],
        "people": [
            card.holder.AAC002
            for card in window.machine.cards
            if card.outside and card.holder is not None
        ],
        "cards": sum(card.outside for card in window.machine.cards),
        "opened": _opened(window),
        "reported_twice": list(window.province.repeated),
        "stuck": desk.station.clerk.stuck([w for w in desk.wishes if not w.ended]),
        "errors": dict(Counter(desk.errors)),
    }


def _opened(window: Window) -> int:
    """Return how many blanks were booked into the drawer from transfers of central."""
    rows = window.journal.orders._rows.all(tables.stock.select())
    from_central = [row for row in rows if row.request.startswith("fleet transfer ")]
    return sum(row.blanks for row in from_central if row.move == StockMove.OPENED.value)


def main(plan: Plan, commands: Connection) -> None:
    """Run one worker; an error is told, not swallowed."""
    logging.getLogger("station").setLevel(logging.CRITICAL)
    mock.patch.object(nats_carrier, "ACK_WAIT", ACK_WAIT).start()
    mutations.apply(plan.mutation)
    gc.freeze()
    try:
        Worker(plan, commands).run()
    except Exception:  # noqa: BLE001 - whatever breaks is the finding
        commands.send(("broke", traceback.format_exc(limit=-6)))

"""A window of a fleet with its clerk: what happens there, and what it leaves as evidence."""

from __future__ import annotations

import random
import time
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from station.core import fleet
from station.core.carrier import Carrier
from station.core.errors import StationError
from station.core.fleet_changes import KeepFleetIdentity
from station.core.fleet_state import FleetKeys, FleetMembership
from station.core.orders import EffectKind, StockMove
from station.journal import tables
from station.signing import Identity
from tests.fleet import mutations
from tests.fleet.faulty import FaultyCarrier
from tests.fleet.stations import Station
from tests.torture.blanks import Where
from tests.torture.clerk import Wish
from tests.torture.clock import Clock
from tests.torture.window import Window

FILLED_BELOW: Final = 2  #: blanks in the feeder
EAGER: Final = 0.7  #: chance that people do something in a turn
IN_VAIN: Final = 0.02  #: the same for an assigned order without a lease
LEASE_ENDS: Final = 2000.0  #: seconds after which no lease of any length is alive

Connect = Callable[[], Carrier]


class Desk:
    """One window, who waits there, and what its carrier does.

    Attributes:
        station: The window.
        name: Of the station; a copy has the name of the first one.
        wishes: Who is there.
        later: Who comes, and when, by the real clock.
        inbox_every: Seconds between two looks into the inbox.
        inbox_due: When the next one is due, by the real clock.
        settled_at: Before that, an empty inbox proves nothing: see `Inbox`.
        away: Nobody makes assigned cards now.
        written: When each event was written: its number, and the real time.
        is_clone: It has a copy of another one's disk.
        is_restored: It was started from an older copy of its own disk.
    """

    def __init__(
        self,
        name: str,
        seed: int,
        connect: Connect,
        *,
        clock: Clock,
        faults: bool = False,
        disk: Path | None = None,
        settle_seconds: float = 0.0,
        mutation: str = "",
    ) -> None:
        self.name = name
        self.chance = random.Random(f"{seed} {name} {'copy' if disk else ''}")
        self.identity = Identity.new()
        self.wishes: list[Wish] = []
        self.later: deque[tuple[float, Wish]] = deque()
        self.known: set[str] = set()
        self.carrier: FaultyCarrier | None = None
        self.written: list[tuple[int, float]] = []
        self.errors: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.is_clone = disk is not None
        self.is_restored = False
        self.quiet = not faults
        self.cut = self.away = False
        self.dead_until = 0.0
        self.inbox_every = self.inbox_due = self.settled_at = 0.0
        self._settle = settle_seconds
        self._mutation = mutation
        self._connect_real = connect
        self._inside: str | None = None
        self.station = Station(
            name, self.chance.randrange(1 << 30), self._connect, clock=clock, disk=disk
        )
        self.station.open()

    def _connect(self) -> FaultyCarrier:
        journal = self.station.window.journal
        self._keep_counts()
        self.carrier = FaultyCarrier(
            self._connect_real(), self.chance, lambda one: journal.fleet.assignment(one) is not None
        )
        self.carrier.quiet, self.carrier.cut = self.quiet, self.cut
        self.settled_at = time.monotonic() + self._settle
        journal.on_change(lambda: self._note(journal.last_seq))
        return self.carrier

    def _note(self, seq: int) -> None:
        if not self.written or seq > self.written[-1][0]:
            self.written.append((seq, time.time()))

    def _keep_counts(self) -> None:
        if self.carrier is not None:
            self.faults += self.carrier.faults
            self.wrong += self.carrier.wrong
            self.carrier.faults, self.carrier.wrong = Counter(), []

    @property
    def busy(self) -> bool:
        """Whether somebody waits, or will come."""
        return bool(self.later) or any(not wish.ended for wish in self.wishes)

    @property
    def window(self) -> Window:
        return self.station.window

    def enrol(self, central_key: str, server: str) -> None:
        """Keep the answer to an enrolment, and join."""
        known = FleetMembership(self.name, central_key, server, "", "")
        with self.window.journal.transaction("enrolment") as change:
            change.apply(KeepFleetIdentity(known, FleetKeys(self.identity.to_bytes())))
        self.station.join()

    # -- work ----------------------------------------------------------------------------------

    def turn(self) -> bool:
        """Let link and clerk do what is due; returns whether anything was."""
        now = time.monotonic()
        if now < self.dead_until:
            return False
        if self.station.member is None:
            self.window.start()
            self.station.join()
        try:
            return self._one_turn(now)
        except StationError as exc:
            self.errors[exc.code] += 1
            return True

    def _one_turn(self, now: float) -> bool:
        station, member = self.station, self.station.member
        assert member is not None
        self._check_settled(now)
        did = False
        if station.up_is_due():
            station.turn_up()
            did = True
        if now >= self.inbox_due:
            did = station.turn_inbox() > 0 or did
            self.inbox_due = now + self.inbox_every
        while self.later and self.later[0][0] <= now:
            self.wishes.append(self.later.popleft()[1])
        self.wishes += station.assigned(self.known)
        self._fill()
        waiting = [wish for wish in self.wishes if not wish.ended and self._is_pressed(wish)]
        if waiting and self.chance.random() < EAGER:
            station.serve(waiting)
            if station.up_is_due():
                station.turn_up()
            did = True
        self._receive_blanks()
        return did

    def _is_pressed(self, wish: Wish) -> bool:
        """Whether somebody presses the buttons: without a lease now and then, to see it refused."""
        member = self.station.member
        if not wish.given or member is None:
            return True
        live = member.link.lease.left(self.window.clock.monotonic()) > 0
        return not self.away and (live or self.chance.random() < IN_VAIN)

    def _check_settled(self, now: float) -> None:
        station, member = self.station, self.station.member
        assert member is not None
        if station.lost.total() or member.link.error == "fleet-not-reached":
            station.lost.clear()
            self.settled_at = max(self.settled_at, now + self._settle)
        if now < self.settled_at:  # what the clock here skips, the carrier does not
            member.inbox._unsure_at = self.window.clock.monotonic()

    def _fill(self) -> None:
        machine = self.window.machine
        if len(machine.at(Where.FEEDER)) < FILLED_BELOW:
            machine.fill()

    def _receive_blanks(self) -> None:
        """Somebody counts the blanks that have come, and presses the button."""
        for one in self.window.journal.fleet.on_their_way():
            self.window.service.assigned.receive_blanks(one.transfer, one.sent, "clerk")
            if self._mutation == mutations.BLANKS_TWICE:
                mutations.book_again(self.station, one)
        if self._mutation == mutations.PARCEL_TWICE:
            mutations.import_again(self.station)

    # -- hands ---------------------------------------------------------------------------------

    def set_quiet(self) -> None:
        """No more faults of the carrier; the network and the PC are there."""
        self.quiet, self.cut, self.away, self.dead_until = True, False, False, 0.0
        if self.carrier is not None:
            self.carrier.quiet, self.carrier.cut = True, False

    def set_cut(self, cut: bool) -> None:
        self.cut = cut
        if self.carrier is not None:
            self.carrier.cut = cut

    def kill(self, seconds: float) -> None:
        """The PC is off for so long: a power cut, and a start."""
        self.station.leave()
        self.window.engine.others.kill()
        self.window.stop()
        self.dead_until = time.monotonic() + seconds

    def end_lease_inside(self) -> None:
        """With the next assigned card in the machine, the network is cut until the lease ended."""
        self.window.points.when("feed", "after", self._fed)

    def _fed(self) -> None:
        acts = [act for act in self.window.acts if act.kind is EffectKind.FEED]
        assigned = {one.order for one in self._accepted()}
        member = self.station.member
        if not acts or acts[-1].order not in assigned or member is None:
            self.end_lease_inside()
            return
        self.window.clock.advance(LEASE_ENDS)
        assert not member.link.lease.left(self.window.clock.monotonic())
        self.faults["lease-ended-with-card-inside"] += 1

    def fed(self) -> list[str]:
        """Return the assignments for which the machine was seen to have fed a card."""
        orders = {act.order for act in self.window.acts if act.kind is EffectKind.FEED}
        return [one.data["assignment"] for one in self._accepted() if one.order in orders]

    def _accepted(self) -> list[Any]:
        return list(self.window.journal.history.of_kinds([fleet.FleetEvent.ACCEPTED.value], 0))

    def back_up(self, to: Path) -> None:
        self.window.journal.empty_log()
        self.station.copy_disk(to)

    def restore(self, older: Path) -> None:
        """Start from an older copy of the disk; people press their buttons again."""
        self.station.put_disk(older)
        self.wishes = [wish for wish in self.wishes if wish.ended or not wish.given]
        self.known.clear()
        self.written.clear()
        self.is_restored = True

    def close(self) -> None:
        if self.station.member is None:
            self.window.start()
        self.station.close()

    # -- what is left --------------------------------------------------------------------------

    def newest(self) -> tuple[int, str]:
        """Return number and hash of the newest event."""
        journal = self.window.journal
        last = journal.history.after(journal.last_seq - 1, 1)
        return (last[-1].seq, last[-1].hash) if last else (0, "")

    def evidence(self) -> dict[str, Any]:
        """Return everything that the checks need."""
        window, member = self.window, self.station.member
        self._keep_counts()
        journal = window.journal
        events = journal.history.after(0, 1_000_000)
        kinds = [(one.kind, dict(one.data)) for one in events if one.kind.startswith("fleet-")]
        reports = Counter((one.AAZ501, one.outcome) for one in window.province.reports)
        return {
            "clone": self.is_clone,
            "restored": self.is_restored,
            "fork": member.link.fork if member is not None else 0,
            "hashes": [one.hash for one in events],
            "chain": journal.history.verify_chain(),
            "written": self.written,
            "answers": kinds,
            "people": [
                card.holder.AAC002
                for card in window.machine.cards
                if card.outside and card.holder is not None
            ],
            "cards": sum(card.outside for card in window.machine.cards),
            "opened": _opened(window),
            "reported_twice": [
                *window.province.repeated,
                *(card for (card, _), count in reports.items() if count > 1),
            ],
            "stuck": self.station.clerk.stuck([w for w in self.wishes if not w.ended]),
            "errors": dict(self.errors),
            "wrong": [f"{self.name}: {one}" for one in self.wrong],
        }


def _opened(window: Window) -> int:
    """Return how many blanks were booked into the drawer from transfers of central."""
    rows = window.journal.orders._rows.all(tables.stock.select())
    from_central = [row for row in rows if row.request.startswith("fleet transfer ")]
    return sum(row.blanks for row in from_central if row.move == StockMove.OPENED.value)

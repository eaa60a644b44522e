"""Torture windows that belong to a fleet: the real journal, workflow and link, and no thread."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from station.core.carrier import Carrier
from station.core.clock import Clock
from station.core.errors import FleetLinkError
from station.core.identity import check_digit
from station.fleet import Member
from station.journal import Journal
from station.state_folder import held
from tests.torture.clerk import Clerk, Wish
from tests.torture.clock import Clock as SetClock
from tests.torture.disk import DATABASE, Disk, Engines, _tap, empty_journal, open_on
from tests.torture.machine import Machine
from tests.torture.points import Points
from tests.torture.window import DEFAULT_POLICIES, Window, in_memory_folder

MOST_ROUNDS = 60
_COMPILED: dict[Any, Any] = {}  #: SQL, compiled once for all windows of the process


def person(serial: int) -> str:
    """Return an invented person's number."""
    stem = f"41070119{60 + serial % 40:02d}{1 + serial // 40 % 12:02d}15{serial // 480 % 1000:03d}"
    return stem + check_digit(stem)


class RealClock(SetClock):
    """Goes with the real time, and further where somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self._seen = time.monotonic()

    def _catch_up(self) -> None:
        passed, self._seen = time.monotonic() - self._seen, time.monotonic()
        self._running += passed
        self._wall += dt.timedelta(seconds=passed)

    def now(self) -> dt.datetime:
        self._catch_up()
        return super().now()

    def monotonic(self) -> float:
        self._catch_up()
        return super().monotonic()


class OwnDisk(Disk):
    """A disk with an engine of its own: the windows of a fleet live in one process side by side."""

    def open_journal(self, clock: Clock, points: Points) -> Journal:
        """See `Disk.open_journal`."""
        self.give_back()
        self._lock.enter_context(held(self.folder, "station serve"))
        engine = Engines(recorded=False).on(self.folder / DATABASE)
        journal = open_on(engine.execution_options(compiled_cache=_COMPILED), self.folder, clock)
        _tap(journal, points, self)
        return journal


class Station:
    """One window with its link; `restart` is a new process on the same disk."""

    def __init__(
        self,
        name: str,
        seed: int,
        connect: Callable[[], Carrier],
        *,
        clock: SetClock | None = None,
        disk: Path | None = None,
    ) -> None:
        self.name = name
        self.folder = in_memory_folder()
        self._connect = connect
        if disk is None:
            for file, content in empty_journal().items():
                (self.folder / file).write_bytes(content)
        else:
            for copied in disk.glob("*.*"):
                shutil.copy(copied, self.folder)
        self.window = Window(OwnDisk(self.folder), seed, DEFAULT_POLICIES, Machine)
        self.window.has_desk = False
        if clock is not None:
            self.window.clock = clock
            clock.while_paused = self.window.disk.mend
        self.member: Member | None = None
        self.carrier: Carrier | None = None
        self.clerk = Clerk(self.window)
        self.lost: Counter[str] = Counter()  #: turns that ended with the link's error
        self._up_due = 0.0
        self._up_seq = -1

    def open(self) -> None:
        """Start the process, still outside of any fleet."""
        self.window.start()

    def join(self) -> None:
        """Begin to speak to central, with what the journal has of the enrolment."""
        journal = self.window.journal
        known, keys = journal.fleet.membership(), journal.fleet.keys()
        assert known is not None
        assert keys is not None
        self.carrier = self._connect()
        service, lease = self.window.service, self.window.engine.bench.equipment.lease
        self.member = Member(
            journal, self.carrier, known, keys, lease, service.assigned, self._facts
        )
        self._up_due = 0.0

    def _facts(self) -> Mapping[str, str]:
        return {"printer": "torture"}

    def turn(self) -> None:
        """Let the link do what it has to do."""
        self.turn_up()
        while self.turn_inbox():
            pass

    def up_is_due(self) -> bool:
        """Whether the follower's thread would have work: a new event, or its time has come."""
        window = self.window
        return window.clock.monotonic() >= self._up_due or window.journal.last_seq != self._up_seq

    def turn_up(self) -> None:
        """One turn of the follower's thread."""
        assert self.member is not None
        self._up_seq = self.window.journal.last_seq
        self._up_due = self.window.clock.monotonic() + self.member.upward.turn()

    def turn_inbox(self) -> int:
        """One turn of the inbox's thread; returns how many letters came."""
        assert self.member is not None
        try:
            return self.member.inbox.turn(0.0)
        except FleetLinkError as exc:
            self.lost[exc.code] += 1
            self.member.link.failed(exc)
            return 0

    def serve(self, wishes: list[Wish]) -> None:
        """One round of the clerk: a button for everybody who waits, and a turn of the machine."""
        window = self.window
        window.rounds += 1
        window.survive(lambda: self.clerk.one_round(wishes), lambda: None)

    def finish(self, wishes: list[Wish]) -> None:
        """Serve them to their end."""
        for _ in range(MOST_ROUNDS):
            if all(wish.ended for wish in wishes):
                return
            self.serve(wishes)
        raise AssertionError(f"{self.name}: {self.clerk.stuck(wishes)}")

    def assigned(self, known: set[str]) -> list[Wish]:
        """Return a wish for each order that central has assigned and that is not `known` yet."""
        made = []
        for event in self.window.journal.history.of_kinds(["fleet-accepted"], 0):
            if event.order not in known:
                known.add(event.order)
                made.append(Wish("", event.data["assignment"], given=True, order=event.order))
        return made

    def restart(self) -> None:
        """Kill the process and start it again: nothing of its memory is left."""
        self.leave()
        self.window.restart(lambda: None)
        self.join()

    def leave(self) -> None:
        """Cut the connection, as the end of a process does."""
        if self.carrier is not None:
            with contextlib.suppress(FleetLinkError):
                self.carrier.close()
        self.member = self.carrier = None

    def copy_disk(self, to: Path) -> None:
        """Copy the disk; the process has stopped, or the database is at rest."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)

    def put_disk(self, older: Path) -> None:
        """Start the process on an older copy of its disk."""

        def put() -> None:
            for file in self.folder.glob("journal.db*"):
                file.unlink()
            for file in older.glob("journal.db*"):
                shutil.copy(file, self.folder / file.name)

        self.leave()
        self.window.restart(put)
        self.join()

    def close(self) -> None:
        """End everything."""
        self.leave()
        self.window.stop()
        shutil.rmtree(self.folder)

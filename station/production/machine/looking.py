"""Looking at the machine: often while a page is open or something is wrong, else rarely."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from station.core.errors import JournalError, StationError
from station.core.life import AT_PROVINCE
from station.core.printing import PrinterIdentity, PrinterStatus
from station.production.life.effects import Workbench
from station.production.machine.looks import MachineSnapshot
from station.production.machine.notifier import Notifier

#: Seconds between two looks while a page is open or the machine has a fault, which is to be gone
#: from the page within 2 s of being mended.
WATCHED_POLL: Final = 1.0
UNWATCHED_POLL: Final = 30.0  #: and while none is: a fault is found at the next step anyway
YOUNG: Final = 5.0  #: age of a look that still proves that a card can be made
WATCHED_FOR: Final = 15.0  #: a page counts as open for this long after it asked


class Looks:
    """The looks at printer and reader. Thread-safe, but only the machine's thread calls `look`."""

    def __init__(self, bench: Workbench, notifier: Notifier, wake: Callable[[], None]) -> None:
        self._bench = bench
        self._clock = bench.clock
        self._notifier = notifier
        self._wake = wake
        self._lock = threading.Condition()
        self._snapshot: MachineSnapshot | None = None
        self._looked_at = float("-inf")
        self._identity: PrinterIdentity | None = None
        self._watched_until = float("-inf")
        self._asked = 0  # looks that somebody waits for, so far
        self._answered = 0  # of these, the ones that a look which began later has served

    @property
    def last(self) -> MachineSnapshot | None:
        """The last look at the machine; asks for none."""
        with self._lock:
            return self._snapshot

    def watch(self) -> MachineSnapshot | None:
        """Return the last look at the machine and keep looking often for a while."""
        with self._lock:
            began = self._clock.monotonic() >= self._watched_until
            self._watched_until = self._clock.monotonic() + WATCHED_FOR
            snapshot = self._snapshot
        if began:
            self._wake()  # the last look may be old
        return snapshot

    def look_now(self, timeout: float) -> MachineSnapshot | None:
        """Wait for a look that begins after this call, at most `timeout` seconds."""
        with self._lock:
            self._asked += 1
            mine = self._asked
        self._wake()
        with self._lock:
            self._lock.wait_for(lambda: self._answered >= mine, timeout)
        return self.watch()

    def proven(self, patience: float) -> MachineSnapshot | None:
        """Return a look that is young enough to rely on; wait for a new one when it is not.

        `patience` is how many seconds at most. None when no look was possible in that time.
        """
        with self._lock:
            age = self._clock.monotonic() - self._looked_at
            if self._snapshot is not None and age <= YOUNG:
                return self._snapshot
            self._asked += 1
            mine = self._asked
        self._wake()
        with self._lock:
            done = self._lock.wait_for(lambda: self._answered >= mine, patience)
            return self._snapshot if done else None

    def due_in(self) -> float:
        """Return the seconds until the next look is due; 0 or less when it is."""
        with self._lock:
            if self._snapshot is None or self._asked > self._answered:
                return 0.0
            watched = self._clock.monotonic() < self._watched_until or self._snapshot.faulty
            age = self._clock.monotonic() - self._looked_at
        return (WATCHED_POLL if watched else UNWATCHED_POLL) - age

    def look(self) -> None:
        """Ask printer, reader and, when in doubt, the disk; tell of what has changed."""
        with self._lock:
            asked, answered = self._asked, self._answered  # whoever asks from now on waits longer
        printer, error = None, ""
        try:
            printer = self._bench.equipment.printer.status()
            if self._identity is None:
                self._identity = self._bench.equipment.printer.identity()
        except StationError as exc:
            error = exc.code
        reader_error: tuple[str, Mapping[str, str]] = ("", {})
        try:
            self._bench.equipment.encoder.check_reader()
        except StationError as exc:
            reader_error = exc.code, exc.details
        if asked > answered or self._bench.journal.failure:
            self._bench.journal.check_writable()
        snapshot = MachineSnapshot(
            self._clock.now(),
            printer,
            error,
            self._identity,
            not reader_error[0],
            reader_error,
            unowned_card=self._has_unowned_card(printer),
        )
        with self._lock:
            changed = _without_time(snapshot) != _without_time(self._snapshot)
            mended = changed and not snapshot.faulty
            self._snapshot, self._looked_at = snapshot, self._clock.monotonic()
            self._answered = asked
            self._lock.notify_all()
        if changed:
            self._notifier.ring()
        if mended:
            self._wake()  # data may be waiting for it

    def _has_unowned_card(self, printer: PrinterStatus | None) -> bool:
        # Asked on the machine's thread, where nothing moves meanwhile: a page that compares an old
        # look with the new ledger would claim that a card is inside which has just gone out.
        if printer is None or printer.card is None:
            return False
        journal = self._bench.journal
        try:
            known = bool(journal.cards.owned_inside())
            return not known and all(
                effect.kind in AT_PROVINCE for effect in journal.effects.open()
            )
        except JournalError:
            return False  # an unreadable journal knows of no card; that is its own message


def _without_time(snapshot: MachineSnapshot | None) -> MachineSnapshot | None:
    return None if snapshot is None else replace(snapshot, at=dt.datetime.min)  # noqa: DTZ901 - never stored

"""The one thread that owns the machine; others talk to it through the journal and `wake`."""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from station.core.errors import JournalError, LinkRestingError, StationError
from station.core.orders import Hold, OrderHead, OrderStep
from station.core.printing import PrinterIdentity, PrinterStatus
from station.production import recovery
from station.production.bell import Bell
from station.production.breaker import Breaker
from station.production.effects import ACTOR, Workbench
from station.production.looks import MachineSnapshot, Running
from station.production.rounds import make_rounds
from station.production.states import (
    AT_PROVINCE,
    IN_MACHINE,
    MOVES_A_CARD,
    OUT_OF_MACHINE,
    reached,
)
from station.production.workflow import LOOK_AGAIN, Workflow

log = logging.getLogger(__name__)

#: Seconds between looks at the machine while a page is open or it has a fault, which is to be gone
#: within 2 s of being mended,
WATCHED_POLL: Final = 1.0
UNWATCHED_POLL: Final = 30.0  #: and while nobody looks: a fault is found at the next step anyway
SHORTEST_WAIT: Final = 0.2  #: seconds, so that a due retry that must queue does not spin
AFTER_DEFECT: Final = 1.0  #: seconds before work is tried again that a defect has stopped
WATCHED_FOR: Final = 15.0  #: a page counts as open for this long after it asked


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Workbench, Workflow], None]
    done: threading.Event = field(default_factory=threading.Event)
    error: StationError | None = None


class Engine:
    """Runs orders towards their goals, one step at a time, and looks at the machine in between."""

    def __init__(self, bench: Workbench, bell: Bell, rng: random.Random) -> None:
        self._bench = bench
        self._bell = bell
        self._workflow = Workflow(bench, rng)
        self._lock = threading.Condition()
        self._stopping = False
        self._woken = False
        self._running: Running | None = None
        self._snapshot: MachineSnapshot | None = None
        self._looked_at = 0.0
        self._identity: PrinterIdentity | None = None
        self._watched_until = 0.0
        self._look_wanted = False
        self._recovered = False
        self._jobs: list[_Job] = []
        self._thread = threading.Thread(target=self._run, name="machine", daemon=True)

    # -- what other threads may call -----------------------------------------------------------

    def start(self) -> None:
        """Start the thread: it recovers first, then works."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Let the current step end and stop; returns whether it did in time."""
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Say that the journal has something new to do."""
        with self._lock:
            self._woken = True
            self._lock.notify_all()

    def call_and_wait(
        self, work: Callable[[Workbench, Workflow], None], timeout: float
    ) -> StationError | TimeoutError | None:
        """Have the machine's thread do `work` before its next step; returns the error it met.

        A `TimeoutError` means that the thread did not come to it in time: `work` is withdrawn.
        """
        job = _Job(work)
        with self._lock:
            self._jobs.append(job)
            self._woken = True
            self._lock.notify_all()
        if job.done.wait(timeout):
            return job.error
        with self._lock:
            if job in self._jobs:
                self._jobs.remove(job)
                return TimeoutError("the machine is busy")
        job.done.wait()
        return job.error

    def running(self, order: str) -> OrderStep | None:
        """Return the step that this order is being taken to right now."""
        with self._lock:
            return self._running.step if self._running and self._running.order == order else None

    @property
    def at_work(self) -> Running | None:
        """The step that the machine's thread is taking right now, of whichever order."""
        with self._lock:
            return self._running

    @property
    def last_look(self) -> MachineSnapshot | None:
        """The last look at the machine; asks for none."""
        with self._lock:
            return self._snapshot

    @property
    def link(self) -> Breaker:
        """The breaker of reports to the province."""
        return self._workflow.link

    @property
    def recovered(self) -> bool:
        """Whether recovery is over."""
        with self._lock:
            return self._recovered

    def watch(self) -> MachineSnapshot | None:
        """Return the last look at the machine and keep looking often for a while."""
        with self._lock:
            if time.monotonic() >= self._watched_until:
                self._woken = True  # the last look may be old
                self._lock.notify_all()
            self._watched_until = time.monotonic() + WATCHED_FOR
            return self._snapshot

    def look_now(self, timeout: float) -> MachineSnapshot | None:
        """Wait for a look that begins after this call, at most `timeout` seconds."""
        with self._lock:
            before = self._snapshot
            self._look_wanted = self._woken = True
            self._lock.notify_all()
            self._lock.wait_for(lambda: self._snapshot is not before, timeout)
        return self.watch()

    # -- the machine's thread ------------------------------------------------------------------

    def _run(self) -> None:
        # The outermost loop: a defect must not leave the window without a machine. It is logged
        # with its trace, the order it happened in is held, and the loop goes on.
        while not self._guard(lambda: recovery.recover(self._bench, self._workflow)):
            self._rest()  # nothing is promised before it ran to its end
            if self._stopping:
                return
        with self._lock:
            self._recovered = True
            self._woken = True  # what was asked for before the restart goes on without a press
        self._guard(self._look)
        self._guard(self._prepare)
        while self._wait_for_work():
            if not self._guard(self._work):
                self._rest()

    def _prepare(self) -> None:
        equipment = self._bench.equipment
        equipment.faces.prepare(equipment.printer.model.geometry)

    def _guard(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception:
            log.exception("the machine's thread met a defect", extra={"action": "defect"})
            self._hold_running_order()
            return False
        return True

    def _hold_running_order(self) -> None:
        # Without this the defect would be met again at once, on a card.
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        try:
            with self._bench.journal.transaction(ACTOR) as change:
                change.set_hold(running.order, Hold(StationError.code))
        except JournalError as exc:
            # A full disk must not end the thread: no effect begins without its intent anyway.
            log.warning(
                "not held: %s", exc.code, extra={"action": "defect", "order": running.order}
            )

    def _rest(self) -> None:
        # What failed would fail again at once: keep the lights true, and wait a moment.
        self._guard(self._look)
        with self._lock:
            self._lock.wait_for(lambda: self._stopping, AFTER_DEFECT)
            self._woken = self._woken or bool(self._jobs)

    def _wait_for_work(self) -> bool:
        try:
            timeout = min(self._until_next_look(), self._until_next_retry())
        except JournalError as exc:
            log.warning("journal unreadable", extra={"action": "defect", "code": exc.code})
            timeout = AFTER_DEFECT
        with self._lock:
            self._lock.wait_for(lambda: self._woken or self._stopping, max(0.0, timeout))
            self._woken = False
            return not self._stopping

    def _work(self) -> None:
        self._run_jobs()
        while (head := self._next_order()) is not None and not self._stopping:
            step = self._bench.way(head).next_step(head.step) or head.step
            self._show_running(Running(head.id, step, dt.datetime.now(dt.UTC)))
            advanced = self._workflow.step_once(self._bench.journal.order(head.id))
            if not advanced or step in MOVES_A_CARD:
                self._look()  # what people are told of the card rests on a look that is younger
            self._show_running(None)
            self._run_jobs()
        if self._until_next_look() <= 0:
            make_rounds(self._bench)
            self._look()

    def _show_running(self, running: Running | None) -> None:
        with self._lock:
            self._running = running
        self._bell.ring()

    def _run_jobs(self) -> None:
        while (job := self._next_job()) is not None:
            job.error = StationError("a defect in the machine's thread; see the log")
            try:
                job.work(self._bench, self._workflow)
                job.error = None
            except StationError as exc:
                job.error = exc
            finally:
                # Whoever waits is told where the card is: look again before the answer.
                self._guard(self._look)
                job.done.set()

    def _next_job(self) -> _Job | None:
        # One at a time: a defect in one must leave the others for the next turn.
        with self._lock:
            return self._jobs.pop(0) if self._jobs else None

    def _next_order(self) -> OrderHead | None:
        now = dt.datetime.now(dt.UTC)
        heads = self._bench.journal.heads()
        busy = next((head for head in heads if head.step in IN_MACHINE), None)
        for head in sorted(heads, key=lambda head: head.step not in IN_MACHINE):
            free = busy is None or head.id == busy.id or not _needs_machine(head)
            if free and self._wants_to_run(head, now):
                return head
        return None

    def _until_next_retry(self) -> float:
        now = dt.datetime.now(dt.UTC)
        holds = [head.hold for head in self._bench.journal.heads() if head.hold]
        waits = [self._wait_left(hold, now) for hold in holds if hold.retry_at is not None]
        return max(SHORTEST_WAIT, min(waits, default=UNWATCHED_POLL))

    def _wants_to_run(self, head: OrderHead, now: dt.datetime) -> bool:
        if head.hold is not None and self._wait_left(head.hold, now) > 0:
            return False
        return _may_run(head)

    def _wait_left(self, hold: Hold, now: dt.datetime) -> float:
        # No retry is ever put off longer than the policy says: more means that the PC's clock was
        # set back, and a report would stay owed until it has caught up.
        if hold.retry_at is None:
            return float("inf")
        left = (hold.retry_at - now).total_seconds()
        longest = max(self._bench.equipment.retry.longest_wait, LOOK_AGAIN)
        left = left if left <= longest else 0.0
        # While the link rests, one report is its probe; the others wait with it.
        return max(left, self._workflow.link.wait_left(now)) if _waits_for_link(hold) else left

    def _until_next_look(self) -> float:
        with self._lock:
            if self._snapshot is None or self._look_wanted:
                return 0.0
            watched = time.monotonic() < self._watched_until or self._snapshot.faulty
            age = time.monotonic() - self._looked_at
        return (WATCHED_POLL if watched else UNWATCHED_POLL) - age

    def _look(self) -> None:
        printer, error = None, ""
        try:
            printer = self._bench.equipment.printer.status()
            if self._identity is None:
                self._identity = self._bench.equipment.printer.identity()
        except StationError as exc:
            error = exc.code
        reader = self._bench.equipment.encoder.reader_present()
        with self._lock:
            doubtful = self._look_wanted or bool(self._bench.journal.failure)
        if doubtful:
            self._bench.journal.check_writable()
        snapshot = MachineSnapshot(
            dt.datetime.now(dt.UTC),
            printer,
            error,
            self._identity,
            reader,
            unowned_card=self._has_unowned_card(printer),
        )
        with self._lock:
            changed = _without_time(snapshot) != _without_time(self._snapshot)
            self._snapshot, self._looked_at = snapshot, time.monotonic()
            self._look_wanted = False
            self._lock.notify_all()
        if changed:
            self._bell.ring()

    def _has_unowned_card(self, printer: PrinterStatus | None) -> bool:
        # Asked on the machine's thread, where nothing moves meanwhile: a page that compares an old
        # look with the new ledger would claim that a card is inside which has just gone out.
        if printer is None or printer.card is None:
            return False
        journal = self._bench.journal
        try:
            known = bool(journal.cards_in_machine())
            return not known and all(
                effect.kind in AT_PROVINCE for effect in journal.open_effects()
            )
        except JournalError:
            return False  # an unreadable journal knows of no card; that is its own message


def _without_time(snapshot: MachineSnapshot | None) -> MachineSnapshot | None:
    return None if snapshot is None else replace(snapshot, at=dt.datetime.min)  # noqa: DTZ901 - never stored


def _waits_for_link(hold: Hold) -> bool:
    return hold.effect in AT_PROVINCE or hold.code == LinkRestingError.code


def _may_run(head: OrderHead) -> bool:
    if head.step in (OrderStep.SPOILED, OrderStep.RELEASED_OWED):  # heads: a report is owed
        return True
    if head.step is OrderStep.DATA_READY:  # a person compares picture, name and bank
        return False
    return head.goal is not None and not reached(head.step, head.goal)


def _needs_machine(head: OrderHead) -> bool:
    return head.step not in OUT_OF_MACHINE and head.step is not OrderStep.ACCEPTED

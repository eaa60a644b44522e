"""The threads that carry orders on; others talk to them through the journal and `wake`.

One thread owns the machine: it runs every step after 预览, answers of people that may move a card,
and looks at the machine in between. Another one fetches data (获取数据), so that no card waits in
the machine for the data of the next person. Both take one order at a time, and they never take the
same one: which of them a step belongs to is decided by where the order stands (`FETCHED_FROM`). An
order that a person cancels while its data is on the way has moved when the answer comes: the
journal then refuses the step (`OrderMovedError`), and the data is dropped.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from station.core.changes import SetHold
from station.core.errors import JournalBusyError, JournalError, LinkRestingError, StationError
from station.core.life import AT_PROVINCE, IN_MACHINE, MOVES_A_CARD, OUT_OF_MACHINE, reached
from station.core.orders import Hold, OrderHead, OrderStep
from station.core.printing import PrinterIdentity, PrinterStatus
from station.production import recovery
from station.production.bell import Bell
from station.production.breaker import Breaker
from station.production.effects import ACTOR, Workbench
from station.production.looks import MachineSnapshot, Running
from station.production.rounds import make_rounds
from station.production.workflow import Workflow

log = logging.getLogger(__name__)

#: Seconds between looks at the machine while a page is open or it has a fault, which is to be gone
#: within 2 s of being mended,
WATCHED_POLL: Final = 1.0
UNWATCHED_POLL: Final = 30.0  #: and while nobody looks: a fault is found at the next step anyway
SHORTEST_WAIT: Final = 0.2  #: seconds, so that a due retry that must queue does not spin
AFTER_DEFECT: Final = 1.0  #: seconds before work is tried again that a defect has stopped
WATCHED_FOR: Final = 15.0  #: a page counts as open for this long after it asked
FETCHED_FROM: Final = OrderStep.ACCEPTED  #: an order here is the fetching thread's


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
        self._running: dict[int, Running] = {}  # by thread
        self._clock = bench.clock
        self._fetch_woken = False
        self._snapshot: MachineSnapshot | None = None
        self._looked_at = float("-inf")
        self._identity: PrinterIdentity | None = None
        self._watched_until = float("-inf")
        self._look_wanted = False
        self._recovered = False
        self._came_round_at = self._clock.monotonic()
        self._jobs: list[_Job] = []
        self._thread = threading.Thread(target=self._run, name="machine", daemon=True)
        self._fetcher = threading.Thread(target=self._run_fetches, name="data", daemon=True)

    @property
    def bench(self) -> Workbench:
        """What the steps work with."""
        return self._bench

    # -- what other threads may call -----------------------------------------------------------

    def start(self) -> None:
        """Start the threads: the machine's recovers first, then both work."""
        self._thread.start()
        self._fetcher.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Let the machine's current step end and stop; returns whether it did in time.

        Data that is on its way is not waited for: nothing happens when it is lost.
        """
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Say that the journal has something new to do."""
        with self._lock:
            self._woken = self._fetch_woken = True
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
            found = (one for one in self._running.values() if one.order == order)
            return next((one.step for one in found), None)

    def running_of(self, order: str) -> Running | None:
        """Return the step that this order is being taken to, and since when."""
        with self._lock:
            return next((one for one in self._running.values() if one.order == order), None)

    @property
    def at_work(self) -> Running | None:
        """The step that the machine's thread is taking right now, of whichever order."""
        with self._lock:
            return self._running.get(self._thread.ident or 0)

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

    @property
    def silent_for(self) -> float:
        """Seconds since the machine's thread last came round between two steps."""
        with self._lock:
            return self._clock.monotonic() - self._came_round_at

    def watch(self) -> MachineSnapshot | None:
        """Return the last look at the machine and keep looking often for a while."""
        with self._lock:
            if self._clock.monotonic() >= self._watched_until:
                self._woken = True  # the last look may be old
                self._lock.notify_all()
            self._watched_until = self._clock.monotonic() + WATCHED_FOR
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
            # What was asked for before the restart goes on without a press.
            self._woken = self._fetch_woken = True
            self._lock.notify_all()
        self._guard(self._look)
        self._guard(self._prepare)
        while self._wait_for_work():
            if not self._guard(self._work):
                self._rest()

    def _run_fetches(self) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._recovered or self._stopping)
        while self._wait_for_fetch():
            if not self._guard(self._fetch):
                with self._lock:
                    self._lock.wait_for(lambda: self._stopping, AFTER_DEFECT)
                    self._fetch_woken = True

    def _wait_for_fetch(self) -> bool:
        try:
            timeout = self._until_next_retry(fetched=True)
        except JournalError as exc:
            log.warning("journal unreadable", extra={"action": "defect", "code": exc.code})
            timeout = AFTER_DEFECT
        with self._lock:
            self._lock.wait_for(lambda: self._fetch_woken or self._stopping, timeout)
            self._fetch_woken = False
            return not self._stopping

    def _fetch(self) -> None:
        while not self._stopping and (head := self._next_order(fetched=True)) is not None:
            self._advance(head)

    def _prepare(self) -> None:
        equipment = self._bench.equipment
        equipment.faces.prepare(equipment.printer.model.geometry)

    def _guard(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except JournalBusyError:
            # No defect: another program holds the journal. Nothing was begun; it is tried again.
            self._show_running(None)
            log.warning("journal held by another program", extra={"action": "journal-busy"})
            with self._lock:
                self._woken = True
            return False
        except Exception:
            log.exception("the machine's thread met a defect", extra={"action": "defect"})
            self._hold_running_order()
            return False
        return True

    def _hold_running_order(self) -> None:
        # Without this the defect would be met again at once, on a card.
        with self._lock:
            running = self._running.pop(threading.get_ident(), None)
        if running is None:
            return
        try:
            self._bench.apply(ACTOR, SetHold(running.order, Hold(StationError.code)))
        except JournalError as exc:
            # A full disk must not end the thread: no effect begins without its intent anyway.
            log.warning(
                "not held: %s", exc.code, extra={"action": "defect", "order": running.order}
            )

    def _come_round(self) -> None:
        with self._lock:
            self._came_round_at = self._clock.monotonic()

    def _rest(self) -> None:
        self._come_round()
        # What failed would fail again at once: keep the lights true, and wait a moment.
        self._guard(self._look)
        with self._lock:
            woken = self._woken
            self._lock.wait_for(lambda: self._stopping, AFTER_DEFECT)
            self._woken = self._woken or woken or bool(self._jobs)

    def _wait_for_work(self) -> bool:
        self._come_round()
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
            self._advance(head)
            self._run_jobs()
            self._come_round()
        if self._until_next_look() <= 0:
            make_rounds(self._bench)
            self._look()

    def _advance(self, head: OrderHead) -> None:
        step = self._bench.way(head).next_step(head.step) or head.step
        self._show_running(Running(head.id, step, self._clock.now()))
        advanced = self._workflow.step_once(self._bench.journal.orders.one(head.id))
        on_machine = threading.current_thread() is self._thread
        if on_machine and (not advanced or step in MOVES_A_CARD):
            self._look()  # what people are told of the card rests on a look that is younger
        self._show_running(None)

    def _show_running(self, running: Running | None) -> None:
        me = threading.get_ident()
        with self._lock:
            if running is None:
                self._running.pop(me, None)
            else:
                self._running[me] = running
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
                self._come_round()
                job.done.set()

    def _next_job(self) -> _Job | None:
        # One at a time: a defect in one must leave the others for the next turn.
        with self._lock:
            return self._jobs.pop(0) if self._jobs else None

    def _next_order(self, *, fetched: bool = False) -> OrderHead | None:
        heads = self._bench.journal.orders.heads()
        busy = next((head for head in heads if head.step in IN_MACHINE), None)
        for head in sorted(heads, key=lambda head: head.step not in IN_MACHINE):
            free = busy is None or head.id == busy.id or not _needs_machine(head)
            if _is_fetched(head) is fetched and free and self._wants_to_run(head):
                return head
        return None

    def _until_next_retry(self, *, fetched: bool = False) -> float:
        heads = [
            head for head in self._bench.journal.orders.heads() if _is_fetched(head) is fetched
        ]
        holds = [head.hold for head in heads if head.hold and head.hold.retry_at is not None]
        waits = [self._wait_left(hold) for hold in holds]
        return max(SHORTEST_WAIT, min(waits, default=UNWATCHED_POLL))

    def _wants_to_run(self, head: OrderHead) -> bool:
        if head.hold is not None and self._wait_left(head.hold) > 0:
            return False
        return _may_run(head)

    def _wait_left(self, hold: Hold) -> float:
        if hold.retry_at is None:
            return float("inf")
        left = 0.0 if hold.due_age is None else hold.due_age - self._bench.journal.age()
        # While the link rests, one report is its probe; the others wait with it.
        resting = self._workflow.link.wait_left(self._clock.monotonic())
        return max(left, resting) if _waits_for_link(hold) else left

    def _until_next_look(self) -> float:
        with self._lock:
            if self._snapshot is None or self._look_wanted:
                return 0.0
            watched = self._clock.monotonic() < self._watched_until or self._snapshot.faulty
            age = self._clock.monotonic() - self._looked_at
        return (WATCHED_POLL if watched else UNWATCHED_POLL) - age

    def _look(self) -> None:
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
        with self._lock:
            doubtful = self._look_wanted or bool(self._bench.journal.failure)
        if doubtful:
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
            self._snapshot, self._looked_at = snapshot, self._clock.monotonic()
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
            known = bool(journal.cards.in_machine())
            return not known and all(
                effect.kind in AT_PROVINCE for effect in journal.effects.open()
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


def _is_fetched(head: OrderHead) -> bool:
    return head.step is FETCHED_FROM


def _needs_machine(head: OrderHead) -> bool:
    return head.step not in OUT_OF_MACHINE and head.step is not OrderStep.ACCEPTED

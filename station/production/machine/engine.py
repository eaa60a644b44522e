"""The threads that carry orders on; others talk to them through the journal and `wake`.

One thread owns the machine: it runs every step after 预览, answers of people that may move a card,
and looks at the machine in between. Another one fetches data (获取数据), so that no card waits in
the machine for the data of the next person. Both take one order at a time, and they never take the
same one: which of them a step belongs to is decided by where the order stands (`FETCHED_FROM`).
Nobody's data is asked for while no card could be made: a look of that moment must show that the
machine works. An order that waits for it goes on by itself when the machine is well again. An
order that a person cancels while its data is on the way has moved when the answer comes: the
journal then refuses the step (`OrderMovedError`), and the data is dropped.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from station.core.changes import SetHold
from station.core.errors import (
    DefectError,
    FeederStoppedError,
    JournalBusyError,
    JournalError,
    MachineNotReadyError,
    StationError,
)
from station.core.life import MOVES_A_CARD
from station.core.orders import Hold, OrderHead, OrderStep
from station.core.recipes import DataSource, recipe_of
from station.production.life import recovery
from station.production.life.breaker import Breaker
from station.production.life.effects import ACTOR, Workbench
from station.production.life.feeder_stop import is_stopped
from station.production.life.workflow import Workflow
from station.production.machine.heartbeat import Heartbeat
from station.production.machine.looking import Looks
from station.production.machine.looks import MachineSnapshot, Running
from station.production.machine.notifier import Notifier
from station.production.machine.schedule import Schedule
from station.production.people.erasure import Erasure
from station.production.people.timers import run_timers

log = logging.getLogger(__name__)

#: Seconds that data waits for a look at the machine.
LOOK_PATIENCE: Final = 10.0
AFTER_DEFECT: Final = 1.0  #: seconds before work is tried again that a defect has stopped


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Workbench, Workflow], None]
    done: threading.Event = field(default_factory=threading.Event)
    error: StationError | None = None


class Engine:
    """Runs orders towards their goals, one step at a time, and looks at the machine in between."""

    def __init__(self, bench: Workbench, notifier: Notifier, rng: random.Random) -> None:
        self._bench = bench
        self._notifier = notifier
        self._workflow = Workflow(bench, rng)
        self._looks = Looks(bench, notifier, self.wake)
        self._schedule = Schedule(bench, self._workflow.link)
        self._lock = threading.Condition()
        self._stopping = False
        self._woken = False
        self._running: dict[int, Running] = {}  # by thread
        self._clock = bench.clock
        self._fetch_woken = False
        self._recovered = False
        self.heartbeat: Final = Heartbeat(bench.clock)
        self._erasure = Erasure(bench)
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
        found = self.running_of(order)
        return found.step if found else None

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
        return self._looks.last

    def watch(self) -> MachineSnapshot | None:
        """Return the last look at the machine and keep looking often for a while."""
        return self._looks.watch()

    def look_now(self, timeout: float) -> MachineSnapshot | None:
        """Wait for a look that begins after this call, at most `timeout` seconds."""
        return self._looks.look_now(timeout)

    @property
    def link(self) -> Breaker:
        """The breaker of reports to the province."""
        return self._workflow.link

    @property
    def recovered(self) -> bool:
        """Whether recovery is over."""
        with self._lock:
            return self._recovered

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
        equipment = self._bench.equipment
        self._guard(lambda: equipment.faces.prepare(equipment.printer.model.geometry))
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
        timeout = _wait(lambda: self._schedule.until_next_retry(fetched=True))
        with self._lock:
            self._lock.wait_for(lambda: self._fetch_woken or self._stopping, timeout)
            self._fetch_woken = False
            return not self._stopping

    def _fetch(self) -> None:
        while not self._stopping:
            ready = not self._lacks(0.0)
            head = self._schedule.next_order(fetched=True, machine_ready=ready)
            if head is None:
                return
            lacks = self._lacks(LOOK_PATIENCE) if _asks_province(head) else ""
            if not lacks:
                self._advance(head)
            elif head.hold is None or head.hold.code != MachineNotReadyError.code:
                error = MachineNotReadyError("no card could be made", details={"cause": lacks})
                self._workflow.hold(head, error)
                self._notifier.ring()
            else:
                return  # it is told already; the next look wakes this thread

    def _lacks(self, patience: float) -> str:
        """Return the code of what keeps the machine from making a card; empty for nothing.

        Rests on a look of this moment, for which it waits, or on the step that is being taken.
        """
        waits = patience > 0 and self.at_work is None
        look = self._looks.proven(patience) if waits else self._looks.last
        if look is None:
            return MachineNotReadyError.code
        if look.printer is None:
            return look.printer_error
        if look.printer.errors:
            return look.printer.errors[0].keyword.value
        if not look.reader:
            return look.reader_error[0]
        return FeederStoppedError.code if is_stopped(self._bench) else ""

    def _look(self) -> None:
        self._looks.look()

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
        except Exception as exc:
            # A full disk is told to people as that; everything else is a defect.
            code = exc.code if isinstance(exc, JournalError) else DefectError.code
            log.exception("the machine's thread met %s", code, extra={"action": code})
            self._hold_running_order(code)
            return False
        return True

    def _hold_running_order(self, code: str) -> None:
        # Without this the defect would be met again at once, on a card.
        with self._lock:
            running = self._running.pop(threading.get_ident(), None)
        if running is None:
            return
        try:
            self._bench.apply(ACTOR, SetHold(running.order, Hold(code)))
        except JournalError as exc:
            # A full disk must not end the thread: no effect begins without its intent anyway.
            log.warning(
                "not held: %s", exc.code, extra={"action": "defect", "order": running.order}
            )

    def _rest(self) -> None:
        self.heartbeat.beat()
        # What failed would fail again at once: keep the lights true, and wait a moment.
        self._guard(self._look)
        with self._lock:
            woken = self._woken
            self._lock.wait_for(lambda: self._stopping, AFTER_DEFECT)
            self._woken = self._woken or woken or bool(self._jobs)

    def _wait_for_work(self) -> bool:
        self.heartbeat.beat()
        timeout = _wait(lambda: min(self._looks.due_in(), self._schedule.until_next_retry()))
        with self._lock:
            self._lock.wait_for(lambda: self._woken or self._stopping, max(0.0, timeout))
            self._woken = False
            return not self._stopping

    def _work(self) -> None:
        self._run_jobs()
        while (head := self._schedule.next_order()) is not None and not self._stopping:
            self._advance(head)
            self._run_jobs()
            self.heartbeat.beat()
        if self._looks.due_in() <= 0:
            run_timers(self._bench)
            self._erasure.run()
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
        self._notifier.ring()

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
                self.heartbeat.beat()
                job.done.set()

    def _next_job(self) -> _Job | None:
        # One at a time: a defect in one must leave the others for the next turn.
        with self._lock:
            return self._jobs.pop(0) if self._jobs else None


def _asks_province(head: OrderHead) -> bool:
    return recipe_of(head.kind).data is DataSource.PROVINCE


def _wait(due_in: Callable[[], float]) -> float:
    try:
        return due_in()
    except JournalError as exc:
        log.warning("journal unreadable", extra={"action": "defect", "code": exc.code})
        return AFTER_DEFECT

"""One lane: a thread that carries orders on, one step at a time. The station has three of them.

The lanes share nothing but the journal. Which order is whose is decided by where the order is
(`station.production.life.lanes`), and an effect begins only while its order is where the lane has
read it. An order that a person cancels while its data is on the way has moved when the answer
comes: the journal then refuses the step (`OrderMovedError`), and the data is dropped.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final, Protocol

from station.core.changes import SetHold
from station.core.errors import DefectError, JournalBusyError, JournalError
from station.core.life import TRANSITIONS, Lane, OrderEvent
from station.core.orders import Hold, OrderHead, OrderStep
from station.core.wire_trace import exchanges_about
from station.production.life import lanes
from station.production.life.effects import ACTOR, Workbench
from station.production.life.workflow import Workflow
from station.production.machine.heartbeat import Heartbeat
from station.production.machine.jobs import Jobs
from station.production.machine.looks import Running
from station.production.machine.notifier import Notifier

log = logging.getLogger(__name__)

AFTER_DEFECT: Final = 1.0  #: seconds before work is tried again that a defect has stopped


class Choice(Protocol):
    """Chooses the orders of a lane. `Schedule` is the rule, `Fetching` the rule about data."""

    def next_order(self, lane: Lane) -> OrderHead | None:
        """Return the order that a lane carries on next; None when it has nothing to do."""
        ...

    def until_next_retry(self, lane: Lane) -> float:
        """Return the seconds until a held order may be tried again."""
        ...


class Rounds(Protocol):
    """What a lane does between its steps."""

    def due_in(self) -> float:
        """Return the seconds until `run` has something to do."""
        ...

    def run(self) -> None:
        """Do what is due."""
        ...

    def look(self) -> None:
        """Have what people are shown rest on a look that is younger than this call."""
        ...

    def after_step(self, step: OrderStep, *, advanced: bool) -> None:
        """A step that was to lead to `step` has ended."""
        ...


class NoRounds:
    """The rounds of a lane that has no device to look at."""

    def due_in(self) -> float:
        """See `Rounds.due_in`."""
        return float("inf")

    def run(self) -> None:
        """See `Rounds.run`."""

    def look(self) -> None:
        """See `Rounds.look`."""

    def after_step(self, step: OrderStep, *, advanced: bool) -> None:
        """See `Rounds.after_step`."""


class LaneThread:
    """Carries on the orders of one lane. Other threads may call `wake`, `jobs` and `running`."""

    def __init__(
        self,
        lane: Lane,
        bench: Workbench,
        workflow: Workflow,
        choice: Choice,
        notifier: Notifier,
        rounds: Rounds,
        tell_others: Callable[[], None],
    ) -> None:
        """Prepare the lane.

        Args:
            lane: Which one.
            bench: What the steps work with.
            workflow: Takes the steps.
            choice: Says which order is next.
            notifier: Rings when what is shown has changed.
            rounds: What is done between the steps.
            tell_others: Wakes the other lane: an order may have come to where it is that one's.
        """
        self.lane: Final = lane
        self.jobs: Final = Jobs(self.wake)
        self.heartbeat: Final = Heartbeat(bench.clock)
        self._bench = bench
        self._workflow = workflow
        self._choice = choice
        self._notifier = notifier
        self._rounds = rounds
        self._tell_others = tell_others
        self._lock = threading.Condition()
        self._stopping = False
        self._woken = False
        self._running: Running | None = None
        self._thread: threading.Thread | None = None

    # -- what other threads may call -----------------------------------------------------------

    def start(self, work: Callable[[], None]) -> None:
        """Start the thread; `work` is all that it does."""
        self._thread = threading.Thread(target=work, name=self.lane.value, daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have the thread end after its present step."""
        with self._lock:
            self._stopping = True
            self._lock.notify_all()

    def has_ended(self, timeout: float) -> bool:
        """Wait for the thread's end, at most `timeout` seconds; returns whether it has ended."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Say that the journal has something new to do."""
        with self._lock:
            self._woken = True
            self._lock.notify_all()

    @property
    def stopping(self) -> bool:
        """Whether the thread was asked to stop."""
        with self._lock:
            return self._stopping

    @property
    def running(self) -> Running | None:
        """The step that the lane is taking right now, of whichever order."""
        with self._lock:
            return self._running

    # -- the lane's own thread -----------------------------------------------------------------

    def run(self) -> None:
        """Work until the lane is asked to stop."""
        while self.wait_for_work():
            if not self.guard(self.work):
                self.rest()

    def work(self) -> None:
        """Do what there is to do: what people asked for, then every order's next steps."""
        self.run_jobs()
        while not self.stopping and (head := self._choice.next_order(self.lane)) is not None:
            self.advance(head)
            self.run_jobs()
            self.heartbeat.beat()
        if self._rounds.due_in() <= 0:
            self._rounds.run()

    def advance(self, head: OrderHead) -> None:
        """Take one order one step further, and say meanwhile that it is being done."""
        event = lanes.event_in(self._bench, head, self.lane)
        step = head.step if event is None else _leads_to(head.step, event)
        self._show(Running(head.id, step, self._bench.clock.now()))
        order = self._bench.journal.orders.one(head.id)
        with exchanges_about(head.id):
            advanced = self._workflow.step_once(order, self.lane)
        self._tell_others()
        self._rounds.after_step(step, advanced=advanced)
        self._show(None)

    def run_jobs(self) -> None:
        """Do what people asked for."""
        self.jobs.run(self._bench, self._workflow, self._after_job)

    def _after_job(self) -> None:
        # Whoever waits is told where the card is: look again before the answer.
        self._tell_others()
        self.guard(self._rounds.look)
        self.heartbeat.beat()

    def guard(self, work: Callable[[], None]) -> bool:
        """Run `work`; returns whether it ended well. Nothing may end the thread.

        A defect is logged with its trace, and the order it happened in is held.
        """
        try:
            work()
        except JournalBusyError:
            # No defect: another program holds the journal. Nothing was begun; it is tried again.
            self._show(None)
            log.warning("journal held by another program", extra={"action": "journal-busy"})
            self.wake()
            return False
        except Exception as exc:
            # A full disk is told to people as that; everything else is a defect.
            code = exc.code if isinstance(exc, JournalError) else DefectError.code
            log.exception("the %s lane met %s", self.lane.value, code, extra={"action": code})
            self._hold_running_order(code)
            return False
        return True

    def rest(self) -> None:
        """Wait a moment after a failure: it would happen again at once."""
        self.heartbeat.beat()
        self.guard(self._rounds.look)
        with self._lock:
            self._lock.wait_for(lambda: self._stopping, AFTER_DEFECT)
            self._woken = True  # what was asked for meanwhile, and the other orders

    def wait_for_work(self) -> bool:
        """Wait until something is to be done; returns False when the lane is to end."""
        self.heartbeat.beat()
        timeout = self._until_due()
        with self._lock:
            self._lock.wait_for(lambda: self._woken or self._stopping, max(0.0, timeout))
            self._woken = False
            return not self._stopping

    def _until_due(self) -> float:
        try:
            return min(self._rounds.due_in(), self._choice.until_next_retry(self.lane))
        except JournalError as exc:
            log.warning("journal unreadable", extra={"action": "defect", "code": exc.code})
            return AFTER_DEFECT

    def _hold_running_order(self, code: str) -> None:
        # Without this the defect would be met again at once, on a card.
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        try:
            self._bench.apply(ACTOR, SetHold(running.order, Hold(code)))
        except JournalError as exc:
            # A full disk must not end the thread: no effect begins without its intent anyway.
            log.warning(
                "not held: %s", exc.code, extra={"action": "defect", "order": running.order}
            )

    def _show(self, running: Running | None) -> None:
        with self._lock:
            self._running = running
        self._notifier.ring()


def _leads_to(step: OrderStep, event: OrderEvent) -> OrderStep:
    # A spoiled order stays where it is when its report is acknowledged.
    return TRANSITIONS.get((step, event), step)

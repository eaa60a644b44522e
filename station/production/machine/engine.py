"""The lanes that carry orders on; others talk to them through the journal and `wake`.

The machine's lane owns printer and chip, with the HSM while the chip is powered. Everything else
that the province is asked for has two lanes of its own: one for reports, with the questions about
them, and one for what people at the window wait for, data and activation. Each lane takes one order
at a time. So a province that answers slowly stops no motor and no button: what a person asks of a
card in the machine is done between two movements, whatever is on the network. And a card that waits
for its report does not wait for another person's data.

docs/decisions/0014-two-lanes.md says why it is done so, and what each lane may rely on.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from station.core.errors import StationError
from station.core.life import Lane
from station.core.orders import OrderStep
from station.production.life import recovery
from station.production.life.breaker import Breaker
from station.production.life.effects import Workbench
from station.production.life.workflow import Workflow
from station.production.machine.fetching import Fetching
from station.production.machine.heartbeat import Heartbeat
from station.production.machine.jobs import Job, Work
from station.production.machine.lane import Choice, LaneThread, NoRounds, Rounds
from station.production.machine.looking import Looks
from station.production.machine.looks import MachineSnapshot, Running
from station.production.machine.notifier import Notifier
from station.production.machine.rounds import MachineRounds
from station.production.machine.schedule import Schedule


class Engine:
    """Runs orders towards their goals in several lanes, and looks at the machine in between."""

    def __init__(self, bench: Workbench, notifier: Notifier, rng: random.Random) -> None:
        self._bench = bench
        self._workflow = Workflow(bench, rng)
        self._schedule = Schedule(bench, self._workflow.link, self._taken)
        self._looks = Looks(bench, notifier, self.wake)
        self._fetching = Fetching(
            bench, self._workflow, self._schedule, notifier, self._recent_look
        )
        rounds = MachineRounds(bench, self._looks.due_in, self._look)
        self._machine = self._make_lane(Lane.MACHINE, notifier, rounds)
        self._at_province: Final = tuple(
            self._make_lane(lane, notifier, NoRounds()) for lane in (Lane.REPORTS, Lane.REQUESTS)
        )
        self._lanes: Final = {one.lane: one for one in (self._machine, *self._at_province)}
        self._recovered = threading.Event()
        self._begun = threading.Event()  # the machine was looked at after recovery
        self._first_look: MachineSnapshot | None = None
        self._before_recovery: Callable[[], None] = lambda: None
        self._stopping = threading.Event()
        self._may_begin = threading.Event()  # recovery is over, or there will be none

    def _recent_look(self, patience: float) -> MachineSnapshot | None:
        # A machine that takes a step is looked at with it: nobody waits for the end of a print.
        waits = patience > 0 and self.at_work() is None
        return self._looks.proven(patience) if waits else self._looks.last

    def _choice_of(self, lane: Lane) -> Choice:
        # Data is only asked for while a card could be made; the other lanes need no such proof.
        return self._fetching if lane is Lane.REQUESTS else self._schedule

    def _make_lane(self, lane: Lane, notifier: Notifier, rounds: Rounds) -> LaneThread:
        parts = (self._bench, self._workflow, self._choice_of(lane), notifier, rounds)
        return LaneThread(lane, *parts, lambda: self._wake_beside(lane))

    @property
    def bench(self) -> Workbench:
        """What the steps work with."""
        return self._bench

    @property
    def heartbeat(self) -> Heartbeat:
        """When the machine's lane last came round; the others may wait for the network."""
        return self._machine.heartbeat

    # -- the life of the threads ---------------------------------------------------------------

    def start(self, before_recovery: Callable[[], None] = lambda: None) -> None:
        """Start the lanes: the machine's recovers for all of them first.

        `before_recovery` reads the journal as the station found it; its failure stops nothing.
        """
        self._before_recovery = before_recovery
        self._machine.start(self._run_machine)
        for lane in self._at_province:
            lane.start(partial(self._run_at_province, lane))

    def stop(self, timeout: float = 5.0) -> bool:
        """Let the present steps end and stop; returns whether the machine's lane did in time.

        Data that is on its way is not waited for: nothing happens when it is lost.
        """
        self._stopping.set()
        self._may_begin.set()
        for lane in self._lanes.values():
            lane.ask_to_stop()
        began = self._bench.clock.monotonic()
        ended = self._machine.has_ended(timeout)
        for lane in self._at_province:
            running = lane.running
            if running is None or running.step is not OrderStep.DATA_READY:
                left = timeout - (self._bench.clock.monotonic() - began)
                lane.has_ended(max(0.0, left))
        return ended

    def _run_machine(self) -> None:
        if not self._machine.guard(self._before_recovery):  # another program may hold the journal
            self._machine.rest()
            self._machine.guard(self._before_recovery)
        if self._recover():
            self._machine.guard(self._look)
            self._first_look = self._looks.last
            self._begun.set()
            self._machine.run()

    def _run_at_province(self, lane: LaneThread) -> None:
        self._may_begin.wait()
        if lane.lane is Lane.REQUESTS:
            lane.guard(self._prepare_faces)
        lane.run()

    def _prepare_faces(self) -> None:
        # Not in the machine's lane: what draws may hang, and a card inside must not wait for it.
        equipment = self._bench.equipment
        equipment.faces.prepare(equipment.printer.model.geometry)

    def _taken(self, lane: Lane) -> str | None:
        running = self._lanes[lane].running
        return None if running is None else running.order

    def _recover(self) -> bool:
        """Recover until it has run to its end; returns False when the station stops before."""
        while not self._machine.guard(lambda: recovery.recover(self._bench, self._workflow)):
            self._machine.rest()
            if self._stopping.is_set():
                return False
        self._recovered.set()
        self._may_begin.set()
        self.wake()  # what was asked for before the restart goes on without a press
        return True

    def _look(self) -> None:
        self._looks.look()

    # -- what other threads may call -----------------------------------------------------------

    def wake(self) -> None:
        """Say that the journal has something new to do."""
        for lane in self._lanes.values():
            lane.wake()

    def _wake_beside(self, lane: Lane) -> None:
        for other in self._lanes.values():
            if other.lane is not lane:
                other.wake()

    def call_and_wait(
        self, work: Work, timeout: float, lane: Lane = Lane.MACHINE
    ) -> StationError | TimeoutError | None:
        """Have a lane do `work` before its next step; returns the error it met.

        A `TimeoutError` means that the lane did not come to it in time: `work` is withdrawn.
        """
        return self._lanes[lane].jobs.call_and_wait(work, timeout)

    def ask(self, work: Work) -> None:
        """Have the machine's lane do `work` before its next step; does not wait for it."""
        self._machine.jobs.add(Job(work))

    def running(self, order: str) -> OrderStep | None:
        """Return the step that this order is being taken to right now."""
        found = self.running_of(order)
        return found.step if found else None

    def running_of(self, order: str) -> Running | None:
        """Return the step that this order is being taken to, and since when.

        While its card is printed and its report is sent, it is the print.
        """
        running = (lane.running for lane in self._lanes.values())
        return next((one for one in running if one is not None and one.order == order), None)

    def at_work(self, lane: Lane = Lane.MACHINE) -> Running | None:
        """Return the step that a lane is taking right now, of whichever order."""
        return self._lanes[lane].running

    @property
    def begun(self) -> bool:
        """Whether recovery is over and the machine was looked at, or could not be."""
        return self._begun.is_set()

    @property
    def first_look(self) -> MachineSnapshot | None:
        """The look at the machine that followed recovery; None when there was none."""
        return self._first_look

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
        return self._recovered.is_set()

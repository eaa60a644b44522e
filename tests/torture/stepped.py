"""The engine without its threads: a turn of its lanes is a call, so that a seed does the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from station.core.errors import StationError
from station.core.life import Lane
from station.production.life.effects import Workbench
from station.production.machine.engine import Engine
from station.production.machine.jobs import Job, Work
from station.production.machine.lane import LaneThread, Rounds
from station.production.machine.looks import MachineSnapshot
from station.production.machine.notifier import Notifier
from tests.torture.other_lanes import OtherLanes

LEFT_UNDER_WAY = 0.2  #: share of the turns that end while the province has not answered
MOST_STEPS = 8  #: of every lane in one turn


class SteppedLane(LaneThread):
    """A lane without its thread; what it falls over is a finding."""

    mend: Callable[[], None]
    defects: list[str]

    def wait_for_work(self) -> bool:
        return False

    def rest(self) -> None:
        self.mend()

    def guard(self, work: Callable[[], None]) -> bool:
        def noted() -> None:
            try:
                work()
            except StationError:
                raise
            except Exception as exc:
                self.defects.append(f"a defect in the {self.lane.value} lane: {exc!r}")
                raise

        return super().guard(noted)


class SteppedEngine(Engine):
    """The engine without its threads: `begin()` and `turn()` do what the lanes would.

    The province's lanes go on at points that chance picks, and may still be in the middle of their
    work when a turn ends: then people press buttons while the province has not answered.
    """

    def __init__(self, bench: Workbench, notifier: Notifier, rng: random.Random) -> None:
        self.defects: list[str] = []
        self.dead = False
        self.mend: Callable[[], None] = lambda: None
        self.when_recovered: Callable[[], None] = lambda: None
        self._chance = random.Random(rng.random())
        self.others = OtherLanes(self._chance)
        super().__init__(bench, notifier, rng)

    def _make_lane(self, lane: Lane, notifier: Notifier, rounds: Rounds) -> LaneThread:
        parts = (self._bench, self._workflow, self._choice_of(lane), notifier, rounds)
        others = self._wake_province if lane is Lane.MACHINE else lambda: None
        made = SteppedLane(lane, *parts, others)
        made.mend, made.defects = self._mend_now, self.defects
        return made

    def _recent_look(self, patience: float) -> MachineSnapshot | None:
        del patience  # the machine's lane looks between its steps; nobody can wait for it here
        return self._looks.last

    def _mend_now(self) -> None:
        self.mend()  # which is set later

    def begin(self) -> None:
        """Recover and look, as at every start."""
        self._alive(self._run_machine)

    def turn(self) -> None:
        """Do what there is to do in every lane."""
        for _ in range(MOST_STEPS):
            self._wake_province()
            self._alive(lambda: self._machine.guard(self._machine.work))
            if self._chance.random() < LEFT_UNDER_WAY:
                return
            self.others.finish()
            if not self._has_more():
                return

    def province_works(self) -> None:
        """Have the province's lanes do all that they have to do now, whatever the machine does."""
        self._wake_province()
        self.others.finish()

    def _wake_province(self) -> None:
        for lane in self._at_province:
            self.others.begin(lane.lane, partial(self._carry_on, lane))

    def finish(self) -> None:
        """Have the province's lanes come to the end of what they have under way."""
        self.others.finish()

    def _carry_on(self, lane: LaneThread) -> None:
        self._alive(lambda: lane.guard(lane.work))

    def _has_more(self) -> bool:
        try:
            return any(self._schedule.next_order(lane) is not None for lane in Lane)
        except StationError:
            return False

    def call_and_wait(
        self, work: Work, timeout: float, lane: Lane = Lane.MACHINE
    ) -> StationError | TimeoutError | None:
        """Do the work at once, between two turns; a lane in the middle of a step is at work."""
        del timeout
        if self.others.under_way(lane):
            return TimeoutError("the lane is at work")
        job = Job(work)
        self._lanes[lane].jobs.add(job)
        self._alive(lambda: self._lanes[lane].guard(self._lanes[lane].run_jobs))
        return job.error

    def _look(self) -> None:
        if self.recovered:  # the first look after recovery: the belief is not yet this look's
            tell, self.when_recovered = self.when_recovered, lambda: None
            tell()
        super()._look()

    def _alive(self, work: Callable[[], object]) -> None:
        try:
            work()
        except StationError as exc:
            self.dead = True  # in the station this ends the thread, and with it the window
            self.defects.append(f"a lane's thread ended with {exc!r}")

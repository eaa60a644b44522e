"""Runs a person's request in a lane, between two of its steps, and reports when it is busy."""

from __future__ import annotations

from typing import Final

from station.core.errors import MachineAtWorkError, StationError
from station.core.life import Lane
from station.production.machine.engine import Engine
from station.production.machine.jobs import Work
from station.words import Table

#: Seconds that a button press waits for a lane. A step takes longer: then the press is refused with
#: the step's name, and nothing has happened.
BUTTON_PATIENCE: Final = 3.0
#: Titles of a lane's current work, by the step that it leads to.
STEP_TITLES: Final = Table("at-work-on")


def on_machine(engine: Engine, work: Work, timeout: float) -> None:
    """Run `work` in the machine's lane; wait at most `timeout` seconds for it to begin.

    Raises:
        MachineAtWorkError: The machine is in the middle of a step; nothing has happened.
        StationError: What `work` raised.
    """
    _in_lane(Lane.MACHINE, engine, work, timeout)


def among_reports(engine: Engine, work: Work, timeout: float) -> None:
    """Run `work` in the lane of reports and wait at most `timeout` seconds for it to begin.

    Raises:
        MachineAtWorkError: A report is under way; nothing has happened.
        StationError: What `work` raised.
    """
    _in_lane(Lane.REPORTS, engine, work, timeout)


def _in_lane(lane: Lane, engine: Engine, work: Work, timeout: float) -> None:
    error = engine.call_and_wait(work, timeout, lane)
    if isinstance(error, StationError):
        raise error
    if error is not None:
        running = engine.at_work(lane)
        title = STEP_TITLES.get(running.step, "") if running else ""
        raise MachineAtWorkError(f"the {lane.value} lane is at work", details={"step_title": title})

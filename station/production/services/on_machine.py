"""Runs a person's request on the machine's thread, and reports when the machine is busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.core.errors import MachineAtWorkError, StationError
from station.production.life.effects import Workbench
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine
from station.words import Table

#: Seconds that a button press waits for the machine's thread. A step takes longer: then the press
#: is refused with the step's name, and nothing has happened.
BUTTON_PATIENCE: Final = 3.0
#: Titles of the machine's current work, by the step that it leads to.
STEP_TITLES: Final = Table("at-work-on")


def on_machine(engine: Engine, work: Callable[[Workbench, Workflow], None], timeout: float) -> None:
    """Run `work` on the machine's thread; wait at most `timeout` seconds for it to begin.

    Raises:
        MachineAtWorkError: The machine is in the middle of a step; nothing has happened.
        StationError: What `work` raised.
    """
    error = engine.call_and_wait(work, timeout)
    if isinstance(error, StationError):
        raise error
    if error is not None:
        running = engine.at_work
        title = STEP_TITLES.get(running.step, "") if running else ""
        raise MachineAtWorkError("the machine is at work", details={"step_title": title})

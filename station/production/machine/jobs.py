"""What people ask of a lane, done between two of its steps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from station.core.errors import StationError
from station.production.life.effects import Workbench
from station.production.life.workflow import Workflow

Work = Callable[[Workbench, Workflow], None]


@dataclass(slots=True, eq=False)
class Job:
    """One request, and what became of it."""

    work: Work
    done: threading.Event = field(default_factory=threading.Event)
    error: StationError | None = None


class Jobs:
    """A queue of requests to one lane. Thread-safe; only the lane calls `run`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: list[Job] = []

    def __len__(self) -> int:
        with self._lock:
            return len(self._waiting)

    def call_and_wait(self, work: Work, timeout: float) -> StationError | TimeoutError | None:
        """Have the lane do `work` before its next step; returns the error it met.

        A `TimeoutError` means that the lane did not come to it in time: `work` is withdrawn.
        """
        job = Job(work)
        self.add(job)
        if job.done.wait(timeout):
            return job.error
        with self._lock:
            if job in self._waiting:
                self._waiting.remove(job)
                return TimeoutError("the lane is at work")
        job.done.wait()
        return job.error

    def add(self, job: Job) -> None:
        """Put a request behind the others and wake the lane."""
        with self._lock:
            self._waiting.append(job)
        self._wake()

    def run(self, bench: Workbench, workflow: Workflow, afterwards: Callable[[], None]) -> None:
        """Do what waits. `afterwards` is called after each one, before its answer is given.

        A defect in one of them is raised, and leaves the others for the next turn.
        """
        while (job := self._next()) is not None:
            job.error = StationError("a defect in the lane's thread; see the log")
            try:
                job.work(bench, workflow)
                job.error = None
            except StationError as exc:
                job.error = exc
            finally:
                afterwards()
                job.done.set()

    def _next(self) -> Job | None:
        with self._lock:
            return self._waiting.pop(0) if self._waiting else None

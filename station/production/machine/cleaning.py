"""Cleaning the card path with a cleaning card, on the running daemon.

The rollers run for half a minute, so the press is answered at once and the outcome comes later.
Nothing but the cleaning card may be in the path: a card of an order, or a blank that came along,
would be dragged through the rollers.
"""

from __future__ import annotations

import threading
from typing import Final

from station.core.changes import AddEvent
from station.core.errors import InputError, StationError, StepNotAllowedError
from station.core.printing import PrinterService
from station.production.life.effects import Workbench
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine

BEGUN: Final = "cleaning-begun"
ENDED: Final = "cleaning-ended"
DONE: Final = "done"  #: outcome of a cleaning; else the code of the error


class Cleaning:
    """The cleaning that runs, and the ones that were completed since the start. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._running = False
        self._completed = 0
        self._failed = ""

    @property
    def possible(self) -> bool:
        """Whether this printer is cleaned from here; else only from its own panel."""
        return isinstance(self._engine.bench.equipment.printer, PrinterService)

    @property
    def running(self) -> bool:
        """Whether the rollers run, or are about to."""
        with self._lock:
            return self._running

    @property
    def completed(self) -> int:
        """How many cleanings have reached their end since the daemon's start."""
        with self._lock:
            return self._completed

    @property
    def failed(self) -> str:
        """Code of the error with which the last one ended; empty when it was completed."""
        with self._lock:
            return self._failed

    def begin(self, actor: str) -> None:
        """Clean between two steps of the machine's lane; does not wait. Moves the rollers.

        While one runs, another press does nothing. The history records the begin before the rollers
        move, and afterwards the outcome.

        Raises:
            InputError: This printer is cleaned from its own panel only.
        """
        if not self.possible:
            raise InputError("this printer is cleaned from its own panel")
        with self._lock:
            if self._running:
                return
            self._running, self._failed = True, ""
        self._engine.ask(lambda bench, workflow: self._clean(bench, workflow, actor))

    def _clean(self, bench: Workbench, workflow: Workflow, actor: str) -> None:
        del workflow
        printer, failed, begun = bench.equipment.printer, StationError.code, False
        try:
            if bench.journal.cards.owned_inside():
                raise StepNotAllowedError("an order's card is inside", details={"step": "fed"})
            bench.apply(actor, AddEvent("", BEGUN, {}))
            begun = True
            if isinstance(printer, PrinterService):
                printer.clean()
            failed = ""
        except StationError as exc:
            failed = exc.code
        finally:
            with self._lock:
                self._running, self._failed = False, failed
                self._completed += not failed
            bench.journal.tell()
        if begun:
            bench.apply(actor, AddEvent("", ENDED, {"outcome": failed or DONE}))

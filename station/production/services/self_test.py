"""Dated self-tests of the window: what was found is kept in the history and printed."""

from __future__ import annotations

import datetime as dt
from typing import Final

from station.core.changes import AddEvent
from station.core.errors import InputError
from station.core.orders import CardFate
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import LOOKED_AT, PASSED
from station.production.machine import cleaning
from station.production.services.machine import MachineService
from station.production.views.self_test import (
    BAD,
    GOOD,
    UNKNOWN,
    SelfTest,
    findings,
    readiness_list,
    self_test_of,
)

SELF_TESTED: Final = "self-tested"
PATIENCE: Final = 10.0  #: seconds for a look at machine, province and desk
MOST_PRINTED: Final = 20  #: self-tests on one record, the newest ones


class SelfTestService:
    """Looks at everything at once and keeps what it found; moves no card. Thread-safe."""

    def __init__(self, bench: Workbench, machine: MachineService) -> None:
        self._bench = bench
        self._machine = machine

    def run(self, actor: str) -> SelfTest:
        """Look at machine, province and desk now, and write what was found into the history."""
        found = dict(findings(self._machine.check_now(PATIENCE)))
        found["test-card"] = self._newest_verdict()
        found["cleaning"] = self._last_cleaning()
        self._bench.apply(actor, AddEvent("", SELF_TESTED, found))
        return self.made(1)[0]

    def made(self, limit: int) -> list[SelfTest]:
        """Return the newest self-tests, the newest first."""
        return [
            self_test_of(event) for event in self._bench.journal.history.newest(SELF_TESTED, limit)
        ]

    def paper(self, window: str) -> bytes:
        """Return the readiness record (就绪记录) as a PDF.

        Raises:
            InputError: No self-test was made.
        """
        tests = self.made(MOST_PRINTED)
        if not tests:
            raise InputError("no self-test was made yet")
        listed = readiness_list(tests, window, self._bench.clock.now())
        return self._bench.equipment.papers.document(listed)

    def _newest_verdict(self) -> str:
        for card in self._bench.journal.cards.newest(LOOKED_AT):
            if card.fate is CardFate.TEST and card.reason:
                return _dated(card.reason == PASSED, card.updated_at)
        return UNKNOWN

    def _last_cleaning(self) -> str:
        last = self._bench.journal.history.last("", cleaning.ENDED)
        return _dated(last.data["outcome"] == cleaning.DONE, last.at) if last else UNKNOWN


def _dated(good: bool, at: dt.datetime) -> str:
    return f"{GOOD if good else BAD} {at.astimezone():%Y-%m-%d}"

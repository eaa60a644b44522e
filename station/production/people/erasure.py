"""Erases personal data of orders and batches whose time is over, on the machine's thread.

It works between two cards.

When an order has ended and the province has answered every report about it, its data is kept for as
many days as the site's policy says: a card that was printed badly can be printed again, a question
of the province be answered. Then it is erased, and the history says so. A batch is erased when
nothing of it has changed for as many days, unless a card of it is still to be made.

The days are those of the wall clock, which people and laws count by. As a clock that was set a year
ahead would erase everything at once, and nothing brings it back, the station must itself have
worked for an eighth of the time since: three hours of each day. A window that works less erases
later.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Final

from station.core.batch_changes import EraseBatch
from station.core.changes import EraseCardService, ErasePerson
from station.core.custody_changes import EraseCustody
from station.core.errors import StationError
from station.production.life.effects import ACTOR, Workbench

log = logging.getLogger(__name__)

DAY: Final = 86_400.0
OWN_SHARE: Final = 1 / 8  #: of the time limit that the station must have worked since
EVERY: Final = 3600.0  #: seconds between two looks for what is due
AT_ONCE: Final = 20  #: orders of one round: no card waits for more
BATCHES: Final = 1  #: of one round: a batch may have thousands of rows


class Erasure:
    """Looks for what is due, at most every hour."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._next = float("-inf")

    def run(self) -> int:
        """Erase what is due; returns of how many orders. Irreversible."""
        now = self._bench.clock.monotonic()
        if now < self._next:
            return 0
        self._next = now + EVERY
        try:
            if self._bench.journal.cards.in_machine():
                return 0
            erased = self._erase()
        except StationError as exc:
            log.warning("not erased: %s", exc.code, extra={"action": "erasure", "code": exc.code})
            return 0
        if erased == AT_ONCE:
            self._next = now  # more is due
        return erased

    def _erase(self) -> int:
        bench = self._bench
        days = bench.equipment.policies.erase_after_days
        before = bench.clock.now() - dt.timedelta(days=days)
        aged = bench.journal.age() - days * DAY * OWN_SHARE
        due = bench.journal.personal.due(before, aged, AT_ONCE)
        for order in due:
            bench.apply(ACTOR, ErasePerson(order, days))
        services = bench.journal.card_services.due(before, aged, AT_ONCE)
        for service in services:
            bench.apply(ACTOR, EraseCardService(service, days))
        custody = bench.journal.custody.due(before, aged, AT_ONCE)
        for table, row in custody:
            bench.apply(ACTOR, EraseCustody(table, row, days))
        batches = bench.journal.batches.due(before, aged, BATCHES)
        for batch in batches:
            bench.apply(ACTOR, EraseBatch(batch, days))
        if due or services or custody or batches:
            bench.journal.empty_log()
            log.info("erased", extra={"action": "erased", "orders": len(due)})
        more = AT_ONCE if len(batches) == BATCHES else 0
        return max(len(due), len(services), min(len(custody), AT_ONCE), more)

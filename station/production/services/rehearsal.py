"""演练: a rehearsal is begun and ended, and its order is accepted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from station.core.changes import AddEvent
from station.core.errors import OrderConflictError
from station.core.life import CLOSED
from station.core.recipes import recipe_of
from station.core.rehearsal import NUMBER
from station.production.life import rehearsing
from station.production.life.effects import Workbench


@dataclass(frozen=True, slots=True)
class RehearsalNow:
    """The present rehearsal.

    Attributes:
        since: When it was begun, UTC.
        by: Who began it.
        number: 社会保障号码 of the invented person, which the clerk types or chooses.
    """

    since: dt.datetime
    by: str
    number: str = NUMBER


class RehearsalService:
    """Begins and ends rehearsals. Thread-safe."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def now(self) -> RehearsalNow | None:
        """Return the present rehearsal; None while the window does real work."""
        begun = rehearsing.running(self._bench.journal)
        return None if begun is None else RehearsalNow(begun.at, begun.actor)

    def begin(self, actor: str) -> None:
        """Begin a rehearsal of the whole window; one that runs already goes on.

        Raises:
            OrderConflictError: The site has marked no test card, or a real order is open.
        """
        set_up = self._bench.equipment.rehearsal
        if set_up is None or not set_up.cards:
            raise OrderConflictError("no test card is marked", code="rehearsal-no-test-card")
        with self._bench.journal.transaction(actor) as change:
            if rehearsing.running(self._bench.journal) is not None:
                return
            if self._open(rehearsals=False):
                raise OrderConflictError("a real order is open", code="rehearsal-beside-order")
            change.apply(AddEvent("", rehearsing.BEGUN, {}))

    def end(self, actor: str) -> None:
        """End the rehearsal; nothing happens while there is none.

        Raises:
            OrderConflictError: Its card is not finished: a card may be in the machine.
        """
        with self._bench.journal.transaction(actor) as change:
            if rehearsing.running(self._bench.journal) is None:
                return
            if self._open(rehearsals=True):
                raise OrderConflictError("its card is not finished", code="rehearsal-card-open")
            change.apply(AddEvent("", rehearsing.ENDED, {}))

    def _open(self, *, rehearsals: bool) -> bool:
        heads = self._bench.journal.orders.heads()
        return any(
            head.step not in CLOSED and recipe_of(head.kind).is_rehearsal is rehearsals
            for head in heads
        )

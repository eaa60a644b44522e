"""Figures for a monitoring system: counts and durations, nothing personal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from station.core.orders import WriteBackState
from station.journal import tables
from station.journal.rows import Rows

_EVENTS: Final = tables.events.c
_ORDERS: Final = tables.orders.c
_REPORTS: Final = tables.write_backs.c

_FATES: Final = sa.select(tables.cards.c.fate, sa.func.count().label("rows")).group_by(
    tables.cards.c.fate
)
_STEPS: Final = (
    sa.select(_ORDERS.step, sa.func.count().label("rows"))
    .where(_ORDERS.step.in_(tables.OPEN_STEPS))
    .group_by(_ORDERS.step)
)
_HOLDS: Final = sa.select(_ORDERS.hold).where(
    _ORDERS.step.in_(tables.OPEN_STEPS), _ORDERS.hold.is_not(None)
)
_REPORT_STATES: Final = (
    sa.select(_REPORTS.state, sa.func.count().label("rows"))
    .where(_REPORTS.state.in_((WriteBackState.OWED.value, WriteBackState.DEAD.value)))
    .group_by(_REPORTS.state)
)
#: An order owes its reports one after the other, so its newest such event belongs to the open one.
_OLDEST_OWED: Final = sa.select(sa.func.min(sa.func.coalesce(_EVENTS.age, 0.0)).label("age")).where(
    _EVENTS.seq.in_(
        sa.select(sa.func.max(_EVENTS.seq))
        .where(
            _EVENTS.kind == "report-owed",
            _EVENTS.order_id.in_(
                sa.select(_REPORTS.order_id).where(_REPORTS.state == WriteBackState.OWED.value)
            ),
        )
        .group_by(_EVENTS.order_id)
    )
)
_NEW: Final = (
    sa.select(_EVENTS.seq, _EVENTS.order_id, _EVENTS.kind, _EVENTS.data, _EVENTS.age)
    .where(_EVENTS.seq > sa.bindparam("seq"))
    .order_by(_EVENTS.seq)
    .limit(500)
)


@dataclass(frozen=True, slots=True)
class AgedEvent:
    """One event, and the age of the journal at which it was written, in seconds."""

    seq: int
    order: str
    kind: str
    data: Mapping[str, Any]
    age: float


class Figures:
    """Counts over the whole journal. `age` returns the journal's current age in seconds."""

    def __init__(self, rows: Rows, age: Callable[[], float]) -> None:
        self._rows = rows
        self._age = age

    def cards_by_fate(self) -> dict[str, int]:
        """Count the cards of the ledger by fate."""
        return {row.fate: int(row.rows) for row in self._rows.all(_FATES)}

    def open_orders_by_step(self) -> dict[str, int]:
        """Count the orders that are not closed by the step they are at."""
        return {row.step: int(row.rows) for row in self._rows.all(_STEPS)}

    def holds_by_code(self) -> dict[str, int]:
        """Count the open orders that are held, by the code of the hold."""
        found: dict[str, int] = {}
        for row in self._rows.all(_HOLDS):
            code = str(row.hold.get("code", ""))
            found[code] = found.get(code, 0) + 1
        return found

    def reports_by_state(self) -> dict[str, int]:
        """Count the reports that are owed and those that were refused permanently."""
        return {row.state: int(row.rows) for row in self._rows.all(_REPORT_STATES)}

    def oldest_owed_seconds(self) -> float:
        """Return how long the oldest owed report has been owed; 0 when none is."""
        age = self._rows.all(_OLDEST_OWED)[0].age
        return 0.0 if age is None else max(0.0, self._age() - float(age))

    def events_after(self, seq: int) -> list[AgedEvent]:
        """Return up to 500 events after `seq`, oldest first."""
        return [
            AgedEvent(row.seq, row.order_id, row.kind, row.data, float(row.age or 0.0))
            for row in self._rows.all(_NEW, seq=seq)
        ]

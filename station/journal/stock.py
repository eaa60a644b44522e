"""Queries for blanks: movements by people, fates of the fed ones, and counts of the shifts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from station.core.ledger import ClosedShift, StockRecord
from station.core.orders import CardFate, StockMove
from station.journal import queries
from station.journal.rows import Rows


class Stock:
    """Blanks and shifts."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def blanks_fed(self, since: int, until: int) -> Mapping[str, int]:
        """Count by bank the blanks that left the feeder after event `since`, up to `until`."""
        rows = self._rows.all(queries.BLANKS_FED, since=since, until=until)
        return {row.bank: int(row.blanks) for row in rows}

    def blanks_given_back(self, since: int, until: int) -> Mapping[str, int]:
        """Count by bank the blanks that were released unharmed: they go into the drawer."""
        rows = self._rows.all(queries.BLANKS_GIVEN_BACK, since=since, until=until)
        return {row.bank: int(row.blanks) for row in rows}

    def blanks_settled(self, since: int, until: int) -> Mapping[CardFate, int]:
        """Count the blanks whose fate was first settled after `since` and by `until`, by fate now.

        One that is in the machine again for a reprint counts as issued.
        """
        rows = self._rows.all(queries.BLANKS_SETTLED, since=since, until=until)
        found = {CardFate(row.fate): int(row.blanks) for row in rows}
        again = found.pop(CardFate.IN_MACHINE, 0)
        return found | {CardFate.ISSUED: found.get(CardFate.ISSUED, 0) + again}

    def blanks_inside(self, at: int) -> int:
        """Count the blanks that had left the feeder by an event and had no fate yet."""
        return int(self._rows.all(queries.BLANKS_INSIDE, until=at)[0].blanks)

    def moves(self, since: int, until: int) -> list[StockRecord]:
        """Return people's movements of blanks after event `since`, up to `until`, oldest first."""
        rows = self._rows.all(queries.STOCK_MOVES, since=since, until=until)
        return [_stock_from_row(row) for row in rows]

    def move_of_request(self, request: str) -> StockRecord | None:
        """Return the movement that a request has recorded, if any."""
        rows = self._rows.all(queries.STOCK_REQUEST, request=request)
        return _stock_from_row(rows[0]) if rows else None

    def last_shift(self) -> ClosedShift | None:
        """Return the shift that was closed last."""
        return next(iter(self.shifts(1)), None)

    def shifts(self, limit: int) -> list[ClosedShift]:
        """Return the shifts that were closed last, newest first."""
        return [_shift_from_row(row) for row in self._rows.all(queries.SHIFTS, limit=limit)]

    def shift_of_request(self, request: str) -> ClosedShift | None:
        """Return the shift that a request has closed, if any."""
        rows = self._rows.all(queries.SHIFT_REQUEST, request=request)
        return _shift_from_row(rows[0]) if rows else None


def _stock_from_row(row: sa.Row[Any]) -> StockRecord:
    return StockRecord(row.id, row.at, row.actor, StockMove(row.move), row.blanks, row.bank)


def _shift_from_row(row: sa.Row[Any]) -> ClosedShift:
    return ClosedShift(row.id, row.began_at, row.ended_at, row.ended_by, row.report, row.event)

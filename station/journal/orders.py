"""Queries for orders."""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa

from station.core.errors import OrderNotFoundError
from station.core.orders import OrderHead, OrderLine, OrderRecord, OrderStep
from station.journal import queries, records
from station.journal.order_writing import REQUEST_KEY
from station.journal.rows import Rows
from station.journal.sealing import Sealer


class Orders:
    """The orders of the journal."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def one(self, order: str) -> OrderRecord:
        """Return one order.

        Raises:
            OrderNotFoundError: There is none with this id.
        """
        found = self._rows.all(queries.ORDER, order=order)
        if not found:
            raise OrderNotFoundError(f"no order {order}")
        return records.order_from_row(self._sealer, found[0])

    def head(self, order: str) -> OrderHead:
        """Return one order without its personal content; unseals nothing.

        Raises:
            OrderNotFoundError: There is none with this id.
        """
        found = self._rows.all(queries.HEAD, order=order)
        if not found:
            raise OrderNotFoundError(f"no order {order}")
        return records.head_from_row(found[0])

    def open(self) -> list[OrderRecord]:
        """Return the orders that are not closed, oldest first."""
        return self._records(queries.OPEN_ORDERS)

    def heads(self) -> list[OrderHead]:
        """Return the orders that may still have to run, oldest first; unseals nothing.

        These are the orders that are not closed, released ones that are to be activated, and
        spoiled ones whose failure report is owed.
        """
        found: dict[str, sa.Row[Any]] = {}
        with self._rows.reading() as connection:
            for query in queries.HEADS:
                found |= {row.id: row for row in connection.execute(query)}
        return [records.head_from_row(row) for row in sorted(found.values(), key=lambda r: r.seq)]

    def lines(
        self, limit: int, before: str | None = None, step: OrderStep | None = None
    ) -> list[OrderLine]:
        """Return orders for a list, newest first; optionally before `before` or at `step`."""
        chosen: dict[str, object] = {"limit": limit}
        chosen |= {} if before is None else {"before": before}
        chosen |= {} if step is None else {"step": step.value}
        query = _lines(before is not None, step is not None)
        return [records.line_from_row(self._sealer, row) for row in self._rows.all(query, **chosen)]

    def recent(self, limit: int) -> list[OrderRecord]:
        """Return whole orders, newest first."""
        return self._records(queries.RECENT_ORDERS, limit=limit)

    def current(self) -> OrderRecord | None:
        """Return the order whose card is in the machine, else the newest one."""
        busy = self._records(queries.IN_MACHINE)
        return next(iter(busy or self.recent(1)), None)

    def heads_of_person(self, id_number: str) -> list[OrderHead]:
        """Return every order of one person, newest first; unseals nothing."""
        rows = self._rows.all(queries.HEADS_OF, person=self._sealer.person_index(id_number))
        return [records.head_from_row(row) for row in rows]

    def by_request(self, key: str) -> str | None:
        """Return the id of the order that an Idempotency-Key has created, if it was used."""
        keyed = self._sealer.digest(REQUEST_KEY, key)
        found = self._rows.all(queries.REQUEST, keyed=keyed, key=key)
        return str(found[0].order_id) if found else None

    def _records(self, query: sa.Select[Any], **values: object) -> list[OrderRecord]:
        found = self._rows.all(query, **values)
        return [records.order_from_row(self._sealer, row) for row in found]


_lines = functools.cache(lambda before, step: queries.order_lines(before=before, step=step))

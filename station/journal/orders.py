"""Queries for orders."""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa

from station.core.errors import OrderNotFoundError
from station.core.orders import ALL_ORDERS, OrderHead, OrderLine, OrderRecord, OrderSearch
from station.journal import queries, records
from station.journal.order_writing import CARD_NUMBER, REQUEST_KEY
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
        return self._rows.kept(Orders.heads, {}, self._read_heads)

    def _read_heads(self) -> list[OrderHead]:
        found = {row.id: row for rows in self._rows.together(*queries.HEADS) for row in rows}
        return [records.head_from_row(row) for row in sorted(found.values(), key=lambda r: r.seq)]

    def lines(
        self, limit: int, before: str | None = None, wanted: OrderSearch = ALL_ORDERS
    ) -> list[OrderLine]:
        """Return orders for a list, newest first; those before the order `before` only."""
        chosen: dict[str, object] = {
            name: value for name, value in self._values(wanted).items() if value is not None
        }
        query = _lines(*chosen, before=before is not None)
        chosen |= {"limit": limit} | ({} if before is None else {"before": before})
        return [records.line_from_row(self._sealer, row) for row in self._rows.all(query, **chosen)]

    def _values(self, wanted: OrderSearch) -> dict[str, str | None]:
        number = wanted.id_number
        return {
            "person": None if number is None else self._sealer.person_index(number),
            "day": None if wanted.day is None else wanted.day.isoformat(),
            "kind": wanted.kind,
            "step": wanted.step,
        }

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

    def lines_of_person(self, id_number: str, limit: int) -> list[OrderLine]:
        """Return the newest orders of one person for a list."""
        return self.lines(limit, None, OrderSearch(id_number=id_number))

    def number_of(self, order: str) -> str:
        """Return the number of the person whom an order is for; empty for none. Unseals only it.

        Raises:
            OrderNotFoundError: There is none with this id.
        """
        found = self._rows.all(queries.PERSON_OF, order=order)
        if not found:
            raise OrderNotFoundError(f"no order {order}")
        return records.person_of_row(self._sealer, found[0])

    def heads_of_card(self, card_number: str) -> list[OrderHead]:
        """Return every order of one 卡号, newest first; unseals nothing.

        Orders whose data was fetched by a version before 0013 are not found.
        """
        card = self._sealer.digest(CARD_NUMBER, card_number)
        rows = self._rows.all(queries.HEADS_OF_CARD, card=card)
        return [records.head_from_row(row) for row in rows]

    def by_request(self, key: str) -> str | None:
        """Return the id of the order that an Idempotency-Key has created, if it was used."""
        keyed = self._sealer.digest(REQUEST_KEY, key)
        found = self._rows.all(queries.REQUEST, keyed=keyed, key=key)
        return str(found[0].order_id) if found else None

    def _records(self, query: sa.Select[Any], **values: object) -> list[OrderRecord]:
        found = self._rows.all(query, **values)
        return [records.order_from_row(self._sealer, row) for row in found]


_lines = functools.cache(queries.order_lines)

"""The state shared by all changes of a transaction: connection, actor, time, hash chain.

Statements are built once: building and looking up a statement costs more than SQLite needs to run
it. The values are passed as parameters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from station.core.chain import GENESIS, chain_hash
from station.core.errors import JournalError, OrderNotFoundError
from station.journal import batch_tables, custody_tables, fleet_tables, tables
from station.journal.sealing import Sealer

_ADD: Final = {
    table.name: table.insert()
    for table in (
        *batch_tables.TABLES,
        *custody_tables.TABLES,
        *fleet_tables.TABLES,
        *tables.metadata.tables.values(),
    )
}
CHANGE_ORDER: Final = tables.orders.update().where(tables.orders.c.id == sa.bindparam("which"))
_NEWEST_EVENT: Final = (
    sa.select(tables.events.c.seq, tables.events.c.hash)
    .order_by(tables.events.c.seq.desc())
    .limit(1)
)


class Writing:
    """One transaction in progress. Nothing is durable before its end.

    Attributes:
        connection: The database connection, inside the transaction.
        sealer: Seals personal values.
        actor: The person or program that makes the changes.
        at: The wall time of all of them, UTC.
        last_seq: Number of the newest event written here; 0 before the first.
    """

    def __init__(
        self, connection: sa.Connection, sealer: Sealer, actor: str, at: dt.datetime, age: float
    ) -> None:
        self.connection = connection
        self.sealer = sealer
        self.actor = actor
        self.at = at
        self.last_seq = 0
        self._age = age
        self._hash = ""  # hash of the newest event

    def add_event(self, order: str, kind: str, data: Mapping[str, str]) -> None:
        """Append one event to the history. `data` contains nothing personal."""
        seq = self.upcoming()
        at = self.at.isoformat(timespec="microseconds")
        line = chain_hash(self._hash, seq, order, at, self.actor, kind, data)
        self.add(
            "events",
            seq=seq,
            order_id=order,
            at=self.at,
            actor=self.actor,
            kind=kind,
            data=dict(data),
            hash=line,
            age=self._age,
        )
        self.last_seq, self._hash = seq, line

    def upcoming(self) -> int:
        """Return the number that the next event will have."""
        if not self._hash:
            last = self.connection.execute(_NEWEST_EVENT).one_or_none()
            self.last_seq, self._hash = (last.seq, last.hash) if last else (0, GENESIS)
        return self.last_seq + 1

    def add(self, table: str, **values: Any) -> sa.CursorResult[Any]:  # noqa: ANN401 - column values
        """Insert one row."""
        return self.connection.execute(_ADD[table], values)

    def add_numbered(self, table: str, **values: Any) -> int:  # noqa: ANN401 - column values
        """Insert one row; returns its id."""
        key = self.add(table, **values).inserted_primary_key
        if key is None:  # pragma: no cover - every dialect we use returns it
            raise JournalError("the database gave no row id")
        return int(key[0])

    def update_order(self, order: str, **values: Any) -> None:  # noqa: ANN401 - column values
        """Change columns of one order.

        Raises:
            OrderNotFoundError: There is none with this id.
        """
        changed = self.connection.execute(
            CHANGE_ORDER, {"which": order, **values, "updated_at": self.at}
        )
        if changed.rowcount != 1:
            raise OrderNotFoundError(f"no order {order}")

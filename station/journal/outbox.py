"""Queries for the outbox: reports that are owed to the province."""

from __future__ import annotations

from station.core.errors import OrderNotFoundError
from station.core.gateways import IssuanceReport
from station.core.orders import WriteBackRecord, WriteBackState
from station.journal import queries, records
from station.journal.rows import Rows
from station.journal.sealing import Sealer


class Outbox:
    """The reports of the journal."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def rows(self, *states: WriteBackState) -> list[WriteBackRecord]:
        """Return reports, oldest first; all of them when no state is named."""
        if states:
            words = [state.value for state in states]
            rows = self._rows.all(queries.WRITE_BACKS_IN, states=words)
        else:
            rows = self._rows.all(queries.WRITE_BACKS)
        return [records.write_back_from_row(row) for row in rows]

    def of(self, order: str) -> list[WriteBackRecord]:
        """Return one order's reports, oldest first."""
        rows = self._rows.all(queries.WRITE_BACKS_OF, order=order)
        return [records.write_back_from_row(row) for row in rows]

    def exports(self) -> int:
        """Return the number of offline files that reports were exported to."""
        return int(self._rows.all(queries.EXPORTS)[0].exports)

    def report(self, write_back: int) -> IssuanceReport:
        """Unseal the content of one report.

        Raises:
            OrderNotFoundError: There is none with this id.
        """
        rows = self._rows.all(queries.WRITE_BACK, write_back=write_back)
        if not rows:
            raise OrderNotFoundError(f"no write-back {write_back}")
        return records.open_report(self._sealer, rows[0])

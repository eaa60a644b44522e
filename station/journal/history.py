"""Queries for the history: append-only, every event chained to all earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from station.core.chain import GENESIS, chain_hash
from station.core.errors import JournalError
from station.core.orders import EventRecord
from station.journal import queries, records
from station.journal.rows import Rows


class History:
    """The events of the journal. `age` returns the journal's current age in seconds."""

    def __init__(self, rows: Rows, age: Callable[[], float]) -> None:
        self._rows = rows
        self._age = age

    def after(self, seq: int, limit: int = 500, order: str | None = None) -> list[EventRecord]:
        """Return the events after `seq`, oldest first."""
        if order is None:
            rows = self._rows.all(queries.EVENTS_AFTER, seq=seq, limit=limit)
        else:
            rows = self._rows.all(queries.EVENTS_OF_AFTER, seq=seq, limit=limit, order=order)
        return [records.event_from_row(row) for row in rows]

    def before(self, seq: int, limit: int = 500, order: str | None = None) -> list[EventRecord]:
        """Return the events before `seq`, newest first."""
        if order is None:
            rows = self._rows.all(queries.EVENTS_BEFORE, seq=seq, limit=limit)
        else:
            rows = self._rows.all(queries.EVENTS_OF_BEFORE, seq=seq, limit=limit, order=order)
        return [records.event_from_row(row) for row in rows]

    def of_kinds(self, kinds: Sequence[str], seq: int, limit: int = 500) -> list[EventRecord]:
        """Return the events of some kinds after `seq`, oldest first."""
        rows = self._rows.all(queries.EVENTS_OF_KINDS, seq=seq, limit=limit, kinds=list(kinds))
        return [records.event_from_row(row) for row in rows]

    def last(self, order: str, kind: str) -> EventRecord | None:
        """Return the newest event of one kind about one order."""
        newest = self.newest(kind, 1, order)
        return newest[0] if newest else None

    def newest(self, kind: str, limit: int, order: str = "") -> list[EventRecord]:
        """Return the newest events of one kind, newest first: of one order, or about none."""
        rows = self._rows.all(queries.LAST_EVENTS, order=order, kind=kind, limit=limit)
        return [records.event_from_row(row) for row in rows]

    def last_changes(self, orders: Collection[str]) -> dict[str, int]:
        """Return the number of each order's newest event that affects what a person decides about.

        Attempts that the station repeats automatically do not count; 0 when there is no such event.
        """
        if not orders:
            return {}
        rows = self._rows.all(queries.LAST_CHANGES, orders=sorted(orders))
        return dict.fromkeys(orders, 0) | {row.order_id: row.seq for row in rows}

    def revision(self, order: str, station: str) -> int:
        """Return an order's last change, or a later wish of anybody but the `station`."""
        return self._rows.all(queries.REVISION, order=order, station=station)[0].seq or 0

    def newest_seq(self) -> int:
        """Read the number of the newest durable event of any process."""
        return self._rows.all(queries.NEWEST_SEQ)[0].seq or 0

    def seconds_since(self, event: int) -> float:
        """Return the seconds since an event was written, by the journal's age."""
        rows = self._rows.all(queries.AGE_AT, seq=event)
        return self._age() - ((rows[0].age if rows else None) or 0.0)

    def verify_chain(self) -> int:
        """Check the hash chain of the whole history; returns the number of events.

        Raises:
            JournalError: An event was changed, removed or inserted; names the first wrong one.
        """
        previous, seq = GENESIS, 0
        while page := self.after(seq):
            for event in page:
                at = event.at.isoformat(timespec="microseconds")
                right = chain_hash(
                    previous, seq + 1, event.order, at, event.actor, event.kind, event.data
                )
                if (event.seq, event.hash) != (seq + 1, right):
                    raise JournalError(f"the audit chain breaks at event {event.seq}")
                previous, seq = event.hash, event.seq
        return seq

"""The journal: opens the database, hands out transactions, answers, and wakes listeners."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from station.core.errors import JournalError, OrderConflictError, OrderNotFoundError
from station.core.gateways import IssuanceReport
from station.core.orders import (
    EffectRecord,
    EventRecord,
    OrderHead,
    OrderLine,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.journal import queries, records
from station.journal.ledger_reading import LedgerReading
from station.journal.schema import check_file, prepare_schema
from station.journal.sealing import Sealer, open_sealer
from station.journal.transaction import GENESIS, Transaction, chain_hash

BUSY_TIMEOUT_MS: Final = 10_000

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the wall clock in UTC."""
    return dt.datetime.now(dt.UTC)


class Journal(LedgerReading):
    """Durable orders, effects, ledger, outbox and history. Safe to use from several threads."""

    def __init__(self, engine: sa.Engine, sealer: Sealer, clock: Clock = utc_now) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock
        self._writer = threading.Lock()  # one writer: SQLite has one, and the chain needs it
        self._listeners: list[Callable[[], None]] = []
        self._failure = ""
        self._last_seq = self._newest_seq()

    # -- writing ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self, actor: str) -> Iterator[Transaction]:
        """Open one durable change; it is on the disk when the block ends without an error.

        Raises:
            OrderConflictError: The person has an open order, or the machine has another card.
            JournalError: The database refuses or can't be written.
        """
        with self._writer:
            try:
                with self._engine.begin() as connection:
                    change = Transaction(connection, self._sealer, actor, self._clock())
                    yield change
                self._last_seq = max(self._last_seq, change.last_seq)
                self._failure = ""
            except sa.exc.IntegrityError as exc:
                raise _conflict(exc) from exc
            except sa.exc.SQLAlchemyError as exc:
                self._failure = JournalError.code
                raise JournalError(f"the journal can't be written: {type(exc).__name__}") from exc
        for listener in self._listeners:
            listener()

    @property
    def failure(self) -> str:
        """Error code of the last write, if it failed; empty when the journal can be written."""
        return self._failure

    def check_writable(self) -> str:
        """Try whether something can be written, without changing anything; returns `failure`."""
        if self._engine.dialect.name != "sqlite":
            return self._failure
        with self._writer:
            try:
                with self._engine.begin() as connection:
                    # The version is the program's own number and not used: the same one goes back.
                    same = connection.exec_driver_sql("PRAGMA user_version").scalar()
                    connection.exec_driver_sql(f"PRAGMA user_version = {same}")
                self._failure = ""
            except sa.exc.SQLAlchemyError:
                self._failure = JournalError.code
        return self._failure

    @property
    def address(self) -> str:
        """Where the database is, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    # -- reading ---------------------------------------------------------------------------

    def order(self, order: str) -> OrderRecord:
        """Return one order.

        Raises:
            OrderNotFoundError: There is none with this id.
        """
        found = self._rows(queries.ORDER, order=order)
        if not found:
            raise OrderNotFoundError(f"no order {order}")
        return records.order_from_row(self._sealer, found[0])

    def open_orders(self) -> list[OrderRecord]:
        """Return the orders that are not closed, oldest first."""
        return self._orders(queries.OPEN_ORDERS)

    def heads(self) -> list[OrderHead]:
        """Return what may still have to run, oldest first, without opening anything personal.

        That is every order that is not closed, a released one that is to be activated, and a
        spoiled one whose failure report is owed.
        """
        rows: dict[str, sa.Row[Any]] = {}
        with self._reading() as connection:
            for query in queries.HEADS:
                rows |= {row.id: row for row in connection.execute(query)}
        return [records.head_from_row(rows[order]) for order in sorted(rows)]

    def order_lines(
        self, limit: int, before: str | None = None, step: OrderStep | None = None
    ) -> list[OrderLine]:
        """Return orders for a list, newest first; those before `before` and at `step` only."""
        chosen: dict[str, object] = {"limit": limit}
        chosen |= {} if before is None else {"before": before}
        chosen |= {} if step is None else {"step": step.value}
        query = _order_lines(before is not None, step is not None)
        return [records.line_from_row(self._sealer, row) for row in self._rows(query, **chosen)]

    def recent_orders(self, limit: int) -> list[OrderRecord]:
        """Return whole orders, newest first."""
        return self._orders(queries.RECENT_ORDERS, limit=limit)

    def current_order(self) -> OrderRecord | None:
        """Return the order whose card is in the machine, else the newest one."""
        busy = self._orders(queries.IN_MACHINE)
        return next(iter(busy or self.recent_orders(1)), None)

    def orders_of(self, id_number: str) -> list[OrderRecord]:
        """Return every order of one person, newest first."""
        return self._orders(queries.ORDERS_OF, person=self._sealer.person_index(id_number))

    def request(self, key: str) -> tuple[str, str] | None:
        """Return (digest, order id) of an Idempotency-Key, if it was used."""
        rows = self._rows(queries.REQUEST, key=key)
        return (rows[0].digest, rows[0].order_id) if rows else None

    def open_effects(self, order: str | None = None) -> list[EffectRecord]:
        """Return the intents without a known outcome, oldest first."""
        if order is None:
            rows = self._rows(queries.OPEN_EFFECTS)
        else:
            rows = self._rows(queries.OPEN_EFFECTS_OF, order=order)
        return [records.effect_from_row(row) for row in rows]

    def effects(self, order: str) -> list[EffectRecord]:
        """Return every effect of one order, oldest first."""
        rows = self._rows(queries.EFFECTS_OF, order=order)
        return [records.effect_from_row(row) for row in rows]

    def fed_since(self, effect: int) -> bool:
        """Whether a blank was to be fed after this effect began: the card path was empty then."""
        return bool(self._rows(queries.FED_SINCE, effect=effect))

    def write_backs(self, *states: WriteBackState) -> list[WriteBackRecord]:
        """Return outbox rows, oldest first; all of them when no state is named."""
        if states:
            rows = self._rows(queries.WRITE_BACKS_IN, states=[state.value for state in states])
        else:
            rows = self._rows(queries.WRITE_BACKS)
        return [records.write_back_from_row(row) for row in rows]

    def write_backs_of(self, order: str) -> list[WriteBackRecord]:
        """Return one order's outbox rows, oldest first."""
        rows = self._rows(queries.WRITE_BACKS_OF, order=order)
        return [records.write_back_from_row(row) for row in rows]

    def exports(self) -> int:
        """Return how many offline files reports have left in."""
        return int(self._rows(queries.EXPORTS)[0].exports)

    def report_of(self, write_back: int) -> IssuanceReport:
        """Open the content of one outbox row."""
        rows = self._rows(queries.WRITE_BACK, write_back=write_back)
        if not rows:
            raise OrderNotFoundError(f"no write-back {write_back}")
        return records.open_report(self._sealer, rows[0])

    def events_after(
        self, seq: int, limit: int = 500, order: str | None = None
    ) -> list[EventRecord]:
        """Return history after `seq`, oldest first."""
        if order is None:
            rows = self._rows(queries.EVENTS_AFTER, seq=seq, limit=limit)
        else:
            rows = self._rows(queries.EVENTS_OF_AFTER, seq=seq, limit=limit, order=order)
        return [records.event_from_row(row) for row in rows]

    def last_event(self, order: str, kind: str) -> EventRecord | None:
        """Return the newest event of one kind about one order."""
        rows = self._rows(queries.LAST_EVENT, order=order, kind=kind)
        return records.event_from_row(rows[0]) if rows else None

    def last_change(self, order: str) -> int:
        """Return the number of the order's newest event that changed what a person decides about.

        Attempts that the station repeats by itself do not count; 0 when there is no such event.
        """
        return self._rows(queries.LAST_CHANGE, order=order)[0].seq or 0

    @property
    def last_seq(self) -> int:
        """Number of the newest event."""
        return self._last_seq

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every durable change, from the thread that made it."""
        self._listeners.append(listener)

    def verify_chain(self) -> int:
        """Check the hash chain of the whole history; returns how many events it has.

        Raises:
            JournalError: An event was changed, taken out or put in; names the first wrong one.
        """
        previous, seq = GENESIS, 0
        while page := self.events_after(seq):
            for event in page:
                at = event.at.isoformat(timespec="microseconds")
                right = chain_hash(
                    previous, seq + 1, event.order, at, event.actor, event.kind, event.data
                )
                if (event.seq, event.hash) != (seq + 1, right):
                    raise JournalError(f"the audit chain breaks at event {event.seq}")
                previous, seq = event.hash, event.seq
        return seq

    def check_file(self) -> None:
        """Look for damage in the whole file: at the start there is time for a part of it only.

        Raises:
            JournalError: It is damaged.
        """
        check_file(self._engine)

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _orders(self, query: sa.Select[Any], **values: object) -> list[OrderRecord]:
        return [records.order_from_row(self._sealer, row) for row in self._rows(query, **values)]

    def _rows(self, query: sa.Select[Any], **values: object) -> list[sa.Row[Any]]:
        with self._reading() as connection:
            return list(connection.execute(query, values))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(reads_only=True) as connection:
                yield connection
        except sa.exc.SQLAlchemyError as exc:
            raise JournalError(f"the journal can't be read: {type(exc).__name__}") from exc

    def _newest_seq(self) -> int:
        return self._rows(queries.NEWEST_SEQ)[0].seq or 0


_order_lines = functools.cache(lambda before, step: queries.order_lines(before=before, step=step))


def _conflict(exc: sa.exc.IntegrityError) -> OrderConflictError | JournalError:
    text = str(exc.orig)
    if "person_index" in text or "open_person" in text:
        return OrderConflictError("this person has an open order", code="person-has-open-order")
    if "orders.machine" in text or "in_machine" in text:
        return OrderConflictError("another order's card is in the machine", code="machine-busy")
    return JournalError(f"the journal refuses: {type(exc.orig).__name__}")


def open_journal(url: str, key_file: Path, *, clock: Clock = utc_now) -> Journal:
    """Open (and if needed make or migrate) the journal at an SQLAlchemy URL.

    Raises:
        JournalError: It can't be opened, is damaged, or is of a newer version.
        ConfigError: The seal key can't be used.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        _use_sqlite_durably(engine)
    try:
        prepare_schema(engine)
    except sa.exc.SQLAlchemyError as exc:
        raise JournalError(f"the journal can't be opened: {exc.__class__.__name__}") from exc
    return Journal(engine, open_sealer(key_file), clock)


def _use_sqlite_durably(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _set_pragmas(dbapi: Any, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        # The driver must not open transactions by itself: BEGIN IMMEDIATE below takes the write
        # lock at the start, so that two processes never deadlock half-way.
        dbapi.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            dbapi.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

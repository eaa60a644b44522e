"""The journal: opens the database, hands out transactions, answers, and wakes listeners."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from station.core.errors import JournalError, OrderConflictError, OrderNotFoundError
from station.core.gateways import IssuanceReport
from station.core.orders import (
    CardFate,
    CardRecord,
    EffectKind,
    EffectRecord,
    EventRecord,
    OrderHead,
    OrderRecord,
    WriteBackRecord,
    WriteBackState,
)
from station.journal import records, tables
from station.journal.schema import prepare_schema
from station.journal.sealing import Sealer, open_sealer
from station.journal.transaction import GENESIS, Transaction, chain_hash

BUSY_TIMEOUT_MS: Final = 10_000

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the wall clock in UTC."""
    return dt.datetime.now(dt.UTC)


class Journal:
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
        found = self._rows(tables.orders.select().where(tables.orders.c.id == order))
        if not found:
            raise OrderNotFoundError(f"no order {order}")
        return records.order_from_row(self._sealer, found[0])

    def open_orders(self) -> list[OrderRecord]:
        """Return the orders that are not closed, oldest first."""
        closed = tables.orders.c.step.in_(tables.CLOSED_STEPS)
        return self._orders(tables.orders.select().where(~closed).order_by(tables.orders.c.id))

    def heads(self) -> list[OrderHead]:
        """Return what may still have to run, oldest first, without opening anything personal.

        That is every order that is not closed, a released one that is to be activated, and a
        spoiled one whose failure report is owed.
        """
        orders, owed = tables.orders.c, tables.write_backs.c
        owes = sa.exists().where(
            owed.order_id == orders.id, owed.state == WriteBackState.OWED.value
        )
        query = sa.select(orders.id, orders.step, orders.goal, orders.hold, orders.kind).where(
            sa.or_(
                orders.step.not_in(tables.CLOSED_STEPS),
                sa.and_(orders.step == "released", orders.goal == "activated"),
                sa.and_(orders.step == "spoiled", owes),
            )
        )
        return [records.head_from_row(row) for row in self._rows(query.order_by(orders.id))]

    def recent_orders(self, limit: int, before: str | None = None) -> list[OrderRecord]:
        """Return orders, newest first, those before `before` only."""
        query = tables.orders.select().order_by(tables.orders.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(tables.orders.c.id < before)
        return self._orders(query)

    def current_order(self) -> OrderRecord | None:
        """Return the order whose card is in the machine, else the newest one."""
        in_machine = tables.orders.c.step.in_(tables.IN_MACHINE_STEPS)
        busy = self._orders(tables.orders.select().where(in_machine))
        return next(iter(busy or self.recent_orders(1)), None)

    def orders_of(self, id_number: str) -> list[OrderRecord]:
        """Return every order of one person, newest first."""
        index = self._sealer.person_index(id_number)
        return self._orders(
            tables.orders.select()
            .where(tables.orders.c.person_index == index)
            .order_by(tables.orders.c.id.desc())
        )

    def request(self, key: str) -> tuple[str, str] | None:
        """Return (digest, order id) of an Idempotency-Key, if it was used."""
        rows = self._rows(tables.requests.select().where(tables.requests.c.idempotency_key == key))
        return (rows[0].digest, rows[0].order_id) if rows else None

    def open_effects(self, order: str | None = None) -> list[EffectRecord]:
        """Return the intents without a known outcome, oldest first."""
        query = tables.effects.select().where(tables.effects.c.state.in_(("intended", "unknown")))
        if order is not None:
            query = query.where(tables.effects.c.order_id == order)
        return [records.effect_from_row(row) for row in self._rows(query.order_by("id"))]

    def effects(self, order: str) -> list[EffectRecord]:
        """Return every effect of one order, oldest first."""
        query = tables.effects.select().where(tables.effects.c.order_id == order).order_by("id")
        return [records.effect_from_row(row) for row in self._rows(query)]

    def fed_since(self, effect: int) -> bool:
        """Whether a blank was to be fed after this effect began: the card path was empty then."""
        feeds = tables.effects.select().where(
            tables.effects.c.id > effect, tables.effects.c.kind == EffectKind.FEED.value
        )
        return bool(self._rows(feeds.limit(1)))

    def cards(self, order: str | None = None) -> list[CardRecord]:
        """Return the ledger, oldest first."""
        query = tables.cards.select().order_by("id")
        if order is not None:
            query = query.where(tables.cards.c.order_id == order)
        return [records.card_from_row(row) for row in self._rows(query)]

    def cards_in_machine(self) -> list[CardRecord]:
        """Return the ledger rows of cards that are believed to be inside the machine."""
        query = tables.cards.select().where(tables.cards.c.fate == CardFate.IN_MACHINE.value)
        return [records.card_from_row(row) for row in self._rows(query)]

    def write_backs(self, *states: WriteBackState) -> list[WriteBackRecord]:
        """Return outbox rows, oldest first; all of them when no state is named."""
        query = tables.write_backs.select().order_by("id")
        if states:
            words = [state.value for state in states]
            query = query.where(tables.write_backs.c.state.in_(words))
        return [records.write_back_from_row(row) for row in self._rows(query)]

    def report_of(self, write_back: int) -> IssuanceReport:
        """Open the content of one outbox row."""
        query = tables.write_backs.select().where(tables.write_backs.c.id == write_back)
        rows = self._rows(query)
        if not rows:
            raise OrderNotFoundError(f"no write-back {write_back}")
        return records.open_report(self._sealer, rows[0])

    def events_after(
        self, seq: int, limit: int = 500, order: str | None = None
    ) -> list[EventRecord]:
        """Return history after `seq`, oldest first."""
        events = tables.events
        query = events.select().where(events.c.seq > seq).order_by(events.c.seq).limit(limit)
        if order is not None:
            query = query.where(events.c.order_id == order)
        return [records.event_from_row(row) for row in self._rows(query)]

    def last_event(self, order: str, kind: str) -> EventRecord | None:
        """Return the newest event of one kind about one order."""
        events = tables.events
        query = events.select().where(events.c.order_id == order, events.c.kind == kind)
        rows = self._rows(query.order_by(events.c.seq.desc()).limit(1))
        return records.event_from_row(rows[0]) if rows else None

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

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def _orders(self, query: sa.Select[Any]) -> list[OrderRecord]:
        return [records.order_from_row(self._sealer, row) for row in self._rows(query)]

    def _rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        try:
            with self._engine.connect().execution_options(reads_only=True) as connection:
                return list(connection.execute(query))
        except sa.exc.SQLAlchemyError as exc:
            raise JournalError(f"the journal can't be read: {type(exc).__name__}") from exc

    def _newest_seq(self) -> int:
        rows = self._rows(sa.select(sa.func.max(tables.events.c.seq).label("seq")))
        return rows[0].seq or 0


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

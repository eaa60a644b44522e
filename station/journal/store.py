"""The journal: opens the database, hands out transactions, answers, and wakes listeners."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa

from station.clock import SystemClock
from station.core.clock import Clock
from station.core.errors import (
    JournalBusyError,
    JournalError,
    OrderConflictError,
    OrderNotFoundError,
    SealKeyError,
)
from station.core.gateways import IssuanceReport
from station.core.orders import (
    EffectKind,
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
from station.journal.age import KEEP_EVERY, READ, Age
from station.journal.ledger_reading import LedgerReading
from station.journal.schema import check_file, has_data, prepare_schema, require_schema
from station.journal.sealing import Sealer, open_sealer
from station.journal.transaction import GENESIS, REQUEST_KEY, Transaction, chain_hash

#: Seconds. Whoever asks waits so long for another thread of this station, and then once more so
#: long for another program; a caller of the API has its answer before its own time-out.
LOCK_PATIENCE: Final = 4.0
PAUSE: Final = 0.2  #: seconds between two tries to write what must not be lost
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class Journal(LedgerReading):
    """Durable orders, effects, ledger, outbox and history. Safe to use from several threads."""

    def __init__(self, engine: sa.Engine, sealer: Sealer, clock: Clock) -> None:
        self._engine = engine
        self._sealer = sealer
        self._clock = clock
        self._age = Age(clock, self._rows(READ)[0])
        self._age_kept = float("-inf")  # age that this process stored last
        self._writer = threading.Lock()  # one writer: SQLite has one, and the chain needs it
        self._listeners: list[Callable[[], None]] = []
        self._failure = ""
        self._last_seq = self.newest_seq()

    # -- writing ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self, actor: str) -> Iterator[Transaction]:
        """Open one durable change; it is on the disk when the block ends without an error.

        Raises:
            OrderConflictError: The person has an open order, or the machine has another card.
            JournalBusyError: Another program has held the database for `LOCK_PATIENCE`.
            JournalError: The database refuses or can't be written.
        """
        with self._writing():
            try:
                with self._engine.begin() as connection:
                    reading = self._age.read()
                    now = self._clock.now()
                    change = Transaction(connection, self._sealer, actor, now, reading.seconds)
                    yield change
                    reading.store(connection)
                self._age_kept = reading.seconds
                self._last_seq = max(self._last_seq, change.last_seq)
                self._failure = ""
            except sa.exc.IntegrityError as exc:
                raise _conflict(exc) from exc
            except sa.exc.SQLAlchemyError as exc:
                error = _write_error(exc)
                self._failure = error.code
                raise error from exc
        self.tell()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        if not self._writer.acquire(timeout=LOCK_PATIENCE):
            raise JournalBusyError("another thread waits for the journal")
        try:
            yield
        finally:
            self._writer.release()

    def tell(self) -> None:
        """Call every listener: something that is shown has changed."""
        for listener in self._listeners:
            listener()

    def insist(self, actor: str, change: Callable[[Transaction], None]) -> None:
        """Make a change that must not be lost; block for as long as another program has the lock.

        For what has happened in the world already. Any other failure of the database is raised.

        Raises:
            JournalError: The database refuses, or can't be written for another reason.
        """
        while True:
            try:
                with self.transaction(actor) as transaction:
                    change(transaction)
            except JournalBusyError:
                self._clock.pause(PAUSE)
            else:
                return

    @property
    def failure(self) -> str:
        """Error code of the last write, if it failed; empty when the journal can be written."""
        return self._failure

    def check_writable(self) -> str:
        """Try whether something can be written, without changing anything; returns `failure`."""
        if self._engine.dialect.name != "sqlite":
            return self._failure
        with self._writing():
            try:
                with self._engine.begin() as connection:
                    # The version is the program's own number and not used: the same one goes back.
                    same = connection.exec_driver_sql("PRAGMA user_version").scalar()
                    connection.exec_driver_sql(f"PRAGMA user_version = {same}")
                self._failure = ""
            except sa.exc.SQLAlchemyError as exc:
                self._failure = _write_error(exc).code
        return self._failure

    @property
    def clock(self) -> Clock:
        """The window's one source of time."""
        return self._clock

    def age(self) -> float:
        """Return the journal's age in seconds; see `station.journal.age`."""
        return self._age.read().seconds

    def keep_age(self, actor: str) -> None:
        """Store the age when that is `KEEP_EVERY` seconds ago, so that a power cut costs no more.

        Raises:
            JournalError: The database can't be written.
        """
        if self.age() - self._age_kept >= KEEP_EVERY:
            with self.transaction(actor):
                pass

    def digest(self, kind: str, text: str) -> str:
        """Return a keyed digest of a text; see `Sealer.digest`."""
        return self._sealer.digest(kind, text)

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
        return [records.head_from_row(row) for row in sorted(rows.values(), key=lambda r: r.seq)]

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

    def request(self, key: str) -> str | None:
        """Return the id of the order that an Idempotency-Key has made, if it was used."""
        keyed = self._sealer.digest(REQUEST_KEY, key)
        rows = self._rows(queries.REQUEST, keyed=keyed, key=key)
        return str(rows[0].order_id) if rows else None

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

    def last_done(self, kind: EffectKind, limit: int) -> list[EffectRecord]:
        """Return the newest effects of a kind that are done, of all orders, newest first."""
        rows = self._rows(queries.LAST_DONE, kind=kind.value, limit=limit)
        return [records.effect_from_row(row) for row in rows]

    def effect_of(self, effect: int) -> tuple[str, EffectKind]:
        """Return the order of an effect, and of which kind it is."""
        row = self._rows(queries.EFFECT, effect=effect)[0]
        return row.order_id, EffectKind(row.kind)

    def written_since(self, order: str, answered: str, waits: str) -> float | None:
        """Return the seconds since the order's chip was written; None when it was not.

        A person's answer of the event kind `answered` and the word `waits` begins them anew.
        """
        seq = self._rows(queries.WRITTEN, order=order)[0].seq
        said = self.last_event(order, answered)
        if said is not None and said.data.get("answer") == waits:
            seq = said.seq
        return None if seq is None else self._seconds_since(seq)

    def presented_since(self, card: int) -> float | None:
        """Return the seconds since a card was last put out; None when it never was."""
        rows = self._rows(queries.PRESENTED, card=card)
        return self._seconds_since(rows[0].seq or 0) if rows else None

    def _seconds_since(self, event: int) -> float:
        rows = self._rows(queries.AGE_AT, seq=event)
        return self.age() - ((rows[0].age if rows else None) or 0.0)

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

    def newest_seq(self) -> int:
        """Read the number of the newest durable event, whoever wrote it."""
        return self._rows(queries.NEWEST_SEQ)[0].seq or 0

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

    def opens_its_data(self) -> bool:
        """Whether the seal key is the one that sealed the newest order; True without an order."""
        try:
            self.order_lines(1)
        except JournalError:
            return False
        return True

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


_order_lines = functools.cache(lambda before, step: queries.order_lines(before=before, step=step))


def _conflict(exc: sa.exc.IntegrityError) -> OrderConflictError | JournalError:
    text = str(exc.orig)
    if "person_index" in text or "open_person" in text:
        return OrderConflictError("this person has an open order", code="person-has-open-order")
    if "orders.machine" in text or "in_machine" in text:
        return OrderConflictError("another order's card is in the machine", code="machine-busy")
    return JournalError(f"the journal refuses: {type(exc.orig).__name__}")


def _write_error(exc: sa.exc.SQLAlchemyError) -> JournalError:
    driver = getattr(exc, "orig", None)
    code = getattr(driver, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY or "database is locked" in str(driver):
        return JournalBusyError("another program holds the journal")
    return JournalError(f"the journal can't be written: {type(exc).__name__}")


def read_journal(url: str, key_file: Path, *, clock: Clock | None = None) -> Journal:
    """Open a journal to look at it: nothing is made, migrated or changed, whoever looks.

    Raises:
        JournalError: There is none (`journal-missing`), it is of an older version
            (`journal-older`) or a newer one, or it can't be opened.
        SealKeyError: Its key is missing or another one.
        ConfigError: The seal key can't be used.
    """
    engine = _engine_that_only_reads(sa.make_url(url))
    try:
        require_schema(engine)
        return _with_key(engine, key_file, clock, may_make=False)
    except sa.exc.SQLAlchemyError as exc:
        raise JournalError(f"the journal can't be opened: {exc.__class__.__name__}") from exc


def _engine_that_only_reads(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite" or url.database is None:
        return sa.create_engine(url)
    file = Path(url.database)
    if not file.is_file():
        details = {"file": str(file)}
        raise JournalError(
            f"there is no journal at {file}", code="journal-missing", details=details
        )
    log = file.with_name(f"{file.name}-wal")
    # A reader of a database in WAL mode makes the two files beside it, as its own user: a look as
    # root would lock the service out. Without a log nobody writes, and they are not needed.
    at_rest = "" if log.exists() else "&immutable=1"
    address = f"file:{quote(str(file.absolute()))}?mode=ro{at_rest}"
    return sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))


def _with_key(engine: sa.Engine, key_file: Path, clock: Clock | None, *, may_make: bool) -> Journal:
    journal = Journal(engine, open_sealer(key_file, may_make=may_make), clock or SystemClock())
    if not journal.opens_its_data():
        raise SealKeyError(
            f"the seal key {key_file} does not open the journal's data: put the right file back",
            code="seal-key-wrong",
            details={"file": str(key_file)},
        )
    return journal


def open_journal(url: str, key_file: Path, *, clock: Clock | None = None) -> Journal:
    """Open (and if needed make or migrate) the journal at an SQLAlchemy URL.

    Raises:
        JournalError: It can't be opened, is damaged, or is of a newer version.
        SealKeyError: The journal has data, and their key is missing or another one.
        ConfigError: The seal key can't be used.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        _refuse_a_lost_journal(engine.url, key_file)
        _use_sqlite_durably(engine)
    try:
        prepare_schema(engine)
    except sa.exc.SQLAlchemyError as exc:
        raise JournalError(f"the journal can't be opened: {exc.__class__.__name__}") from exc
    return _with_key(engine, key_file, clock, may_make=not has_data(engine))


def _refuse_a_lost_journal(url: sa.URL, key_file: Path) -> None:
    """Refuse to make a journal beside the key of one: its orders and cards would be forgotten.

    At a first start the journal is made before its key, so a key alone means a journal lost.
    """
    if url.database and not Path(url.database).exists() and key_file.exists():
        raise JournalError(
            f"the journal {url.database} is gone, but its seal key {key_file} is there: restore"
            " the backup, or move the key away to begin anew",
            code="journal-gone",
            details={"file": url.database, "key_file": str(key_file)},
        )


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
            f"busy_timeout={round(LOCK_PATIENCE * 1000)}",
        ):
            dbapi.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

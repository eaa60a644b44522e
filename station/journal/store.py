"""The journal: opens the database, provides transactions and queries, notifies listeners."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa

from station.clock import SystemClock
from station.core.changes import Changes
from station.core.clock import Clock
from station.core.errors import JournalBusyError, JournalError, OrderConflictError, SealKeyError
from station.journal.age import KEEP_EVERY, READ, Age
from station.journal.attendances import Attendances
from station.journal.batch_exports import BatchExports
from station.journal.batch_photos import BatchPhotos
from station.journal.batches import Batches
from station.journal.calls import Calls
from station.journal.card_services import CardServices
from station.journal.cards import Cards
from station.journal.custody import Custody
from station.journal.effects import Effects
from station.journal.figures import Figures
from station.journal.fleet import Fleet
from station.journal.history import History
from station.journal.orders import Orders
from station.journal.outbox import Outbox
from station.journal.personal import Personal
from station.journal.rows import Rows
from station.journal.schema import check_file, has_data, prepare_schema, require_schema
from station.journal.sealing import Sealer, open_sealer
from station.journal.stock import Stock
from station.journal.transaction import Transaction
from station.journal.units import Units
from station.journal.webhooks import Webhooks
from station.journal.writing import Writing

#: Seconds. A caller waits so long for another thread of this station, and then again so long for
#: another program; a caller of the API has its answer before its own time-out.
LOCK_PATIENCE: Final = 4.0
PAUSE: Final = 0.2  #: seconds between two attempts to write what must not be lost
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Journal:
    """Durable orders, effects, ledger, outbox and history. Safe to use from several threads.

    Attributes:
        orders: Queries for orders.
        effects: Queries for intents and outcomes.
        cards: Queries for the ledger of cards.
        outbox: Queries for reports that are owed.
        history: Queries for events.
        stock: Queries for blanks and shifts.
        card_services: Queries for services on the state of a card.
        batches: Queries for batches and their rows.
        units: Queries for the units that apply for cards.
        batch_exports: Queries for results of batches that left.
        batch_photos: Queries for the pictures of batches.
        custody: Queries for finished cards in custody.
        webhooks: Queries for the receivers of the history.
        fleet: Queries for the window's fleet.
        calls: Queries for requests that came with an Idempotency-Key.
        figures: Counts for a monitoring system.
        attendances: Answers about the people at the window.
        personal: What is held about people, and what is due to be erased.
    """

    def __init__(
        self, engine: sa.Engine, sealer: Sealer, clock: Clock, *, only_writer: bool
    ) -> None:
        """Prepare it. `only_writer` says that no other process changes the database."""
        self._engine = engine
        self._sealer = sealer
        self._clock = clock
        rows = self._rows = Rows(engine, keeps=only_writer)
        self._age = Age(clock, rows.all(READ)[0])
        self._age_kept = float("-inf")  # age that this process stored last
        # One writer: SQLite allows one, and the hash chain needs it.
        self._writer = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._failure = ""
        self.history = History(rows, self.age)
        self.orders = Orders(rows, sealer)
        self.effects = Effects(rows, self.history)
        self.cards = Cards(rows, self.history)
        self.outbox = Outbox(rows, sealer)
        self.stock = Stock(rows)
        self.fleet = Fleet(rows, sealer)
        self.calls = Calls(rows, sealer)
        self.card_services = CardServices(rows, sealer)
        self.batches = Batches(rows, sealer)
        self.units = Units(rows, sealer)
        self.batch_exports = BatchExports(rows, sealer)
        self.batch_photos = BatchPhotos(rows, sealer)
        self.custody = Custody(rows, sealer)
        self.webhooks = Webhooks(rows, sealer)
        self.figures = Figures(rows, self.age)
        self.attendances = Attendances(rows, sealer)
        self.personal = Personal(rows)
        self._last_seq = self.history.newest_seq()

    def one_state(self) -> contextlib.AbstractContextManager[None]:
        """Have this thread read one state in the block, for what is shown together.

        Raises:
            JournalError: The database can't be read.
        """
        return self._rows.one_state()

    # -- writing ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def transaction(self, actor: str) -> Iterator[Transaction]:
        """Open one durable change; it is on the disk when the block ends without an error.

        Raises:
            OrderConflictError: The person has an open order, or the machine has another card.
            JournalBusyError: Another program has held the database for `LOCK_PATIENCE`.
            JournalError: The database rejects the change or can't be written.
        """
        with self._writing():
            try:
                with self._engine.begin() as connection:
                    reading = self._age.read()
                    now = self._clock.now()
                    writing = Writing(connection, self._sealer, actor, now, reading.seconds)
                    yield Transaction(writing)
                    reading.store(connection)
                self._age_kept = reading.seconds
                self._last_seq = max(self._last_seq, writing.last_seq)
                self._failure = ""
            except sa.exc.IntegrityError as exc:
                raise _conflict(exc) from exc
            except sa.exc.SQLAlchemyError as exc:
                error = _write_error(exc)
                self._failure = error.code
                raise error from exc
            finally:
                self._rows.forget()
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
        """Call every listener: displayed data have changed."""
        for listener in self._listeners:
            listener()

    def insist(self, actor: str, make: Callable[[], Changes]) -> None:
        """Make changes that must not be lost; block for as long as another program has the lock.

        For effects that have happened already. `make` is called inside the transaction, so that it
        can read what has changed meanwhile. Any other failure of the database is raised.

        Raises:
            JournalError: The database rejects them, or can't be written for another reason.
        """
        while True:
            try:
                with self.transaction(actor) as transaction:
                    transaction.apply(*make())
            except JournalBusyError:
                self._clock.pause(PAUSE)
            else:
                return

    @property
    def failure(self) -> str:
        """Error code of the last write, if it failed; empty when the journal can be written."""
        return self._failure

    def check_writable(self) -> str:
        """Test whether the database can be written, without changing it; returns `failure`."""
        if self._engine.dialect.name != "sqlite":
            return self._failure
        with self._writing():
            try:
                with self._engine.begin() as connection:
                    # The version belongs to the program and is not used: the same value is written
                    # back.
                    same = connection.exec_driver_sql("PRAGMA user_version").scalar()
                    connection.exec_driver_sql(f"PRAGMA user_version = {same}")
                self._failure = ""
            except sa.exc.SQLAlchemyError as exc:
                self._failure = _write_error(exc).code
        return self._failure

    @property
    def clock(self) -> Clock:
        """The only source of time in the station."""
        return self._clock

    def age(self) -> float:
        """Return the journal's age in seconds; see `station.journal.age`."""
        return self._age.read().seconds

    def keep_age(self, actor: str) -> None:
        """Store the age every `KEEP_EVERY` seconds, which limits the loss in a power cut.

        Raises:
            JournalError: The database can't be written.
        """
        if self.age() - self._age_kept >= KEEP_EVERY:
            with self.transaction(actor):
                pass

    def empty_log(self) -> None:
        """Empty the write-ahead log, which still has what was overwritten in the database.

        Somebody who reads keeps it from being emptied; the next call does it then.
        """
        if self._engine.dialect.name == "sqlite":
            with self._writing(), self._engine.connect() as connection:
                driver = connection.connection.dbapi_connection
                if driver is not None:
                    driver.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def digest(self, kind: str, text: str) -> str:
        """Return a keyed digest of a text; see `Sealer.digest`."""
        return self._sealer.digest(kind, text)

    @property
    def address(self) -> str:
        """URL of the database, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    # -- for displays
    # ---------------------------------------------------------------------------------

    @property
    def last_seq(self) -> int:
        """Number of the newest event."""
        return self._last_seq

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every durable change, from the thread that made it."""
        self._listeners.append(listener)

    def check_file(self) -> None:
        """Check the whole file for damage: the start has time for a part of it only.

        Raises:
            JournalError: It is damaged.
        """
        check_file(self._engine)

    def opens_its_data(self) -> bool:
        """Whether the seal key is the one that sealed the newest order; True without an order."""
        try:
            self.orders.lines(1)
        except JournalError:
            return False
        return True

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()


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


def _opening_error(exc: sa.exc.SQLAlchemyError) -> JournalError:
    number = getattr(getattr(exc, "orig", None), "sqlite_errorcode", 0) & 0xFF
    code = "journal-damaged" if number in _DAMAGED else ""
    return JournalError(f"the journal can't be opened: {exc.__class__.__name__}", code=code)


def read_journal(url: str, key_file: Path, *, clock: Clock | None = None) -> Journal:
    """Open a journal read-only: nothing is created, migrated or changed, for any user.

    Raises:
        JournalError: There is none (`journal-missing`), it is of an older version (`journal-older`)
            or a newer one, or it can't be opened.
        SealKeyError: Its key is missing or wrong.
        ConfigError: The seal key can't be used.
    """
    engine = _engine_that_only_reads(sa.make_url(url))
    with _closed_if_refused(engine):
        require_schema(engine)
        return _with_key(engine, key_file, clock, only_reads=True)


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
    # A reader of a database in WAL mode creates the two files beside it under its own user: a
    # reader running as root would lock the service out. Without a log there is no writer, and they
    # are not needed.
    at_rest = "" if log.exists() else "&immutable=1"
    address = f"file:{quote(str(file.absolute()))}?mode=ro{at_rest}"
    return sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))


def _with_key(
    engine: sa.Engine, key_file: Path, clock: Clock | None, *, only_reads: bool = False
) -> Journal:
    sealer = open_sealer(key_file, may_make=not only_reads and not has_data(engine))
    only_writer = not only_reads and engine.dialect.name == "sqlite"
    journal = Journal(engine, sealer, clock or SystemClock(), only_writer=only_writer)
    if not journal.opens_its_data():
        raise SealKeyError(
            f"the seal key {key_file} does not open the journal's data: put the right file back",
            code="seal-key-wrong",
            details={"file": str(key_file)},
        )
    return journal


def open_journal(url: str, key_file: Path, *, clock: Clock | None = None) -> Journal:
    """Open (and if needed create or migrate) the journal at an SQLAlchemy URL.

    Raises:
        JournalError: It can't be opened, is damaged, or is of a newer version.
        SealKeyError: The journal has data, and their key is missing or wrong.
        ConfigError: The seal key can't be used.
    """
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        _refuse_a_lost_journal(engine.url, key_file)
        _use_sqlite_durably(engine)
    with _closed_if_refused(engine):
        prepare_schema(engine)
        return _with_key(engine, key_file, clock)


@contextlib.contextmanager
def _closed_if_refused(engine: sa.Engine) -> Iterator[None]:
    """Close the database of a journal that can't be used: nobody else could.

    Raises:
        JournalError: In place of an error of the database.
    """
    try:
        yield
    except sa.exc.SQLAlchemyError as exc:
        engine.dispose()
        raise _opening_error(exc) from exc
    except BaseException:
        engine.dispose()
        raise


def _refuse_a_lost_journal(url: sa.URL, key_file: Path) -> None:
    """Refuse to create a journal beside an existing key: its orders and cards would be forgotten.

    At a first start the journal is created before its key, so a key alone means that a journal was
    lost.
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
        # The driver must not open transactions automatically: BEGIN IMMEDIATE below takes the write
        # lock at the start, so that two processes never deadlock in the middle.
        dbapi.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # what is erased must not stay in the file
            f"busy_timeout={round(LOCK_PATIENCE * 1000)}",
        ):
            dbapi.execute(f"PRAGMA {pragma}").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

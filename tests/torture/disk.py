"""The disk under a window's journal: full, locked, or losing what was not synced."""

from __future__ import annotations

import contextlib
import functools
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from station.core.clock import Clock
from station.core.errors import JournalError
from station.journal import Journal, Transaction, open_journal, store
from station.journal.schema import prepare_schema
from station.state_folder import held
from tests.torture import apsw_dbapi
from tests.torture.points import Points
from tests.torture.power import VFS_NAME, Acknowledged, Files, Tape

DATABASE: Final = "journal.db"
SEAL_KEY: Final = "seal.key"
FEW_PAGES: Final = 12  #: of WAL before it is written back, so that one card sees many of these
ARRIVED: Final = (0.0, 0.5, 1.0)  #: share of the unsynced writes that a power cut lets through


class Disk:
    """What is wrong with the disk under the journal of one window.

    Attributes:
        full: Nothing can be written.
        locked: Nothing can be read or written.
    """

    def __init__(self, folder: Path, *, volatile: bool = False) -> None:
        self.folder = folder
        self.full = self.locked = False
        self._key: bytes | None = None
        self._lock = contextlib.ExitStack()
        self._tape = tape() if volatile else None
        self._chance = random.Random(1)  # of its own: what is lost must not change the schedule
        if self._tape is not None:
            self._tape.start(folder)

    def mend(self) -> None:
        """Free it."""
        self.full = self.locked = False

    def open_journal(self, clock: Clock, points: Points) -> Journal:
        """Open the journal as the station does, with a point before and after every commit."""
        self.give_back()
        self._lock.enter_context(held(self.folder, "station serve"))
        engine = engines(recorded=self._tape is not None).on(self.folder / DATABASE)
        journal = open_on(engine, self.folder, clock)
        if self._tape is not None:
            tell = self._tape.note
            journal.on_change(lambda: tell("", Acknowledged(journal.last_seq)))
        _tap(journal, points, self)
        return journal

    def give_back(self) -> None:
        """Let the station's folder go, as the end of a process does."""
        self._lock.close()

    def second_journal(self, clock: Clock) -> Journal:
        """Open the journal as a second process of the station does, while the first has it open.

        Raises:
            StationError: The first one holds it.
        """
        with held(self.folder, "station serve"):
            engine = Engines(recorded=self._tape is not None).on(self.folder / DATABASE)
        return open_on(engine, self.folder, clock)

    def lose_key(self) -> None:
        """Have the seal key gone from beside the journal; a person has a copy of it."""
        if self._key is None:
            file = self.folder / SEAL_KEY
            self._key = file.read_bytes()
            file.unlink()

    @property
    def key_is_gone(self) -> bool:
        """Whether the key that sealed the journal is not beside it."""
        return self._key is not None

    def bring_key_back(self) -> None:
        """Put the copy of the key where it was."""
        if self._key is not None:
            (self.folder / SEAL_KEY).write_bytes(self._key)
            self._key = None

    def after_power_cut(self) -> Files | None:
        """Return what a power cut at this moment leaves; None on a disk that keeps everything."""
        if self._tape is None:
            return None
        return self._tape.disk().after_power_cut(self._chance, self._chance.choice(ARRIVED))

    def put(self, files: Files | None) -> None:
        """Have these files, and no others of the database."""
        if files is None or self._tape is None:
            return
        for file in self.folder.glob(f"{DATABASE}*"):
            file.unlink()
        for name, content in files.items():
            (self.folder / name).write_bytes(content)
        self._tape.start(self.folder, goes_on=True)


class Engines:
    """One SQLAlchemy engine for every window of a process, so that it compiles its SQL once."""

    def __init__(self, *, recorded: bool) -> None:
        self._file = Path()
        self._engine = (
            sa.create_engine(
                "sqlite://",
                module=apsw_dbapi,
                creator=lambda: apsw_dbapi.Connection(str(self._file), VFS_NAME),
                poolclass=sa.QueuePool,
            )
            if recorded
            else sa.create_engine(
                "sqlite://",
                creator=lambda: sqlite3.connect(self._file, check_same_thread=False),
                poolclass=sa.QueuePool,
            )
        )
        store._use_sqlite_durably(self._engine)
        if recorded:
            sa.event.listen(self._engine, "connect", _write_back_often)

    def on(self, file: Path) -> sa.Engine:
        """Return the engine, on this database from now on."""
        self._engine.dispose()
        self._file = file
        return self._engine


def _write_back_often(dbapi: apsw_dbapi.Connection, record: object) -> None:
    del record
    dbapi.execute(f"PRAGMA wal_autocheckpoint={FEW_PAGES}")


@functools.cache
def engines(*, recorded: bool) -> Engines:
    """Return this process's engines, those that note every write or the plain ones."""
    return Engines(recorded=recorded)


@functools.cache
def tape() -> Tape:
    """Return what notes the writes of every volatile disk of this process."""
    return Tape()


def open_on(engine: sa.Engine, folder: Path, clock: Clock) -> Journal:
    """Open a journal with the same parts as `open_journal`, on this engine."""
    prepare_schema(engine)
    return store._with_key(engine, folder / SEAL_KEY, clock)


def _tap(journal: Journal, points: Points, disk: Disk) -> None:
    """Make every commit a point, and let the disk fail the journal."""
    rows = journal.orders._rows  # the same for every answer
    begin, reading = journal.transaction, rows.reading

    @contextlib.contextmanager
    def transaction(actor: str) -> Iterator[Transaction]:
        points.require_power()
        points.let_others_go_on()
        with points.undivided(), begin(actor) as change:
            yield change
            points.at("commit", "before")
            if disk.full or disk.locked:
                raise _refusal("database or disk is full" if disk.full else "database is locked")
        points.at("commit", "after")

    @contextlib.contextmanager
    def read() -> Iterator[sa.Connection]:
        if disk.locked:
            raise JournalError("the journal can't be read: OperationalError")
        with reading() as connection:
            yield connection

    journal.transaction = transaction  # type: ignore[method-assign]
    rows.reading = read  # type: ignore[method-assign]


def _refusal(text: str) -> sa.exc.OperationalError:
    return sa.exc.OperationalError("COMMIT", {}, sqlite3.OperationalError(text))


def commit_refused() -> sa.exc.OperationalError:
    """What SQLite says of a full disk at one commit."""
    return _refusal("database or disk is full")


@functools.cache
def empty_journal() -> Files:
    """Return the files of a journal in which nothing has happened yet.

    Its key is always the same, as the digests in the history are made with it: a seed replayed in
    another process has the same history.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_journal(f"sqlite:///{folder / DATABASE}", folder / SEAL_KEY).close()
        return {
            DATABASE: (folder / DATABASE).read_bytes(),
            SEAL_KEY: bytes(range(len((folder / SEAL_KEY).read_bytes()))),
        }

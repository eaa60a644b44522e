"""The database of operators, sessions and clients: one SQLite file, for the service's user alone.

Times that decide something are read from the boot's own clock (`station.core.clock`) and stored
with the name of that boot, so that setting the wall clock opens nothing. Wall times are for people.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from station.core.clock import Clock
from station.core.errors import ConfigError

FILE: Final = "access.db"
SCHEMA: Final = 1
PATIENCE: Final = 4.0  #: seconds to wait for another process that writes
_MODE: Final = 0o600

_TABLES: Final = """
CREATE TABLE operators (
    name TEXT PRIMARY KEY, roles TEXT NOT NULL, password TEXT, code TEXT, account TEXT UNIQUE,
    demo INTEGER NOT NULL, disabled INTEGER NOT NULL, added_at TEXT NOT NULL, used_at TEXT);
CREATE TABLE tries (
    name TEXT PRIMARY KEY, failures INTEGER NOT NULL, wait REAL NOT NULL, boot TEXT NOT NULL,
    since REAL NOT NULL);
CREATE TABLE sessions (
    digest TEXT PRIMARY KEY, operator TEXT NOT NULL REFERENCES operators, boot TEXT NOT NULL,
    opened REAL NOT NULL, used REAL NOT NULL);
CREATE TABLE clients (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, digest TEXT UNIQUE, certificate TEXT UNIQUE,
    origin TEXT, made_at TEXT NOT NULL, made_by TEXT NOT NULL, used_at TEXT, revoked_at TEXT);
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
    kind TEXT NOT NULL, data TEXT NOT NULL);
"""
#: Added beside the tables of schema 1, also to a database that is there: a station that does not
#: know it, as after an update was taken back, works on and leaves it alone.
_CARDS: Final = """
CREATE TABLE IF NOT EXISTS cards (
    fingerprint TEXT PRIMARY KEY, operator TEXT NOT NULL REFERENCES operators,
    certificate BLOB NOT NULL, bound_at TEXT NOT NULL, bound_by TEXT NOT NULL, used_at TEXT)
"""


class Store:
    """One open database. Thread-safe: one thread writes, and no reader waits for it.

    Attributes:
        clock: The PC's clock.
        on_note: Called after each durable change that wrote a line for the history.
    """

    def __init__(self, file: Path, clock: Clock) -> None:
        """Open the database, or make it, readable by this user only.

        Raises:
            ConfigError: It can't be opened or made, or a newer station has written it.
        """
        self.clock = clock
        self.on_note: Callable[[], None] = lambda: None
        self._noted = False
        self._writing = threading.Lock()
        self._writer: int | None = None  # the thread inside `change`
        self._lock = threading.Lock()  # of the connection that reads
        with contextlib.ExitStack() as undo:
            try:
                if not file.exists():
                    os.close(os.open(file, os.O_CREAT | os.O_RDWR, _MODE))
                self._database = undo.enter_context(contextlib.closing(_connect(file)))
                self._reader = undo.enter_context(contextlib.closing(_connect(file)))
                self._prepare(file)
            except (OSError, sqlite3.Error) as exc:
                raise ConfigError(f"{file}: {exc}") from exc
            undo.pop_all()

    def _prepare(self, file: Path) -> None:
        version = self._schema()
        if version > SCHEMA:
            raise ConfigError(f"{file} has schema {version}, this program knows {SCHEMA}")
        with self.change():  # another process may have made it meanwhile: look inside the lock
            if self._schema() == 0:
                for statement in _TABLES.split(";"):
                    self._database.execute(statement).close()
                self._database.execute(f"PRAGMA user_version = {SCHEMA}").close()
            self._database.execute(_CARDS).close()

    def _schema(self) -> int:
        (row,) = self.all("PRAGMA user_version")
        return int(row[0])

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Make everything in the block durable together, or nothing of it."""
        with self._writing:
            self._writer, self._noted = threading.get_ident(), False
            try:
                self._database.execute("BEGIN IMMEDIATE").close()
                try:
                    yield
                except BaseException:
                    self._database.execute("ROLLBACK").close()
                    raise
                self._database.execute("COMMIT").close()
            finally:
                self._writer = None
            noted = self._noted
        if noted:
            self.on_note()

    def run(self, statement: str, *values: object) -> int:
        """Carry out one statement; returns the number of rows that it changed."""
        if self._writer != threading.get_ident():
            with self.change():
                return self.run(statement, *values)
        return self._database.execute(statement, values).rowcount

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Return every row of a query."""
        if self._writer == threading.get_ident():  # it sees what it has changed
            return self._database.execute(query, values).fetchall()
        with self._lock:
            return self._reader.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        return next(iter(self.all(query, *values)), None)

    def note(self, actor: str, kind: str, data: Mapping[str, str]) -> None:
        """Write down for the history what is changed, inside the same `change`."""
        self._noted = True
        self.run(
            "INSERT INTO log (at, actor, kind, data) VALUES (?, ?, ?, ?)",
            self.today(),
            actor,
            kind,
            json.dumps(dict(data), ensure_ascii=False, sort_keys=True),
        )

    def today(self) -> str:
        """Return the wall time for people."""
        return self.clock.now().astimezone(dt.UTC).isoformat(timespec="seconds")

    def since(self, boot: str, reading: float) -> float | None:
        """Return the seconds since a stored reading; None when another boot took it."""
        return max(0.0, self.clock.monotonic() - reading) if boot == self.clock.boot else None

    def close(self) -> None:
        """Close the database."""
        with self._writing, self._lock:
            self._reader.close()
            self._database.close()


def _connect(file: Path) -> sqlite3.Connection:
    made = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    made.row_factory = sqlite3.Row
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            made.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:  # this is no database: nobody else could close it
        made.close()
        raise
    return made

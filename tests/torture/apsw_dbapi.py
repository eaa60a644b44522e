"""APSW as the DB-API that SQLAlchemy's SQLite dialect asks for, so that a journal can run on a VFS.

Python's `sqlite3` can't be given a VFS. `create_engine(..., module=apsw_dbapi)` takes this instead:
the same engine, pragmas and statements as the station's, over a file system that can lose power.

Source: PEP 249; https://rogerbinns.github.io/apsw/vfs.html.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import apsw

Error = sqlite3.Error
Warning = sqlite3.Warning
InterfaceError = sqlite3.InterfaceError
DatabaseError = sqlite3.DatabaseError
DataError = sqlite3.DataError
OperationalError = sqlite3.OperationalError
IntegrityError = sqlite3.IntegrityError
InternalError = sqlite3.InternalError
ProgrammingError = sqlite3.ProgrammingError
NotSupportedError = sqlite3.NotSupportedError
Binary = memoryview
paramstyle: Final = "qmark"
threadsafety: Final = 1
apilevel: Final = "2.0"
sqlite_version: Final = apsw.sqlite_lib_version()
sqlite_version_info: Final = tuple(int(part) for part in sqlite_version.split("."))

Row = tuple[Any, ...]


class Cursor:
    """One statement and its rows, all fetched at once."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._rows: Iterator[Row] = iter(())
        self.description: Sequence[Row] | None = None
        self.rowcount = -1
        self.lastrowid = 0

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run one statement to its end."""
        cursor = self._connection.cursor()
        cursor.exec_trace = self._note_columns
        before = self._connection.total_changes()
        try:
            self._rows = iter(list(cursor.execute(sql, tuple(parameters))))
        except apsw.ConstraintError as exc:
            raise IntegrityError(str(exc)) from exc
        except apsw.Error as exc:
            raise OperationalError(str(exc)) from exc
        self.rowcount = self._connection.total_changes() - before
        self.lastrowid = self._connection.last_insert_rowid()
        return self

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Cursor:
        """Run one statement for each row of parameters."""
        changed = 0
        for parameters in rows:
            changed += self.execute(sql, parameters).rowcount
        self.rowcount = changed
        return self

    def fetchone(self) -> Row | None:
        """Return the next row."""
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Return the next rows."""
        return [row for row, _ in zip(self._rows, range(size or self.arraysize), strict=False)]

    def fetchall(self) -> list[Row]:
        """Return the rows that are left."""
        return list(self._rows)

    def close(self) -> None:
        """Forget the rows."""
        self._rows = iter(())

    def _note_columns(self, cursor: apsw.Cursor, sql: str, bindings: object) -> bool:
        # The only moment at which APSW tells the columns of a statement that gives no rows.
        del sql, bindings
        self.description = cursor.description or None
        return True


class Connection:
    """One connection; transactions are begun by the caller, as the station does."""

    isolation_level: str | None = None

    def __init__(self, file: str, vfs: str) -> None:
        self._connection = apsw.Connection(file, vfs=vfs)

    def cursor(self) -> Cursor:
        """Return a new cursor."""
        return Cursor(self._connection)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run one statement."""
        return self.cursor().execute(sql, parameters)

    def create_function(
        self, name: str, arity: int, function: Callable[..., Any], *, deterministic: bool = False
    ) -> None:
        """Give SQL a function."""
        self._connection.create_scalar_function(name, function, arity, deterministic=deterministic)

    def interrupt(self) -> None:
        """End what runs now; from any thread."""
        self._connection.interrupt()

    def commit(self) -> None:
        """End the transaction, if one is open."""
        self._end("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction, if one is open."""
        self._end("ROLLBACK")

    def close(self) -> None:
        """Close it; the last one writes the WAL back."""
        self._connection.close()

    def _end(self, how: str) -> None:
        if self._connection.in_transaction:
            self.execute(how)

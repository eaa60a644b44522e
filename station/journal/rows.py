"""Executes the journal's queries: each with a connection of its own, or several on one state.

Two lanes, the pages and the webhooks ask the same again and again while a card is made, most often
with no change in between: SQLAlchemy and SQLite need 200 microseconds for an answer that was just
given. So answers are kept until the next change (`Rows.forget`). This is right only where every
change comes from this process: one daemon has the state folder to itself, and its journal is the
only writer. A program that reads beside a daemon, and a journal on another database than SQLite,
keep nothing.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa

from station.core.errors import JournalError

MOST_KEPT: Final = 256  #: answers between two changes
MOST_ROWS: Final = 64  #: of an answer that is kept

T = TypeVar("T")


class Rows:
    """Runs queries on the journal's database. Thread-safe."""

    def __init__(self, engine: sa.Engine, *, keeps: bool) -> None:
        """Prepare it. `keeps` says that nobody but this process changes the database."""
        self._engine = engine
        self._views = threading.local()  # the state on which a thread stands, if any
        self._kept = _Kept() if keeps else None

    def all(
        self, query: sa.Select[Any] | sa.CompoundSelect[Any], **values: object
    ) -> list[sa.Row[Any]]:
        """Return every row of a query.

        Raises:
            JournalError: The database can't be read.
        """
        view: _View | None = getattr(self._views, "one", None)
        if view is not None:
            return view.all(query, values)

        def read() -> list[sa.Row[Any]]:
            with self.reading() as connection:
                return list(connection.execute(query, values))

        return self.kept(query, values, read)

    def together(self, *queries: sa.Select[Any]) -> list[list[sa.Row[Any]]]:
        """Return the rows of each of several queries, all of one state.

        Raises:
            JournalError: The database can't be read.
        """
        view: _View | None = getattr(self._views, "one", None)
        if view is not None:
            return [view.all(query, {}) for query in queries]
        with self.reading() as connection:
            return [list(connection.execute(query)) for query in queries]

    def kept(self, what: object, values: dict[str, object], read: Callable[[], list[T]]) -> list[T]:
        """Return what `read` returns, which may have been read before; it depends on no time.

        Args:
            what: Names the question; a query, or a function that asks several.
            values: Its parameters.
            read: Asks the database.

        Raises:
            JournalError: The database can't be read.
        """
        if self._kept is None or getattr(self._views, "one", None) is not None:
            return read()
        return self._kept.get((what, repr(sorted(values.items()))), read)

    def forget(self) -> None:
        """Have everything read anew: the database has changed, or may have."""
        if self._kept is not None:
            self._kept.forget()

    @contextlib.contextmanager
    def one_state(self) -> Iterator[None]:
        """Have this thread read one state of the journal in the block, and nothing twice.

        For what is shown together. What is written meanwhile, by this thread too, is not seen.

        Raises:
            JournalError: The database can't be read.
        """
        if getattr(self._views, "one", None) is not None:
            yield
            return
        with self.reading() as connection:
            self._views.one = _View(connection)
            try:
                yield
            finally:
                self._views.one = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a connection for several queries that must see the same state.

        Raises:
            JournalError: The database can't be read.
        """
        try:
            with self._engine.connect().execution_options(reads_only=True) as connection:
                yield connection
        except sa.exc.SQLAlchemyError as exc:
            raise JournalError(f"the journal can't be read: {type(exc).__name__}") from exc


class _Kept:
    """Answers of the newest state that is durable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes = 0
        self._answers: dict[object, list[Any]] = {}

    def get(self, asked: object, read: Callable[[], list[T]]) -> list[T]:
        """Return the answer, from the database if there is none of this state."""
        with self._lock:
            before = self._changes
            if asked in self._answers:
                return list(cast("list[T]", self._answers[asked]))
        answer = read()
        if len(answer) <= MOST_ROWS:
            with self._lock:
                # What was read while somebody wrote may be of the state before.
                if before == self._changes and len(self._answers) < MOST_KEPT:
                    self._answers[asked] = answer
        return list(answer)

    def forget(self) -> None:
        """Forget every answer."""
        with self._lock:
            self._changes += 1
            self._answers.clear()


class _View:
    """What a thread has read of one state."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._read: dict[Any, list[sa.Row[Any]]] = {}

    def all(
        self, query: sa.Select[Any] | sa.CompoundSelect[Any], values: dict[str, object]
    ) -> list[sa.Row[Any]]:
        asked = (query, repr(sorted(values.items())))
        if asked not in self._read:
            self._read[asked] = list(self._connection.execute(query, values))
        return list(self._read[asked])

"""Executes the journal's queries: each with a connection of its own, or several on one state."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from station.core.errors import JournalError


class Rows:
    """Runs queries on the journal's database. Thread-safe."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._views = threading.local()  # the state on which a thread stands, if any

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
        with self.reading() as connection:
            return list(connection.execute(query, values))

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

"""Executes the journal's queries, with one connection for each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from station.core.errors import JournalError


class Rows:
    """Runs queries on the journal's database. Thread-safe."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def all(self, query: sa.Select[Any], **values: object) -> list[sa.Row[Any]]:
        """Return every row of a query.

        Raises:
            JournalError: The database can't be read.
        """
        with self.reading() as connection:
            return list(connection.execute(query, values))

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

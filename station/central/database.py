"""Central's PostgreSQL: the engine, the schema, and one program at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError

from station.core.errors import JournalError, StationHeldError

MIGRATIONS: Final = Path(__file__).parent / "migrations"
#: Key of the advisory lock that the running central holds.
LOCK: Final = 0x5CA2D
#: Seconds after which a statement of central's ends: a lock that waits longer is a defect.
PATIENCE_MS: Final = 30_000


class Database:
    """The one door to central's tables. Thread-safe."""

    def __init__(self, url: str) -> None:
        """Prepare it; nothing is opened yet. `url` is libpq's: `postgresql://...`."""
        self.url = url
        address = "postgresql+psycopg://" + url.partition("://")[2]
        self.engine = sa.create_engine(
            address,
            pool_size=8,
            pool_pre_ping=True,
            connect_args={"options": f"-c statement_timeout={PATIENCE_MS} -c timezone=UTC"},
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Give a connection in one transaction: durable at the end, or nothing of it.

        Raises:
            JournalError: The database can't be used.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except OperationalError as exc:
            raise JournalError(f"the database: {type(exc.orig).__name__}") from exc

    def migrate(self) -> None:
        """Bring the schema up to this program's.

        Raises:
            JournalError: The database can't be used.
        """
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self.transaction() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Be the only central on this database for the duration of the block.

        Raises:
            StationHeldError: Another one runs.
            JournalError: The database can't be used.
        """
        try:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as exc:
            raise JournalError(f"the database: {type(exc.orig).__name__}") from exc
        with connection:
            taken = connection.execute(sa.select(sa.func.pg_try_advisory_lock(LOCK))).scalar()
            if not taken:
                raise StationHeldError(
                    "another central runs on this database",
                    details={"program": "station central serve", "pid": ""},
                )
            yield

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

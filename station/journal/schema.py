"""Migrates a database to the schema this program knows, or refuses it."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from station.clock import utc_now
from station.core.errors import JournalError
from station.journal.tables import SCHEMA_VERSION

log = logging.getLogger(__name__)

#: Seconds. A check of years of photos takes minutes, which must not delay the start of a window.
#: `station doctor` checks the whole file.
CHECK_AT_START: Final = 0.4
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def prepare_schema(engine: sa.Engine) -> None:
    """Check the database file and migrate it when it is older than this program.

    Alembic is imported only when there is something to migrate: the import takes half of the
    start-up time.

    Raises:
        JournalError: The file is damaged, or a newer station has written it.
    """
    check_file(engine, CHECK_AT_START)
    version = stored_version(engine)
    if version == SCHEMA_VERSION:
        return
    if version is not None and version > SCHEMA_VERSION:
        raise _newer(version)
    if version is not None:
        _back_up(engine, version)
    migrate(engine)


def require_schema(engine: sa.Engine) -> None:
    """Check that a database has this program's schema; changes nothing.

    Raises:
        JournalError: It has another one, or none.
    """
    version = stored_version(engine)
    if version != SCHEMA_VERSION:
        if version is not None and version > SCHEMA_VERSION:
            raise _newer(version)
        raise JournalError(
            f"the journal has schema {version or 'none'}, this program knows {SCHEMA_VERSION}: "
            "start the service once, it backs up and migrates",
            code="journal-older",
        )


def has_data(engine: sa.Engine) -> bool:
    """Whether anything was ever written into a database that has a schema."""
    with engine.connect() as connection:
        return connection.exec_driver_sql("SELECT 1 FROM events LIMIT 1").first() is not None


def _newer(version: str) -> JournalError:
    return JournalError(
        f"the journal has schema {version}, this program knows {SCHEMA_VERSION}: "
        "install the newer station, or restore the backup made before the upgrade",
        code="journal-newer",
    )


def stored_version(engine: sa.Engine) -> str | None:
    """Return the schema version in the database; None when it is empty."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").one_or_none()
        return None if row is None else str(row[0])


def migrate(engine: sa.Engine, version: str = SCHEMA_VERSION) -> None:
    """Run every migration up to `version`, in one transaction.

    Raises:
        JournalError: A row would refer to a missing one afterwards; nothing was changed.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        if engine.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise JournalError(f"the migration would break a reference of {broken[0]}")
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # deleted data must not remain in the write-ahead log
            _driver(connection).cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


@contextlib.contextmanager
def _without_foreign_keys(connection: sa.Connection) -> Iterator[None]:
    # SQLite rebuilds a table to change it; dropping the old one would count as deleting every row
    # that others refer to. Only outside a transaction (sqlite.org/lang_altertable section 7).
    if connection.dialect.name != "sqlite":
        yield
        return
    _driver(connection).cursor().execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        _driver(connection).cursor().execute("PRAGMA foreign_keys=ON").close()


def check_file(engine: sa.Engine, seconds: float | None = None) -> bool:
    """Check the file for damage, for at most `seconds`; returns whether the check was complete.

    Raises:
        JournalError: It is damaged.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection, _ending_after(connection, seconds):
        try:
            verdict = connection.exec_driver_sql("PRAGMA quick_check").scalar()
        except sa.exc.OperationalError as exc:
            if "interrupted" not in str(exc.orig):
                raise
            log.info("checked in part", extra={"action": "journal-checked-in-part"})
            return False
    if verdict != "ok":
        raise JournalError(f"the journal's file is damaged: {verdict}", code="journal-damaged")
    return True


@contextlib.contextmanager
def _ending_after(connection: sa.Connection, seconds: float | None) -> Iterator[None]:
    if seconds is None:
        yield
        return
    over, interrupt = threading.Event(), _driver(connection).interrupt

    def end() -> None:
        wait = seconds
        # Repeatedly: an interrupt before the statement runs has no effect.
        while not over.wait(wait):
            interrupt()
            wait = 0.001

    watch = threading.Thread(target=end, name="journal-check")
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _back_up(engine: sa.Engine, version: str) -> None:
    if engine.dialect.name != "sqlite" or engine.url.database is None:
        return
    stamp = utc_now().strftime("%Y%m%dT%H%M%SZ")
    copy = f"{engine.url.database}.{version}.{stamp}.backup"
    with engine.connect() as connection:
        # Bypasses SQLAlchemy, whose connection would begin a transaction first: VACUUM can't run in
        # one.
        _driver(connection).cursor().execute("VACUUM INTO ?", (copy,)).close()
    with Path(copy).open("rb") as written:
        os.fsync(written.fileno())


def _driver(connection: sa.Connection) -> DBAPIConnection:
    driver = connection.connection.dbapi_connection
    if driver is None:
        raise JournalError("the journal's connection is closed")
    return driver

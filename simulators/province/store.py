"""The province's database: one SQLite file, one connection, one lock, whole transactions."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from simulators.province import people, tables
from simulators.province.numbers import card_number
from simulators.province.people import Person
from simulators.province.records import Records
from simulators.province.rules import ApplicationState, CardState

#: Serial numbers of old cards start here, those of new ones at `FIRST_NEW_SERIAL`.
FIRST_OLD_SERIAL = 1_000_000
FIRST_NEW_SERIAL = 5_000_000


class DatabaseFileError(Exception):
    """The file can't be opened, or is not this version's database."""


class Store:
    """Opens the file, fills an empty one with people, and provides transactions."""

    def __init__(self, path: Path, inhabitants: Sequence[Person], seed: int) -> None:
        """Open `path`; `inhabitants` and `seed` are used only when the file is new.

        Raises:
            DatabaseFileError: It can't be opened, is not a province's database, or of another
                version.
        """
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except sqlite3.OperationalError as exc:
            raise DatabaseFileError(f"{path}: {exc}") from exc
        self._connection.row_factory = sqlite3.Row
        try:
            self._prepare(inhabitants, seed)
        except sqlite3.DatabaseError as exc:
            self._connection.close()
            raise DatabaseFileError(f"{path}: not a province's database: {exc}") from exc

    def _prepare(self, inhabitants: Sequence[Person], seed: int) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA journal_mode = WAL")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(tables.SCHEMA)
            self._fill(inhabitants, seed)
            self._connection.execute(f"PRAGMA user_version = {tables.SCHEMA_VERSION}")
        elif version != tables.SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"version {version}, not {tables.SCHEMA_VERSION}")

    def _fill(self, inhabitants: Sequence[Person], seed: int) -> None:
        with self.transaction() as records:
            records.set_meta("seed", str(seed))
            records.set_meta("next_serial", str(FIRST_NEW_SERIAL))
            for person in inhabitants:
                settle(records, person)

    @contextmanager
    def transaction(self) -> Iterator[Records]:
        """Give access to the records; an exception undoes everything done inside."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Records(self._connection)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file. Waits for a running transaction."""
        with self._lock:
            self._connection.close()


def settle(records: Records, person: Person) -> None:
    """Add one person with their old card and their steps before the station."""
    ordinal = records.count_people()
    records.add_person(person, ordinal)
    is_lost = people.LOSS in person.preparation
    records.add_card(
        card_number(FIRST_OLD_SERIAL + ordinal),
        person.id_number,
        CardState.LOST if is_lost else CardState.NORMAL,
        bank=person.bank,
        issued_on="20180601",
    )
    if people.APPLICATION in person.preparation:
        records.add_application(
            person.id_number,
            bank=person.bank,
            applied_at="20250106T090000",
            state=ApplicationState.OPEN,
            is_marked=people.MARK in person.preparation,
            withdrawn=person.withdrawn,
        )
    if people.FEE in person.preparation:
        records.add_fee(person.id_number, "20250106T090500")

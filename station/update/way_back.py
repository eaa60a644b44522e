"""The way back to the version before, with its journal where the schema has changed.

Every step can be cut off and done again: the journal of the version on trial is moved aside before
the copy takes its place, and the choice of the version is written last.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from station.clock import utc_now
from station.core.errors import ConfigError
from station.update.versions import RETURNED, STAYS, Trial, Versions, write_versions

JOURNAL: Final = "journal.db"
ACCESS: Final = "access.db"
_BESIDE: Final = ("-wal", "-shm")
#: What must be the same in both journals: then the version on trial has begun nothing. A later
#: proof of an effect that was begun before is found again by the version before.
_BEGUN: Final = (
    "SELECT id, kind, order_id FROM effects ORDER BY id",
    "SELECT id, step FROM orders ORDER BY id",
    "SELECT id, state FROM write_backs ORDER BY id",
    "SELECT count(*) FROM stock",
    "SELECT count(*) FROM shifts",
)


def go_back(state: Path, chosen: Versions) -> Versions:
    """Choose the version before; returns the choice, which is durable.

    Raises:
        ConfigError: A file can't be moved.
    """
    trial = chosen.trial
    if trial is not None and not _put_back(state, trial):
        stays = replace(chosen, trial=None, outcome=STAYS)
        write_versions(state, stays)
        return stays
    back = Versions(current=chosen.previous, previous=chosen.current, outcome=RETURNED)
    write_versions(state, back)
    return back


def _put_back(state: Path, trial: Trial) -> bool:
    """Put the copies in place where the form has changed; False: people must decide."""
    journal, copy = state / JOURNAL, state / trial.copy / JOURNAL
    if not copy.exists():
        return True  # there was no journal before this version
    if journal.exists() and schema_of(journal) == trial.schema:
        return True
    if journal.exists() and not _same(journal, copy):
        return False
    _replace(state, trial, JOURNAL)
    access, access_copy = state / ACCESS, state / trial.copy / ACCESS
    if access_copy.exists() and (not access.exists() or _form(access) != _form(access_copy)):
        _replace(state, trial, ACCESS)
    return True


def schema_of(journal: Path) -> str:
    """Return the schema of a journal's file; empty when it can't be read."""
    try:
        with _read(journal) as database:
            (row,) = database.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError):
        return ""
    return str(row[0])


def _form(access: Path) -> int:
    try:
        with _read(access) as database:
            return int(database.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return -1


def _same(journal: Path, copy: Path) -> bool:
    try:
        with _read(journal) as now, _read(copy) as before:
            return all(
                now.execute(query).fetchall() == before.execute(query).fetchall()
                for query in _BEGUN
            )
    except sqlite3.Error:
        return False  # damaged, or of a form that is not known here: people decide


def _replace(state: Path, trial: Trial, name: str) -> None:
    try:
        part = state / f"{name}.part"
        shutil.copy2(state / trial.copy / name, part)
        with part.open("rb") as made:
            os.fsync(made.fileno())
        aside = state / f"replaced-{utc_now():%Y%m%dT%H%M%S.%fZ}"
        aside.mkdir(mode=0o700)
        for ending in (*_BESIDE, ""):
            file = state / f"{name}{ending}"
            if file.exists():
                file.replace(aside / file.name)
        part.replace(state / name)
    except OSError as exc:
        raise ConfigError(f"{exc.filename}: {exc.strerror}") from exc


@contextlib.contextmanager
def _read(file: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield database
    finally:
        database.close()

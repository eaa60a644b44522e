"""`station backup`: a consistent copy of the journal, also while orders run.

A manual copy of `journal.db` is not consistent: the latest changes are in the files beside it, and
a copy made between two writes contains neither the old state nor the new one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Annotated, Final

import typer

from station.access.store import FILE as ACCESS
from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.clock import utc_now
from station.core.errors import ConfigError, JournalError
from station.settings import Settings
from station.state_folder import FOLDER_MODE, make_new_files_private
from station.text_file import read_text_file
from station.words import text

#: Files that a restored station needs beside its journal; above all the seal key.
KEPT_WITH_IT: Final = ("seal.key", "export.key", "package.key", "key-tries.json")
SUFFIX: Final = ".backup"

Folder = Annotated[Path | None, typer.Argument(help="A new folder, for an unencrypted copy.")]
Into = Annotated[
    Path | None, typer.Option("--into", help="A folder for one encrypted file, named by its time.")
]
Passphrase = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="A file that holds only the passphrase of the backup."),
]
Keep = Annotated[
    int,
    typer.Option("--keep", min=0, help="Remove older backups in --into beyond so many; 0: none."),
]


def backup(
    folder: Folder = None,
    into: Into = None,
    passphrase_file: Passphrase = None,
    keep: Keep = 0,
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Copy journal, operators and keys while the daemon runs or not; check the copy by opening it.

    With `--into`, the copy is one file that only the passphrase opens. A plain FOLDER gives access
    to everything that is known about people: protect it like the window's PC.
    """
    settings = read_settings(config)
    make_new_files_private()
    with explained():
        if (folder is None) is (into is None):
            raise ConfigError(text("backup.where"))
        if folder is not None:
            count = _copy(settings, folder)
            typer.echo(text("backup-command.done", folder=folder, count=count))
        elif into is not None:
            file, count = _seal(settings, into, _passphrase(passphrase_file))
            typer.echo(text("backup.sealed", file=file, count=count))
            _remove_older(into, settings.station.name, keep)


def _copy(settings: Settings, folder: Path) -> int:
    """Copy into a new folder and check the copy; returns the number of its events."""
    state = settings.station.state_dir
    if settings.station.journal:
        raise ConfigError("station.journal is another database: back it up with its own tools")
    journal = state / "journal.db"
    if not journal.is_file():
        raise JournalError("no journal", code="journal-missing", details={"file": str(journal)})
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True)
        copy_database(journal, folder / journal.name)
        if (state / ACCESS).is_file():
            copy_database(state / ACCESS, folder / ACCESS)
        for name in KEPT_WITH_IT:
            if (state / name).exists():
                shutil.copy2(state / name, folder / name)
        _make_durable(folder)
    except OSError as exc:
        raise ConfigError(f"{exc.filename or folder}: {exc.strerror}") from exc
    return check_copy(folder)


def check_copy(folder: Path) -> int:
    """Open a copy, check it for damage and verify its chain; returns the number of its events.

    Raises:
        JournalError: It is damaged, or its key does not open it.
    """
    from station.journal import read_journal

    copy = read_journal(f"sqlite:///{folder / 'journal.db'}", folder / "seal.key")
    try:
        copy.check_file()
        return copy.history.verify_chain()
    finally:
        copy.close()


def _seal(settings: Settings, into: Path, passphrase: str) -> tuple[Path, int]:
    from station.backup_file import open_backup, write_backup

    name, now = settings.station.name, utc_now()
    file = into / f"{_prefix(name)}{now:%Y%m%dT%H%M%S}Z{SUFFIX}"
    if not into.is_dir():
        raise ConfigError(text("backup.no-folder", folder=into))
    with tempfile.TemporaryDirectory(dir=settings.station.state_dir, prefix="backup-") as made:
        copy, opened = Path(made) / "copy", Path(made) / "opened"
        count = _copy(settings, copy)
        facts = {
            "station": name,
            "made_at": now.isoformat(timespec="seconds"),
            "events": str(count),
        }
        write_backup(copy, file, passphrase, facts)
        opened.mkdir(mode=FOLDER_MODE)
        open_backup(file, passphrase, opened)
        if check_copy(opened) != count:
            raise JournalError("the backup does not hold what was copied")
    _sync(file)
    return file, count


def _prefix(station: str) -> str:
    return f"card-station-{re.sub(r'[^A-Za-z0-9_-]', '_', station)}-"


def _remove_older(into: Path, station: str, keep: int) -> None:
    files = sorted(into.glob(f"{_prefix(station)}*{SUFFIX}"))  # their names sort by time
    for file in files[:-keep] if keep else []:
        file.unlink()


def _passphrase(file: Path | None) -> str:
    if file is not None:
        return read_text_file(file).strip()
    return str(typer.prompt(text("backup.passphrase"), hide_input=True, confirmation_prompt=True))


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite database that may be in use, as one file.

    Raises:
        JournalError: It can't be copied.
    """
    read_only = f"{source.absolute().as_uri()}?mode=ro"
    try:
        with (
            contextlib.closing(sqlite3.connect(read_only, uri=True)) as taken,
            contextlib.closing(sqlite3.connect(target)) as made,
        ):
            # In one step: one snapshot, and writers of a database in WAL mode do not wait for it.
            taken.backup(made, pages=-1)
            made.execute("PRAGMA journal_mode=DELETE").close()  # one file, without a log beside it
    except sqlite3.Error as exc:
        raise JournalError(f"{source.name} can't be copied: {type(exc).__name__}") from exc


def _make_durable(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

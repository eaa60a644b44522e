"""`station backup`: a copy of the journal that is right while orders run.

Copying `journal.db` by hand is not: what was written last is in the files beside it, and a copy
made between two writes holds neither the old state nor the new one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Annotated, Final

import typer

from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.core.errors import ConfigError, JournalError
from station.state_folder import FOLDER_MODE, make_new_files_private
from station.words import text

#: What a restored station needs beside its journal; the seal key above all.
KEPT_WITH_IT: Final = ("seal.key", "export.key", "key-tries.json")

Folder = Annotated[Path, typer.Argument(help="A new folder; it must not be there yet.")]


def backup(folder: Folder, config: Config = CONFIG_DEFAULT) -> None:
    """Copy journal and keys into a new folder, while the daemon runs or not, and check the copy.

    The copy opens everything that is known about people: keep it as safe as the window's PC.
    """
    from station.journal import read_journal

    settings = read_settings(config)
    state = settings.station.state_dir
    make_new_files_private()
    with explained():
        if settings.station.journal:
            raise ConfigError("station.journal is another database: back it up with its own tools")
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True)
            _copy_journal(state / "journal.db", folder / "journal.db")
            for name in KEPT_WITH_IT:
                if (state / name).exists():
                    shutil.copy2(state / name, folder / name)
            _make_durable(folder)
        except OSError as exc:
            raise ConfigError(f"{exc.filename or folder}: {exc.strerror}") from exc
        copy = read_journal(f"sqlite:///{folder / 'journal.db'}", folder / "seal.key")
        try:
            copy.check_file()
            count = copy.history.verify_chain()
        finally:
            copy.close()
    typer.echo(text("backup-command.done", folder=folder, count=count))


def _copy_journal(source: Path, target: Path) -> None:
    if not source.is_file():
        raise JournalError("no journal", code="journal-missing", details={"file": str(source)})
    taken = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    try:
        with sqlite3.connect(target) as made:
            # In one go: one snapshot, and writers of a database in WAL mode do not wait for it.
            taken.backup(made, pages=-1)
        made.execute("PRAGMA journal_mode=DELETE").close()  # one file, nothing beside it
        made.close()
    except sqlite3.Error as exc:
        raise JournalError(f"the journal can't be copied: {type(exc).__name__}") from exc
    finally:
        taken.close()


def _make_durable(folder: Path) -> None:
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

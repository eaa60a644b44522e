"""`station restore`: replaces a lost or damaged journal by a backup.

A backup is a past state of the window. Work that the window did after it (cards made, reports sent)
is not in it, and continuing from it would repeat that work. So a backup replaces the journal
without approval only where the existing journal proves that it is itself a part of the backup's
past. Where the journal has grown since the backup, or has become another history (a fork), or where
no journal exists as a proof, two people must approve it. Each types the password with which the
person logs in at this window, and one of them is a supervisor.

The restored station feeds nothing automatically: every open order is held until a person releases
it; then the province is asked for its data once more before a blank is fed, and nothing is fed when
it refuses or has other data. A report that is owed is queried there before it is sent.

Operators and programs come from the backup only where the state folder has none. Where it has, they
are newer than the backup, which would let in whoever was disabled or revoked since.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from station.access.store import FILE as ACCESS
from station.cli.backup import KEPT_WITH_IT, check_copy
from station.cli.daemon import APPROVER_SECRET, OPERATOR_SECRET, secret_of
from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.clock import utc_now
from station.core.changes import AddEvent, NoteExport, SetHold
from station.core.errors import ConfigError, StationError
from station.core.orders import Hold, WriteBackState
from station.production.life.steps.data import RESTORED
from station.state_folder import FOLDER_MODE, held, make_new_files_private
from station.text_file import read_text_file
from station.words import text

if TYPE_CHECKING:
    from station.journal import Journal

#: How two people have proven who they are.
PASSWORD: Final = "password"  # noqa: S105 - the name of a method
NAMED: Final = "named"
_JOURNAL: Final = ("journal.db", "journal.db-wal", "journal.db-shm")


def restore(
    file: Annotated[Path, typer.Argument(help="A backup that `station backup --into` has made.")],
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--passphrase-file", help="A file that holds only the passphrase."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Who says that it shall be restored.")] = "",
    witness: Annotated[str, typer.Option("--witness", help="The second person.")] = "",
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Replace the journal by a backup; the old files are kept. The daemon must be stopped.

    The names of two people are needed unless the existing journal is a part of the backup's past.
    """
    settings = read_settings(config)
    make_new_files_private()
    state = settings.station.state_dir
    with explained(), held(state, "station restore"):
        if settings.station.journal:
            raise ConfigError("station.journal is another database: restore it with its own tools")
        secret = (
            read_text_file(passphrase_file).strip()
            if passphrase_file
            else str(typer.prompt(text("backup.passphrase"), hide_input=True))
        )
        people = by.strip(), witness.strip()
        with tempfile.TemporaryDirectory(dir=state, prefix="restore-") as made:
            count, kept = _replace(file, secret, Path(made), state, people)
    typer.echo(text("backup.restored", count=count, folder=kept))
    typer.echo(text("backup.held"))


def _replace(
    file: Path, passphrase: str, made: Path, state: Path, people: tuple[str, str]
) -> tuple[int, Path]:
    from station.backup_file import open_backup, read_facts

    open_backup(file, passphrase, made)
    count = check_copy(made)
    reason = _why_two_people(state, made)
    proof = ""
    if reason:
        if not all(people) or people[0] == people[1]:
            raise ConfigError(text("backup.two-people", reason=reason))
        proof = _prove(people, state, made)
    facts = {
        "made_at": read_facts(file).get("made_at", ""),
        "events": str(count),
        "by": people[0],
        "witness": people[1],
        "proof": proof,
    }
    _hold_everything(made, {key: value for key, value in facts.items() if value})
    stamp = utc_now().strftime("%Y%m%dT%H%M%S.%fZ")
    kept = state / f"replaced-{stamp}"
    kept.mkdir(mode=FOLDER_MODE)
    # The old journal is moved away before the new one is put in place: if interrupted between the
    # two, the station refuses to start (its key exists, its journal does not), and this command can
    # be run again.
    for name in (*_JOURNAL, *KEPT_WITH_IT):
        if (state / name).exists():
            (state / name).replace(kept / name)
    for name in (*KEPT_WITH_IT, "journal.db"):
        if (made / name).exists():
            (made / name).replace(state / name)
    # The operators that are there stay: an older database would let in whoever was disabled since.
    if (made / ACCESS).exists() and not _opens(state):
        for name in (ACCESS, f"{ACCESS}-wal", f"{ACCESS}-shm"):
            if (state / name).exists():
                (state / name).replace(kept / name)
        (made / ACCESS).replace(state / ACCESS)
    return count, kept


def _prove(people: tuple[str, str], state: Path, made: Path) -> str:
    """Have both people prove who they are, with their passwords; returns how they did.

    The window's own operators count; where they are lost too, those of the backup. Where nobody
    has ever registered, there is nothing to prove it with, and the history says so.

    Raises:
        ConfigError: Not these two people, or neither is a supervisor.
        StationError: See `Operators.prove`.
    """
    from station.access import open_doors
    from station.core.people import Role

    for folder in (state, made):
        if not (folder / ACCESS).exists():
            continue
        try:
            doors = open_doors(folder)
        except ConfigError:
            continue  # damaged: the backup's are asked
        try:
            if not doors.operators.anybody:
                continue
            found = [
                doors.operators.prove(name, secret_of(name, variable))
                for name, variable in zip(people, (OPERATOR_SECRET, APPROVER_SECRET), strict=True)
            ]
        finally:
            doors.close()
        if not any(Role.SUPERVISOR in person.roles for person in found):
            raise ConfigError(text("backup.no-supervisor"))
        return PASSWORD
    return NAMED


def _opens(state: Path) -> bool:
    """Whether the window has a database of operators that can be used."""
    from station.access import open_doors

    if not (state / ACCESS).exists():
        return False
    try:
        open_doors(state).close()
    except ConfigError:
        return False
    return True


def _why_two_people(state: Path, made: Path) -> str:
    """Return the objection to the backup; empty when the existing journal is a part of its past."""
    if not (state / "journal.db").exists():
        return text("backup.nothing-there")
    there, backup = None, _read(made)
    try:
        there = _read(state)
        newest_there, newest = there.history.newest_seq(), backup.history.newest_seq()
        common = min(newest_there, newest)
        if common and _hash(there, common) != _hash(backup, common):
            return text("backup.fork")
        if newest_there > newest:
            return text("backup.moved-on", count=newest_there - newest)
    except StationError:
        return text("backup.damaged")
    finally:
        backup.close()
        if there is not None:
            there.close()
    return ""


def _read(folder: Path) -> Journal:
    from station.journal import read_journal

    return read_journal(f"sqlite:///{folder / 'journal.db'}", folder / "seal.key")


def _hash(journal: Journal, seq: int) -> str:
    return journal.history.after(seq - 1, limit=1)[0].hash


def _hold_everything(folder: Path, facts: dict[str, str]) -> None:
    from station.journal import open_journal

    journal = open_journal(f"sqlite:///{folder / 'journal.db'}", folder / "seal.key")
    try:
        owed = journal.outbox.rows(WriteBackState.OWED)
        orders = {head.id for head in journal.orders.heads()}
        with journal.transaction("station restore") as change:
            change.apply(AddEvent("", RESTORED, facts))
            for order in sorted(orders):
                change.apply(AddEvent(order, RESTORED, {}), SetHold(order, Hold(RESTORED)))
            for report in owed:
                # It may have been sent after the backup. A report that may have reached the
                # province another way is queried before it is sent, as after an export.
                if not report.exported_at:
                    change.apply(NoteExport(report.id, RESTORED))
        journal.check_file()
    finally:
        journal.close()
    for name in _JOURNAL[1:]:
        if (folder / name).exists() and (folder / name).stat().st_size:
            raise ConfigError(text("backup.not-closed", file=folder / name))

"""The station's state folder: its permissions, and the lock of the program that uses it.

Two programs that drive one machine, each with its own record of where the cards are, lose cards. So
every program that opens a device or writes the journal first takes the lock of the state folder:
the daemon for its lifetime, a command for as long as it works. The operating system ties the lock
to the process: it persists while a daemon is stopped, listens elsewhere, or does not answer, and it
is released when a daemon is killed. The file beside it describes the holder for people; only the
lock itself decides.

Everything in the folder is accessible to the service's user alone: it contains all data about
people.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from station.core.errors import ConfigError, StationHeldError

LOCK_FILE: Final = "station.lock"
HOLDER_FILE: Final = "station.holder.json"
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
_OPEN_TO_OTHERS: Final = 0o077


@contextmanager
def held(folder: Path, program: str) -> Iterator[None]:
    """Lock the station for the duration of the block; creates a missing folder.

    Args:
        folder: `station.state_dir`.
        program: Name of the holder, for people: `station serve`.

    Raises:
        StationHeldError: Another program holds it; `details` has its name and process id.
        ConfigError: The folder can't be created, or belongs to another user.
    """
    from filelock import FileLock, Timeout  # imported here: it takes 0.2 s

    make_private(folder)
    lock = FileLock(folder / LOCK_FILE, timeout=0, mode=FILE_MODE)
    try:
        lock.acquire()
    except Timeout:
        raise _held_by(folder) from None
    except OSError as exc:
        raise ConfigError(f"station.state_dir {folder}: {exc.strerror}") from exc
    try:
        holder = folder / HOLDER_FILE
        holder.write_text(json.dumps({"program": program, "pid": os.getpid()}), encoding="utf-8")
        yield
    finally:
        lock.release()


@contextmanager
def looked_at(folder: Path, program: str) -> Iterator[None]:
    """Keep other programs out during a read-only access, like `held`, but create nothing.

    Where the lock's file does not exist, no daemon has ever run, and no lock is needed.

    Raises:
        StationHeldError: Another program holds it.
    """
    if not (folder / LOCK_FILE).exists():
        yield
        return
    with held(folder, program):
        yield


def holder_of(folder: Path) -> StationHeldError | None:
    """Return the present holder of the station, or None. Creates nothing."""
    if not (folder / LOCK_FILE).exists():
        return None
    from filelock import FileLock, Timeout  # imported here: see `held`

    lock = FileLock(folder / LOCK_FILE, timeout=0, mode=FILE_MODE)
    try:
        lock.acquire()
    except Timeout:
        return _held_by(folder)
    except OSError:
        return None  # not accessible to this user, who may not open a device either
    lock.release()
    return None


def make_private(folder: Path) -> None:
    """Create the folder, and deny other users of this PC access to it and its files.

    Raises:
        ConfigError: It can't be created, or belongs to another user.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if os.name == "posix":
            _close_to_others(folder)
    except OSError as exc:
        raise ConfigError(f"station.state_dir {folder}: {exc.strerror}") from exc


def make_new_files_private() -> None:
    """Restrict every file that this process creates from now on to its user."""
    os.umask(_OPEN_TO_OTHERS)


def _close_to_others(folder: Path) -> None:
    if sys.platform == "win32":
        return
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        # Files of another user among those of the service would stop the next start.
        raise ConfigError(
            f"station.state_dir {folder} belongs to user {owner}, this program runs as user"
            f" {os.geteuid()}: run it as the service's user"
        )
    for path in (folder, *folder.rglob("*")):
        mode = path.stat(follow_symlinks=False).st_mode
        if mode & _OPEN_TO_OTHERS and not path.is_symlink():
            path.chmod(mode & ~_OPEN_TO_OTHERS & 0o777)


def _held_by(folder: Path) -> StationHeldError:
    try:
        facts = json.loads((folder / HOLDER_FILE).read_text(encoding="utf-8"))
        program, pid = str(facts["program"]), str(int(facts["pid"]))
    except (OSError, ValueError, TypeError, KeyError):
        program, pid = "unknown", ""
    return StationHeldError(
        f"{folder} is held by {program} (process {pid or 'unknown'})",
        details={"program": program, "pid": pid},
    )

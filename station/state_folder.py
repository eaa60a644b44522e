"""The folder of the station's memory: who may read it, and who works with it now.

Two programs that drive one machine, each with a belief of its own about where the cards are, lose
cards. So whoever opens a device or writes the journal first takes the lock of the state folder:
the daemon for as long as it lives, a command for as long as it works. The operating system keeps
the lock with the process: it is there while a daemon is stopped, listens elsewhere, or answers
nobody, and it is gone with a daemon that was killed. What the file beside it says about the holder
is for people; only the lock itself decides.

Everything in the folder is for the service's user alone: it holds what can be known about people.
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
    """Hold the station for as long as the block runs; the folder is made if it is not there.

    Args:
        folder: `station.state_dir`.
        program: What holds it, for people: `station serve`.

    Raises:
        StationHeldError: Another program holds it; `details` has its name and process id.
        ConfigError: The folder can't be made, or belongs to another user.
    """
    from filelock import FileLock, Timeout  # here, not above: it takes 0.2 s to import

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
    """Keep others out for as long as a look takes, like `held`, but create nothing.

    Where the lock's file is not there, no daemon has ever been: there is nobody to keep out.

    Raises:
        StationHeldError: Another program holds it.
    """
    if not (folder / LOCK_FILE).exists():
        yield
        return
    with held(folder, program):
        yield


def holder_of(folder: Path) -> StationHeldError | None:
    """Return who holds the station now, or None. Creates nothing."""
    if not (folder / LOCK_FILE).exists():
        return None
    from filelock import FileLock, Timeout  # here, not above: see `held`

    lock = FileLock(folder / LOCK_FILE, timeout=0, mode=FILE_MODE)
    try:
        lock.acquire()
    except Timeout:
        return _held_by(folder)
    except OSError:
        return None  # not ours to look at: whoever may not lock it may not open a device either
    lock.release()
    return None


def make_private(folder: Path) -> None:
    """Make the folder, and close it and the files in it to other users of this PC.

    Raises:
        ConfigError: It can't be made, or is another user's.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        if os.name == "posix":
            _close_to_others(folder)
    except OSError as exc:
        raise ConfigError(f"station.state_dir {folder}: {exc.strerror}") from exc


def make_new_files_private() -> None:
    """Have every file that this process makes from now on be its user's alone."""
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

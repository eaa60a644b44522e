"""Writes the settings file and the province's password: complete and checked, or not at all."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from station.clock import utc_now
from station.core.errors import ConfigError
from station.first_start.answers import PASSWORD_FILE, to_toml
from station.settings_check import check_settings_file
from station.text_file import read_text_file

#: Readable by the service's group: the folder belongs to root.
FILE_MODE: Final = 0o640
EXAMPLES: Final = (
    Path("/usr/share/doc/card-station/station.toml.example"),
    Path("config/station.toml"),
)


def tables_there(file: Path) -> tuple[dict[str, Any], bool]:
    """Return the tables of the settings file, or of the example; and whether the file is there.

    A file that can't be read as TOML counts as not there: it is kept under another name when the
    new one is written.
    """
    for candidate in (file, *EXAMPLES):
        try:
            return tomllib.loads(read_text_file(candidate)), candidate == file
        except (ConfigError, tomllib.TOMLDecodeError):
            continue
    return {}, False


def write_settings(file: Path, tables: Mapping[str, Any], password: str) -> Path | None:
    """Put the settings file in place, and the password beside it; returns where the old one is.

    Raises:
        ConfigError: The result would be refused by a start, or can't be written; nothing changed.
    """
    kept: Path | None = None
    part = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _put(part, to_toml(tables))
        if password:
            _put(file.parent / f"{PASSWORD_FILE}.part", f"{password}\n")
            (file.parent / f"{PASSWORD_FILE}.part").replace(file.parent / PASSWORD_FILE)
        findings = check_settings_file(part)
        if findings:
            part.unlink()
            reasons = (f"{each.key} {each.problem} ({each.right})" for each in findings)
            raise ConfigError("; ".join(reasons))
        if file.exists():
            kept = file.with_name(f"{file.name}.{utc_now():%Y%m%dT%H%M%S.%fZ}")
            shutil.copy2(file, kept)
        part.replace(file)
        _sync(file.parent)
    except OSError as exc:
        raise ConfigError(f"{exc.filename or file}: {exc.strerror}") from exc
    return kept


@contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Act as the account that owns a folder, when root runs this.

    What works for root may be refused to the service, and a file of root's in the state folder
    would stop its next start.
    """
    if os.name != "posix" or os.geteuid() != 0 or not folder.exists():
        yield
        return
    owner, groups = folder.stat(), os.getgroups()
    os.setgroups(_groups_of(owner.st_uid, owner.st_gid))
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def _groups_of(user: int, group: int) -> list[int]:
    import pwd

    try:
        return os.getgrouplist(pwd.getpwuid(user).pw_name, group)
    except KeyError:
        return [group]  # the account has no name on this PC


def _put(file: Path, content: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    if os.name == "posix" and os.geteuid() == 0:
        os.chown(file, -1, file.parent.stat().st_gid)
        file.chmod(FILE_MODE)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""A disk that loses power: what was written and not synced may be gone, torn, or out of order.

SIGKILL never shows this: the kernel keeps what a killed process wrote. A VFS under SQLite notes
every write and sync of the station's own journal; at any moment the disk can say what it might
hold after a power cut. A synced write is there. Of every other write each sector is there or not,
whatever came before or after it; a file that grew may hold anything in its new part.

Source: https://www.sqlite.org/atomiccommit.html, chapter 2: hardware assumptions.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw

VFS_NAME: Final = "power-loss"
SECTOR: Final = 512  #: bytes that a disk writes as one

Files = dict[str, bytes]


@dataclasses.dataclass(frozen=True)
class Write:
    """Bytes that went to a place in a file."""

    offset: int
    data: bytes


@dataclasses.dataclass(frozen=True)
class Truncate:
    """The file got this size."""

    size: int


@dataclasses.dataclass(frozen=True)
class Sync:
    """All before it is on the disk."""


@dataclasses.dataclass(frozen=True)
class Delete:
    """The file was deleted; `durable` when its folder was synced too."""

    durable: bool


@dataclasses.dataclass(frozen=True)
class Acknowledged:
    """The journal said that all events up to `seq` are durable."""

    seq: int


Operation = Write | Truncate | Sync | Delete | Acknowledged


@dataclasses.dataclass
class _Stored:
    synced: bytes | None  #: None: the file's own entry is not durable
    unsynced: list[Write | Truncate | Delete] = dataclasses.field(default_factory=list)


class Disk:
    """What is durably stored, and what is on its way."""

    def __init__(self, files: Files) -> None:
        self._files = {name: _Stored(content) for name, content in files.items()}
        self.acknowledged = 0

    def apply(self, name: str, operation: Operation) -> None:
        """Take one operation."""
        if isinstance(operation, Acknowledged):
            self.acknowledged = operation.seq
            return
        stored = self._files.setdefault(name, _Stored(None))
        if isinstance(operation, Sync):
            stored.synced, stored.unsynced = _all_of(stored), []
        elif operation == Delete(durable=True):
            del self._files[name]
        else:
            stored.unsynced.append(operation)

    def after_power_cut(self, rng: random.Random, share: float) -> Files:
        """Return what may be found afterwards; of what is not synced, about `share` is there."""
        found = {name: _some_of(stored, rng, share) for name, stored in self._files.items()}
        return {name: content for name, content in found.items() if content is not None}


def _all_of(stored: _Stored) -> bytes:
    content = bytearray(stored.synced or b"")
    for operation in stored.unsynced:
        if isinstance(operation, Write):
            end = operation.offset + len(operation.data)
            content.extend(bytes(max(0, end - len(content))))
            content[operation.offset : end] = operation.data
        elif isinstance(operation, Truncate):
            del content[operation.size :]
        else:
            content.clear()
    return bytes(content)


def _some_of(stored: _Stored, rng: random.Random, share: float) -> bytes | None:
    if stored.synced is None and rng.random() >= share:
        return None
    content: bytearray | None = bytearray(stored.synced or b"")
    for operation in stored.unsynced:
        if isinstance(operation, Write):
            content = bytearray() if content is None else content
            _some_sectors(content, operation, rng, share)
        elif rng.random() < share:
            if isinstance(operation, Delete):
                content = None
            elif content is not None:
                del content[operation.size :]
    return None if content is None else bytes(content)


def _some_sectors(content: bytearray, write: Write, rng: random.Random, share: float) -> None:
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if rng.random() < share:
            content.extend(rng.randbytes(max(0, stop - len(content))))
            content[start:stop] = write.data[start - write.offset : stop - write.offset]
        start = stop


class Tape(apsw.VFS):
    """The VFS: passes everything on to the real file system and writes it down.

    One for a process: SQLite knows a VFS by its name.
    """

    def __init__(self) -> None:
        super().__init__(VFS_NAME, "")
        self._operations: list[tuple[str, Operation]] = []
        self._start: Files = {}
        self._told: frozenset[int] = frozenset({0})

    def start(self, folder: Path, *, goes_on: bool = False) -> None:
        """Forget every write; what the folder holds now counts as durable.

        After a power cut the same journal `goes_on`: what was acknowledged before is remembered.
        """
        self._told = self.told() if goes_on else frozenset({0})
        self._operations = []
        self._start = {file.name: file.read_bytes() for file in folder.iterdir()}

    def note(self, name: str, operation: Operation) -> None:
        """Write one operation down."""
        self._operations.append((name.rpartition("/")[2], operation))

    def disk(self) -> Disk:
        """Return the disk as it is now."""
        disk = Disk(self._start)
        for name, operation in self._operations:
            disk.apply(name, operation)
        return disk

    def disks(self) -> Iterator[Disk]:
        """Return the disk after each operation, from the first to the last."""
        disk = Disk(self._start)
        for name, operation in self._operations:
            disk.apply(name, operation)
            yield disk

    def told(self) -> frozenset[int]:
        """Return the lengths of the history at which a transaction was acknowledged, and none."""
        noted = (operation for _, operation in self._operations)
        return self._told | {one.seq for one in noted if isinstance(one, Acknowledged)}

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's
        super().xDelete(filename, syncdir)
        self.note(filename, Delete(durable=bool(syncdir)))

    def xOpen(  # noqa: N802 - SQLite's
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(self, tape: Tape, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._tape = tape
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else name

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's
        super().xWrite(data, offset)
        self._note(Write(offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 - SQLite's
        super().xTruncate(newsize)
        self._note(Truncate(newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's
        super().xSync(flags)
        self._note(Sync())

    def _note(self, operation: Operation) -> None:
        if self._name is not None:  # a nameless file is gone after any restart
            self._tape.note(self._name, operation)

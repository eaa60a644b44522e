"""SELECT. Source: ISO/IEC 7816-4 clause 11.1.1; card specification part 5."""

from __future__ import annotations

from typing import Final

from simulators.cards.ssc.apdu import Command, RefusedError, StatusWord
from simulators.cards.ssc.chip import ROOT, Chip
from simulators.cards.ssc.files import Directory

BY_FILE_ID: Final = 0x00
EF_BY_FILE_ID: Final = 0x02
BY_NAME: Final = 0x04
NEXT: Final = 0x02  # P2: the next application of that name
ROOT_ID: Final = 0x3F00
NAME_LENGTHS: Final = range(5, 17)


def select(chip: Chip, command: Command) -> bytes:
    """Select a directory (clears the security state) or a file (keeps it). Returns the FCI."""
    if command.p1 == BY_NAME:
        return _select_by_name(chip, command)
    if command.p1 not in (BY_FILE_ID, EF_BY_FILE_ID) or command.p2:
        raise RefusedError(StatusWord.WRONG_P1P2)
    if command.p3 == 0 and command.p1 == BY_FILE_ID:
        return _enter(chip, ROOT)
    if len(command.data) != 2:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    file_id = int.from_bytes(command.data, "big")
    if file_id == ROOT_ID and command.p1 == BY_FILE_ID:
        return _enter(chip, ROOT)
    below = _below(chip, file_id) if command.p1 == BY_FILE_ID else None
    if below is not None:
        return _enter(chip, below)
    file = chip.session.directory.by_file_id(file_id)
    if file is None:
        raise RefusedError(StatusWord.FILE_NOT_FOUND)
    chip.session.file = file
    return b""


def _below(chip: Chip, file_id: int) -> Directory | None:
    """A DF of the current application."""
    family = chip.session.directory.family
    for entry in _present(chip):
        if entry.file_id == file_id and entry.parent == family:
            return entry
    return None


def _present(chip: Chip) -> list[Directory]:
    missing = chip.quirks.missing
    return [entry for entry in chip.directories if entry.family not in missing]


def _select_by_name(chip: Chip, command: Command) -> bytes:
    if command.p2 not in (0, NEXT):
        raise RefusedError(StatusWord.WRONG_P1P2)
    if len(command.data) not in NAME_LENGTHS:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    matching = [entry for entry in _present(chip) if entry.name.startswith(command.data)]
    if command.p2 == NEXT and chip.session.directory in matching:
        matching = matching[matching.index(chip.session.directory) + 1 :]
    if not matching:
        raise RefusedError(StatusWord.FILE_NOT_FOUND)
    return _enter(chip, matching[0])


def _enter(chip: Chip, directory: Directory) -> bytes:
    if {directory.title, directory.family} & chip.blocked:
        raise RefusedError(StatusWord.APPLICATION_BLOCKED)
    chip.enter(directory)
    return directory.fci

"""READ, UPDATE and APPEND of records, READ and UPDATE of transparent files, and EMV's GPO.

Source: card specification part 5; EMV Book 3 clause 6.5.8. In the low bits of P2, `04` means that
P1 is a record number, `00` that it is an identifier (the tag), `05` all records from P1 to the
last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simulators.cards.ssc.apdu import MAX_LE, Command, RefusedError, StatusWord
from simulators.cards.ssc.chip import Chip
from simulators.cards.ssc.files import BinaryFile, CyclicFile, ElementaryFile, RecordFile
from simulators.cards.ssc.tlv import check_record

BY_IDENTIFIER: Final = 0
PREVIOUS: Final = 3
BY_NUMBER: Final = 4
TO_THE_LAST: Final = 5
SFI_IN_P1: Final = 0x80
COMMAND_TEMPLATE: Final = 0x83


def read_record(chip: Chip, command: Command) -> bytes:
    """Return one record, or all from P1 on."""
    file, mode = _record_file(chip, command)
    chip.check_access(file.read)
    if file.file_id is None:
        _check_options(chip)
    if mode == BY_NUMBER:
        return file.by_number(command.p1)
    if mode == TO_THE_LAST:
        file.by_number(command.p1)
        return b"".join(file.records[command.p1 - 1 :])[:MAX_LE]
    if mode == BY_IDENTIFIER and isinstance(file, RecordFile):
        return file.by_number(file.number_of(command.p1) or 0)
    raise RefusedError(StatusWord.WRONG_P1P2)


def update_record(chip: Chip, command: Command) -> bytes:
    """Replace one record; append it when its number or identifier does not exist yet."""
    file, mode = _record_file(chip, command)
    chip.check_access(file.write)
    if isinstance(file, CyclicFile):
        _update_cyclic(chip, file, command, mode)
        return b""
    if mode not in (BY_NUMBER, BY_IDENTIFIER):
        raise RefusedError(StatusWord.WRONG_P1P2)
    tag = check_record(command.data)
    number: int | None = command.p1
    if mode == BY_IDENTIFIER:
        if command.p1 != tag:
            raise RefusedError(StatusWord.LENGTH_NOT_TLV)
        number = file.number_of(tag)
    if number is None or number == len(file.records) + 1:
        _store(chip, f"{file.name}/{tag:02X}", lambda: file.append(command.data))
    else:
        _store(chip, f"{file.name}/{tag:02X}", lambda: file.replace(number, command.data))
    return b""


def append_record(chip: Chip, command: Command) -> bytes:
    """Add one record: at the end of a record file, as the newest of a cyclic one."""
    file, mode = _record_file(chip, command)
    chip.check_access(file.write)
    if command.p1 or mode:
        raise RefusedError(StatusWord.WRONG_P1P2)
    suffix = "" if isinstance(file, CyclicFile) else f"/{check_record(command.data):02X}"
    _store(chip, f"{file.name}{suffix}", lambda: file.append(command.data))
    return b""


def _update_cyclic(chip: Chip, file: CyclicFile, command: Command, mode: int) -> None:
    # "Previous" of the newest is the oldest: it becomes the newest (ISO/IEC 7816-4 clause 7.3.5).
    if mode == PREVIOUS and command.p1 == 0:
        _store(chip, file.name, lambda: file.append(command.data))
    elif mode == BY_NUMBER:
        _store(chip, file.name, lambda: file.replace(command.p1, command.data))
    else:
        raise RefusedError(StatusWord.WRONG_P1P2)


def _store(chip: Chip, place: str, change: Callable[[], None]) -> None:
    chip.write(f"{chip.session.directory.title}/{place}", change)


def read_binary(chip: Chip, command: Command) -> bytes:
    """Return a part of a transparent file."""
    file, offset = _binary_file(chip, command)
    chip.check_access(file.read)
    return file.part(offset, command.p3 or MAX_LE)


def update_binary(chip: Chip, command: Command) -> bytes:
    """Replace a part of a transparent file."""
    file, offset = _binary_file(chip, command)
    chip.check_access(file.write)
    if not command.data:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    _store(chip, file.name, lambda: file.replace(offset, command.data))
    return b""


def get_processing_options(chip: Chip, command: Command) -> bytes:
    """Return application profile and file locator; once after each selection."""
    directory = chip.session.directory
    if directory.pdol_length is None or chip.session.options_given:
        raise RefusedError(StatusWord.CONDITIONS_NOT_SATISFIED)
    if command.p1 or command.p2:
        raise RefusedError(StatusWord.WRONG_P1P2)
    if len(command.data) != directory.pdol_length + 2:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    if command.data[:2] != bytes([COMMAND_TEMPLATE, directory.pdol_length]):
        raise RefusedError(StatusWord.WRONG_DATA)
    chip.session.options_given = True
    return directory.options


def _check_options(chip: Chip) -> None:
    asked = chip.quirks.options_before_records and chip.session.directory.pdol_length is not None
    if asked and not chip.session.options_given:
        raise RefusedError(StatusWord.CONDITIONS_NOT_SATISFIED)


def _record_file(chip: Chip, command: Command) -> tuple[RecordFile | CyclicFile, int]:
    file = _current_file(chip, command.p2 >> 3)
    if isinstance(file, BinaryFile):
        raise RefusedError(StatusWord.WRONG_FILE_TYPE)
    return file, command.p2 & 0x07


def _binary_file(chip: Chip, command: Command) -> tuple[BinaryFile, int]:
    in_p1 = command.p1 & SFI_IN_P1
    file = _current_file(chip, command.p1 & 0x1F if in_p1 else 0)
    if not isinstance(file, BinaryFile):
        raise RefusedError(StatusWord.WRONG_FILE_TYPE)
    return file, command.p2 if in_p1 else command.p1 << 8 | command.p2


def _current_file(chip: Chip, sfi: int) -> ElementaryFile:
    # A short identifier also makes its file the current one (ISO/IEC 7816-4 clause 7.3.1.1).
    if sfi:
        file = chip.session.directory.by_sfi(sfi)
        if file is None:
            raise RefusedError(StatusWord.FILE_NOT_FOUND)
        chip.session.file = file
    if chip.session.file is None:
        raise RefusedError(StatusWord.NO_CURRENT_FILE)
    return chip.session.file

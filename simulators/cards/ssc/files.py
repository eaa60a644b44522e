"""The card's permanent memory: directories and elementary files. It survives power loss.

A record is replaced as a whole: between two commands no half record is visible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from simulators.cards.ssc.apdu import RefusedError, StatusWord
from simulators.cards.ssc.layout import Access, FileLayout
from simulators.cards.ssc.tlv import check_record, encode_record

FREE: Final[Access] = "free"
NEVER: Final[Access] = "never"
MAX_RECORDS: Final = 0xFE


@dataclass(slots=True)
class RecordFile:
    """Linear file of variable records, in the order of their creation.

    Attributes:
        file_id: None when the file is only reachable by its short identifier.
        size: Maximum bytes of all records together.
    """

    name: str
    sfi: int
    file_id: int | None
    read: Access
    write: Access
    size: int
    records: list[bytes] = field(default_factory=list, repr=False)

    def by_number(self, number: int) -> bytes:
        """Return record `number`, from 1.

        Raises:
            RefusedError: 6A83, there is none.
        """
        if not 1 <= number <= len(self.records):
            raise RefusedError(StatusWord.RECORD_NOT_FOUND)
        return self.records[number - 1]

    def number_of(self, identifier: int) -> int | None:
        """Return the number of the first record with `identifier`, its tag; None without one."""
        tags = [record[0] for record in self.records]
        return tags.index(identifier) + 1 if identifier in tags else None

    def replace(self, number: int, record: bytes) -> None:
        """Replace a record by one with the same tag and length.

        Raises:
            RefusedError: 6A85, another tag than the record's or a wrong length byte; 6700, another
                length than the record's (unverified: some cards may let a record shrink).
        """
        old = self.by_number(number)
        if check_record(record) != old[0]:
            raise RefusedError(StatusWord.LENGTH_NOT_TLV)
        if len(record) != len(old):
            raise RefusedError(StatusWord.WRONG_LENGTH)
        self.records[number - 1] = record

    def append(self, record: bytes) -> None:
        """Add `record` at the end.

        Raises:
            RefusedError: 6A85, a wrong length byte or an existing tag; 6A84, the file is full.
        """
        if self.number_of(check_record(record)) is not None:
            raise RefusedError(StatusWord.LENGTH_NOT_TLV)
        used = sum(map(len, self.records))
        if used + len(record) > self.size or len(self.records) >= MAX_RECORDS:
            raise RefusedError(StatusWord.NO_SPACE)
        self.records.append(record)


@dataclass(slots=True)
class BinaryFile:
    """Transparent file of a fixed size."""

    name: str
    sfi: int
    file_id: int | None
    read: Access
    write: Access
    content: bytearray = field(repr=False)

    def part(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`.

        Raises:
            RefusedError: 6B00, `offset` is beyond the file.
        """
        self._check_offset(offset)
        return bytes(self.content[offset : offset + length])

    def replace(self, offset: int, data: bytes) -> None:
        """Store `data` at `offset`.

        Raises:
            RefusedError: 6B00, `offset` is beyond the file; 6A84, `data` does not fit.
        """
        self._check_offset(offset)
        if offset + len(data) > len(self.content):
            raise RefusedError(StatusWord.NO_SPACE)
        self.content[offset : offset + len(data)] = data

    def _check_offset(self, offset: int) -> None:
        if offset >= len(self.content):
            raise RefusedError(StatusWord.WRONG_OFFSET)


@dataclass(slots=True)
class CyclicFile:
    """Cyclic file of records of one length, the newest first. The records are not TLVs.

    Attributes:
        length: Bytes of each record.
        count: Maximum number of records; the oldest is dropped.
    """

    name: str
    sfi: int
    file_id: int | None
    read: Access
    write: Access
    length: int
    count: int
    records: list[bytes] = field(default_factory=list, repr=False)

    def by_number(self, number: int) -> bytes:
        """Return record `number`; 1 is the newest.

        Raises:
            RefusedError: 6A83, there is none.
        """
        if not 1 <= number <= len(self.records):
            raise RefusedError(StatusWord.RECORD_NOT_FOUND)
        return self.records[number - 1]

    def replace(self, number: int, record: bytes) -> None:
        """Replace a record.

        Raises:
            RefusedError: 6A83, there is none; 6700, another length.
        """
        self.by_number(number)
        self._check_length(record)
        self.records[number - 1] = record

    def append(self, record: bytes) -> None:
        """Make `record` number 1; the oldest is lost when the file is full.

        Raises:
            RefusedError: 6700, another length.
        """
        self._check_length(record)
        self.records = [record, *self.records][: self.count]

    def _check_length(self, record: bytes) -> None:
        if len(record) != self.length:
            raise RefusedError(StatusWord.WRONG_LENGTH)


ElementaryFile = RecordFile | BinaryFile | CyclicFile


@dataclass(frozen=True, slots=True)
class Directory:
    """An application, or the root.

    Attributes:
        title: `MF`, `SSSE`, `DF01`, `PKI`, `CERT`, `PSE`, `BANK`.
        name: Name for SELECT by name; empty for the root.
        fci: Whole answer to SELECT; empty when there is none.
        file_id: None when it is only reachable by name.
        parent: Title of the application that contains it; empty outside one.
        pdol_length: Bytes that GET PROCESSING OPTIONS must send; None where that is unknown.
        options: Answer to GET PROCESSING OPTIONS.
    """

    title: str
    name: bytes
    fci: bytes
    files: tuple[ElementaryFile, ...] = ()
    file_id: int | None = None
    parent: str = ""
    pdol_length: int | None = None
    options: bytes = b""

    @property
    def family(self) -> str:
        """Title of the application that it is or is part of, whose global keys apply."""
        return self.parent or self.title

    def by_sfi(self, sfi: int) -> ElementaryFile | None:
        """Return the file with this short identifier, or None."""
        return next((file for file in self.files if file.sfi == sfi), None)

    def by_file_id(self, file_id: int) -> ElementaryFile | None:
        """Return the file with this file id, or None."""
        return next((file for file in self.files if file.file_id == file_id), None)


def make_file(layout: FileLayout, records: dict[int, bytes]) -> ElementaryFile:
    """Return a file as it leaves the card maker; `records` are the values that a blank has.

    Raises:
        ValueError: A value is missing, or does not have the length of the layout.
    """
    place = (layout.name, layout.sfi, layout.file_id, layout.read, layout.write)
    if layout.structure == "transparent":
        return BinaryFile(*place, bytearray(layout.size))
    if layout.structure == "cyclic":
        return CyclicFile(*place, layout.size, layout.count)
    content = []
    for item in layout.records:
        value = records.get(item.tag) if item.carried else item.blank_value()
        if value is None or len(value) != item.length:
            raise ValueError(f"{layout.name} {item.tag:02X} needs {item.length} bytes")
        content += [encode_record(item.tag, value)] * item.times
    return RecordFile(*place, layout.size or sum(map(len, content)), content)


def is_unwritten(file: ElementaryFile, layout: FileLayout) -> bool:
    """Whether `file` holds no person's data."""
    if isinstance(file, BinaryFile):
        return layout.carried or not any(file.content)
    if isinstance(file, CyclicFile):
        return not file.records
    items = [item for item in layout.records for _ in range(item.times)]
    # A record that is in no layout was appended: it is a person's.
    return len(items) == len(file.records) and all(
        record[0] == item.tag and (item.carried or record[2:] == item.blank_value())
        for record, item in zip(file.records, items, strict=True)
    )

"""The card's permanent memory: directories and elementary files. It survives power.

A record is replaced as a whole: between two commands no half record can be seen.
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
        size: Bytes that all records together may take.
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
        """Store `record` in the place of another one with the same tag and length.

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
            RefusedError: 6A85, a wrong length byte or a tag that is there already; 6A84, the file
                is full.
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
            RefusedError: 6B00, `offset` lies behind the file.
        """
        self._check_offset(offset)
        return bytes(self.content[offset : offset + length])

    def replace(self, offset: int, data: bytes) -> None:
        """Store `data` at `offset`.

        Raises:
            RefusedError: 6B00, `offset` lies behind the file; 6A84, `data` does not fit.
        """
        self._check_offset(offset)
        if offset + len(data) > len(self.content):
            raise RefusedError(StatusWord.NO_SPACE)
        self.content[offset : offset + len(data)] = data

    def _check_offset(self, offset: int) -> None:
        if offset >= len(self.content):
            raise RefusedError(StatusWord.WRONG_OFFSET)


ElementaryFile = RecordFile | BinaryFile


@dataclass(frozen=True, slots=True)
class Directory:
    """An application, or the root.

    Attributes:
        title: `MF`, `SSSE`, `PSE`, `BANK`.
        name: What SELECT by name compares; empty for the root.
        fci: Whole answer to SELECT; empty when there is none.
        pdol_length: Bytes that GET PROCESSING OPTIONS must bring; None where it is unknown.
        options: Answer to GET PROCESSING OPTIONS.
    """

    title: str
    name: bytes
    fci: bytes
    files: tuple[ElementaryFile, ...] = ()
    pdol_length: int | None = None
    options: bytes = b""

    def by_sfi(self, sfi: int) -> ElementaryFile | None:
        """Return the file with this short identifier, or None."""
        return next((file for file in self.files if file.sfi == sfi), None)

    def by_file_id(self, file_id: int) -> ElementaryFile | None:
        """Return the file with this file id, or None."""
        return next((file for file in self.files if file.file_id == file_id), None)


def make_file(layout: FileLayout, records: dict[int, bytes]) -> ElementaryFile:
    """Return a file as it leaves the card maker; `records` are the values that a blank carries.

    Raises:
        ValueError: A value is missing, or has not the length of the layout.
    """
    file_id = 0xEF00 + layout.sfi
    place = (layout.name, layout.sfi, file_id, layout.read, layout.write)
    if layout.structure == "transparent":
        return BinaryFile(*place, bytearray(layout.size))
    content = []
    for item in layout.records:
        blank = None if item.unwritten is None else bytes([item.unwritten]) * item.length
        value = records.get(item.tag, blank)
        if value is None or len(value) != item.length:
            raise ValueError(f"{layout.name} {item.tag:02X} needs {item.length} bytes")
        content.append(encode_record(item.tag, value))
    return RecordFile(*place, layout.size, content)


def is_unwritten(file: ElementaryFile, layout: FileLayout) -> bool:
    """Whether nothing of any person stands in `file`."""
    if isinstance(file, BinaryFile):
        return not any(file.content)
    blank = {item.tag: item.unwritten for item in layout.records}
    # A record that no layout knows was appended: it is somebody's.
    return all(
        record[0] in blank and (blank[record[0]] is None or set(record[2:]) == {blank[record[0]]})
        for record in file.records
    )

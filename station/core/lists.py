"""A list that leaves the station: rows under columns, for paper or a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

#: Media type of a spreadsheet. Source: IANA media types, ECMA-376.
SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: Its heading.
        width: Share of the page's width, relative to the other columns.
    """

    title: str
    width: float


@dataclass(frozen=True, slots=True)
class ListOfRows:
    """The content of a list, with the notes that its reader needs.

    Attributes:
        title: Heading.
        notes: Lines below the heading.
        columns: Left to right.
        rows: One cell per column in each row.
        foot: Lines below the last row: places for a signature, a seal, a date.
    """

    title: str
    notes: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    foot: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class PersonForm:
    """A form about one person, to be read and signed by that person; personal.

    Attributes:
        title: Heading.
        lines: Label and value, top to bottom.
        choices: Values of which the person marks one; empty for none.
        notes: What the person must know.
        signatures: Labels of the places for signatures.
        jpeg: The portrait beside the lines; empty for none.
    """

    title: str
    lines: Sequence[tuple[str, str]] = field(repr=False)
    choices: Sequence[tuple[str, str]] = field(repr=False)
    notes: Sequence[str]
    signatures: Sequence[str]
    jpeg: bytes = field(default=b"", repr=False)


class ListPapers(Protocol):
    """Writes lists into files."""

    def sheet(self, listed: ListOfRows) -> bytes:
        """Return a list as a spreadsheet (.xlsx) in which every cell is text."""
        ...

    def document(self, listed: ListOfRows) -> bytes:
        """Return a list as a PDF on A4, with page numbers and its foot after the last row.

        Raises:
            NameNotEncodableError: No font has one of the characters.
            PictureWorkError: The process that draws gave no result.
        """
        ...

    def forms(self, forms: Sequence[PersonForm]) -> bytes:
        """Return forms as a PDF, one on each page (A4).

        Raises:
            NameNotEncodableError: No font has one of the characters.
            PictureWorkError: The process that draws gave no result.
        """
        ...

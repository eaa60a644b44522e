"""A list that leaves the station: rows under columns, for paper or a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


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
    """

    title: str
    notes: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


class ListPapers(Protocol):
    """Writes lists into files."""

    def sheet(self, listed: ListOfRows) -> bytes:
        """Return a list as a spreadsheet (.xlsx) in which every cell is text."""
        ...

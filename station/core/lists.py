"""A list that leaves the station: rows under columns, for paper or a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: Its heading.
        width: Of the page's width, relative to the other columns.
    """

    title: str
    width: float


@dataclass(frozen=True, slots=True)
class ListOfRows:
    """What is listed, with what a reader must know about it.

    Attributes:
        title: Heading.
        notes: Lines below the heading.
        columns: Left to right.
        rows: As many cells as columns.
    """

    title: str
    notes: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]

"""The content of a printed slip for a person; the layout is in `station.paper`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip.

    Attributes:
        title: Printed in large type.
        lines: Label and value of each line; personal, never log it.
        notes: What the person must know, one paragraph each.
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

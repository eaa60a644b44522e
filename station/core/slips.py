"""A printed slip: what a person takes along. Words only; how it looks is the paper's matter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip.

    Attributes:
        title: In large type.
        lines: Label and value of each line; personal, never log it.
        notes: What the person must know, a paragraph each.
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

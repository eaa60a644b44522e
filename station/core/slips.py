"""The content of a printed slip or receipt for a person; the layout is in `station.paper`."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class PaperSize(enum.StrEnum):
    """What a slip is printed on."""

    RECEIPT = "80mm"  #: a receipt printer's roll
    A4 = "a4"


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip.

    Attributes:
        title: Printed in large type.
        lines: Label and value of each line; personal, never log it.
        notes: What the person must know, one paragraph each.
        paper: What it is printed on.
        signatures: Who signs it; printed with room for the name, on A4 and on a roll alike.
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    paper: PaperSize = PaperSize.RECEIPT
    signatures: tuple[str, ...] = ()

"""What the template of finished cards is given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from station.ui.notices import Notice


@dataclass(frozen=True, slots=True)
class CustodyChoice:
    """One value of a list, and what a person reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class CustodyRow:
    """A finished card: numbers masked; `where` says place, unit and shelf."""

    id: int
    name: str
    number: str
    card_number: str
    where: str
    at: str


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper; `waits` for a decision, or may have the receipt of its unit entered."""

    id: int
    act: str
    unit: str
    contact: str
    state: str
    at: str
    waits: bool
    may_note: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check of a card that was brought back."""

    id: int
    card_number: str
    told: str
    at: str


@dataclass(frozen=True, slots=True)
class CustodyPage:
    """成品卡: look for cards, act on the ones that are marked, papers, and 验卡.

    Attributes:
        looked: What was looked for, as it was typed.
        place: The place that was chosen instead; empty for none.
        done: What was done with the last press; empty for nothing.
        paper: Number of the paper that was made with it; 0 for none.
        read: AAZ501 of the card in the desk's reader that was read lately; empty for none.
        read_card: Its number, masked.
    """

    template: ClassVar[str] = "custody.html"

    window: str
    version: str
    notice: Notice | None
    looked: str
    place: str
    done: str
    paper: int
    read: str
    read_card: str
    places: tuple[CustodyChoice, ...]
    acts: tuple[CustodyChoice, ...]
    causes: tuple[CustodyChoice, ...]
    verdicts: tuple[CustodyChoice, ...]
    rows: tuple[CustodyRow, ...]
    papers: tuple[PaperRow, ...]
    checks: tuple[CheckRow, ...]

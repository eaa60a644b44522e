"""What the template of the machine's picture is given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from station.core.side_view import Box

#: How a part is drawn: as usual, with the card or the work at it, or meant by a message.
PartState = Literal["plain", "here", "warn", "error"]
#: How sure the place of the drawn card is: read from the machine, or only known of the journal.
Certainty = Literal["seen", "told"]


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """One part of the machine.

    Attributes:
        name: Of `MachinePart`.
        title: For people.
        box: Where it is drawn.
        state: How it is drawn.
    """

    name: str
    title: str
    box: Box
    state: PartState


@dataclass(frozen=True, slots=True)
class DrawnCard:
    """A card in the path, by its middle."""

    x: float
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class DrawnMove:
    """A movement that goes on: from where to where."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class MachinePicture:
    """The machine from the side, as it is now.

    Attributes:
        width: Of the picture.
        height: Of the picture.
        path: Height at which a card moves.
        case: The machine's case.
        parts: What it has.
        card: None when no card is drawn.
        move: None when nothing moves.
        unknown: Horizontal place of the mark for a card whose place is not known; None for none.
        jam: Whether the card path is marked as blocked.
        connected: Whether the machine answers; it is drawn pale otherwise.
        description: The whole picture in words, for whoever does not see it.
    """

    width: float
    height: float
    path: float
    case: Box
    parts: tuple[DrawnPart, ...]
    card: DrawnCard | None
    move: DrawnMove | None
    unknown: float | None
    jam: bool
    connected: bool
    description: str


@dataclass(frozen=True, slots=True)
class CardNow:
    """Where the card is, in one line.

    Attributes:
        text: For people.
        deadline: When the movement usually ends, in ISO 8601; empty where that is not known.
        picture: None where there is no machine to draw.
    """

    text: str
    deadline: str
    picture: MachinePicture | None

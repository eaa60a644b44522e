"""What the template of the charts is given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class HourBar:
    """One hour of the chart of cards, in the drawing's units; the spoiled stand on the made.

    Attributes:
        x: Left edge.
        made: Height of the cards that were put out.
        spoiled: Height of the spoiled ones.
        label: The hour; empty where no label is drawn.
        title: Said of it, for a mouse and a screen reader.
    """

    x: int
    made: float
    spoiled: float
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class DurationBar:
    """How long something usually takes: its name, the length of its bar (0 to 100), its words."""

    title: str
    length: float
    said: str


@dataclass(frozen=True, slots=True)
class ChartsPanel:
    """How the window works, for the technician.

    Attributes:
        hours: The last 24, oldest first; empty where no card was made.
        most: Cards of the fullest hour.
        summary: Cards and spoil rate of those hours, in words.
        durations: What devices and the province take.
        lines: Ribbon per card, and what is left of each supply with its forecast, in words.
    """

    template: ClassVar[str] = "_charts.html"
    name: ClassVar[str] = "charts"

    hours: tuple[HourBar, ...]
    most: int
    summary: str
    durations: tuple[DurationBar, ...]
    lines: tuple[str, ...]

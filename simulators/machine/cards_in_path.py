"""Physical cards: the place of each one, what is printed on it, operations on its chip."""

from __future__ import annotations

import enum
import itertools
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.cards import SimulatedCard
from simulators.machine.picture import Side, blank_picture, burn, from_png, to_png
from station.core.faces import Panel

_moves = itertools.count(1)
_HISTORY = 40  #: places stored for each card


class Place(enum.StrEnum):
    """Every place where a card can be."""

    STOCK = "stock"  #: in the drawer beside the machine
    FEEDER = "feeder"
    PRINT_START = "print-start"
    CONTACT = "contact"
    FLIPPER = "flipper"
    OUTPUT_HOPPER = "output-hopper"
    REJECT_BOX = "reject-box"
    TAKEN = "taken"  #: in a person's hand
    DESK_READER = "desk-reader"  #: the clerk's own reader, beside the machine
    CLEARED_AWAY = "cleared-away"  #: was in the reject box when that was emptied


#: Inside, between feeder and the two outlets: at most one card.
PATH: Final = frozenset({Place.PRINT_START, Place.CONTACT, Place.FLIPPER})


class PrintedFace:
    """One side of one card: white until a print head passes. Thread-safe.

    Attributes:
        panels: Panels printed, in order.
        prints: Completed prints.
        interrupted: Prints that were interrupted after the first panel began.
        overcoat: Share of the side's dots that have any overcoat, 0 to 1.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._lock = threading.Lock()
        self._wet: list[tuple[Panel, NDArray[np.uint8]]] = []
        self._png: bytes | None = None
        self.panels: list[Panel] = []
        self.prints = 0
        self.interrupted = 0
        self.overcoat = 0.0

    def burn(self, panel: Panel, plane: NDArray[np.uint8]) -> None:
        """Add one panel's dye. Cheap: the picture is computed on access."""
        with self._lock:
            self._wet.append((panel, plane))
            self.panels.append(panel)
            if panel is Panel.OVERCOAT:
                self.overcoat = float(np.count_nonzero(plane)) / plane.size

    @property
    def touched(self) -> bool:
        """Whether any dye is on it."""
        return bool(self.panels)

    def png(self) -> bytes:
        """Return the side as a person would see it, as PNG; frees the raw planes."""
        with self._lock:
            if self._png is None or self._wet:
                picture = from_png(self._png) if self._png else blank_picture(*self._size)
                for panel, plane in self._wet:
                    burn(picture, panel, plane)
                self._png = to_png(picture)
                self._wet.clear()
            return self._png


@dataclass(eq=False, slots=True)
class PhysicalCard:
    """One physical card. Written under the machine's lock; the chip under its own.

    Attributes:
        chip: The chip; use it under `chip_lock` only.
        place: Where it is; set it with `move`.
        turned: Inserted the wrong way round: its contacts touch nothing.
        bad_seatings: How many more times it will be seated without contact at the station.
        seated_badly: It is seated without contact now.
        power_sessions: Times the chip was powered on with an ATR.
        write_sessions: Those in which its memory was changed.
        records_written: Successful writes.
        tracks: Magnetic track -> its content; blank tracks are missing.
        scratched: The stripe can be neither written nor read.
        moved_at: A number that grows with every move of any card.
        history: Places it has been at, oldest first.
    """

    chip: SimulatedCard
    width: int
    height: int
    place: Place = Place.STOCK
    turned: bool = False
    bad_seatings: int = 0
    seated_badly: bool = False
    power_sessions: int = 0
    write_sessions: int = 0
    records_written: int = 0
    moved_at: int = 0
    tracks: dict[int, str] = field(default_factory=dict)
    scratched: bool = False
    chip_lock: threading.Lock = field(default_factory=threading.Lock)
    history: deque[Place] = field(default_factory=lambda: deque(maxlen=_HISTORY))
    faces: dict[Side, PrintedFace] = field(init=False)

    def __post_init__(self) -> None:
        self.faces = {side: PrintedFace(self.width, self.height) for side in Side}
        self.history.append(self.place)

    @property
    def card_id(self) -> str:
        """The chip's own id."""
        return self.chip.card_id

    def move(self, place: Place) -> None:
        """Move to another place. The contact station seats the card, with or without contact."""
        self.place = place
        self.moved_at = next(_moves)
        self.history.append(place)
        self.seated_badly = place is Place.CONTACT and self.bad_seatings > 0
        if self.seated_badly:
            self.bad_seatings -= 1

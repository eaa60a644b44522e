"""One print job: the required order of its commands, and its planes so far. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.machine.motions import Dots, SidePrint
from simulators.machine.picture import Side
from simulators.printers.hiti_cs import tables
from simulators.printers.hiti_cs.planes import PLANE_BYTES, face_from_wire
from station.core.faces import Panel

_SIMPLEX: Final = 14
_DUPLEX: Final = 18


class Stage(enum.Enum):
    """The progress of a job; the value is its state byte in 0503."""

    STARTED = 0x01  #: 0500; waits for 8102 and 8200
    HEATED = 0x11  #: 8102
    PAGE = 0x21  #: 8200; waits for planes
    PRINTING = 0x00  #: 8201
    FAILED = 0x80

    @property
    def wire(self) -> int:
        """The byte in 0503: every stage before printing is reported as waiting."""
        waiting = (Stage.STARTED, Stage.HEATED, Stage.PAGE)
        return Stage.STARTED.value if self in waiting else self.value


@dataclass(frozen=True, slots=True)
class Format:
    """The content of 8100: panels of both sides, and whether the card stays inside."""

    front: int
    back: int
    keep: bool

    def planes(self) -> list[tuple[Side, Panel]]:
        """The planes that must arrive, in order."""
        sequences = {Side.FRONT: self.front, Side.BACK: self.back}
        return [
            (side, panel)
            for side, sequence in sequences.items()
            for bit, panel in tables.COLOURS.items()
            if sequence & bit
        ]


def parse_format(args: bytes) -> Format | None:
    """Return the format requested by 8100; None when it is not supported or malformed."""
    if len(args) not in (_SIMPLEX, _DUPLEX):
        return None
    size = (tables.DPI, tables.DPI, tables.HEAD_COLUMNS, tables.ROWS)
    expected = b"\x01" + b"".join(value.to_bytes(2, "big") for value in size)
    front, copies, mode = args[11], args[12], args[13]
    back = args[14] if len(args) == _DUPLEX else 0
    known = sum(tables.COLOURS)
    whole = args[:9] == expected and copies == 1 and not any(args[15:])
    colours = bool(front | back) and not (front | back) & ~known
    modes = not mode & ~(tables.SPLIT_BLACK | tables.COMPENSATE_HEAT | tables.KEEP_CARD)
    if not (whole and colours and modes):
        return None
    return Format(front, back, bool(mode & tables.KEEP_CARD))


@dataclass(slots=True)
class Job:
    """A job from 0500 until it is printed or dropped.

    Attributes:
        job_id: 1..32767.
        format: Format of the preceding 8100.
        stage: Its progress.
        ended_by_host: Whether 0501 was received.
        planes: Complete planes, in the order of arrival.
        current: The plane that the next image block belongs to.
        partial: Its bytes so far.
        wanted_again: The plane that the printer found damaged.
    """

    job_id: int
    format: Format
    stage: Stage = Stage.STARTED
    ended_by_host: bool = False
    planes: dict[tuple[Side, Panel], bytes] = field(default_factory=dict)
    current: tuple[Side, Panel] | None = None
    partial: bytearray = field(default_factory=bytearray)
    wanted_again: tuple[Side, Panel] | None = None

    def expected_plane(self) -> tuple[Side, Panel] | None:
        """The plane that must arrive next; None when all have arrived."""
        missing = [plane for plane in self.format.planes() if plane not in self.planes]
        return missing[0] if missing else None

    def begin_plane(self, plane: tuple[Side, Panel]) -> bool:
        """Accept a plane command; False when it is another plane's turn."""
        if self.stage is not Stage.PAGE or plane != self.expected_plane():
            return False
        self.current = plane
        self.partial.clear()
        return True

    def block_fits(self, size: int, first_line: int, lines: int) -> bool:
        """Whether an image block continues the current plane."""
        in_order = first_line * tables.HEAD_COLUMNS == len(self.partial)
        whole_lines = 0 < lines <= tables.MAX_LINES and size == lines * tables.HEAD_COLUMNS
        return self.current is not None and in_order and whole_lines and self._room() >= size

    def _room(self) -> int:
        return PLANE_BYTES - len(self.partial)

    def add(self, data: bytes) -> bool:
        """Add raw bytes; True when the plane is complete."""
        self.partial += data
        return not self._room()

    def finish_plane(self, *, damaged: bool) -> None:
        """Store the complete plane, or request it again."""
        if self.current is None:
            return
        self.wanted_again = self.current if damaged else None
        if not damaged:
            self.planes[self.current] = bytes(self.partial)
        self.current = None
        self.partial.clear()

    def sides(self, beside: Callable[[int], None]) -> list[SidePrint]:
        """Return what the head will print; calls `beside` with the number of dots off the card."""
        sides = []
        for side in Side:
            planes = [
                (panel, _dots(data, beside))
                for (plane_side, panel), data in self.planes.items()
                if plane_side is side
            ]
            if planes:
                sides.append(SidePrint(side, planes, self._seconds(side, len(planes))))
        return sides

    def _seconds(self, side: Side, panels: int) -> float:
        if side is Side.BACK:
            return tables.BACK_SECONDS
        return tables.FRONT_SECONDS.get(self.format.front, tables.SECONDS_PER_PANEL * panels)


def _dots(data: bytes, beside: Callable[[int], None]) -> Dots:
    def decode() -> NDArray[np.uint8]:
        face, missed = face_from_wire(data)
        if missed:
            beside(missed)
        return face

    return decode

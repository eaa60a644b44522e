"""One print job: what must come in which order, and the planes so far. Pure."""

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
    """How far a job has come; the value is its state byte in 0503."""

    STARTED = 0x01  #: 0500; waits for 8102 and 8200
    HEATED = 0x11  #: 8102
    PAGE = 0x21  #: 8200; waits for planes
    PRINTING = 0x00  #: 8201
    FAILED = 0x80

    @property
    def wire(self) -> int:
        """The byte that 0503 shows: everything before printing is waiting."""
        waiting = (Stage.STARTED, Stage.HEATED, Stage.PAGE)
        return Stage.STARTED.value if self in waiting else self.value


@dataclass(frozen=True, slots=True)
class Format:
    """What 8100 said: panels of both sides, and whether the card stays inside."""

    front: int
    back: int
    keep: bool

    def planes(self) -> list[tuple[Side, Panel]]:
        """The planes that must come, in order."""
        sequences = {Side.FRONT: self.front, Side.BACK: self.back}
        return [
            (side, panel)
            for side, sequence in sequences.items()
            for bit, panel in tables.COLOURS.items()
            if sequence & bit
        ]


def parse_format(args: bytes) -> Format | None:
    """Return what 8100 asks for; None when the printer can't do that or the block is malformed."""
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
        format: From the 8100 before it.
        stage: How far it has come.
        ended_by_host: 0501 was seen.
        planes: Whole planes, in the order they came.
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
        """The plane that must come next; None when all are there."""
        missing = [plane for plane in self.format.planes() if plane not in self.planes]
        return missing[0] if missing else None

    def begin_plane(self, plane: tuple[Side, Panel]) -> bool:
        """Take a plane command; False when it is not this plane's turn."""
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
        """Take raw bytes; True when the plane is whole now."""
        self.partial += data
        return not self._room()

    def finish_plane(self, *, damaged: bool) -> None:
        """Keep the whole plane, or want it again."""
        if self.current is None:
            return
        self.wanted_again = self.current if damaged else None
        if not damaged:
            self.planes[self.current] = bytes(self.partial)
        self.current = None
        self.partial.clear()

    def sides(self, beside: Callable[[int], None]) -> list[SidePrint]:
        """Return what the head will print; `beside` is told how many dots miss the card."""
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

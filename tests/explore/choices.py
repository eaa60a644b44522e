"""What may go otherwise while the station works: crashes, faults, and what a site has chosen.

One action of the station is run again and again from the same state. At each place where the world
may go more than one way it asks `choose`. A script says at which of these places which way is
taken; everywhere else the first way is, on which nothing goes wrong. What was asked after the last
scripted place, and can still be afforded, is noted in `open`: each is one more script. So every way
through an action is run exactly once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final, NamedTuple

Script = tuple[tuple[int, str], ...]  #: number of a place -> the way taken there


class Crash(BaseException):
    """The power went; nothing in the station may catch it."""


class Budget(NamedTuple):
    """How much has gone wrong so far: what a state has cost."""

    crashes: int = 0
    faults: int = 0
    breaches: int = 0  #: of a person against the rules
    together: int = 9  #: of a bound: how much at most

    @property
    def spent(self) -> int:
        """Everything that has gone wrong."""
        return self.crashes + self.faults + self.breaches

    def within(self, bounds: Budget) -> bool:
        """Whether nothing exceeds the bounds."""
        return (
            self.crashes <= bounds.crashes
            and self.faults <= bounds.faults
            and self.breaches <= bounds.breaches
            and self.spent <= bounds.together
        )

    def plus(self, other: Budget) -> Budget:
        """Return what both have cost."""
        return Budget(
            self.crashes + other.crashes,
            self.faults + other.faults,
            self.breaches + other.breaches,
        )


CRASH: Final = "crash"
NORMAL: Final = ""


NOTHING: Final = Budget()


@dataclasses.dataclass
class Choices:
    """The choices of one run.

    Attributes:
        bounds: How much may go wrong on one path.
        spent: How much has, before this run and in it.
        open: Places after the last scripted one where another way could be taken.
        says: Lines of the story; None while nobody listens.
    """

    bounds: Budget
    spent: Budget = NOTHING
    script: dict[int, str] = dataclasses.field(default_factory=dict)
    open: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    says: list[str] | None = None
    _count: int = 0
    _last: int = -1

    def begin(self, script: Script, spent: Budget) -> None:
        """Start a run."""
        self.script, self.spent, self.open, self._count = dict(script), spent, [], 0
        self._last = script[-1][0] if script else -1

    def crash(self) -> None:
        """Pass a place at which the power may go."""
        number = self._count
        self._count = number + 1
        if number in self.script:
            self.spent = self.spent._replace(crashes=self.spent.crashes + 1)
            self.tell("*** The power goes. ***")
            raise Crash
        if number > self._last and self._affords(Budget(crashes=1)):
            self.open.append((number, CRASH))

    def fault(self, *faults: str, crash: bool = False) -> str:
        """Return which of these faults happens here; empty when none does."""
        number = self._count
        self._count = number + 1
        taken = self.script.get(number)
        if taken is not None:
            if taken == CRASH:
                self.spent = self.spent._replace(crashes=self.spent.crashes + 1)
            else:
                self.spent = self.spent._replace(faults=self.spent.faults + 1)
            return taken
        if number > self._last:
            if self._affords(Budget(faults=1)):
                self.open.extend((number, fault) for fault in faults)
            if crash and self._affords(Budget(crashes=1)):
                self.open.append((number, CRASH))
        return NORMAL

    def _affords(self, more: Budget) -> bool:
        return self.spent.plus(more).within(self.bounds)

    def pick(self, ways: Sequence[str]) -> str:
        """Return one of several ways of which none is wrong."""
        number = self._count
        self._count = number + 1
        taken = self.script.get(number)
        if taken is not None:
            return taken
        if number > self._last:
            self.open.extend((number, way) for way in ways[1:])
        return ways[0]

    def tell(self, line: str) -> None:
        """Add a line to the story, if somebody listens."""
        if self.says is not None:
            self.says.append(line)

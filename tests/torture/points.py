"""Every place where power, cable, card or database may fail: passed in order, and numbered.

A run without faults writes the list of points down; the boundaries are that list, so that a new
call or commit of the station is tortured without anybody adding it somewhere.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from station.core.errors import GatewayRejectedError

Point = tuple[str, str]  #: (call, `before` | `inside` | `after`)

READING: Final = frozenset({"status", "counters", "identify", "inspect", "find", "fetch", "hsm"})

#: Points behind which the station only thinks, until its next point: what was done is done, and
#: what is asked now changes nothing by itself (what goes on meanwhile is told by `outside`). Behind
#: any other one, the effect or the commit happens.
QUIET_CALLS: Final = frozenset({"status", "counters", "identify", "inspect", "state"})


class Killed(BaseException):
    """The power went; nothing in the station may catch it."""


class Points:
    """Passes points, and has planned ones go wrong."""

    def __init__(self) -> None:
        self.passed: list[Point] = []
        self.changed: list[bool] = []  #: of each: anything may have happened since the one before
        self.outside: Callable[[], object] = lambda: None  #: what goes on by itself, and by hands
        self._seen_outside: object = None
        self._last: dict[int, Point] = {}  # of each thread
        self.fired: Counter[str] = Counter()
        self._by_number: dict[int, Callable[[], None]] = {}
        self._by_name: dict[Point, list[BaseException]] = {}
        self._hooks: dict[Point, list[Callable[[], None]]] = {}
        self.between: Callable[[], None] = lambda: None  #: another lane may go on here
        self.off = False  #: the power is off: nothing happens any more, whatever catches `Killed`
        self._undivided = 0

    def do_at(self, number: int, action: Callable[[], None]) -> None:
        """Have `action` run when the point with this number is passed."""
        self._by_number[number] = action

    def when(self, call: str, when: str, action: Callable[[], None]) -> None:
        """Have `action` run when this point is passed the next time."""
        self._hooks.setdefault((call, when), []).append(action)

    def kill(self) -> None:
        """Cut the power now."""
        self.fired["power cut"] += 1
        self.off = True
        raise Killed

    def require_power(self) -> None:
        """Break off whatever would go on after a power cut.

        Raises:
            Killed: The power is off.
        """
        if self.off:
            raise Killed

    def kill_at(self, number: int) -> None:
        """Cut the power at the point with this number."""
        self.do_at(number, self.kill)

    def spring(self, call: str, when: str, *errors: BaseException) -> None:
        """Have the next passings of this point raise these errors, one each."""
        self._by_name.setdefault((call, when), []).extend(errors)

    def disarm(self) -> None:
        """Forget what is planned and has not happened."""
        self._by_number.clear()
        self._by_name.clear()
        self._hooks.clear()

    @contextlib.contextmanager
    def undivided(self) -> Iterator[None]:
        """Let nobody else go on meanwhile: the journal has one writer."""
        self._undivided += 1
        try:
            yield
        finally:
            self._undivided -= 1

    def let_others_go_on(self) -> None:
        """Let another lane work now, if chance wants it."""
        if not self._undivided:
            self.between()

    def at(self, call: str, when: str) -> None:
        """Pass this point."""
        self.require_power()
        self.let_others_go_on()
        self._pass((call, when))
        action = self._by_number.pop(len(self.passed) - 1, None)
        if action is not None:
            action()
        for hook in self._hooks.pop((call, when), []):
            self._seen_outside = None  # what hands do here is not known
            hook()
        planned = self._by_name.get((call, when))
        if planned:
            error = planned.pop(0)
            self.fired[_fault(call, when, error)] += 1
            raise error

    def _pass(self, point: Point) -> None:
        # Another lane may be in the middle of an effect, so the last point of every lane counts.
        outside = self.outside()
        before = self._last.values()
        self.changed.append(outside != self._seen_outside or not all(map(_is_quiet, before)))
        self._seen_outside = outside
        self._last[threading.get_ident()] = point
        self.passed.append(point)


def _is_quiet(point: Point) -> bool:
    call, when = point
    return when == "after" or call in QUIET_CALLS


def _fault(call: str, when: str, error: BaseException) -> str:
    """Name what went wrong, for the table."""
    if isinstance(error, GatewayRejectedError):
        return f"{call} refused"
    if call == "commit":
        return "disk full, once"
    happened = {"before": "not done", "inside": "half done", "after": "done"}
    return f"{call}: no answer, {happened[when]}"

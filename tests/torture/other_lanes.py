"""The lanes of the province beside the machine's: all move by turns, and chance says who goes on.

Only one thread moves at a time: it hands the baton over at a point (a call to a device or to the
province, the begin and the end of a transaction) and waits there until it is given back. So a seed
always does the same, and a crash finds each lane at any of its points.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Final

from station.core.life import Lane
from tests.torture.points import Killed

HANDS_OVER: Final = 0.4  #: share of the points at which another lane goes on


class _Work:
    """What one lane has under way, on a thread that moves only when it has the baton."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._dying = False
        self._raised: BaseException | None = None
        self.ended = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def go_on(self, *, dying: bool = False) -> None:
        """Give the baton to it; returns when it is back. Raises what the work has raised."""
        self._dying = dying
        self._mine.release()
        self._theirs.acquire()
        if self.ended:
            self.thread.join()
            if self._raised is not None:
                raise self._raised

    def pause(self) -> None:
        """Give the baton back; returns when it is here again. Called by the work itself."""
        if not self._dying:
            self._theirs.release()
            self._mine.acquire()
        if self._dying:
            raise Killed

    def _run(self) -> None:
        self._mine.acquire()
        try:
            if not self._dying:
                self._work()
        except BaseException as exc:  # noqa: BLE001 - whoever gave the baton raises it
            self._raised = exc
        self.ended = True
        self._theirs.release()


class OtherLanes:
    """What the lanes of the province have under way; the machine's is whoever calls."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._works: dict[Lane, _Work] = {}

    @property
    def moves(self) -> bool:
        """Whether it is one of these lanes that has the baton now."""
        return self._own() is not None

    def under_way(self, lane: Lane) -> bool:
        """Whether a lane is in the middle of its work."""
        return lane in self._works

    def begin(self, lane: Lane, work: Callable[[], None]) -> None:
        """Give a lane its work, unless it has some; chance says when it goes on."""
        if lane not in self._works:
            self._works[lane] = _Work(work)

    def hand_over(self) -> None:
        """Let another lane go on here, if chance wants it.

        Raises:
            Killed: The power went while that one worked.
        """
        if not self._works:
            return
        own = self._own()
        if self._chance.random() >= HANDS_OVER:
            return
        if own is not None:
            own.pause()
        else:
            self._go_on(self._chance.choice(list(self._works)))

    def wait_here(self) -> None:
        """Have this lane wait until chance lets it go on; nothing in the machine's own lane."""
        own = self._own()
        if own is not None:
            own.pause()

    def finish(self) -> None:
        """Let every lane work to its end."""
        while self._works:
            self._go_on(self._chance.choice(list(self._works)))

    def kill(self) -> None:
        """Have every lane end where it is: the power is off."""
        for work in self._works.values():
            while not work.ended:
                try:
                    work.go_on(dying=True)
                except Killed:
                    continue
        self._works.clear()

    def _own(self) -> _Work | None:
        mine = threading.current_thread()
        return next((one for one in self._works.values() if one.thread is mine), None)

    def _go_on(self, lane: Lane) -> None:
        work = self._works[lane]
        try:
            work.go_on()
        finally:
            if work.ended:
                self._works.pop(lane, None)

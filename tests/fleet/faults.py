"""What goes wrong in a run and when: the plan, which a seed decides, and how it is done."""

from __future__ import annotations

import hashlib
import random
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fleet.fleet import HALL, Fleet

SHARE: Final = 50  #: one station of so many is restored, one is copied, one falls silent
WITHDRAWN: Final = 0.1  #: share of the open orders
SILENT: Final = "silent"  #: the fault whose stations two people take orders from


@dataclass(frozen=True, slots=True)
class Due:
    """One fault.

    Attributes:
        at: Seconds after the beginning.
        what: Name of a method of `Faults`.
        stations: Whom it strikes.
        seconds: For how long, where that is asked.
    """

    at: float
    what: str
    stations: tuple[str, ...] = ()
    seconds: float = 0.0


def planned(names: Sequence[str], seed: int, span: float) -> tuple[Due, ...]:
    """Return what goes wrong among these stations within so many seconds; nothing else decides."""
    chance, order = random.Random(f"faults {seed}"), list(names)
    chance.shuffle(order)
    few = max(1, len(order) // SHARE)
    many = len(order) > 9 * few
    take = iter(order)
    restored = tuple(next(take) for _ in range(few))
    copied = tuple(next(take) for _ in range(4 * few)) if many else tuple(order[-3:])
    silent = tuple(next(take) for _ in range(few)) if many else tuple(order[1:2])
    inside = tuple(next(take) for _ in range(2 * few)) if many else silent
    killed = [name for name in order if name not in inside][: max(2, len(order) // 4)]
    hall = order[-1].rpartition(".")[0] + "."
    cut = tuple(name for name in names if name.startswith(hall) and name not in silent)[: HALL // 2]
    plan = [
        Due(0.02, "lease_ends_inside", inside),
        Due(0.05, "back_up", restored),
        Due(0.05, "away", silent),
        Due(0.10, "withdraw"),
        Due(0.15, "kill_central"),
        Due(0.20, "copy_nats"),
        Due(0.30, "cut", cut),
        Due(0.35, SILENT, silent),
        Due(0.35, "copy_disk", copied),
        Due(0.40, "withdraw"),
        Due(0.45, "kill_nats"),
        Due(0.50, "let_central_die"),
        Due(0.55, "older_nats"),
        Due(0.65, "copy_disk", copied),
        Due(0.70, "kill_central"),
        Due(0.75, "restore", restored),
        Due(0.75, "withdraw"),
        Due(0.80, "join", cut),
        Due(0.90, "copy_disk", copied),
        Due(0.95, "join", silent),
        Due(0.97, "come_back", silent),
    ]
    plan += [
        Due(chance.uniform(0.05, 0.85), "kill", (name,), round(chance.uniform(0.5, 3.0), 2))
        for name in killed
    ]
    timed = [Due(round(one.at * span, 2), one.what, one.stations, one.seconds) for one in plan]
    return tuple(sorted(timed, key=lambda one: one.at))


class Faults:
    """Does what is due.

    Attributes:
        silent: Stations that two people may take orders from.
        digest: Of the plan.
    """

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self._fleet = fleet
        self._older = folder / "older"
        self._began = time.monotonic()
        plan = planned(fleet.names, fleet.options.seed, fleet.options.seconds)
        self.digest = hashlib.sha256(repr(plan).encode()).hexdigest()[:12]
        self.silent = next(one.stations for one in plan if one.what == SILENT)
        self._copies = max(1, len(fleet.names) // SHARE)
        self._copied: set[str] = set()
        self._plan = deque(plan)
        self._do: Mapping[str, Callable[[Due], None]] = {
            "lease_ends_inside": self._tell("end_lease_inside"),
            "back_up": self._tell("back_up"),
            "restore": self._tell("restore"),
            "away": self._tell("away", away=True),
            "come_back": self._tell("away", away=False),
            "withdraw": lambda due: fleet.withdraw_some(WITHDRAWN),
            "kill_central": self._kill_central,
            "let_central_die": self._let_central_die,
            "kill_nats": self._kill_nats,
            "copy_nats": self._copy_nats,
            "older_nats": self._older_nats,
            "cut": lambda due: fleet.cut(list(due.stations), cut=True),
            SILENT: lambda due: fleet.cut(list(due.stations), cut=True),
            "join": lambda due: fleet.cut(list(due.stations), cut=False),
            "copy_disk": self._copy_disk,
            "kill": lambda due: fleet.tell(due.stations[0], "kill", seconds=due.seconds),
        }

    @property
    def over(self) -> bool:
        return not self._plan

    def due(self) -> None:
        passed = time.monotonic() - self._began
        while self._plan and self._plan[0].at <= passed:
            due = self._plan.popleft()
            self._do[due.what](due)

    def _tell(self, word: str, **given: object) -> Callable[[Due], None]:
        def do(due: Due) -> None:
            for name in due.stations:
                self._fleet.tell(name, word, **given)

        return do

    def _kill_central(self, due: Due) -> None:
        del due
        self._fleet.kill_central()
        self._fleet.faults["central-killed"] += 1
        self._fleet.start_central()

    def _let_central_die(self, due: Due) -> None:
        del due
        died = self._fleet.let_central_die()
        self._fleet.faults["central-killed-before-its-word" if died else "central-killed"] += 1
        self._fleet.start_central()

    def _kill_nats(self, due: Due) -> None:
        del due
        self._fleet.stop_nats()
        self._fleet.start_nats()
        self._fleet.faults["nats-killed"] += 1

    def _copy_nats(self, due: Due) -> None:
        del due
        self._fleet.stop_nats()
        self._fleet.nats.copy_store(self._older)
        self._fleet.start_nats()
        self._fleet.faults["nats-killed"] += 1

    def _older_nats(self, due: Due) -> None:
        del due
        self._fleet.stop_nats()
        self._fleet.nats.put_store(self._older)
        self._fleet.start_nats()
        self._fleet.faults["nats-older-store"] += 1

    def _copy_disk(self, due: Due) -> None:
        for name in due.stations:
            if len(self._copied) >= self._copies:
                return
            if name not in self._copied and self._fleet.tell(name, "clone"):
                self._copied.add(name)

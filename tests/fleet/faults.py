"""What goes wrong in a run and when, by the seed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.fleet.fleet import HALL, Fleet

SHARE: Final = 50  #: one station of so many is restored, one is copied
Work = Callable[[], object]


class Faults:
    """A plan; `due` does what is due."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self._fleet = fleet
        self._older = folder / "older"
        self._began = time.monotonic()
        chance, names = fleet.chance, list(fleet.names)
        chance.shuffle(names)
        few = max(1, len(names) // SHARE)
        take = iter(names)
        restored = [next(take) for _ in range(few)]
        self._copies = few if len(names) > 2 * few else 0
        many = len(names) > 6 * few
        copied = [next(take) for _ in range(4 * few)] if many else names[-3:]
        self.silent = [next(take) for _ in range(few)] if many else names[1:2]
        inside = [next(take) for _ in range(2 * few)] if len(names) > 9 * few else self.silent
        killed = [name for name in names if name not in inside][: max(2, len(names) // 4)]
        hall = names[-1].rpartition(".")[0] + "."
        cut_off = [name for name in fleet.names if name.startswith(hall)][: HALL // 2]
        cut_off = [name for name in cut_off if name not in self.silent]
        plan: list[tuple[float, Work]] = [
            (0.02, lambda: [fleet.tell(name, "end_lease_inside") for name in inside]),
            (0.10, lambda: fleet.withdraw_some(0.1)),
            (0.15, self._kill_central),
            (0.20, self._copy_nats),
            (0.05, lambda: [fleet.tell(name, "back_up") for name in restored]),
            (0.30, lambda: self._cut(cut_off, cut=True)),
            (0.35, lambda: self._clone(copied)),
            (0.40, lambda: fleet.withdraw_some(0.1)),
            (0.45, self._kill_nats),
            (0.50, self._let_central_die),
            (0.55, self._older_nats),
            (0.75, lambda: [fleet.tell(name, "restore") for name in restored]),
            (0.65, lambda: self._clone(copied)),
            (0.70, self._kill_central),
            (0.75, lambda: fleet.withdraw_some(0.1)),
            (0.80, lambda: self._cut(cut_off, cut=False)),
            (0.90, lambda: self._clone(copied)),
        ]
        for name in killed:
            plan.append((chance.uniform(0.05, 0.85), self._killer(name, chance.uniform(0.5, 3.0))))
        plan.append((0.05, lambda: self._away(away=True)))
        plan.append((0.35, lambda: self._cut(self.silent, cut=True)))
        plan.append((0.95, lambda: self._cut(self.silent, cut=False)))
        plan.append((0.97, lambda: self._away(away=False)))
        span = fleet.options.seconds
        self._plan = deque(sorted(((at * span, work) for at, work in plan), key=lambda one: one[0]))
        self._is_copied: set[str] = set()

    @property
    def over(self) -> bool:
        return not self._plan

    def due(self) -> None:
        passed = time.monotonic() - self._began
        while self._plan and self._plan[0][0] <= passed:
            self._plan.popleft()[1]()

    def _kill_central(self) -> None:
        self._fleet.kill_central()
        self._fleet.faults["central-killed"] += 1
        self._fleet.start_central()

    def _let_central_die(self) -> None:
        died = self._fleet.let_central_die()
        self._fleet.faults["central-killed-before-its-word" if died else "central-killed"] += 1
        self._fleet.start_central()

    def _copy_nats(self) -> None:
        self._fleet.stop_nats()
        self._fleet.nats.copy_store(self._older)
        self._fleet.start_nats()
        self._fleet.faults["nats-killed"] += 1

    def _kill_nats(self) -> None:
        self._fleet.stop_nats()
        self._fleet.start_nats()
        self._fleet.faults["nats-killed"] += 1

    def _older_nats(self) -> None:
        self._fleet.stop_nats()
        self._fleet.nats.put_store(self._older)
        self._fleet.start_nats()
        self._fleet.faults["nats-older-store"] += 1

    def _killer(self, name: str, seconds: float) -> Work:
        return lambda: self._fleet.tell(name, "kill", seconds=seconds)

    def _cut(self, names: list[str], *, cut: bool) -> None:
        self._fleet.cut(names, cut=cut)

    def _away(self, *, away: bool) -> None:
        for name in self.silent:
            self._fleet.tell(name, "away", away=away)

    def _clone(self, names: list[str]) -> None:
        for name in names:
            if len(self._is_copied) >= self._copies:
                return
            if name not in self._is_copied and self._fleet.tell(name, "clone"):
                self._is_copied.add(name)

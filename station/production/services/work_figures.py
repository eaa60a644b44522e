"""How the window works: cards per hour, what devices take, spoiled cards, and supplies to come.

Read from the newest part of the history, each event once, so that a page that is open costs nothing
and a journal of years is not read through. Durations and hours are differences of the journal's own
age; the wall clock only names the hours for people.
"""

from __future__ import annotations

import datetime as dt
import statistics
import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from station.core.life import OrderEvent
from station.core.orders import EffectKind, EffectState, OrderStep
from station.journal import Journal
from station.journal.figures import AgedEvent
from station.production.services.ledger import LedgerService

HOURS: Final = 24  #: shown, the present one included
HOUR: Final = 3600.0  #: seconds
MOST_READ: Final = 20_000  #: events before the daemon's start, the newest ones
MOST_KEPT: Final = 5_000  #: cards
OF_EACH: Final = 50  #: newest durations of one effect
#: Effects whose duration tells a technician something of a device or the province.
TIMED: Final = (
    EffectKind.FEED, EffectKind.WRITE_CHIP, EffectKind.REPORT, EffectKind.PRINT, EffectKind.RELEASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HourOfWork:
    """One hour: the wall clock's hour at its beginning, and the cards that came out of it."""

    hour: int
    made: int
    spoiled: int


@dataclass(frozen=True, slots=True)
class Supply:
    """What is left of a supply.

    Attributes:
        name: `ribbon`, `feeder` or `drawer`.
        cards: For how many cards it is enough.
        hours: And for how many hours at the pace of the last 24; None where nothing was made.
    """

    name: str
    cards: int
    hours: float | None


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """The figures.

    Attributes:
        hours: The last 24, oldest first.
        made: Cards that were put out in them.
        spoiled: Cards that were spoiled in them.
        effects: Effect -> median seconds of its newest ones; only of what was done.
        report_delay: Median seconds from the written chip to the province's acknowledgement.
        ribbon_planned: Sets of ribbon that the shift's cards needed.
        ribbon_used: Sets that the printer used up in the shift.
        supplies: What is left.
    """

    hours: tuple[HourOfWork, ...]
    made: int
    spoiled: int
    effects: tuple[tuple[EffectKind, float], ...]
    report_delay: float | None
    ribbon_planned: int
    ribbon_used: int
    supplies: tuple[Supply, ...]


class WorkFiguresService:
    """Follows the history. Thread-safe."""

    def __init__(self, journal: Journal, ledger: LedgerService) -> None:
        self._journal = journal
        self._ledger = ledger
        self._lock = threading.Lock()
        self._seq = max(0, journal.last_seq - MOST_READ)
        self._made: deque[float] = deque(maxlen=MOST_KEPT)
        self._spoiled: deque[float] = deque(maxlen=MOST_KEPT)
        self._begun: dict[tuple[str, str], float] = {}
        self._took: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=OF_EACH))
        self._written: dict[str, float] = {}
        self._delays: deque[float] = deque(maxlen=OF_EACH)

    def read(self, ribbon_left: int | None) -> WorkFigures:
        """Return the figures as they are now; `ribbon_left` is the printer's own count."""
        shift = self._ledger.shift()
        with self._lock:
            self._follow()
            now, age = self._journal.clock.now().astimezone(), self._journal.age()
            made = self._by_hour(now, age, self._made)
            spoiled = self._by_hour(now, age, self._spoiled)
            hours = tuple(
                HourOfWork((now - dt.timedelta(hours=back)).hour, made[back], spoiled[back])
                for back in reversed(range(HOURS))
            )
            pace = self._pace(age)
            supplies = {"ribbon": ribbon_left, "feeder": shift.feeder, "drawer": shift.drawer}
            return WorkFigures(
                hours=hours,
                made=sum(made),
                spoiled=sum(spoiled),
                effects=tuple(
                    (kind, statistics.median(self._took[kind.value]))
                    for kind in TIMED
                    if self._took.get(kind.value)
                ),
                report_delay=statistics.median(self._delays) if self._delays else None,
                ribbon_planned=shift.ribbon_planned,
                ribbon_used=shift.ribbon_used,
                supplies=tuple(
                    Supply(name, max(0, left), max(0, left) / pace if pace else None)
                    for name, left in supplies.items()
                    if left is not None
                ),
            )

    def _pace(self, age: float) -> float:
        """Return the cards per hour since the first one of the last 24 hours."""
        recent = [at for at in self._made if age - at < HOURS * HOUR]
        return len(recent) / max(1.0, (age - recent[0]) / HOUR) if recent else 0.0

    @staticmethod
    def _by_hour(now: dt.datetime, age: float, ages: Iterable[float]) -> list[int]:
        """Count ages by how many full hours of the wall clock ago they were."""
        into = now.minute * 60.0 + now.second
        counts = [0] * HOURS
        for one in ages:
            before = max(0.0, age - one) - into
            back = 0 if before <= 0 else 1 + int(before // HOUR)
            if back < HOURS:
                counts[back] += 1
        return counts

    def _follow(self) -> None:
        while events := self._journal.figures.events_after(self._seq):
            for event in events:
                self._count(event)
            self._seq = events[-1].seq

    def _count(self, event: AgedEvent) -> None:
        if event.kind == "intent":
            self._begun[event.order, event.data["effect"]] = event.age
        elif event.kind == "outcome":
            began = self._begun.pop((event.order, event.data["effect"]), None)
            if began is not None and event.data["state"] == EffectState.DONE.value:
                self._took[event.data["effect"]].append(max(0.0, event.age - began))
        elif event.kind == OrderEvent.CARD_RELEASED.value:
            self._made.append(event.age)
        elif event.data.get("to") == OrderStep.SPOILED.value:
            self._spoiled.append(event.age)
            self._written.pop(event.order, None)  # its report is of another kind
        elif event.kind == OrderEvent.CHIP_WRITTEN.value:
            self._written[event.order] = event.age
        elif event.kind == OrderEvent.REPORTED.value:
            written = self._written.pop(event.order, None)
            if written is not None:
                self._delays.append(max(0.0, event.age - written))

"""The ledger of blanks: movements by people, fates, and whether a shift balances."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from station.core.orders import StockMove
from station.core.phrases import phrase

DRAWER: Final = phrase("stock-place.drawer")
FEEDER: Final = phrase("stock-place.feeder")


@dataclass(frozen=True, slots=True)
class StockRecord:
    """One movement of blanks outside the machine; `bank` is empty when nobody said whose."""

    id: int
    at: dt.datetime
    actor: str
    move: StockMove
    count: int
    bank: str = ""


@dataclass(frozen=True, slots=True)
class BankStock:
    """The blanks of one bank outside the machine, by the journal.

    Attributes:
        bank: AAE008; empty for blanks of which nobody said whose they are.
        name: Of the bank, for people.
        drawer: Blanks that must be in the drawer.
        feeder: Blanks that must be in the feeder.
        counted: What a person counted in the drawer; None when nobody has.
    """

    bank: str
    name: str
    drawer: int
    feeder: int
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class ClosedShift:
    """A shift that was counted and closed.

    Attributes:
        id: Increases in the order of closing.
        began_at: Wall time, UTC; for display only.
        ended_at: Wall time, UTC; for display only: the PC's clock may have been set in between.
        ended_by: The person who closed it.
        report: The report as it was signed.
        event: Number of the event that closed it; the next shift counts from the following event.
    """

    id: int
    began_at: dt.datetime
    ended_at: dt.datetime
    ended_by: str
    report: Mapping[str, Any]
    event: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """What a person counted at the end of a shift.

    Attributes:
        drawer: Blanks in the drawer.
        feeder: Blanks in the feeder.
        banks: AAE008 -> blanks of that bank in the drawer, where they were counted by bank.
    """

    drawer: int
    feeder: int
    banks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ShiftFigures:
    """The journal's figures for one shift.

    Attributes:
        drawer_before: Blanks in the drawer when it began, as counted then.
        feeder_before: Blanks in the feeder when it began.
        inside_before: Blanks in the machine when it began.
        opened: Blanks of packages that were opened.
        loaded: Blanks moved from the drawer into the feeder.
        unloaded: Blanks moved from the feeder back into the drawer.
        returned: Blanks returned from the drawer to the store.
        fed: Blanks that left the feeder.
        issued: Blanks whose fate was settled: issued as a holder's card.
        spoiled: Likewise: used up, or lost.
        test: Likewise: used up by test cards.
        refused: Likewise: put aside unwritten, in the reject bin.
        given_back: Likewise: released unharmed; they go into the drawer.
        inside: In the machine now.
    """

    drawer_before: int = 0
    feeder_before: int = 0
    inside_before: int = 0
    opened: int = 0
    loaded: int = 0
    unloaded: int = 0
    returned: int = 0
    fed: int = 0
    issued: int = 0
    spoiled: int = 0
    test: int = 0
    refused: int = 0
    given_back: int = 0
    inside: int = 0

    @property
    def drawer(self) -> int:
        """How many blanks must be in the drawer now."""
        taken = self.loaded + self.returned
        return self.drawer_before + self.opened + self.unloaded + self.given_back - taken

    @property
    def feeder(self) -> int:
        """How many blanks must be in the feeder now."""
        return self.feeder_before + self.loaded - self.unloaded - self.fed

    @property
    def fates(self) -> int:
        """How many blanks had their fate settled in this shift."""
        return self.issued + self.spoiled + self.test + self.refused + self.given_back


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """One shift: the blanks, the ribbon, and what does not balance.

    Attributes:
        began_at: When the previous shift was closed.
        until: End of the period that the report covers.
        figures: The journal's figures.
        drawer: Blanks that must be in the drawer.
        feeder: Blanks that must be in the feeder.
        counted: What a person counted; None while the shift is open.
        balances: Whether nothing differs.
        differences: What differs, as phrases for the clerk.
        ribbon_planned: Sets of panels that the shift's faces needed.
        ribbon_used: Sets that the ribbon lost.
        ribbon_alarm: Whether the ribbon use exceeds the site's limit.
        ribbon_total_planned: Sets needed over the machine's whole life, for the next shift's
            report.
        ribbon_total_used: Sets lost over the machine's whole life.
        banks: The blanks of each bank; empty while nobody says whose blanks are moved.
    """

    began_at: dt.datetime
    until: dt.datetime
    figures: ShiftFigures
    drawer: int
    feeder: int
    counted: Counted | None
    balances: bool
    differences: tuple[str, ...]
    ribbon_planned: int
    ribbon_used: int
    ribbon_alarm: bool
    ribbon_total_planned: int
    ribbon_total_used: int
    banks: tuple[BankStock, ...] = ()


def bank_differences(banks: Iterable[BankStock]) -> tuple[str, ...]:
    """Return what does not balance among the banks, as phrases. Pure."""
    found = []
    for one in banks:
        for place, must in ((DRAWER, one.drawer), (FEEDER, one.feeder)):
            if must < 0:
                of_bank = phrase("stock-place.of-bank", bank=one.name, place=place)
                found.append(phrase("difference.never-opened", place=of_bank, must=must))
        if one.counted is not None and one.counted != one.drawer:
            code = "difference.more" if one.counted > one.drawer else "difference.fewer"
            gap, place = (
                abs(one.counted - one.drawer),
                phrase("stock-place.of-bank", bank=one.name, place=DRAWER),
            )
            found.append(phrase(code, place=place, counted=one.counted, must=one.drawer, gap=gap))
    return tuple(found)


def differences(figures: ShiftFigures, counted: Counted | None) -> tuple[str, ...]:
    """Return what does not balance, as phrases; empty when everything does. Pure."""
    found = []
    for place, must in ((DRAWER, figures.drawer), (FEEDER, figures.feeder)):
        if must < 0:
            found.append(phrase("difference.never-opened", place=place, must=must))
    if counted is not None:
        pairs = (
            (DRAWER, counted.drawer, figures.drawer),
            (FEEDER, counted.feeder, figures.feeder),
        )
        for place, is_there, must in pairs:
            if is_there != must:
                code = "difference.more" if is_there > must else "difference.fewer"
                gap = abs(is_there - must)
                found.append(phrase(code, place=place, counted=is_there, must=must, gap=gap))
    inside = figures.inside_before + figures.fed - figures.fates
    if inside != figures.inside:
        found.append(phrase("difference.inside", must=inside, recorded=figures.inside))
    return tuple(found)

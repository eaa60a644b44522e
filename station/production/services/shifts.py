"""Stock and shifts: what must be where of the blanks, and what a person has counted."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from station.core.changes import CloseShift, MoveBlanks
from station.core.errors import InputError, OrderConflictError, StockMissingError
from station.core.errors.calls import KeyReusedError
from station.core.ledger import (
    ClosedShift,
    Counted,
    ShiftFigures,
    ShiftReport,
    bank_differences,
    differences,
)
from station.core.limits import MOST_BLANKS
from station.core.orders import CardFate, StockMove
from station.core.phrases import phrase
from station.production.life.blank_stock import BEFORE_ALL, by_bank
from station.production.life.effects import Workbench
from station.words import spoken

#: Kinds of events that make a shift one that must be closed.
_OF_A_SHIFT: Final = ("stock-moved", "card-fed")
BEGINNING: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  #: start of the first shift, for people


class ShiftService:
    """Blanks outside the machine, shift by shift; every call may be repeated."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._journal = bench.journal

    def move_stock(
        self, move: StockMove, count: int, actor: str, *, request: str, bank: str = ""
    ) -> ShiftReport:
        """Record that blanks were opened, loaded, unloaded or returned; `bank` (AAE008) says whose.

        Raises:
            InputError: The count is invalid.
            BankNotConfiguredError: The site does not know this bank.
            StockMissingError: The drawer or the feeder does not hold so many.
            OrderConflictError: The request's name was used for another move.
        """
        if not 0 < count <= MOST_BLANKS:
            raise InputError("so many blanks can't be moved at once")
        if bank:
            self._bench.equipment.blank_rule(bank)
        with self._journal.transaction(actor) as change:
            known = self._journal.stock.move_of_request(request)
            if known is None:
                self._refuse_missing(move, count, bank)
                machine = self._bench.equipment.machine
                change.apply(MoveBlanks(machine, request, move, count, bank))
            elif (known.move, known.count, known.bank) != (move, count, bank):
                raise KeyReusedError("this request came with another move")
        return self.shift()

    def _refuse_missing(self, move: StockMove, count: int, bank: str) -> None:
        if move is StockMove.OPENED:
            return
        report = self.shift()
        place = "feeder" if move is StockMove.UNLOADED else "drawer"
        of_bank = {one.bank: getattr(one, place) for one in report.banks}
        there = of_bank.get(bank, 0) if bank else getattr(report, place)
        if count > there:
            raise StockMissingError(
                f"{count} blanks are not there to be {move.value}",
                details={
                    "place": phrase(f"stock-place.{place}"),
                    "there": str(there),
                    "wanted": str(count),
                },
            )

    def banks(self) -> Mapping[str, str]:
        """Return the banks (AAE008) whose blanks this window uses, and their names."""
        equipment = self._bench.equipment
        return {bank: equipment.bank_names.get(bank, bank) for bank in sorted(equipment.blanks)}

    def shift(self, counted: Counted | None = None) -> ShiftReport:
        """Add up the open shift; with `counted`, also describe the differences, for the clerk."""
        report = self._added_up(counted)
        return dataclasses.replace(
            report,
            differences=tuple(map(spoken, report.differences)),
            banks=tuple(dataclasses.replace(one, name=spoken(one.name)) for one in report.banks),
        )

    def _added_up(self, counted: Counted | None) -> ShiftReport:
        """Add up the open shift; the differences are phrases, which can be stored."""
        last = self._journal.stock.last_shift()
        began = last.ended_at if last else BEGINNING
        until = self._bench.clock.now()
        newest = self._journal.history.newest_seq()
        figures = self._figures(last, newest)
        banks = by_bank(self._bench, last, newest, counted)
        found = (*differences(figures, counted), *bank_differences(banks))
        total_planned, total_used = self._journal.cards.ribbon_totals()
        before = last.report if last else {}
        planned = total_planned - int(before.get("ribbon_total_planned", 0))
        used = total_used - int(before.get("ribbon_total_used", 0))
        return ShiftReport(
            began_at=began,
            until=until,
            figures=figures,
            drawer=figures.drawer,
            feeder=figures.feeder,
            counted=counted,
            balances=not found,
            differences=found,
            ribbon_planned=planned,
            ribbon_used=used,
            ribbon_alarm=used > planned * self._bench.equipment.policies.ribbon_alarm,
            ribbon_total_planned=total_planned,
            ribbon_total_used=total_used,
            banks=banks,
        )

    def is_of_earlier_day(self) -> bool:
        """Whether blanks were moved or fed on an earlier day in the shift that is still open."""
        last = self._journal.stock.last_shift()
        first = self._journal.history.of_kinds(_OF_A_SHIFT, last.event if last else BEFORE_ALL, 1)
        today = self._bench.clock.now().astimezone().date()
        return bool(first) and first[0].at.astimezone().date() < today

    def close_shift(self, counted: Counted, actor: str, *, request: str) -> ClosedShift:
        """Close the shift with the counted figures; differences stay permanently in its report.

        It is added up inside the transaction that closes it, so that every event is in exactly one
        shift. A request refers to the shift that was open when it arrived: when another request has
        closed that shift meanwhile with the same counts, its result is returned.

        Raises:
            InputError: A count is negative or implausibly high.
            OrderConflictError: The shift was closed meanwhile with other counts, or the request's
                name was used with other counts.
        """
        if not all(0 <= count <= MOST_BLANKS for count in (counted.drawer, counted.feeder)):
            raise InputError("a count can't be negative, or so large")
        self._check_banks(counted)
        before = self._journal.stock.last_shift()
        with self._journal.transaction(actor) as change:
            known = self._journal.stock.shift_of_request(request)
            last = self._journal.stock.last_shift()
            if known is None and last == before:
                report = self._added_up(counted)
                kept = dataclasses.asdict(report)
                kept |= {name: kept[name].isoformat() for name in ("began_at", "until")}
                machine = self._bench.equipment.machine
                change.apply(CloseShift(machine, request, report.began_at, kept))
        closed = known or self._journal.stock.last_shift()
        if closed is not None and _counted_alike(closed, counted):
            return _in_words(closed)
        if known is not None:
            raise KeyReusedError("this request came with other counts")
        raise OrderConflictError(
            "the shift was closed meanwhile with other counts", code="shift-closed-meanwhile"
        )

    def _check_banks(self, counted: Counted) -> None:
        for bank, count in counted.banks.items():
            self._bench.equipment.blank_rule(bank)
            if not 0 <= count <= MOST_BLANKS:
                raise InputError("a count can't be negative, or so large")
        if sum(counted.banks.values()) > counted.drawer:
            raise InputError("the drawer holds fewer blanks than its banks' together")

    def _figures(self, last: ClosedShift | None, until: int) -> ShiftFigures:
        began = last.event if last else BEFORE_ALL
        moved = dict.fromkeys(StockMove, 0)
        for row in self._journal.stock.moves(began, until):
            moved[row.move] += row.count
        fates = self._journal.stock.blanks_settled(began, until)
        counted = (last.report["counted"] or {}) if last else {}
        return ShiftFigures(
            drawer_before=int(counted.get("drawer", 0)),
            feeder_before=int(counted.get("feeder", 0)),
            inside_before=self._journal.stock.blanks_inside(began),
            opened=moved[StockMove.OPENED],
            loaded=moved[StockMove.LOADED],
            unloaded=moved[StockMove.UNLOADED],
            returned=moved[StockMove.RETURNED],
            fed=sum(self._journal.stock.blanks_fed(began, until).values()),
            issued=fates.get(CardFate.ISSUED, 0),
            spoiled=fates.get(CardFate.SPOILED, 0),
            test=fates.get(CardFate.TEST, 0),
            refused=fates.get(CardFate.REFUSED, 0),
            given_back=fates.get(CardFate.RETURNED, 0),
            inside=self._journal.stock.blanks_inside(until),
        )

    def closed_shifts(self, limit: int) -> list[ClosedShift]:
        """Return the shifts that were closed last, newest first, each as it was signed.

        The differences are texts for the clerk.
        """
        return [_in_words(closed) for closed in self._journal.stock.shifts(limit)]


def _in_words(closed: ClosedShift) -> ClosedShift:
    differed = [spoken(one) for one in closed.report["differences"]]
    banks = [{**one, "name": spoken(one["name"])} for one in closed.report.get("banks") or ()]
    told = {**closed.report, "differences": differed, "banks": banks}
    return dataclasses.replace(closed, report=told)


def _counted_alike(closed: ClosedShift, counted: Counted) -> bool:
    kept: dict[str, Any] = {"banks": {}} | dict(
        closed.report["counted"] or {}
    )  # a version before kept no banks
    return kept == dataclasses.asdict(counted)

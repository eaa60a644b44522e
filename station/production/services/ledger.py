"""The ledger's use cases: stock, shifts, spoiled cards, cards not taken, test cards."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Final

from station.core.changes import CloseShift, DestroyCard, MoveBlanks, SetHold, UpdateCard
from station.core.errors import (
    CardLostError,
    CardNotFoundError,
    InputError,
    OrderConflictError,
    StepNotAllowedError,
    StockMissingError,
    WitnessNeededError,
)
from station.core.ledger import ClosedShift, Counted, ShiftFigures, ShiftReport, differences
from station.core.limits import MOST_BLANKS
from station.core.orders import (
    CardFate,
    CardPlace,
    CardRecord,
    OrderKind,
    OrderStep,
    StockMove,
)
from station.core.phrases import phrase
from station.core.recipes import recipe_of
from station.production.intake import capabilities
from station.production.intake.reprints import accept_test
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import FAILED, LOOKED_AT, PASSED, is_stopped
from station.production.machine.engine import Engine
from station.words import spoken

BEGINNING: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  #: start of the first shift, for people
BEFORE_ALL: Final = -1  #: number of the event after which the first shift counts
#: Fates of cards that two people have to destroy.
TO_DESTROY: Final = (CardFate.SPOILED, CardFate.TEST)


class LedgerService:
    """What people do with blanks and cards outside the machine; every call may be repeated."""

    def __init__(self, bench: Workbench, engine: Engine) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._engine = engine

    # -- stock and shifts ----------------------------------------------------------------------

    def move_stock(self, move: StockMove, count: int, actor: str, *, request: str) -> ShiftReport:
        """Record that blanks were opened, loaded, unloaded or returned.

        Raises:
            InputError: The count is invalid.
            StockMissingError: The drawer or the feeder does not hold so many.
            OrderConflictError: The request's name was used for another move.
        """
        if not 0 < count <= MOST_BLANKS:
            raise InputError("so many blanks can't be moved at once")
        with self._journal.transaction(actor) as change:
            known = self._journal.stock.move_of_request(request)
            if known is None:
                self._refuse_missing(move, count)
                change.apply(MoveBlanks(self._bench.equipment.machine, request, move, count))
            elif (known.move, known.count) != (move, count):
                raise OrderConflictError(
                    "this request came with another move", code="idempotency-key-reused"
                )
        return self.shift()

    def _refuse_missing(self, move: StockMove, count: int) -> None:
        if move is StockMove.OPENED:
            return
        report = self.shift()
        from_feeder = move is StockMove.UNLOADED
        place, there = ("feeder", report.feeder) if from_feeder else ("drawer", report.drawer)
        if count > there:
            raise StockMissingError(
                f"{count} blanks are not there to be {move.value}",
                details={
                    "place": phrase(f"stock-place.{place}"),
                    "there": str(there),
                    "wanted": str(count),
                },
            )

    def shift(self, counted: Counted | None = None) -> ShiftReport:
        """Add up the open shift; with `counted`, also describe the differences, for the clerk."""
        report = self._added_up(counted)
        return dataclasses.replace(report, differences=tuple(map(spoken, report.differences)))

    def _added_up(self, counted: Counted | None) -> ShiftReport:
        """Add up the open shift; the differences are phrases, which can be stored."""
        last = self._journal.stock.last_shift()
        began = last.ended_at if last else BEGINNING
        until = self._bench.clock.now()
        figures = self._figures(last, self._journal.history.newest_seq())
        found = differences(figures, counted)
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
        )

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
        if closed is not None and closed.report["counted"] == dataclasses.asdict(counted):
            return _in_words(closed)
        if known is not None:
            raise OrderConflictError(
                "this request came with other counts", code="idempotency-key-reused"
            )
        raise OrderConflictError(
            "the shift was closed meanwhile with other counts", code="shift-closed-meanwhile"
        )

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
            fed=self._journal.stock.blanks_fed(began, until),
            issued=fates.get(CardFate.ISSUED, 0),
            spoiled=fates.get(CardFate.SPOILED, 0),
            test=fates.get(CardFate.TEST, 0),
            refused=fates.get(CardFate.REFUSED, 0),
            given_back=fates.get(CardFate.RETURNED, 0),
            inside=self._journal.stock.blanks_inside(until),
        )

    # -- spoiled cards -------------------------------------------------------------------------

    def to_destroy(self) -> list[CardRecord]:
        """Return the spoiled and test cards that are not yet destroyed, lost ones included."""
        spoiled = [card for fate in TO_DESTROY for card in self._journal.cards.of_fate(fate)]
        return [card for card in spoiled if card.destroyed_at is None]

    def destroy(self, card: int, actor: str, *, witness: str, found: bool = False) -> CardRecord:
        """Record that two people destroyed a spoiled card; `found`: a lost one was found again.

        Raises:
            CardLostError: It is registered as lost, and `found` is false.
            CardNotFoundError: No such card.
            StepNotAllowedError: It is not spoiled.
            WitnessNeededError: The witness is missing or the same person.
        """
        with self._journal.transaction(actor) as change:
            row = self._card(card)
            if row.destroyed_at is not None:
                return row
            if row.fate not in TO_DESTROY:
                raise StepNotAllowedError(
                    f"a card that is {row.fate.value} is not destroyed",
                    details={"step": row.fate.value},
                )
            if row.place is CardPlace.UNKNOWN and not found:
                raise CardLostError("a card that is registered as lost is not at hand")
            if not witness or witness == actor:
                raise WitnessNeededError("two people destroy a card")
            change.apply(DestroyCard(card, witness))
        return self._card(card)

    def closed_shifts(self, limit: int) -> list[ClosedShift]:
        """Return the shifts that were closed last, newest first, each as it was signed.

        The differences are texts for the clerk.
        """
        return [_in_words(closed) for closed in self._journal.stock.shifts(limit)]

    # -- cards not taken -----------------------------------------------------------------------

    def not_taken(self) -> list[CardRecord]:
        """Return the finished cards that wait for their holders: at the outlet, kept, retracted."""
        places = (CardPlace.OUTPUT_HOPPER, CardPlace.KEPT, CardPlace.REJECT_BIN)
        return [card for card in self._journal.cards.at(*places) if card.fate is CardFate.ISSUED]

    # -- test cards ----------------------------------------------------------------------------

    def print_test_card(self, actor: str) -> str:
        """Start an order for a technician's test card on a blank; returns its id. Uses up a blank.

        Raises:
            CapabilityMissingError: This machine does not print.
        """
        capabilities.require(self._bench.equipment, None, OrderKind.TEST)
        order = accept_test(self._bench, actor)
        record = self._journal.orders.one(order)
        if record.hold is not None:
            self._bench.apply(actor, SetHold(order, None))
        self._engine.wake()
        return order

    def feeder_stopped(self) -> bool:
        """Whether spoiled blanks have stopped the feeder until a test card passes."""
        return is_stopped(self._bench)

    def unjudged_test(self) -> str | None:
        """Return the order of the newest released test card without a verdict."""
        for card in self._journal.cards.newest(LOOKED_AT):
            if card.fate is CardFate.TEST and not card.reason:
                return card.order
        return None

    def judge_test_card(self, order: str, actor: str, *, passed: bool) -> CardRecord:
        """Record a technician's verdict on a test card; a passed one releases the feeder.

        Raises:
            StepNotAllowedError: It is not a test card, not out yet, or has another verdict already.
        """
        verdict = PASSED if passed else FAILED
        with self._journal.transaction(actor) as change:
            record = self._journal.orders.one(order)
            card = self._bench.card_of(record)
            if card is not None and card.reason == verdict:
                return card
            out = recipe_of(record.kind).judged and record.step is OrderStep.RELEASED
            if card is None or not out or card.reason:
                raise StepNotAllowedError(
                    "only a test card that came out is judged, and once",
                    details={"step": record.step.value},
                )
            change.apply(UpdateCard(card.id, reason=verdict))
        self._engine.wake()
        return self._card(card.id)

    def _card(self, card: int) -> CardRecord:
        found = self._journal.cards.one(card)
        if found is None:
            raise CardNotFoundError(f"no card {card}")
        return found


def _in_words(closed: ClosedShift) -> ClosedShift:
    differed = [spoken(one) for one in closed.report["differences"]]
    return dataclasses.replace(closed, report={**closed.report, "differences": differed})

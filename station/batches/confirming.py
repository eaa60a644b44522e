"""确认: a person compares each row with its picture and says pass or fail, several rows at once.

Source: documents 000 (2.3.2: 确认通过 or 不通过), 001 (the person chooses between the 15-digit and
the 18-digit number; a person with several accounts can't be confirmed) and 003 (4.3 ④).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from station.batches.checks import check_row
from station.core.batch_changes import DecideBatchRows, RowDecision
from station.core.batches import (
    BatchRecord,
    BatchSource,
    PhotoState,
    RowField,
    RowReason,
    RowRecord,
    RowState,
)
from station.journal import Journal

CONFIRMED: Final = "batch-row-decided"
#: States that a decision may change.
_OPEN: Final = frozenset({RowState.READY, RowState.REFUSED, RowState.CONFIRMED})
_USABLE: Final = frozenset({PhotoState.FITS, PhotoState.SOFT})


@dataclass(frozen=True, slots=True)
class RowWish:
    """What a person says about a row.

    Attributes:
        line: 序号.
        passed: Whether it is confirmed.
        reason: Why not; empty with a pass.
        note: The person's own words about it; personal.
        number: The number that was chosen, where the row has one of 15 digits.
    """

    line: int
    passed: bool
    reason: RowReason | None = None
    note: str = field(default="", repr=False)
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What became of it.

    Attributes:
        line: 序号.
        state: The row's state now; None when there is no such row.
        problem: Why nothing was changed; empty when it was, or was so before.
    """

    line: int
    state: RowState | None
    problem: str = ""


def number_of(row: RowRecord) -> str:
    """Return the number that the row's card is made for; empty where none is decided."""
    checked = check_row(row.cells, ())
    if checked.fifteen:
        return row.chosen
    return checked.number


class Confirming:
    """Records what people decide about rows. Thread-safe; every call is safe to make twice."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._deciding = threading.Lock()

    def decide(self, batch: str, wishes: Sequence[RowWish], actor: str) -> list[RowAnswer]:
        """Record decisions; one that can't be taken keeps none of the others out.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        record = self._journal.batches.one(batch)
        with self._deciding:
            rows = {
                row.head.line: row
                for row in self._journal.batches.lines(batch, [one.line for one in wishes])
            }
            answers: list[RowAnswer] = []
            decisions: dict[int, RowDecision] = {}
            for wish in wishes:
                answer, decision = self._decision(record, rows.get(wish.line), wish)
                answers.append(answer)
                if decision is not None:
                    decisions[wish.line] = decision
            if decisions:
                with self._journal.transaction(actor) as change:
                    change.apply(DecideBatchRows(batch, CONFIRMED, tuple(decisions.values())))
        return answers

    def _decision(
        self, batch: BatchRecord, row: RowRecord | None, wish: RowWish
    ) -> tuple[RowAnswer, RowDecision | None]:
        if row is None:
            return RowAnswer(wish.line, None, "batch-not-found"), None
        head = row.head
        if head.state not in _OPEN:
            return RowAnswer(wish.line, head.state, f"row-is-{head.state.value}"), None
        if not wish.passed:
            reason = wish.reason or RowReason.OTHER
            refused = RowDecision(
                head.id, head.line, RowState.REFUSED, reason, note=wish.note, by_person=True
            )
            return RowAnswer(wish.line, RowState.REFUSED), refused
        if head.state is RowState.CONFIRMED:
            return RowAnswer(wish.line, RowState.CONFIRMED), None
        return self._passed(batch, row, wish)

    def _passed(
        self, batch: BatchRecord, row: RowRecord, wish: RowWish
    ) -> tuple[RowAnswer, RowDecision | None]:
        head = row.head
        checked = check_row(row.cells, ())
        chosen = ""
        if checked.fifteen:
            if wish.number == row.cell(RowField.NUMBER).strip():
                decided = RowDecision(
                    head.id,
                    head.line,
                    RowState.REFUSED,
                    RowReason.KEEPS_FIFTEEN,
                    by_person=True,
                )
                return RowAnswer(wish.line, RowState.REFUSED), decided
            if wish.number != checked.number:
                return RowAnswer(wish.line, head.state, RowReason.CHOOSE_NUMBER), None
            chosen = checked.number
        problem = self._photo_problem(batch, row)
        if problem:
            return RowAnswer(wish.line, head.state, problem), None
        passed = RowDecision(head.id, head.line, RowState.CONFIRMED, chosen=chosen, by_person=True)
        return RowAnswer(wish.line, RowState.CONFIRMED), passed

    def _photo_problem(self, batch: BatchRecord, row: RowRecord) -> str:
        """Return why the row's picture can't be confirmed; the province may have it instead."""
        if row.head.photo is None:
            at_province = batch.source is BatchSource.PROVINCE or row.cell(RowField.RECEIPT)
            return "" if at_province else "photo-missing"
        state = self._journal.batch_photos.state(batch.id, row.head.photo)
        if state is PhotoState.NEW:
            return "photo-unchecked"
        return "" if state in _USABLE else "photo-bad"

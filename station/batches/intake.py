"""Takes the rows of a file over into a batch: good ones are kept, each wrong one with its reasons.

A row is known by its 序号 in the batch. The same file again changes nothing; a corrected file
changes the rows whose content differs. A row that a person has confirmed keeps its content: it must
be withdrawn first (document 000, 2.3.2.3).

Rows are written in short transactions, so that a card in the machine does not wait for a long list.
Until the last one is durable, the batch is `reading`; after a crash the same file is sent again,
and only the rows that are missing are added.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from station.batches.checks import CheckedRow, check_row
from station.batches.reading import ReadRow
from station.core.batch_changes import ChangeBatch, PutBatchRows, SentRow
from station.core.batches import (
    CORRECTABLE,
    OVER,
    BatchState,
    FaultCode,
    RowFault,
    RowField,
    RowHead,
    RowReason,
    RowState,
)
from station.core.characters import plain_text
from station.journal import Journal

ROWS_AT_ONCE: Final = 100  #: in one transaction
#: Faults of a row that has no 序号 of its own: it gets a free one.
UNNUMBERED: Final = frozenset({FaultCode.LINE_MISSING, FaultCode.LINE_FORM, FaultCode.LINE_DOUBLED})


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A row that was sent with another content, and keeps its own.

    Attributes:
        line: 序号.
        state: Why: its state.
    """

    line: int
    state: RowState


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file has changed.

    Attributes:
        added: Rows that are new.
        changed: Rows whose content was replaced.
        unchanged: Rows that were here already.
        locked: Rows that keep their content.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    locked: tuple[LockedRow, ...] = ()


@dataclass(slots=True)
class _Known:
    """What is in the batch, and who is in which row once the file has been taken over."""

    by_line: dict[int, RowHead]
    unnumbered: dict[str, int]  # content -> line of a row without 序号 of its own
    last: int
    person_at: dict[str, int] = field(default_factory=dict)
    given: set[int] = field(default_factory=set)

    def next_free(self) -> int:
        self.last += 1
        return self.last


class Intake:
    """Takes rows over. Two at the same time on one batch are the caller's to prevent."""

    def __init__(self, journal: Journal, banks: Collection[str]) -> None:
        self._journal = journal
        self._banks = frozenset(banks)

    def take(self, batch: str, rows: Iterable[ReadRow], actor: str) -> Taken:
        """Take the rows over; each state of the batch in between is durable.

        Raises:
            BatchFileError: The file ends in something that can't be read; nothing was changed.
            JournalError: It can't be written; what was taken over stays.
        """
        read = [(row, check_row(row.cells, self._banks)) for row in rows]  # the whole file first
        self._apply(actor, ChangeBatch(batch, state=BatchState.READING))
        known = self._known(batch)
        placed = list(self._placed(read, known))
        elsewhere = self._elsewhere(batch, placed)
        counts = {"added": 0, "changed": 0, "unchanged": 0}
        locked: list[LockedRow] = []
        sent: list[SentRow] = []
        for line, row, checked, faults in placed:
            one = self._sent(line, row, checked, faults, known, elsewhere)
            was = known.by_line.get(line)
            if was is not None and was.content == one.content and was.faults == one.faults:
                counts["unchanged"] += 1
            elif was is not None and was.state not in CORRECTABLE:
                if was.content == one.content:
                    counts["unchanged"] += 1
                else:
                    locked.append(LockedRow(line, was.state))
            else:
                counts["added" if was is None else "changed"] += 1
                sent.append(one)
        for some in _batched(sent, ROWS_AT_ONCE):
            self._apply(actor, PutBatchRows(batch, some))
        self._apply(actor, ChangeBatch(batch, state=BatchState.OPEN))
        return Taken(**counts, locked=tuple(locked))

    def _known(self, batch: str) -> _Known:
        heads = self._journal.batches.heads(batch)
        known = _Known(
            {head.line: head for head in heads},
            {
                head.content: head.line
                for head in heads
                if any(one.code in UNNUMBERED for one in head.faults)
            },
            max((head.line for head in heads), default=0),
        )
        for head in heads:
            if head.person and head.state not in OVER:
                known.person_at.setdefault(head.person, head.line)
        return known

    def _placed(
        self, read: list[tuple[ReadRow, CheckedRow]], known: _Known
    ) -> Iterator[tuple[int, ReadRow, CheckedRow, tuple[RowFault, ...]]]:
        """Give each row its 序号, and note who will be where."""
        lines = {checked.line for _, checked in read}
        known.last = max(known.last, *lines, 0)
        for row, checked in read:
            faults = (*row.faults, *checked.faults)
            line = checked.line
            if line and line in known.given:
                faults = (RowFault(FaultCode.LINE_DOUBLED, {"line": str(line)}), *faults)
                line = 0
            if not line:
                content = self._journal.batches.content(row.cells)
                line = known.unnumbered.get(content, 0) or known.next_free()
                known.unnumbered[content] = line
            known.given.add(line)
            was = known.by_line.get(line)
            correctable = was is not None and was.state in CORRECTABLE
            if was is not None and correctable and known.person_at.get(was.person) == line:
                del known.person_at[was.person]
            yield line, row, checked, faults

    def _elsewhere(
        self,
        batch: str,
        placed: list[tuple[int, ReadRow, CheckedRow, tuple[RowFault, ...]]],
    ) -> Collection[str]:
        people = {
            self._journal.batches.person(checked.number)
            for _, _, checked, _ in placed
            if checked.number
        }
        return self._journal.batches.people_elsewhere(batch, people, OVER).keys()

    def _sent(
        self,
        line: int,
        row: ReadRow,
        checked: CheckedRow,
        faults: tuple[RowFault, ...],
        known: _Known,
        elsewhere: Collection[str],
    ) -> SentRow:
        if checked.number:
            person = self._journal.batches.person(checked.number)
            other = known.person_at.setdefault(person, line)
            if other != line:
                faults = (*faults, RowFault(FaultCode.PERSON_DOUBLED, {"line": str(other)}))
            elif person in elsewhere:
                faults = (*faults, RowFault(FaultCode.PERSON_IN_OTHER_BATCH))
        return SentRow(
            line=line,
            cells=row.cells,
            content=self._journal.batches.content(row.cells),
            number=checked.number,
            faults=faults,
            state=RowState.FAULTY if faults else RowState.READY,
            AAE008=plain_text(row.cells.get(RowField.BANK, "")),
            reason=RowReason.CHOOSE_NUMBER if checked.fifteen and not faults else "",
        )

    def _apply(self, actor: str, change: ChangeBatch | PutBatchRows) -> None:
        with self._journal.transaction(actor) as transaction:
            transaction.apply(change)


def _batched(rows: list[SentRow], size: int) -> Iterator[tuple[SentRow, ...]]:
    for start in range(0, len(rows), size):
        yield tuple(rows[start : start + size])

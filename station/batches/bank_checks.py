"""银行校验: the province passes confirmed people on to their bank, and the bank's answers back.

Source: document 000 (深圳), 2.3.3 and 2.3.4: sent after 确认通过, answered before the list is
printed. A row that is at the bank is in no list and no card of it is made; one that the bank does
not pass is refused with the bank's own words, and may be confirmed and sent again once they are put
right there. Only some provinces have it: `BatchGateway`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from station.batches.confirming import RowAnswer, number_of
from station.core.batch_changes import DecideBatchRows, RowDecision
from station.core.batches import (
    BankVerdict,
    BatchRecord,
    RowField,
    RowHead,
    RowReason,
    RowRecord,
    RowState,
)
from station.core.errors import ServiceNotThereError
from station.core.gateways import BankAnswer, BatchGateway, ListedPerson, ProvinceGateway
from station.journal import Journal
from station.production.life.rehearsing import require_real_time

AT_ONCE: Final = 200  #: people of one request to the province
AT_BANK: Final = "batch-row-at-bank"


@dataclass(frozen=True, slots=True)
class BankNow:
    """How many rows the bank has answered about.

    Attributes:
        unsent: Confirmed rows that were never sent, or did not pass and were confirmed again.
        sent: Rows without an answer yet.
        passed: Rows that passed.
        failed: Rows that did not.
    """

    unsent: int
    sent: int
    passed: int
    failed: int


def with_lists(province: ProvinceGateway) -> BatchGateway:
    """Return the province, narrowed.

    Raises:
        ServiceNotThereError: Its dialect has no lists of many people.
    """
    if not isinstance(province, BatchGateway):
        raise ServiceNotThereError("this dialect has no lists of a batch")
    return province


class BankChecks:
    """Sends rows and takes answers. Thread-safe; every call is safe to make twice."""

    def __init__(self, journal: Journal, province: ProvinceGateway) -> None:
        self._journal = journal
        self._province = province
        self._asking = threading.Lock()

    @property
    def is_offered(self) -> bool:
        """Whether the province's dialect has it."""
        return isinstance(self._province, BatchGateway)

    def send(self, batch: str, lines: Sequence[int], actor: str) -> list[RowAnswer]:
        """银行校验 of these rows; without any, of every confirmed one that was not sent.

        A request that was cut off is repeated by calling again: the province keeps who is there.

        Raises:
            BatchNotFoundError: There is no such batch.
            ServiceNotThereError: The province's dialect has no bank check.
            OrderConflictError: The window rehearses.
            GatewayError: The province did not take them; those of earlier requests are sent.
        """
        require_real_time(self._journal)
        record, province = self._journal.batches.kept(batch), with_lists(self._province)
        with self._asking:
            rows = self._journal.batches.lines(batch, lines) if lines else self._unsent(batch)
            unsent = [row for row in rows if _may_be_sent(row.head)]
            for start in range(0, len(unsent), AT_ONCE):
                some = unsent[start : start + AT_ONCE]
                people = [self._listed(record, row) for row in some]
                province.send_to_bank(_reference(record), people)
                self._note(batch, actor, [_decided(row, BankVerdict.SENT) for row in some])
        known = {row.head.line: row for row in rows}
        return [_answer(line, known.get(line)) for line in lines or known]

    def take_answers(self, batch: str, actor: str) -> BankNow:
        """银行校验数据返回: record what the bank has answered since.

        Raises:
            BatchNotFoundError: There is no such batch.
            ServiceNotThereError: The province's dialect has no bank check.
            GatewayError: The province did not answer; nothing was changed.
        """
        record, province = self._journal.batches.kept(batch), with_lists(self._province)
        with self._asking:
            told = {one.AAC002: one for one in province.bank_answers(_reference(record))}
            decisions = [
                decision
                for row in self._confirmed(batch)
                if row.head.bank is BankVerdict.SENT
                and (decision := _by_answer(row, told.get(number_of(row)))) is not None
            ]
            self._note(batch, actor, decisions)
        return self.now(batch)

    def now(self, batch: str) -> BankNow:
        """Return how far it is.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        heads = self._journal.batches.heads(batch)
        unsent = sum(_may_be_sent(head) for head in heads)
        of = Counter(head.bank for head in heads if not _may_be_sent(head))
        return BankNow(unsent, of[BankVerdict.SENT], of[BankVerdict.PASSED], of[BankVerdict.FAILED])

    def _unsent(self, batch: str) -> list[RowRecord]:
        return [row for row in self._confirmed(batch) if _may_be_sent(row.head)]

    def _confirmed(self, batch: str) -> Iterator[RowRecord]:
        return self._journal.batches.rows(batch, (RowState.CONFIRMED,))

    def _listed(self, batch: BatchRecord, row: RowRecord) -> ListedPerson:
        unit = self._journal.units.one(batch.unit)
        bank = row.head.AAE008 or (unit.AAE008 if unit else "")
        return ListedPerson(str(row.head.line), number_of(row), row.cell(RowField.NAME), bank)

    def _note(self, batch: str, actor: str, decisions: Sequence[RowDecision]) -> None:
        for start in range(0, len(decisions), AT_ONCE):
            some = tuple(decisions[start : start + AT_ONCE])
            with self._journal.transaction(actor) as change:
                change.apply(DecideBatchRows(batch, AT_BANK, some))


def _reference(batch: BatchRecord) -> str:
    return batch.number or batch.id


def _may_be_sent(head: RowHead) -> bool:
    unanswered = head.bank in (BankVerdict.NONE, BankVerdict.FAILED)
    return head.state is RowState.CONFIRMED and unanswered


def _decided(row: RowRecord, bank: BankVerdict) -> RowDecision:
    return RowDecision(row.head.id, row.head.line, RowState.CONFIRMED, bank=bank)


def _by_answer(row: RowRecord, answer: BankAnswer | None) -> RowDecision | None:
    if answer is None or answer.passed is None:
        return None
    if answer.passed:
        return _decided(row, BankVerdict.PASSED)
    return RowDecision(
        row.head.id,
        row.head.line,
        RowState.REFUSED,
        RowReason.BANK_REFUSED,
        chosen=row.chosen,
        note=answer.reason,
        bank=BankVerdict.FAILED,
    )


def _answer(line: int, row: RowRecord | None) -> RowAnswer:
    if row is None:
        return RowAnswer(line, None, "batch-not-found")
    confirmed = row.head.state is RowState.CONFIRMED
    return RowAnswer(line, row.head.state, "" if confirmed else f"row-is-{row.head.state.value}")

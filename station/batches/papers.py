"""The papers of a batch: 确认表, 明细清单 and its reprint, 制卡异常数据, 交接单."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from station.batches.lists import (
    confirmation_form,
    exceptions_list,
    handover_list,
    reasons,
    rules_broken,
    signed_list,
)
from station.batches.spoken import reason_text
from station.core.batch_changes import AddBatchList
from station.core.batches import (
    BANK_FORBIDS,
    BankVerdict,
    BatchRecord,
    PhotoState,
    RowHead,
    RowRecord,
    RowState,
)
from station.core.errors import InputError
from station.core.lists import ListOfRows, ListPapers
from station.journal import Journal

MOST_FORMS: Final = 100  #: in one file
#: A row in one of these can be in a list.
LISTABLE: Final = frozenset({RowState.CONFIRMED, RowState.MAKING, RowState.MADE})


class BatchPapers:
    """Makes papers. Thread-safe; only `add_list` changes anything."""

    def __init__(
        self,
        journal: Journal,
        papers: ListPapers,
        why_held: Callable[[RowRecord], str],
        card_of: Callable[[RowRecord], str],
    ) -> None:
        """Remember the parts.

        Args:
            journal: The journal.
            papers: Writes lists into files.
            why_held: Returns why the order of a row does not go on; empty when it does.
            card_of: Returns 卡号 of the card of a row.
        """
        self._card_of = card_of
        self._journal = journal
        self._papers = papers
        self._why_held = why_held

    def forms(self, batch: str, lines: Collection[int]) -> bytes:
        """Return 确认表 of these rows as a PDF, one on each page; without any, of the first ones.

        Raises:
            BatchNotFoundError: There is no such batch.
            InputError: There are no such rows, or more than `MOST_FORMS`.
            NameNotEncodableError: No font has one of the characters.
        """
        record = self._journal.batches.kept(batch)
        if len(lines) > MOST_FORMS:
            raise InputError(f"at most {MOST_FORMS} forms in one file")
        rows = self._journal.batches.lines(batch, lines) if lines else self._first(batch)
        if not rows:
            raise InputError("no rows")
        unit = self._unit(record)
        return self._papers.forms(
            [confirmation_form(row, unit, self._jpeg(batch, row)) for row in rows]
        )

    def add_list(self, batch: str, lines: Collection[int], actor: str) -> int:
        """Put rows into a list and return its number; without any, all that are in none yet.

        A row is in one list only: a list is printed again by its number.

        Raises:
            BatchNotFoundError: There is no such batch.
            InputError: None of the rows is confirmed and in no list.
        """
        self._journal.batches.kept(batch)
        rows = [head for head in self._unlisted(batch) if not lines or head.line in lines]
        if not rows:
            raise InputError("no confirmed row that is in no list")
        with self._journal.transaction(actor) as change:
            (number,) = change.apply(AddBatchList(batch, tuple(head.id for head in rows)))
        return number

    def unlisted(self, batch: str) -> int:
        """Return how many rows could be in a list and are in none.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        return sum(1 for _ in self._unlisted(batch))

    def _unlisted(self, batch: str) -> Iterator[RowHead]:
        for head in self._journal.batches.heads(batch):
            fits = head.state in LISTABLE and head.bank not in BANK_FORBIDS
            if fits and head.listed is None:
                yield head

    def printed(self, number: int) -> ListOfRows:
        """Return a list by its number, as it was printed (补打印).

        Raises:
            BatchNotFoundError: There is no such list.
        """
        listed = self._journal.batches.printed(number)
        batch = self._journal.batches.kept(listed.batch)
        unit = self._journal.units.name(batch.unit)
        return signed_list(listed, batch, unit, self._journal.batches.listed(number))

    def list_pdf(self, number: int) -> bytes:
        """Return a list as a PDF; see `printed`."""
        return self._papers.document(self.printed(number))

    def list_sheet(self, number: int) -> bytes:
        """Return a list as a spreadsheet; see `printed`."""
        return self._papers.sheet(self.printed(number))

    def handover(self, batch: str) -> ListOfRows:
        """Return 交接单: the cards of a batch that are made, with places for both signatures.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        record = self._journal.batches.kept(batch)
        unit = self._journal.units.one(record.unit)
        rows = self._journal.batches.rows(batch, (RowState.MADE,))
        return handover_list(record, unit, [(row, self._card_of(row)) for row in rows])

    def handover_pdf(self, batch: str) -> bytes:
        """Return 交接单 as a PDF; see `handover`."""
        return self._papers.document(self.handover(batch))

    def handover_sheet(self, batch: str) -> bytes:
        """Return 交接单 as a spreadsheet; see `handover`."""
        return self._papers.sheet(self.handover(batch))

    def exceptions(self, batch: str, lines: Collection[int] = ()) -> bytes:
        """Return 制卡异常数据, of all or of these rows, each with its reason, as a spreadsheet.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        record = self._journal.batches.kept(batch)
        return self._papers.sheet(exceptions_list(record, self._exceptions(batch, lines)))

    def _exceptions(self, batch: str, lines: Collection[int]) -> Iterator[tuple[RowRecord, str]]:
        photos = {one.id: one for one in self._journal.batch_photos.all(batch)}
        rows: Iterable[RowRecord] = self._journal.batches.rows(batch)
        for row in rows:
            if lines and row.head.line not in lines:
                continue
            reason = self._reason(row)
            photo = photos.get(row.head.photo or 0)
            if not reason and photo is not None and photo.state is PhotoState.BAD:
                reason = rules_broken(photo)
            if reason:
                yield row, reason

    def _reason(self, row: RowRecord) -> str:
        head = row.head
        if head.faults:
            return reasons(head.faults)
        if head.state is RowState.MAKING:
            return reason_text(head.reason) or self._why_held(row)
        if head.bank is BankVerdict.FAILED and not head.reason:
            return reason_text("bank-refused")
        if head.state in (RowState.REFUSED, RowState.WITHDRAWN) or head.reason:
            return f"{reason_text(head.reason)} {row.refusal}".strip()
        return ""

    def _first(self, batch: str) -> list[RowRecord]:
        return self._journal.batches.page(batch, 0, MOST_FORMS, (RowState.READY,))

    def _unit(self, batch: BatchRecord) -> str:
        return f"{batch.unit} {self._journal.units.name(batch.unit)}".strip()

    def _jpeg(self, batch: str, row: RowRecord) -> bytes:
        if row.head.photo is None:
            return b""
        state = self._journal.batch_photos.state(batch, row.head.photo)
        usable = state in (PhotoState.FITS, PhotoState.SOFT)
        return self._journal.batch_photos.jpeg(batch, row.head.photo) if usable else b""

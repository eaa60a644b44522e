"""Results leave in parts: what left in one part leaves in no other, until a receipt refuses it.

Source: document 001 (7-1 to 7-5: contact person, `1111011out_1.zip`, what was exported is taken out
of the list; a unit may report in parts).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from station.batches.confirming import number_of
from station.core.batch_changes import AddBatchExport, NoteBatchReceipt
from station.core.batches import ExportRecord, RowField, RowRecord, RowState
from station.core.errors import InputError
from station.core.packages import ResultFile, ResultOffice
from station.journal import Journal

#: A row in one of these has a result that does not change any more.
_ENDED: Final = frozenset({RowState.MADE, RowState.REFUSED, RowState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class ReceiptTaken:
    """What a receipt said: which part, and how many of its rows leave again."""

    batch: str
    part: int
    refused: int


class BatchResults:
    """Exports results and takes receipts. Thread-safe; every call is safe to make twice."""

    def __init__(
        self, journal: Journal, office: ResultOffice, card_of: Callable[[RowRecord], str]
    ) -> None:
        """Remember the parts; `card_of` returns 卡号 of the card of a row."""
        self._journal = journal
        self._office = office
        self._card_of = card_of
        self._exporting = threading.Lock()

    def export(
        self, batch: str, contact: tuple[str, str], actor: str, *, request: str | None = None
    ) -> ExportRecord:
        """Mark every row with a result that has not left as leaving in a new part; returns it.

        The same `request` returns the same part.

        Raises:
            BatchNotFoundError: There is no such batch.
            InputError: No row has a result that has not left.
        """
        self._journal.batches.kept(batch)
        request = request or secrets.token_hex(16)
        with self._exporting:
            known = self._journal.batch_exports.by_request(request)
            if known is not None:
                return known
            rows = self._unsent(batch)
            if not rows:
                raise InputError("no result that has not left")
            with self._journal.transaction(actor) as change:
                change.apply(AddBatchExport(batch, request, contact, rows))
        return self._journal.batch_exports.all(batch)[-1]

    def unsent(self, batch: str) -> int:
        """Return how many rows have a result that has not left.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        return len(self._unsent(batch))

    def _unsent(self, batch: str) -> tuple[int, ...]:
        heads = self._journal.batches.heads(batch)
        return tuple(one.id for one in heads if one.state in _ENDED and one.exported is None)

    def all(self, batch: str) -> list[ExportRecord]:
        """Return the parts that left, oldest first.

        Raises:
            BatchNotFoundError: There is no such batch.
        """
        self._journal.batches.one(batch)
        return self._journal.batch_exports.all(batch)

    def file(self, batch: str, part: int) -> bytes:
        """Return the zip of a part, sealed anew with the same rows.

        Raises:
            BatchNotFoundError: There is no such part.
            ParcelError: The site has no data centre.
        """
        record = self._journal.batches.kept(batch)
        export = self._journal.batch_exports.one(batch, part)
        rows = self._journal.batches.rows(batch, tuple(_ENDED))
        result = ResultFile(
            batch,
            record.unit,
            part,
            export.at.isoformat(timespec="seconds"),
            export.contact,
            tuple(self._told(row) for row in rows if row.head.exported == export.id),
        )
        return self._office.seal_result(result)

    def take_receipt(self, content: str, actor: str) -> ReceiptTaken:
        """Take the data centre's receipt for a part; safe to repeat.

        Raises:
            ParcelError: It is not to be trusted; nothing was changed.
            BatchNotFoundError: There is no such part.
        """
        receipt = self._office.open_result_receipt(content)
        export = self._journal.batch_exports.one(receipt.batch, receipt.part)
        if export.receipt_at is None:
            with self._journal.transaction(actor) as change:
                change.apply(NoteBatchReceipt(receipt.batch, receipt.part, receipt.refused))
        return ReceiptTaken(receipt.batch, receipt.part, len(receipt.refused))

    def _told(self, row: RowRecord) -> dict[str, str]:
        head = row.head
        return {
            "line": str(head.line),
            "number": number_of(row) or row.cell(RowField.NUMBER),
            "name": row.cell(RowField.NAME),
            "computer_number": row.cell(RowField.COMPUTER_NUMBER),
            "state": head.state.value,
            "reason": head.reason,
            "card": self._card_of(row) if head.state is RowState.MADE else "",
        }

"""数据回盘 without network: owed reports are exported to a file, the centre's receipts imported."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass

from station.core.changes import AddEvent, NoteExport, NoteReceipt, SetHold
from station.core.errors import ParcelError, RejectionReason
from station.core.gateways import IssuanceReport
from station.core.masking import without_personal_data
from station.core.offline import ParcelOffice, Receipt, ReceiptResult, ReportParcel
from station.core.orders import Hold, WriteBackRecord, WriteBackState
from station.core.phrases import phrase
from station.core.recipes import recipe_of
from station.production.life.effects import Workbench
from station.production.life.steps import report


@dataclass(frozen=True, slots=True)
class ExportedReports:
    """One exported file.

    Attributes:
        id: Id of the file; receipts refer to it.
        part: Number of exported files including this one: the number in its name.
        count: Number of reports in it.
        content: The text to be written.
    """

    id: str
    part: int
    count: int
    content: str


@dataclass(frozen=True, slots=True)
class TakenReceipts:
    """Result of importing a file of receipts.

    Attributes:
        done: Reports that the province has received through it.
        refused: Reports that the data centre refuses.
        known: Reports whose fate was known already; they are unchanged.
    """

    done: int
    refused: int
    known: int


def export_reports(
    bench: Workbench, actor: str, *, again: bool, request: str | None = None
) -> ExportedReports:
    """Put every report that is owed or refused into one file, and mark it as exported.

    Reports exported before are left out, unless `again`. The same `request` seals what is still
    open of the same file again, so that a lost answer loses no report. The station keeps trying
    online, and asks the province first about exported ones.

    Raises:
        ParcelError: There is nothing to export, or no data centre is configured.
        ConfigError: A key file can't be used.
    """
    office = _office(bench)
    # Of two concurrent exports only one takes a report.
    with bench.journal.transaction(actor) as change:
        rows = [row for row in bench.journal.outbox.rows(*report.UNDONE) if _is_real(bench, row)]
        named = None if request is None else bench.journal.calls.export_id(request)
        known = [row for row in rows if row.export_id == named]
        rows = known or [row for row in rows if again or row.exported_at is None]
        if not rows:
            raise ParcelError("every owed report has left already", code="nothing-to-export")
        parcel = ReportParcel(
            id=named or secrets.token_hex(16),
            made_at=bench.clock.now(),
            reports=[(row.order, bench.journal.outbox.report(row.id)) for row in rows],
        )
        content = office.seal_reports(parcel)
        if not known:
            change.apply(*(NoteExport(row.id, parcel.id) for row in rows))
    return ExportedReports(parcel.id, bench.journal.outbox.exports(), len(rows), content)


def _is_real(bench: Workbench, row: WriteBackRecord) -> bool:
    # What a rehearsal owes goes to the stand-in for the province, never to the data centre.
    return not recipe_of(bench.journal.orders.head(row.order).kind).is_rehearsal


def take_receipts(bench: Workbench, content: str, actor: str) -> TakenReceipts:
    """Import the data centre's verdicts on exported reports. Safe to repeat.

    All lines are checked before the first one changes anything.

    Raises:
        ParcelError: The file can't be trusted, or refers to a report that was never exported here.
        ConfigError: A key file can't be used.
    """
    parcel = _office(bench).open_receipts(content)
    rows = [(receipt, _exported(bench, receipt)) for receipt in parcel.receipts]
    counts: Counter[str] = Counter()
    for receipt, row in rows:
        counts[_take(bench, receipt, row, parcel.id, actor)] += 1
    data = {"receipt": parcel.id, "export": parcel.parcel, "lines": str(len(rows))}
    bench.apply(actor, AddEvent("", "receipts-taken", data))
    return TakenReceipts(counts["done"], counts["refused"], counts["known"])


def _office(bench: Workbench) -> ParcelOffice:
    office = bench.equipment.office
    if office is None:
        raise ParcelError("data_centre.keys is not set", code="data-centre-not-configured")
    return office


def _exported(bench: Workbench, receipt: Receipt) -> WriteBackRecord:
    for row in bench.journal.outbox.of(receipt.order):
        if row.outcome == receipt.outcome and row.exported_at is not None:
            return row
    raise ParcelError("a receipt for a report that never left from here", code="receipt-unknown")


def _take(bench: Workbench, receipt: Receipt, row: WriteBackRecord, parcel: str, actor: str) -> str:
    word = receipt.result.value
    if row.state not in report.UNDONE or row.receipt == word:
        return "known"  # by an earlier import, or it was accepted online meanwhile
    order = bench.journal.orders.one(row.order)
    if receipt.result is not ReceiptResult.REFUSED:
        report.acknowledge_offline(bench, order, row, parcel, word)
        return "done"
    told = _told_of(bench.journal.outbox.report(row.id))
    reason = without_personal_data(receipt.reason, told)
    details = {"province_text": phrase("data-centre.refused", reason=reason)}
    hold = Hold(RejectionReason.OTHER.value, details)
    noted = NoteReceipt(row.id, parcel, word, WriteBackState.DEAD)
    bench.apply(actor, noted, SetHold(order.id, hold))
    return "refused"


def _told_of(report: IssuanceReport) -> list[str]:
    """Return the values of the answered report that a receipt's text could repeat."""
    number = report.bank_number.reveal() if report.bank_number else ""
    return [report.AAC002, report.AAC003, report.AAZ500, report.AAZ501, report.AAZ507, number]

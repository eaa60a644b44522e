"""The outbox as the API shows it, without personal content."""

from __future__ import annotations

import datetime as dt

from station.api.models.shown import Shown
from station.core.orders import WriteBackState


class WriteBackRecord(Shown):
    """One report owed to the province, without its personal content.

    Attributes:
        id: Outbox id; reports about one person go in this order.
        order: Whose.
        outcome: `issued` or `spoiled`.
        state: Owed, done, dead or withdrawn.
        attempts: How often it was tried.
        last_error: Code of the last failure.
        created_at: UTC.
        done_at: When the province acknowledged.
        export_id: The offline file it left in; empty for none.
        exported_at: When.
        receipt: The data centre's word on it; empty before.
        receipt_at: When.
    """

    id: int
    order: str
    outcome: str
    state: WriteBackState
    attempts: int
    last_error: str
    created_at: dt.datetime
    done_at: dt.datetime | None
    export_id: str = ""
    exported_at: dt.datetime | None = None
    receipt: str = ""
    receipt_at: dt.datetime | None = None


class ExportedReports(Shown):
    """A file that leaves.

    Attributes:
        id: Of the file; receipts name it.
        part: How many files have left, with this one: the number in its name.
        count: How many reports are in it.
        content: The text to be written.
    """

    id: str
    part: int
    count: int
    content: str


class TakenReceipts(Shown):
    """What a file of receipts did.

    Attributes:
        done: Reports that the province has by it.
        refused: Reports that the data centre refuses.
        known: Reports whose fate was known already; nothing happened to them.
    """

    done: int
    refused: int
    known: int

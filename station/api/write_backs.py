"""The outbox of reports to the province, and its files for the data centre."""

from __future__ import annotations

from pydantic import Field, StrictBool

from station.api.caller import Actor, Service
from station.api.models.sent import Sent
from station.api.models.write_backs import ExportedReports, TakenReceipts, WriteBackRecord
from station.api.once import OnceCalled, OnceExported
from station.api.routing import OperationRouter
from station.words import text

router = OperationRouter("station")


class ExportRequest(Sent):
    """Which reports leave."""

    again: StrictBool = Field(default=False, description="Also what has left before.")


class ReceiptsFile(Sent):
    """A file from the data centre."""

    content: str = Field(max_length=16_000_000, description="The text of the file.")


@router.get("/write-backs", summary="The outbox")
def list_write_backs(service: Service) -> list[WriteBackRecord]:
    """Every report, oldest first, without personal content."""
    return [WriteBackRecord.of(row) for row in service.outbox.rows()]


@router.post("/write-backs/retry", summary=text("api.retry"))
def retry_write_backs(service: Service, actor: Actor, once: OnceCalled) -> list[WriteBackRecord]:
    """Try every owed or refused report again now; returns what is still owed."""
    rows = once.run(lambda: service.outbox.retry(actor), lambda _: service.outbox.still_owed())
    return [WriteBackRecord.of(row) for row in rows]


@router.post("/write-backs/export", summary=text("api.export"))
def export_write_backs(
    body: ExportRequest, service: Service, actor: Actor, once: OnceExported
) -> ExportedReports:
    """Marks the reports; only the data centre can read the content."""
    return ExportedReports.of(service.outbox.export(actor, again=body.again, request=once.key))


@router.post("/write-backs/receipts", summary="Take over the data centre's receipts")
def take_receipts(
    body: ReceiptsFile, service: Service, actor: Actor, once: OnceCalled
) -> TakenReceipts:
    """Safe to repeat; a file that is not to be trusted changes nothing."""

    def take(_: str = "") -> TakenReceipts:
        return TakenReceipts.of(service.outbox.take_receipts(body.content, actor))

    return once.run(take, take)

"""The window itself: readiness, devices, the outbox."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from station.api.caller import Actor, Service
from station.api.problem import PROBLEMS
from station.core.orders import WriteBackRecord
from station.production.services.offline import ExportedReports, TakenReceipts
from station.production.views.orders import StationView
from station.words import text

router = APIRouter(tags=["station"], responses=PROBLEMS)


class Health(BaseModel):
    """Whether the process serves."""

    status: str
    recovered: bool


@router.get("/health", summary="Does the process serve?")
async def get_health(service: Service) -> Health:
    """Asks no device, and takes no thread: it answers however busy the station is."""
    return Health(status="ok", recovered=service.recovered)


@router.get("/station", summary=text("api.station"))
def get_station(
    service: Service,
    check: Annotated[bool, Query(description="Look at every device now (a few seconds).")] = False,
) -> StationView:
    """Printer, reader, province and journal, each with its faults, causes and remedies."""
    return service.machine.check_now(timeout=10.0) if check else service.machine.view()


@router.post("/station/reject-left-card", summary="Put a card of no order into the reject bin")
def reject_left_card(service: Service, actor: Actor) -> StationView:
    """Moves a card."""
    return service.machine.reject_left_card(actor)


@router.get("/write-backs", summary="The outbox")
def list_write_backs(service: Service) -> list[WriteBackRecord]:
    """Every report, oldest first, without personal content."""
    return service.outbox.rows()


@router.post("/write-backs/retry", summary=text("api.retry"))
def retry_write_backs(service: Service, actor: Actor) -> list[WriteBackRecord]:
    """Try every owed or refused report again now; returns what is still owed."""
    return service.outbox.retry(actor)


class ExportRequest(BaseModel):
    """Which reports leave."""

    model_config = ConfigDict(extra="forbid")

    again: StrictBool = Field(default=False, description="Also what has left before.")


class ReceiptsFile(BaseModel):
    """A file from the data centre."""

    model_config = ConfigDict(extra="forbid")

    content: str = Field(max_length=16_000_000, description="The text of the file.")


@router.post("/write-backs/export", summary=text("api.export"))
def export_write_backs(body: ExportRequest, service: Service, actor: Actor) -> ExportedReports:
    """Marks the reports; only the data centre can read the content."""
    return service.outbox.export(actor, again=body.again)


@router.post("/write-backs/receipts", summary="Take over the data centre's receipts")
def take_receipts(body: ReceiptsFile, service: Service, actor: Actor) -> TakenReceipts:
    """Safe to repeat; a file that is not to be trusted changes nothing."""
    return service.outbox.take_receipts(body.content, actor)

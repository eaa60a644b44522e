"""Results of batches: parts that leave for the data centre, and its receipts."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Response
from pydantic import Field

from station.api.batches import PDF, BatchId, PlainText, paper, sheet
from station.api.caller import Actor, Batches
from station.api.models.batches import BatchReceipt, ExportedPart
from station.api.models.sent import Sent
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.core.lists import SHEET_TYPE
from station.words import text

router = OperationRouter("batches", "/batches")
receipts = OperationRouter("batches", "/batch-receipts")

ZIP: Final = "application/zip"
Part = Annotated[int, Path(ge=1, le=100_000, description="Number of the part.")]


class Contact(Sent):
    """The person to be asked about a part of the results."""

    name: Annotated[PlainText, Field(min_length=1, max_length=50, repr=False)]
    phone: str = Field(pattern=r"^[0-9 +-]{3,20}$", repr=False)


class ReceiptFile(Sent):
    """The data centre's receipt for a part."""

    content: str = Field(max_length=16_000_000, description="The text of the file.")


@router.post("/{batch}/results", status_code=201, summary=text("api.export-results"))
def export_batch_results(
    batch: BatchId, body: Contact, batches: Batches, actor: Actor, once: OnceCalled
) -> ExportedPart:
    """Every row with a result that has not left; it leaves in no other part."""

    def export(_: str = "") -> ExportedPart:
        contact = (body.name, body.phone)
        return ExportedPart.of(batches.results.export(batch, contact, actor, request=once.key))

    return once.run(export, export)


@router.get("/{batch}/results", summary=text("api.results"))
def list_batch_results(batch: BatchId, batches: Batches) -> list[ExportedPart]:
    """The parts that left, oldest first."""
    return [ExportedPart.of(one) for one in batches.results.all(batch)]


@router.get(
    "/{batch}/results/{part}.zip",
    summary=text("api.result-file"),
    response_class=Response,
    responses={200: {"content": {ZIP: {}}}},
)
def get_result_file(batch: BatchId, part: Part, batches: Batches) -> Response:
    """Only the data centre can read it; the same rows each time."""
    headers = {"Cache-Control": "private, no-store"}
    return Response(batches.results.file(batch, part), media_type=ZIP, headers=headers)


@receipts.post("", summary=text("api.take-receipt"))
def take_batch_receipt(
    body: ReceiptFile, batches: Batches, actor: Actor, once: OnceCalled
) -> BatchReceipt:
    """Safe to repeat; a file that is not to be trusted changes nothing."""

    def take(_: str = "") -> BatchReceipt:
        return BatchReceipt.of(batches.results.take_receipt(body.content, actor))

    return once.run(take, take)


@router.get(
    "/{batch}/handover.pdf",
    summary=text("api.handover"),
    response_class=Response,
    responses={200: {"content": {PDF: {}}}},
)
def get_handover(batch: BatchId, batches: Batches) -> Response:
    """The cards that are made (A4), with places for both signatures."""
    return paper(batches.papers.handover_pdf(batch))


@router.get(
    "/{batch}/handover.xlsx",
    summary=text("api.handover-sheet"),
    response_class=Response,
    responses={200: {"content": {SHEET_TYPE: {}}}},
)
def get_handover_sheet(batch: BatchId, batches: Batches) -> Response:
    """The same as a spreadsheet."""
    return sheet(batches.papers.handover_sheet(batch))

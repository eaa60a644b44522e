"""What the province has about batches: the list of a batch number, and 银行校验."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from station.api.batches import BatchId, ListedRows, PlainText
from station.api.caller import Actor, Batches
from station.api.models.batches import BankNow, RowAnswer, TakenList
from station.api.models.sent import Sent
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.batches.service import ProvinceList
from station.core.batches import PhotoNaming
from station.words import text

lists = OperationRouter("lists", "/province-batches")
router = OperationRouter("lists", "/batches")


class ProvinceBatch(Sent):
    """A batch whose list the province has."""

    number: str = Field(pattern=r"^[0-9A-Za-z-]{1,32}$", description=text("api.batch-number"))
    title: Annotated[PlainText, Field(max_length=60, description="None: the number.")] = ""
    unit: str = Field(default="", pattern=r"^[0-9A-Za-z-]{0,32}$", description=text("api.unit"))
    naming: PhotoNaming = PhotoNaming.NUMBER


@lists.post("", status_code=201, summary=text("api.fetch-batch"))
def fetch_province_batch(
    body: ProvinceBatch, batches: Batches, actor: Actor, once: OnceCalled
) -> TakenList:
    """The same number again is the same batch; only rows that differ are changed."""
    wish = ProvinceList(body.number, body.title, body.unit, body.naming)

    def fetch(_: str = "") -> TakenList:
        batch, taken = batches.fetch(wish, actor)
        return TakenList.made(batches.one(batch), taken)

    return once.run(fetch, fetch, made=lambda made: made.batch.id)


@router.post("/{batch}/bank-checks", summary=text("api.send-to-bank"))
def send_rows_to_bank(
    batch: BatchId, body: ListedRows, batches: Batches, actor: Actor, once: OnceCalled
) -> list[RowAnswer]:
    """Until the bank has answered, a row is in no list and no card of it is made."""

    def send(_: str = "") -> list[RowAnswer]:
        return [RowAnswer.of(one) for one in batches.banks.send(batch, body.lines, actor)]

    return once.run(send, send)


@router.get("/{batch}/bank-checks", summary=text("api.bank-now"))
def get_bank_checks(batch: BatchId, batches: Batches) -> BankNow:
    """As the station knows it; the province is not asked."""
    return BankNow.of(batches.banks.now(batch))


@router.post("/{batch}/bank-answers", summary=text("api.bank-answers"))
def take_bank_answers(batch: BatchId, batches: Batches, actor: Actor, once: OnceCalled) -> BankNow:
    """Ask the province; a row that did not pass is refused with the bank's own words."""

    def take(_: str = "") -> BankNow:
        return BankNow.of(batches.banks.take_answers(batch, actor))

    return once.run(take, take)

"""临时卡: issue, write in the desk's reader, discard, take back; the receipt."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import Response
from pydantic import Field

from station.api.caller import Actor, Service
from station.api.desk import NO_PIN, OrderId, TypedPin, pin_of
from station.api.models.orders import OrderView
from station.api.models.sent import Sent
from station.api.once import OnceCalled, OnceOrdered
from station.api.people import PersonSearch
from station.api.revisions import shown
from station.api.routing import OperationRouter
from station.core.slips import PaperSize
from station.production.desk.temporary import TemporaryWrite
from station.production.services.service import ProductionService
from station.words import text

router = OperationRouter("desk", "/temporary-cards")


class TemporaryCardWrite(Sent):
    """Writes the card in the desk's reader. Only 重写 sets a PIN, which is typed on the pad."""

    reading: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = Field(
        default="",
        description="The holder's ID card: to write a card again needs it where the desk has"
        " a reader.",
    )
    new_pin: TypedPin = NO_PIN
    new_pin_again: TypedPin = NO_PIN


@router.post("", status_code=201, summary=text("api.temporary-issue"))
def issue_temporary_card(
    body: PersonSearch, service: Service, actor: Actor, once: OnceOrdered, response: Response
) -> OrderView:
    """Opens the order. Fetch its data, note an agent, approve it, then write the card."""
    order = service.temporary.accept(body.wanted(), actor, key=once.key)
    return shown(service, order, response)


@router.post("/{order}/write", summary=text("api.temporary-write"))
def write_temporary_card(
    order: OrderId,
    body: TemporaryCardWrite,
    service: Service,
    actor: Actor,
    once: OnceCalled,
    response: Response,
) -> OrderView:
    """Of an order that is approved; of 重写 it blocks while the holder types the new PIN.

    When the card is lifted, what its chip holds is unknown: put it back and write again.
    """
    once.run(lambda: _written(order, body, service, actor), lambda _: order)
    return shown(service, order, response)


def _written(order: str, body: TemporaryCardWrite, service: ProductionService, actor: str) -> str:
    with contextlib.ExitStack() as used:
        typed = None
        if body.new_pin.get_secret_value() or body.new_pin_again.get_secret_value():
            fields = (NO_PIN, body.new_pin, body.new_pin_again)
            none, new, again = (used.enter_context(pin_of(field)) for field in fields)
            typed = (none, new, again)
        return service.temporary.write(TemporaryWrite(order, body.reading, typed), actor)


@router.post("/{order}/discard", summary=text("api.temporary-discard"))
def discard_temporary_card(
    order: OrderId, service: Service, actor: Actor, once: OnceCalled, response: Response
) -> OrderView:
    """The order takes another card; one whose card was written and never told ends as spoiled."""
    once.run(lambda: service.temporary.discard(order, actor), lambda _: order)
    return shown(service, order, response)


@router.post("/return", status_code=201, summary=text("api.temporary-return"))
def take_back_temporary_card(
    service: Service, actor: Actor, once: OnceOrdered, response: Response
) -> OrderView:
    """Reads the card in the desk's reader; the province is asked by the order that is opened."""
    return shown(service, service.temporary.take_back(actor, key=once.key), response)


@router.get(
    "/{order}/receipt.pdf",
    summary=text("api.temporary-receipt"),
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def get_temporary_receipt(
    order: OrderId, service: Service, paper: PaperSize = PaperSize.RECEIPT
) -> Response:
    """Of an order that has ended well, until its personal data is erased."""
    return Response(
        service.temporary.receipt(order, paper),
        media_type="application/pdf",
        headers={"Cache-Control": "private, no-store"},
    )

"""The clerk's desk: ID cards, cards in the desk's reader, the holder's PIN."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field, SecretStr, StrictBool

from station.api.caller import Actor, Service
from station.api.models.desk import BlankTried, DeskCardView, IdentityView, IdReaderView, PinDone
from station.api.models.orders import OrderView
from station.api.models.sent import Sent
from station.api.once import OnceCalled, OnceOrdered
from station.api.person_name import PersonNameOrNone
from station.api.revisions import shown
from station.api.routing import OperationRouter
from station.core.limits import LARGEST_ID
from station.core.orders import OrderReason
from station.core.pin_entry import Pin
from station.production.desk.cards import PinService, PinWish
from station.production.services.service import ProductionService
from station.words import text

router = OperationRouter("desk", "/desk")

OrderId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Order id.")]
Token = Annotated[
    str, Field(pattern=r"^[0-9a-f]{32}$", description="`token` of a card that was read lately.")
]
TypedPin = Annotated[
    SecretStr,
    Field(
        max_length=16,
        description="Only where `pin_pad.keyboard` allows it and there is no pad.",
    ),
]
NO_PIN = SecretStr("")


class OrderByCard(Sent):
    """受理 by an ID card."""

    token: Token
    reason: OrderReason = OrderReason.REPLACEMENT


class HolderCard(Sent):
    """The holder's ID card."""

    token: Token


class Agent(Sent):
    """代办人: a card that was read, or name and number as typed."""

    token: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = ""
    name: PersonNameOrNone = ""
    number: Annotated[str, Field(max_length=40)] = ""


class PinRequest(Sent):
    """One PIN service. The PIN itself is typed on the pad and never comes here."""

    AAZ501: str = Field(pattern=r"^[0-9A-F]{32}$", description=text("api.desk-card-id"))
    reading: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = Field(
        default="", description="The holder's ID card: `unblock` and `reload` need it."
    )
    use_last_try: StrictBool = Field(
        default=False, description="The holder was told that one try is left and wants to use it."
    )
    pin: TypedPin = NO_PIN
    new_pin: TypedPin = NO_PIN
    new_pin_again: TypedPin = NO_PIN


@router.get("/id-card", summary=text("api.id-card"))
def get_id_card(service: Service) -> IdReaderView:
    """The reader is looked at all the time; an event tells when a card was read."""
    return IdReaderView.of(service.desk.id_reader())


@router.post("/orders", status_code=201, summary=text("api.create-by-card"))
def open_order(
    body: OrderByCard, service: Service, actor: Actor, once: OnceOrdered, response: Response
) -> OrderView:
    """Opens the order of the card's number and marks it 已读证; an expired card opens nothing."""
    order = service.desk.open_order(body.token, body.reason, actor, idempotency_key=once.key)
    return shown(service, order, response)


@router.get("/orders/{order}/identity", summary="Who stood at the window for an order")
def get_identity(order: OrderId, service: Service) -> IdentityView:
    """With what stands in the way: another name, or a card that must be read again."""
    return IdentityView.of(service.desk.identity(order))


@router.post("/orders/{order}/holder", summary=text("api.holder-card"))
def attach_holder(
    order: OrderId, body: HolderCard, service: Service, actor: Actor, once: OnceCalled
) -> IdentityView:
    """The card must be valid, this person's, and of the same name as the province's data."""
    view = once.run(
        lambda: service.desk.attach_holder(order, body.token, actor),
        lambda _: service.desk.identity(order),
    )
    return IdentityView.of(view)


@router.post("/orders/{order}/agent", summary=text("api.agent"))
def attach_agent(
    order: OrderId, body: Agent, service: Service, actor: Actor, once: OnceCalled
) -> IdentityView:
    """Kept sealed with the order."""
    view = once.run(
        lambda: service.desk.attach_agent(
            order, actor, token=body.token, name=body.name, number=body.number
        ),
        lambda _: service.desk.identity(order),
    )
    return IdentityView.of(view)


@router.post("/orders/{order}/name-confirmation", summary=text("api.confirm-name"))
def confirm_name(order: OrderId, service: Service, actor: Actor, once: OnceCalled) -> IdentityView:
    """Only for a name with characters that only a person can compare."""
    view = once.run(
        lambda: service.desk.confirm_name(order, actor), lambda _: service.desk.identity(order)
    )
    return IdentityView.of(view)


@router.post("/card", summary=text("api.desk-card"))
def read_card(service: Service) -> DeskCardView:
    """Whose it is, its number (masked), what 验卡 finds, and the tries of its PIN. Writes nothing.

    Cards that close their file ask the province's HSM.
    """
    return DeskCardView.of(service.desk.read_card())


@router.post("/mute-blank", summary=text("api.try-blank"))
def try_blank(service: Service, actor: Actor, once: OnceCalled) -> BlankTried:
    """A blank whose chip gave no answer in the machine, put into the desk's reader.

    It tells a bad blank from bad contacts in the machine: `feeder-stopped` says which from then on.
    """

    def tried(_: str = "") -> BlankTried:
        return BlankTried(answers=service.desk.try_blank(actor))

    return once.run(tried, tried)


@router.post("/pin/{pin_service}", summary=text("api.pin"))
def serve_pin(
    pin_service: PinService, body: PinRequest, service: Service, actor: Actor, once: OnceCalled
) -> PinDone:
    """Blocks while the holder types on the pad. A second request is refused meanwhile.

    A request that was cut off, or used up a try, is never carried out again under its key.
    """
    return once.run(
        lambda: _served(pin_service, body, service, actor),
        lambda event: PinDone.of(service.desk.pin_done(int(event))),
        repeatable=False,
        made=lambda done: str(done.event),
    )


def _served(
    pin_service: PinService, body: PinRequest, service: ProductionService, actor: str
) -> PinDone:
    with contextlib.ExitStack() as used:
        fields = (body.pin, body.new_pin, body.new_pin_again)
        typed = None
        if any(field.get_secret_value() for field in fields):
            first, second, third = (used.enter_context(pin_of(field)) for field in fields)
            typed = (first, second, third)
        wish = PinWish(pin_service, body.AAZ501, body.reading, body.use_last_try, typed)
        return PinDone.of(service.desk.pin_service(wish, actor))


@router.get(
    "/pin-receipts/{event}.pdf",
    summary=text("api.pin-receipt"),
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def get_receipt(event: Annotated[int, Path(ge=1, le=LARGEST_ID)], service: Service) -> Response:
    """Of a service that was carried out."""
    return Response(
        service.desk.pin_receipt(event),
        media_type="application/pdf",
        headers={"Cache-Control": "private, no-store"},
    )


def pin_of(field: SecretStr) -> Pin:
    """Return a typed PIN in memory that can be cleared."""
    return Pin(bytearray(field.get_secret_value().encode("utf-8")))

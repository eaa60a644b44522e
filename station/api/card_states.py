"""The state of a card at the province: 状态查询, 挂失, 解除挂失, 注销, 启用, 回执."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response
from pydantic import Field, StrictBool

from station.api.caller import Actor, Service
from station.api.models.card_states import CardServiceDone, StateView
from station.api.once import OnceCalled
from station.api.people import PersonSearch
from station.api.routing import OperationRouter
from station.core.card_states import StateService
from station.core.limits import LARGEST_ID
from station.core.slips import PaperSize
from station.production.services.card_states import StateWish
from station.words import text

router = OperationRouter("cards", "/cards")

ServiceId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the service.")]


class StateChange(PersonSearch):
    """One service: whose card, exactly one of the ways of `PersonSearch` or `looked`."""

    looked: str = Field(
        default="",
        pattern=r"^([0-9a-f]{32})?$",
        description="`token` of the card that was shown.",
    )
    present_card: str = Field(
        default="",
        max_length=40,
        repr=False,
        description="AAZ500 that must be that of the person's present card.",
    )
    reading: str = Field(
        default="",
        pattern=r"^([0-9a-f]{32})?$",
        description="The holder's ID card: `lift-loss` and `cancel` need it where the desk has a"
        " reader.",
    )
    confirmed: StrictBool = Field(
        default=False, description="A person has confirmed `cancel`, which can't be undone."
    )


@router.post("/state", summary=text("api.card-state"))
def look_at_card_state(body: PersonSearch, service: Service, actor: Actor) -> StateView:
    """Asks the province; changes nothing there, and takes no `Idempotency-Key`."""
    return StateView.of(service.card_states.look(body.wanted(), actor))


@router.post("/state/{state_service}", summary=text("api.card-service"))
def change_card_state(
    state_service: StateService,
    body: StateChange,
    service: Service,
    actor: Actor,
    once: OnceCalled,
) -> CardServiceDone:
    """Of the person's present card. Without an answer the province is asked for the state.

    What can't be undone needs `confirmed`. A request that was cut off is never carried out again
    under its key: look at the state first.
    """
    wish = StateWish(
        state_service,
        body.wanted(),
        body.looked,
        body.present_card,
        body.reading,
        body.confirmed,
    )
    return once.run(
        lambda: CardServiceDone.of(service.card_states.change(wish, actor)),
        lambda made: CardServiceDone.of(service.card_states.one(int(made))),
        repeatable=False,
        made=lambda done: str(done.id),
    )


@router.get("/services", summary=text("api.card-services"))
def list_card_services(
    service: Service, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[CardServiceDone]:
    """Newest first, without personal data."""
    return [CardServiceDone.of(one) for one in service.card_states.newest(limit)]


@router.get("/services/{service_id}", summary=text("api.one-card-service"))
def get_card_service(service_id: ServiceId, service: Service) -> CardServiceDone:
    """What is known of it."""
    return CardServiceDone.of(service.card_states.one(service_id))


@router.get(
    "/services/{service_id}/receipt.pdf",
    summary=text("api.card-receipt"),
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def get_card_receipt(
    service_id: ServiceId, service: Service, paper: PaperSize = PaperSize.RECEIPT
) -> Response:
    """Of a service that was carried out, until its personal data is erased."""
    return Response(
        service.card_states.receipt(service_id, paper),
        media_type="application/pdf",
        headers={"Cache-Control": "private, no-store"},
    )

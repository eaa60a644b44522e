"""补卡, 换卡, first cards: applied for at the province, with the order of the card."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response
from pydantic import Field, StrictBool

from station.api.caller import Actor, Service
from station.api.models.orders import OrderView
from station.api.once import OnceOrdered
from station.api.people import PersonSearch
from station.api.person_name import PersonNameOrNone
from station.api.revisions import shown
from station.api.routing import OperationRouter
from station.core.applications import ApplicationType, ExchangeReason
from station.production.services.applications import ApplicationWish
from station.words import text

router = OperationRouter("cards", "/applications")


class NewApplication(PersonSearch):
    """An application: for whom, exactly one of the ways of `PersonSearch`."""

    type: ApplicationType = Field(description=text("api.application-type"))
    reason: ExchangeReason | None = Field(default=None, description=text("api.exchange-reason"))
    bank: Annotated[str, Field(pattern=r"^[0-9A-Z]{0,12}$")] = Field(
        default="", description="AAE008 of the new card's bank; empty keeps the present one."
    )
    name: PersonNameOrNone = Field(
        default="", description="Of a person who has no card yet and whose ID card was not read."
    )
    fee_paid: StrictBool = Field(
        default=False, description="Your person has seen that the fee was paid: it is registered."
    )
    old_card_collected: StrictBool = Field(
        default=False, description="The old card is at the window; an exchange needs it."
    )


@router.post("", status_code=201, summary=text("api.apply"))
def apply_for_card(
    body: NewApplication, service: Service, actor: Actor, once: OnceOrdered, response: Response
) -> OrderView:
    """Makes the order, then applies, registers the fee and marks; each is safe to repeat."""
    wish = ApplicationWish(
        body.wanted(),
        body.type,
        body.reason,
        body.bank,
        body.name,
        body.fee_paid,
        body.old_card_collected,
        once.key,
    )
    return shown(service, service.applications.apply(wish, actor), response)

"""Any person, any order: from a number or a card to what can be done now."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from station.api.caller import Service
from station.api.models.people import PersonView
from station.api.models.sent import Sent
from station.api.routing import OperationRouter
from station.production.services import persons
from station.words import text

router = OperationRouter("orders")

OrderId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Order id.")]


class PersonSearch(Sent):
    """How a person is looked for: exactly one of the fields."""

    id_number: str = Field(default="", max_length=40, repr=False, description=text("api.id-number"))
    card_number: str = Field(
        default="", max_length=40, repr=False, description=text("api.card-number")
    )
    AAZ501: str = Field(
        default="", pattern=r"^([0-9A-F]{32})?$", description=text("api.desk-card-id")
    )
    token: str = Field(
        default="",
        pattern=r"^([0-9a-f]{32})?$",
        description="`token` of an ID card that was read lately.",
    )

    def wanted(self) -> persons.PersonSearch:
        """Return what is looked for."""
        return persons.PersonSearch(self.id_number, self.card_number, self.AAZ501, self.token)


@router.post("/people/search", summary=text("api.find-person"))
def find_person(body: PersonSearch, service: Service) -> PersonView:
    """Changes nothing, and takes no `Idempotency-Key`. 404 when this station has no order of them.

    A card number leads to the person when this station has made the card, or when the desk's reader
    has just read it.
    """
    return PersonView.of(service.people.find(body.wanted()))


@router.get("/orders/{order}/person", summary=text("api.person-of-order"))
def get_person(order: OrderId, service: Service) -> PersonView:
    """With every other order of theirs, and what can be done with each now."""
    return PersonView.of(service.people.of_order(order))

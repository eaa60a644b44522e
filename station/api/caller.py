"""What every route needs: the service, and who is calling.

These are coroutines although none of them waits: FastAPI calls a plain function in a thread of its
own, and going there and back costs more than all that they do.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from pydantic import Field

from station.access import Doors
from station.access.doors import Caller
from station.api.models.sent import Sent
from station.api.person_name import PersonName
from station.batches.service import BatchService
from station.core.people import Approval
from station.production.services.service import ProductionService
from station.web import caller_of, doors_of


async def service_of(request: Request) -> ProductionService:
    """Return the station's service."""
    service: ProductionService = request.app.state.service
    return service


async def batches_of(request: Request) -> BatchService:
    """Return the service of batches."""
    batches: BatchService = request.app.state.batches
    return batches


async def actor_of(request: Request) -> str:
    """Return who calls, for the audit trail: never a name that the request itself gives."""
    return caller_of(request).name


async def _caller(request: Request) -> Caller:
    return caller_of(request)


async def _doors(request: Request) -> Doors:
    return doors_of(request)


class SecondPerson(Sent):
    """A supervisor who agrees, with an own password or card; never the caller."""

    operator: PersonName
    password: str = Field(
        default="", max_length=128, repr=False, description="Typed by that person."
    )
    card_pin: str = Field(
        default="",
        max_length=16,
        repr=False,
        description="Instead of the password: the PIN of that person's card in the reader.",
    )


def proven(doors: Doors, act: str, actor: str, given: SecondPerson | None) -> Approval | None:
    """Return the agreement to an act, after checking the second person's credential; None for none.

    Raises:
        NotSupervisorError: See `Doors.approve`; also `LoginRefusedError` and `LoginWaitError`.
    """
    if given is None:
        return None
    return doors.approve(act, actor, given.operator, given.password, card_pin=given.card_pin)


TheDoors = Annotated[Doors, Depends(_doors)]
Service = Annotated[ProductionService, Depends(service_of)]
Batches = Annotated[BatchService, Depends(batches_of)]
Actor = Annotated[str, Depends(actor_of)]
TheCaller = Annotated[Caller, Depends(_caller)]

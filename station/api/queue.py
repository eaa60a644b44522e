"""The queue of cards: what waits for the machine, and several approvals at once."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from station.api.caller import Actor, Service
from station.api.models.queue import QueuedApproval, QueuedOrder
from station.api.models.sent import Sent
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.words import text

router = OperationRouter("orders", "/queue")

MOST_APPROVALS: Final = 200  #: in one call
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


def _must_be_true(approved: bool) -> bool:
    if not approved:
        raise ValueError("nothing is approved that nobody has compared")
    return approved


class Approvals(Sent):
    """The orders whose previews a person has compared."""

    orders: list[Id] = Field(min_length=1, max_length=MOST_APPROVALS)
    approved: Annotated[StrictBool, AfterValidator(_must_be_true)] = Field(
        description="Your person has compared picture, name and bank of every one of them.",
        json_schema_extra={"const": True},
    )


@router.get("", summary="What waits for the machine")
def list_queue(service: Service) -> list[QueuedOrder]:
    """In the order of work: the card inside, then people at the window, then the batch."""
    return [QueuedOrder.of(one) for one in service.queue.waiting()]


@router.post("", summary=text("api.approve-several"))
def approve_several(
    body: Approvals, service: Service, actor: Actor, once: OnceCalled
) -> list[QueuedApproval]:
    """They are made one after another; one that can't be approved keeps none of the others out."""

    def approve(_: str = "") -> list[QueuedApproval]:
        return [QueuedApproval.of(one) for one in service.queue.approve(body.orders, actor)]

    return once.run(approve, approve)

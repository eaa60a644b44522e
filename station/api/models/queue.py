"""The queue of cards as the API shows it."""

from __future__ import annotations

from pydantic import Field

from station.api.models.shown import Shown
from station.core.orders import OrderStep, Queue


class QueuedOrder(Shown):
    """One order that waits for the machine, or is in it."""

    order: str
    place: int = Field(description="0: its card is in the machine; 1: it is fed next.")
    step: OrderStep
    queue: Queue
    problem_code: str | None = Field(
        description="Why it is held; the others go first meanwhile. null: nothing is in the way."
    )


class QueuedApproval(Shown):
    """What became of one approval."""

    order: str
    step: OrderStep | None = Field(description="Where it stands now; null: no such order.")
    problem_code: str | None = Field(
        description="Why it was not taken into the queue; null: it was."
    )

"""The order beside the one on a screen: a window has two citizens in hand.

While a card is made, its clerk fetches and compares the next person's. The screen of either one
shows the other beside it: the one at the machine beside the person in hand, and the other way
round. Which one that is follows from the journal and from what the screen showed before; a person
who must act is never passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from station.core.life import BEFORE_FEED, IN_MACHINE, reached
from station.core.orders import CardPlace, OrderHead, OrderStep, Queue
from station.core.recipes import recipe_of
from station.journal import Journal
from station.production.machine.schedule import in_order_of_work
from station.production.services.orders import OrderService
from station.production.views.orders import OrderView

#: Steps at which a card is out and its holder has not got it yet.
OUT: Final = frozenset({OrderStep.RELEASED, OrderStep.RELEASED_OWED})


class BesideKind(StrEnum):
    """Where the other order is."""

    AT_MACHINE = "at-machine"  #: its card is inside
    QUEUED = "queued"  #: approved, and fed when the machine is free
    OUT = "out"  #: its card is out and is to be handed over
    IN_HAND = "in-hand"  #: being compared, or about to be


@dataclass(frozen=True, slots=True)
class Beside:
    """The order beside the one that a screen shows.

    Attributes:
        kind: Where it is.
        order: The order now.
        needs_person: Whether it does not go on before somebody has acted.
        place: Its place in the queue; 0 when it is not queued.
    """

    kind: BesideKind
    order: OrderView
    needs_person: bool
    place: int = 0


class BesideService:
    """Finds the other order of a screen; changes nothing. Thread-safe."""

    def __init__(self, journal: Journal, orders: OrderService) -> None:
        self._journal = journal
        self._orders = orders

    def one(self, shown: str, before: str = "") -> Beside | None:
        """Return the order beside `shown`; None when there is no other.

        Args:
            shown: The order on the screen; empty for none.
            before: The order that the same screen showed before; empty for none.
        """
        heads = [head for head in self._open() if head.id != shown]
        queued = [head for head in heads if _is_queued(head)]
        stopped = [head for head in queued if head.hold is not None and head.hold.due_age is None]
        in_hand = [head for head in reversed(heads) if head.step in BEFORE_FEED]
        kept = [head for head in in_hand if head.id == before]
        inside = [head for head in heads if head.step in IN_MACHINE]
        first = next(iter((*inside, *stopped, *kept, *queued)), None)
        if first is not None:
            return self._beside(first, queued)
        out = self._card_out()
        if out is not None and out.id != shown:
            return self._beside(out, queued)
        of_window = (head for head in in_hand if head.queue is Queue.WINDOW)
        newest = next(of_window, None)
        return None if newest is None else self._beside(newest, queued)

    def _open(self) -> list[OrderHead]:
        heads = in_order_of_work(self._journal.orders.heads())
        return [head for head in heads if not recipe_of(head.kind).at_desk]

    def _card_out(self) -> OrderHead | None:
        """Return the order whose card was put out last and is still to be handed over."""
        newest = self._journal.cards.newest(1)
        if not newest or newest[0].place is not CardPlace.OUTPUT_HOPPER:
            return None
        head = self._journal.orders.head(newest[0].order)
        return head if head.step in OUT else None

    def _beside(self, head: OrderHead, queued: list[OrderHead]) -> Beside:
        view = self._orders.one(head.id)
        problem = view.problem
        waits = problem is not None and problem.retry_at is None and view.running is None
        place = next((at for at, one in enumerate(queued, 1) if one.id == head.id), 0)
        return Beside(_kind(head, place), view, view.question is not None or waits, place)


def _kind(head: OrderHead, place: int) -> BesideKind:
    if head.step in IN_MACHINE:
        return BesideKind.AT_MACHINE
    if head.step in OUT:
        return BesideKind.OUT
    return BesideKind.QUEUED if place else BesideKind.IN_HAND


def _is_queued(head: OrderHead) -> bool:
    asked = head.goal is not None and not reached(head.step, head.goal)
    return head.step is OrderStep.APPROVED and asked

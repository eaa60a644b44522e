"""受理: how a request becomes exactly one order, however often it is sent.

Whether a request was sent before is read inside the transaction that would carry it out: the
journal has one writer, so of twenty equal concurrent requests one creates the order and nineteen
find it. A repeated key is compared with the order that it created; no digest of the request is
stored.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from station.core.changes import AddOrder, Changes, RememberRequest
from station.core.errors import OrderConflictError
from station.core.errors.calls import KeyReusedError
from station.core.identity import parse_id_number
from station.core.life import CLOSED
from station.core.orders import OrderKind, OrderReason, OrderRecord, OrderStep, Queue
from station.core.recipes import CardSource, recipe_of
from station.core.rehearsal import NUMBER
from station.journal import Journal
from station.production.life.rehearsing import require_time_for

OUT: Final = frozenset({OrderStep.RELEASED, OrderStep.ACTIVATED})
NOT_ACTIVATED: Final = frozenset({OrderStep.RELEASED})
#: Steps of an order whose card was made; the newest of these orders has the person's present card.
MADE: Final = OUT | {OrderStep.RELEASED_OWED, OrderStep.SPOILED}


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A request for one person's card.

    Attributes:
        id_number: As it was typed or sent.
        reason: Why the card is made.
        idempotency_key: The caller's own name for this request, if any.
        kind: The kind of order to create.
    """

    id_number: str = field(repr=False)
    reason: OrderReason
    idempotency_key: str | None = None
    kind: OrderKind = OrderKind.FULL
    queue: Queue = Queue.WINDOW


Also = Callable[[str], Changes]  #: returns what becomes durable with a new order


def nothing_more(order: str) -> Changes:
    """Return nothing: the order alone is made."""
    del order
    return ()


def accept(
    journal: Journal,
    machine: str,
    request: OrderRequest,
    actor: str,
    also: Also = nothing_more,
) -> str:
    """Return the id of the order that this request creates, or has created already.

    The invented person's number asks for a rehearsal, whatever kind was asked for.

    Without a key, the request refers to the person's open order; or to the one whose card is out
    and not activated: that person needs 领卡启用 or 补打卡面, not a new card. A temporary card has
    nothing to do with either: there only an open order for one is meant.

    What `also` returns for a new order becomes durable with it.

    Raises:
        IdNumberError: The number is wrong.
        OrderConflictError: The key was used for another request, or, under a new key, the person
            has an open order; or it is about a person while the window rehearses, or the reverse.
    """
    number = parse_id_number(request.id_number)
    request = _meant(request, number)

    def same(made: OrderRecord) -> bool:
        asked = (request.kind, None, number, request.reason)
        return (made.kind, made.previous, made.id_number, made.reason) == asked

    makes_card = recipe_of(request.kind).card is CardSource.BANKS_BLANK
    if request.idempotency_key is None and makes_card:
        waiting = _newest_out(journal, number, NOT_ACTIVATED)
        if waiting is not None and _open_of(journal, number) is None:
            return waiting
    order = new_order_id()
    try:
        with journal.transaction(actor) as change:
            known = known_request(journal, request.idempotency_key, same)
            if known is not None:
                return known
            require_time_for(journal, request.kind)
            added = AddOrder(
                order,
                machine,
                request.reason,
                number,
                previous=None,
                kind=request.kind,
                queue=request.queue,
            )
            change.apply(added)
            if request.idempotency_key is not None:
                change.apply(RememberRequest(request.idempotency_key, order))
            change.apply(*also(order))
    except OrderConflictError as exc:
        if exc.code != "person-has-open-order" or request.idempotency_key is not None:
            raise
        meant = _open_of(journal, number)
        if meant is None:  # it has ended concurrently: the caller may repeat the request
            raise
        if not makes_card and journal.orders.head(meant).kind is not request.kind:
            raise
        return meant
    return order


def _meant(request: OrderRequest, number: str) -> OrderRequest:
    return replace(request, kind=OrderKind.REHEARSAL) if number == NUMBER else request


def _open_of(journal: Journal, number: str) -> str | None:
    heads = journal.orders.heads_of_person(number)
    return next((head.id for head in heads if head.step not in CLOSED), None)


def card_put_out(journal: Journal, order: OrderRecord) -> str | None:
    """Return the person's newest earlier order whose card this station has released, if any."""
    return _newest_out(journal, order.id_number, OUT, besides=order.id)


def _newest_out(
    journal: Journal, number: str, steps: frozenset[OrderStep], *, besides: str = ""
) -> str | None:
    # The newest order whose card was made has the person's present card.
    for found in journal.orders.heads_of_person(number):
        makes = recipe_of(found.kind).card is CardSource.BANKS_BLANK
        if makes and found.id != besides and found.step in MADE:
            return found.id if found.step in steps else None
    return None


def new_order_id() -> str:
    """Return 32 random hex digits: the id carries no information about the order."""
    return secrets.token_hex(16)


def known_request(
    journal: Journal, key: str | None, same: Callable[[OrderRecord], bool]
) -> str | None:
    """Return the order that this Idempotency-Key has created; None when it is new.

    `same` returns whether an order is what the present request would have created.

    Raises:
        OrderConflictError: The key was used with another request.
    """
    known = journal.orders.by_request(key) if key is not None else None
    if known is None:
        return None
    if not same(journal.orders.one(known)):
        raise KeyReusedError("this Idempotency-Key came with another request")
    return known

"""A person at the window: every order and card of theirs, and what can be done with each now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from station.core.identity import masked_id_number
from station.core.orders import CardFate, CardPlace, OrderKind, OrderReason, OrderStep
from station.production.life.effects import Workbench
from station.production.views.offers import Offer, offers_of


@dataclass(frozen=True, slots=True)
class PersonOrder:
    """One order of a person, with its card.

    Attributes:
        id: Order id.
        step: Its current step.
        kind: What is done to which card.
        reason: Why a card is made.
        created_at: UTC.
        problem_code: Why it does not continue.
        card: Ledger id of its card; None before one was fed.
        AAZ501: 卡识别码 of the card; empty before it was read.
        place: Where the card is; None without a card.
        fate: What became of the card; None without a card.
        offers: What can be done now.
    """

    id: str
    step: OrderStep
    kind: OrderKind
    reason: OrderReason
    created_at: dt.datetime
    problem_code: str | None
    card: int | None
    AAZ501: str
    place: CardPlace | None
    fate: CardFate | None
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person whom this station has made an order for.

    Attributes:
        name: Empty while the province's data has not arrived for any order.
        id_number_masked: Ends of the number, to compare with what the person says.
        orders: Every order, newest first.
    """

    name: str = field(repr=False)
    id_number_masked: str
    orders: tuple[PersonOrder, ...]


def person_view(bench: Workbench, id_number: str, most: int, *, named: bool = True) -> PersonView:
    """Return the person of a number with the newest `most` orders.

    Unseals at most one order's data, for the name, unless `named` is false.
    """
    lines = bench.journal.orders.lines_of_person(id_number, most)
    orders = []
    for line in lines:
        head = bench.journal.orders.head(line.id)
        card = bench.card_of(head)
        orders.append(
            PersonOrder(
                id=line.id,
                step=head.step,
                kind=head.kind,
                reason=line.reason,
                created_at=line.created_at,
                problem_code=head.hold.code if head.hold else None,
                card=head.card,
                AAZ501=card.AAZ501 if card else "",
                place=card.place if card else None,
                fate=card.fate if card else None,
                offers=offers_of(bench, head),
            )
        )
    name = _name(bench, orders) if named else ""
    return PersonView(name, masked_id_number(id_number), tuple(orders))


def _name(bench: Workbench, orders: list[PersonOrder]) -> str:
    fetched = next((one.id for one in orders if one.step is not OrderStep.ACCEPTED), None)
    data = bench.journal.orders.one(fetched).data if fetched else None
    return data.chip.AAC003 if data else ""

"""A person's orders and cards as the API shows them."""

from __future__ import annotations

import datetime as dt

from station.api.models.shown import Shown
from station.core.orders import CardFate, CardPlace, OrderKind, OrderReason, OrderStep
from station.core.reprints import ReprintReason
from station.production.views.offers import Offered


class Offer(Shown):
    """One thing that can be done with an order or its card now.

    Attributes:
        what: The act: `activate` is `steps/activated`, the kinds of order are `reprints`.
        reasons: Reasons that it accepts; empty where it needs none.
        needs_approver: Whether a second person must agree.
    """

    what: Offered
    reasons: tuple[ReprintReason, ...]
    needs_approver: bool


class PersonOrder(Shown):
    """One order of a person, with its card.

    Attributes:
        id: Order id.
        step: Where it stands.
        kind: What is done to which card.
        reason: Why a card is made.
        created_at: UTC.
        problem_code: Why it does not go on.
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


class PersonView(Shown):
    """A person whom this station has made an order for.

    Attributes:
        name: Empty while the province's data has not arrived for any order.
        id_number_masked: The number with its middle hidden.
        orders: Newest first, at most fifty.
    """

    name: str
    id_number_masked: str
    orders: tuple[PersonOrder, ...]

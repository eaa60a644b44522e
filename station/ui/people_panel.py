"""A person's orders and the window's day on the operator page; the buttons that find people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, TypeAlias

from station.core.errors import InputError, OrderNotFoundError, PersonNotServedError
from station.core.identity import masked_id_number
from station.core.life import OrderEvent
from station.core.orders import CardPlace, OrderSearch, OrderStep, WriteBackState
from station.production.services.persons import PersonSearch, typed_search
from station.production.services.service import ProductionService
from station.production.views.offers import Offer, Offered
from station.production.views.people import PersonOrder
from station.ui.people_contents import (
    NO_PERSON,
    DayPanel,
    DayRow,
    PersonPanel,
    PersonRow,
    WaitingRow,
)
from station.ui.pressed import Action, Pressed
from station.words import Table, chosen, text, where
from station.words.tables import STEP_TITLES

KINDS: Final = Table("order-kind")
OFFERS: Final = Table("offered")
MOST_OF_PERSON: Final = 12  #: orders of one person on the page; the API has more
MOST_WAITING: Final = 30
MOST_OF_DAY: Final = 200


def person_panel(service: ProductionService, order: str) -> PersonPanel:
    """Return every order of the person of an order."""
    if not order:
        return NO_PERSON
    try:
        person = service.people.of_order(order, most=MOST_OF_PERSON, named=False)
    except (OrderNotFoundError, PersonNotServedError):
        return NO_PERSON
    revisions = service.orders.revisions([one.id for one in person.orders])
    rows = tuple(_row(one, revisions[one.id], shown=one.id == order) for one in person.orders)
    return PersonPanel(person.id_number_masked, rows)


def _row(one: PersonOrder, revision: int, *, shown: bool) -> PersonRow:
    return PersonRow(
        id=one.id,
        revision=revision,
        day=one.created_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        kind=KINDS[one.kind],
        state=STEP_TITLES[one.step],
        where=where(one.place.value) if one.place else "",
        offers=text("phrases.between").join(OFFERS[offer.what] for offer in one.offers),
        can_activate=_activates(one.offers),
        shown=shown,
    )


def _activates(offers: tuple[Offer, ...]) -> bool:
    return any(offer.what is Offered.ACTIVATE for offer in offers)


#: What a row of a waiting card is made of: the order and its revision, the card's place and time,
#: the language.
WaitingKey: TypeAlias = tuple[str, int, CardPlace, dt.datetime, str]


def day_panel(
    service: ProductionService,
    today: dt.date,
    names: Mapping[str, str],
    known: dict[WaitingKey, WaitingRow],
) -> DayPanel:
    """Return the window's day.

    Args:
        service: The station.
        today: Where the PC stands.
        names: The holders' names of orders, as far as they have been read.
        known: The rows of cards that wait, of earlier calls: a row is made anew only when
            something of it has changed. Rows that are not shown any more are removed.
    """
    owed = service.outbox.owed()
    found = service.orders.recent(MOST_OF_DAY, wanted=OrderSearch(day=today))
    cards = service.ledger.not_taken()[-MOST_WAITING:][::-1]
    revisions = service.orders.revisions([card.order for card in cards])
    keys = [
        (card.order, revisions[card.order], card.place, card.updated_at, chosen()) for card in cards
    ]
    rows = {key: known.get(key) or _waiting(service, *key[:4]) for key in keys}
    known.clear()
    known.update(rows)
    names = {**names, **{row.id: row.name for row in rows.values()}}
    return DayPanel(
        waiting=tuple(rows.values()),
        owed=len(owed),
        refused=sum(row.state is WriteBackState.DEAD for row in owed),
        orders=tuple(
            DayRow(
                id=line.id,
                name=names.get(line.id, "") or line.id_number_masked,
                at=line.created_at.astimezone().strftime("%H:%M"),
                state=STEP_TITLES[line.step],
            )
            for line in found
        ),
    )


def _waiting(
    service: ProductionService, order: str, revision: int, place: CardPlace, since: dt.datetime
) -> WaitingRow:
    # A card may wait for longer than its holder's data is kept: then it has no name and no number.
    holder = service.orders.one(order).holder
    return WaitingRow(
        id=order,
        revision=revision,
        name=holder.AAC003 if holder else text("listed-state.erased"),
        number=masked_id_number(holder.AAC002) if holder else "",
        where=where(place.value),
        since=since.astimezone().strftime("%m-%d %H:%M"),
        can_activate=service.orders.following(order).event is OrderEvent.ACTIVATED,
    )


def _find(service: ProductionService, pressed: Pressed) -> str:
    return _newest(service, typed_search(pressed.id_number))


def _find_by_desk_card(service: ProductionService, pressed: Pressed) -> str:
    if not pressed.card:
        raise InputError("no card was read")
    return _newest(service, PersonSearch(AAZ501=pressed.card))


def _newest(service: ProductionService, wanted: PersonSearch) -> str:
    orders = service.people.find(wanted).orders
    still_open = (one for one in orders if any(o.what is Offered.GO_ON for o in one.offers))
    made = (one for one in orders if one.step is not OrderStep.CANCELLED)
    return next(still_open, next(made, orders[0])).id


PEOPLE_ACTIONS: Final[Mapping[str, Action]] = {
    "find-person": _find,
    "find-by-desk-card": _find_by_desk_card,
}

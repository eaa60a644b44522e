"""A person's orders and the window's day on the operator page; the buttons that find people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from station.core.errors import InputError, OrderNotFoundError, PersonNotServedError
from station.core.orders import CardRecord, OrderSearch, OrderStep, WriteBackState
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
from station.words import Table, text, where
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
    rows = tuple(_row(service, one, shown=one.id == order) for one in person.orders)
    return PersonPanel(person.id_number_masked, rows)


def _row(service: ProductionService, one: PersonOrder, *, shown: bool) -> PersonRow:
    return PersonRow(
        id=one.id,
        revision=service.orders.revision(one.id),
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


def day_panel(service: ProductionService, today: dt.date, names: dict[str, str]) -> DayPanel:
    """Return the window's day; `names` keeps the holders' names of earlier calls."""
    owed = service.outbox.owed()
    found = service.orders.recent(MOST_OF_DAY, wanted=OrderSearch(day=today))
    waiting = service.ledger.not_taken()[-MOST_WAITING:]
    return DayPanel(
        waiting=tuple(_waiting(service, card, names) for card in reversed(waiting)),
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


def _waiting(service: ProductionService, card: CardRecord, names: dict[str, str]) -> WaitingRow:
    person = service.people.of_order(card.order, most=MOST_OF_PERSON, named=False)
    if card.order not in names:
        holder = service.orders.one(card.order).holder
        names[card.order] = holder.AAC003 if holder else ""
    own = next((one for one in person.orders if one.id == card.order), None)
    return WaitingRow(
        id=card.order,
        revision=service.orders.revision(card.order),
        name=names[card.order],
        number=person.id_number_masked,
        where=where(card.place.value),
        since=card.updated_at.astimezone().strftime("%m-%d %H:%M"),
        can_activate=own is not None and _activates(own.offers),
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

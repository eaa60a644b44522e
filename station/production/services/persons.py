"""查询: from an ID number, a card number or a card to the person's orders and cards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from station.core.characters import plain_text
from station.core.elements import has_form
from station.core.errors import InputError, OrderNotFoundError, PersonNotServedError
from station.core.identity import parse_id_number
from station.core.orders import OrderHead
from station.production.desk.service import DeskService
from station.production.life.effects import Workbench
from station.production.views.people import PersonView, person_view

MOST_ORDERS: Final = 50  #: of one person in an answer, the newest ones


@dataclass(frozen=True, slots=True)
class PersonSearch:
    """How a person is looked for; exactly one of these.

    Attributes:
        id_number: 社会保障号码, as it was typed.
        card_number: 卡号, as it was typed.
        AAZ501: 卡识别码 of a card in the desk's reader, or of one that this station has made.
        token: An ID card that was read lately.
    """

    id_number: str = field(default="", repr=False)
    card_number: str = field(default="", repr=False)
    AAZ501: str = ""
    token: str = ""

    @property
    def given(self) -> int:
        """How many ways are named."""
        return sum(map(bool, (self.id_number, self.card_number, self.AAZ501, self.token)))


def typed_search(text: str) -> PersonSearch:
    """Return the search for what was typed into one field: a person's number, or a card's."""
    card = "".join(plain_text(text).split()).upper()
    if has_form("AAZ500", card):
        return PersonSearch(card_number=card)
    return PersonSearch(id_number=text)


class PersonService:
    """Finds people. Changes nothing; thread-safe."""

    def __init__(self, bench: Workbench, desk: DeskService) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._desk = desk

    def find(self, wanted: PersonSearch) -> PersonView:
        """Return a person with every order, newest first.

        Raises:
            InputError: Not exactly one way to look is named.
            IdNumberError: The number is wrong.
            IdentityMismatchError: The reading has expired, or the ID card is not valid.
            PersonNotServedError: This station has no order of theirs.
        """
        if wanted.given != 1:
            raise InputError("name exactly one way to look for a person")
        found = person_view(self._bench, self.number_of(wanted), MOST_ORDERS)
        if not found.orders:
            raise PersonNotServedError("no order of this person")
        return found

    def of_order(self, order: str, *, most: int = MOST_ORDERS, named: bool = True) -> PersonView:
        """Return the person whom an order is for.

        Raises:
            OrderNotFoundError: There is no such order.
            PersonNotServedError: It is for nobody, such as a test card, or is erased.
        """
        number = self._journal.orders.number_of(order)
        if not number:
            raise PersonNotServedError("this order names no person")
        return person_view(self._bench, number, most, named=named)

    def number_of(self, wanted: PersonSearch) -> str:
        """Return the number of the person who is looked for; see `find`."""
        if wanted.token:
            return self._desk.number_of_reading(wanted.token)
        if wanted.id_number:
            return parse_id_number(wanted.id_number)
        if wanted.AAZ501:
            read = self._desk.number_of_read_card(AAZ501=wanted.AAZ501)
            return read or self._number(self._orders_of_chip(wanted.AAZ501))
        number = "".join(plain_text(wanted.card_number).split()).upper()
        return self._desk.number_of_read_card(AAZ500=number) or self._number(
            self._journal.orders.heads_of_card(number)
        )

    def _orders_of_chip(self, AAZ501: str) -> list[OrderHead]:
        cards = self._journal.cards.of_chip(AAZ501)
        return [self._journal.orders.head(card.order) for card in cards]

    def _number(self, heads: list[OrderHead]) -> str:
        for head in heads:
            try:
                number = self._journal.orders.number_of(head.id)
            except OrderNotFoundError:
                continue
            if number:
                return number
        raise PersonNotServedError("no order of this card")

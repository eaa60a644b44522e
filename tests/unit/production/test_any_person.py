"""Any person, any order: the citizen who comes back is served by number, card number or card."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.errors import (
    IdentityMismatchError,
    IdNumberError,
    InputError,
    PersonNotServedError,
)
from station.core.orders import OrderReason, OrderStep
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.persons import PersonSearch, typed_search
from station.production.services.service import ProductionService
from station.production.views.offers import Offered
from station.production.views.people import PersonOrder
from tests.rigs.desk import Desk, finished_card, id_card
from tests.unit.production.doubles import ID_NUMBER, production_data

CARD_NUMBER = production_data(ID_NUMBER).chip.AAZ500
OTHER = "410701199003074550"


class Window:
    """A window whose service runs, with a desk."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.start()

    def start(self) -> None:
        """Start the service, as a new process of the next day does."""
        bench = self.desk.bench
        bell = Notifier()
        bench.journal.on_change(bell.ring)
        engine = Engine(bench.bench, bell, random.Random(1))
        self.service = ProductionService(bench.journal, bench.bench.equipment, engine, bell)
        object.__setattr__(self.service, "desk", self.desk.start())
        self.service.people._desk = self.service.desk
        self.service.start()

    def restart(self) -> None:
        self.service.stop()
        self.desk.bench.restart()
        self.start()

    def make(self, number: str = ID_NUMBER, *, activate: bool = False) -> str:
        order = self.service.orders.create(number, OrderReason.REPLACEMENT, "clerk").id
        self.service.orders.run(order, "clerk")
        self.service.orders.wait_for(order, OrderStep.DATA_READY, 30.0)
        self.service.orders.run(order, "clerk", approved=True)
        self.service.orders.wait_for(order, OrderStep.RELEASED, 30.0)
        if activate:
            self.service.orders.press(order, OrderStep.ACTIVATED, "clerk")
            self.service.orders.wait_for(order, OrderStep.ACTIVATED, 30.0)
        return order

    def found(self, **wanted: str) -> tuple[PersonOrder, ...]:
        return self.service.people.find(PersonSearch(**wanted)).orders


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    made = Window(tmp_path)
    yield made
    made.service.stop()
    made.desk.bench.journal.close()


def offered(order: PersonOrder) -> list[Offered]:
    return [offer.what for offer in order.offers]


def test_the_citizen_of_yesterday_is_found_and_served_again(window: Window) -> None:
    order = window.make(activate=True)
    window.restart()
    (found,) = window.found(id_number=f" {ID_NUMBER[:6]} {ID_NUMBER[6:]} ")
    assert (found.id, found.step) == (order, OrderStep.ACTIVATED)
    assert offered(found) == [Offered.FACE_ONLY, Offered.CHIP_ONLY]
    wish = Reprint(order, found.kind.FACE_ONLY, ReprintReason.FACE_UNCLEAR)
    again = window.service.orders.reprint(wish, "clerk").id
    newest, first = window.found(id_number=ID_NUMBER)
    assert (newest.id, offered(newest)) == (again, [Offered.GO_ON])
    assert first.id == order


def test_a_card_that_is_out_can_be_activated_made_again_or_printed_again(window: Window) -> None:
    window.make()
    (found,) = window.found(id_number=ID_NUMBER)
    assert offered(found) == [
        Offered.ACTIVATE,
        Offered.FACE_ONLY,
        Offered.CHIP_ONLY,
        Offered.FULL,
    ]
    by_two = {offer.what for offer in found.offers if offer.needs_approver}
    assert by_two == {Offered.CHIP_ONLY, Offered.FULL}
    assert window.service.people.find(PersonSearch(id_number=ID_NUMBER)).name == "张三"


def test_the_number_of_a_card_leads_to_its_person_also_after_a_restart(window: Window) -> None:
    order = window.make()
    window.restart()
    assert typed_search(f" {CARD_NUMBER.lower()}") == PersonSearch(card_number=CARD_NUMBER)
    assert [one.id for one in window.found(card_number=CARD_NUMBER)] == [order]
    (found,) = window.found(id_number=ID_NUMBER)
    assert [one.id for one in window.found(AAZ501=found.AAZ501)] == [order]


def test_a_card_in_the_desks_reader_leads_to_its_person(window: Window) -> None:
    order = window.service.orders.create(ID_NUMBER, OrderReason.NEW, "clerk").id
    card = finished_card(production_data(ID_NUMBER).chip, serial=77)  # made elsewhere
    window.service.people._desk = window.desk.insert(card)
    with pytest.raises(PersonNotServedError):
        window.found(AAZ501=card.card_id)
    read = window.desk.service.read_card()
    assert [one.id for one in window.found(AAZ501=read.AAZ501)] == [order]
    assert [one.id for one in window.found(card_number=CARD_NUMBER)] == [order]


def test_an_id_card_leads_to_its_person_unless_it_has_expired(window: Window) -> None:
    order = window.service.orders.create(ID_NUMBER, OrderReason.NEW, "clerk").id
    token = window.desk.read(id_card(ID_NUMBER))
    assert [one.id for one in window.found(token=token)] == [order]
    with pytest.raises(IdentityMismatchError):
        window.found(token="0" * 32)


def test_who_was_never_here_is_told_so(window: Window) -> None:
    for wanted in ({"id_number": OTHER}, {"card_number": "Z99999999"}, {"AAZ501": "F" * 32}):
        with pytest.raises(PersonNotServedError):
            window.found(**wanted)
    with pytest.raises(IdNumberError):
        window.found(id_number=OTHER[:-1] + "1")
    for several in ({}, {"id_number": OTHER, "card_number": CARD_NUMBER}):
        with pytest.raises(InputError):
            window.found(**several)


def test_of_an_order_only_its_persons_orders_are_shown(window: Window) -> None:
    order = window.make()
    window.service.orders.create(OTHER, OrderReason.NEW, "clerk")
    assert [one.id for one in window.service.people.of_order(order).orders] == [order]
    test_card = window.service.ledger.print_test_card("clerk")
    with pytest.raises(PersonNotServedError):
        window.service.people.of_order(test_card)

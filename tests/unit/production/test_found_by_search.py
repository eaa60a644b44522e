"""What the search over every state (`make explore`) has found, each at a window in memory."""

from __future__ import annotations

import pytest

from station.core.changes import EndEffect, MoveOrder
from station.core.errors import OutcomeUnknownError, WrongCardError
from station.core.life import OrderEvent
from station.core.orders import CardFate, CardPlace, EffectKind, OrderStep
from station.core.questions import AnswerKind
from station.production.life.steps import hand_over, spoil
from tests.unit.production.doubles import Bench, Card, Killed
from tests.unit.production.in_place import Walk, service

S, A = OrderStep, AnswerKind


def a_test_card(window: Bench, step: OrderStep) -> Walk:
    test = Walk(window, service(window).ledger.print_test_card("technician"))
    test.to(step)
    return test


def rows(window: Bench) -> list[tuple[CardFate, CardPlace]]:
    return [(card.fate, card.place) for card in window.journal.cards.all()]


@pytest.mark.field_case("A3")
@pytest.mark.parametrize("mute", [False, True])
def test_no_test_face_is_printed_on_another_card_than_the_one_that_was_fed(
    window: Bench, mute: bool
) -> None:
    test = a_test_card(window, S.REPORTED)
    window.machine.path = other = Card(88, mute=mute)
    assert not test.step()
    assert test.code == "chip-not-this-orders"
    assert other.printed == ""


@pytest.mark.field_case("A3")
def test_a_test_card_that_was_exchanged_while_the_power_was_off_is_noticed_at_the_start(
    window: Bench,
) -> None:
    test = a_test_card(window, S.REPORTED)
    window.machine.path = Card(88)
    test.restart()
    assert test.code == "chip-not-this-orders"


@pytest.mark.field_case("A6")
def test_a_card_that_is_out_by_a_persons_word_is_not_pulled_back_in(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    window.trap.spring("release", "after", OutcomeUnknownError("no answer"))
    assert not order.step()
    service(window).orders.answer(order.id, A.AT_OUTLET, "clerk")
    assert order.record.step is S.RELEASED
    assert not hand_over.came_out_last(window.bench, order.record)
    other = Walk.accept(window, "410701198506154822", "next")
    other.to(S.RELEASED)  # put out by the machine itself
    assert hand_over.came_out_last(window.bench, other.record)


@pytest.mark.field_case("G6")
def test_an_unread_card_that_went_out_may_have_been_the_orders_own(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    card, window.machine.path = window.machine.path, None
    assert card is not None
    assert not order.step()
    card.mute = True
    window.machine.feeder.insert(0, card)
    with pytest.raises(WrongCardError):
        service(window).orders.answer(order.id, A.PUT_BACK, "clerk")
    assert window.machine.out == [card]
    assert rows(window)[0] == (CardFate.IN_MACHINE, CardPlace.UNKNOWN)


@pytest.mark.field_case("A4")
def test_a_card_that_is_called_spoiled_in_mid_print_stays_so_when_it_was_read_and_no_more(
    window: Bench,
) -> None:
    Walk.accept(window).to(S.RELEASED)  # its counters have moved over a finished print
    order = Walk.accept(window, "410701198506154822", "next")
    order.to(S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("cover opened"))
    assert not order.step()
    (effect,) = window.journal.effects.open(order.id)
    assert effect.kind is EffectKind.PRINT
    read = []

    def identify() -> object:
        read.append(window.journal.effects.open(order.id))
        raise Killed

    window.machine.identify = identify  # type: ignore[method-assign, assignment]
    with pytest.raises(Killed):
        spoil.spoil_card(window.bench, order.record, step="making", reason="card-damaged")
    del window.machine.identify
    assert read == [[]]
    order.restart()
    assert spoil.decided(window.bench, order.record) == ("making", "card-damaged")
    assert order.record.step is S.REPORTED


@pytest.mark.field_case("G6")
def test_a_test_takes_another_card_when_the_one_that_was_fed_is_written_off(window: Bench) -> None:
    test = a_test_card(window, S.APPROVED)
    changes = spoil.used_up(test.record, "making", "card-damaged", ())
    assert [one.event for one in changes if isinstance(one, MoveOrder)] == [
        OrderEvent.BLANK_REFUSED
    ]
    assert not any(isinstance(one, EndEffect) for one in changes)

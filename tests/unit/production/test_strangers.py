"""A card that came in instead of the one put back, and what is said of a card nobody has seen."""

from __future__ import annotations

import datetime as dt

import pytest

from station.core.changes import SetHold, UpdateCard
from station.core.errors import CardMissingError, OutcomeUnknownError, StationError, WrongCardError
from station.core.orders import CardFate, CardPlace, OrderStep
from station.core.printing import CardPosition, PrinterState, PrinterStatus
from station.core.questions import AnswerKind, QuestionKind
from station.production.life.steps import chip, release, spoil
from station.production.machine.looks import MachineSnapshot
from station.production.views.whereabouts import whereabouts
from tests.unit.production.doubles import Bench, Card, Killed
from tests.unit.production.in_place import Walk, service

S, A, Q = OrderStep, AnswerKind, QuestionKind


def a_stranger_came_in(window: Bench, stranger: Card) -> tuple[Walk, Card]:
    """Have the power cut while another card is fed than the one that was put back."""
    order = Walk.accept(window)
    order.to(S.REPORTED)
    card, window.machine.path = window.machine.path, None
    assert card is not None
    assert not order.step()
    window.machine.feeder.insert(0, stranger)
    window.trap.spring("feed", "after", Killed())
    with pytest.raises(Killed):
        service(window).orders.answer(order.id, A.PUT_BACK, "clerk")
    order.restart()
    return order, card


def rows(window: Bench) -> list[tuple[CardFate, CardPlace]]:
    return [(card.fate, card.place) for card in window.journal.cards.all()]


def look(at: CardPosition | None) -> MachineSnapshot:
    status = PrinterStatus(PrinterState.IDLE, (), at, None, b"")
    return MachineSnapshot(dt.datetime(2026, 6, 1, tzinfo=dt.UTC), status, "", None, reader=True)


def seen(order: Walk, at: CardPosition | None = CardPosition.CHIP_STATION) -> str:
    return whereabouts(order.window.bench, order.record, look(at))


@pytest.mark.field_case("G6")
@pytest.mark.parametrize("mute", [False, True])
def test_a_stranger_found_after_a_power_cut_goes_out_before_anything_else(
    window: Bench, mute: bool
) -> None:
    stranger = Card(99, mute=mute)
    order, card = a_stranger_came_in(window, stranger)
    order.step()
    assert window.machine.out == [stranger]
    assert order.code == CardMissingError.code
    assert rows(window)[1:] == [(CardFate.RETURNED, CardPlace.OUTPUT_HOPPER)]
    window.machine.feeder.insert(0, card)
    service(window).orders.answer(order.id, A.PUT_BACK, "clerk")
    order.to(S.RELEASED)
    assert window.machine.out == [stranger, card]


@pytest.mark.field_case("G6")
@pytest.mark.parametrize("mute", [False, True])
def test_a_stranger_that_outlived_its_order_is_put_away_as_a_left_card(
    window: Bench, mute: bool
) -> None:
    stranger = Card(99, mute=mute)
    order, _ = a_stranger_came_in(window, stranger)
    assert service(window).orders.answer(order.id, A.DISCARDED, "clerk").step is S.SPOILED
    assert window.machine.path is stranger
    assert not service(window).machine.view().order_inside
    service(window).machine.reject_left_card("clerk")
    out = (CardFate.RETURNED, CardPlace.OUTPUT_HOPPER)
    assert rows(window)[1:] == [out if mute else (CardFate.REFUSED, CardPlace.REJECT_BIN)]
    assert window.machine.out == ([stranger] if mute else [])
    assert window.machine.rejected == ([] if mute else [stranger])
    again = Walk.accept(window, "410701198506154822", "next")  # the window goes on
    again.to(S.FED)


@pytest.mark.field_case("G6")
@pytest.mark.parametrize("ended", [False, True])
def test_a_stranger_that_a_hand_took_out_is_at_an_unknown_place(window: Bench, ended: bool) -> None:
    order, _ = a_stranger_came_in(window, Card(99))
    window.machine.path = None
    if ended:
        service(window).orders.answer(order.id, A.DISCARDED, "clerk")
        service(window).machine.reject_left_card("clerk")
    else:
        order.step()
        assert order.code == CardMissingError.code
    assert rows(window)[1:] == [(CardFate.REFUSED, CardPlace.UNKNOWN)]


@pytest.mark.field_case("G6")
def test_an_unread_stranger_is_not_rejected_as_the_orders_spoiled_card(window: Bench) -> None:
    stranger = Card(99, mute=True)
    order, _ = a_stranger_came_in(window, stranger)
    with pytest.raises(WrongCardError):
        spoil.spoil_card(window.bench, order.record, step="制卡", reason="card-damaged")
    assert window.machine.path is stranger


@pytest.mark.field_case("A3", "G6")
def test_a_card_is_not_said_to_be_where_another_one_was_read(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    card, window.machine.path = window.machine.path, Card(88)
    assert not order.step()
    service(window).orders.answer(order.id, A.GO_ON, "clerk")
    assert "还没有读卡核对" in seen(order)
    window.machine.path = card
    assert order.step()  # read, and found to be this order's
    assert seen(order) == "在机内芯片读写位"


@pytest.mark.field_case("A3")
def test_a_card_that_may_be_out_is_not_said_to_be_the_one_that_is_seen(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    window.trap.spring("release", "after", OutcomeUnknownError("no answer"))
    order.step()
    assert window.journal.effects.open(order.id) != []
    seen_there = UpdateCard(order.record.card or 0, place=CardPlace.CHIP_STATION)
    window.bench.apply("test", SetHold(order.id, None), seen_there)
    assert "还没有读卡核对" in seen(order)
    assert seen(order, None).startswith("位置不明")


@pytest.mark.field_case("A6")
def test_a_test_card_that_another_host_moved_is_not_said_to_be_out(window: Bench) -> None:
    made = service(window).ledger.print_test_card("technician")
    test = Walk(window, made)
    while test.record.step is not S.PRINTED:
        assert test.step()
    window.machine.path = None
    assert not test.step()
    assert test.code == CardMissingError.code
    assert rows(window) == [(CardFate.IN_MACHINE, CardPlace.UNKNOWN)]


@pytest.mark.field_case("A6")
def test_an_unread_blank_that_is_gone_is_not_said_to_be_given_back(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.APPROVED)
    window.trap.spring("feed", "after", Killed())
    with pytest.raises(Killed):
        order.step()
    order.restart()
    window.machine.path = None
    with pytest.raises(StationError):
        release.cancel(window.bench, order.record, "clerk")
    assert [fate for fate, _ in rows(window)] == [CardFate.IN_MACHINE]


@pytest.mark.field_case("A3", "G6")
def test_a_stranger_that_was_read_is_never_taken_for_a_card_that_cannot_be_read(
    window: Bench,
) -> None:
    order, _ = a_stranger_came_in(window, Card(99))
    mute = Card(77, mute=True)
    window.machine.path = mute  # a hand exchanged it for another one
    order.step()
    assert window.machine.out == [mute]
    assert rows(window)[1:] == [
        (CardFate.REFUSED, CardPlace.UNKNOWN),
        (CardFate.RETURNED, CardPlace.OUTPUT_HOPPER),
    ]


@pytest.mark.field_case("G6")
def test_the_orders_own_card_can_be_spoiled_once_it_stands_where_a_stranger_was(
    window: Bench,
) -> None:
    order, card = a_stranger_came_in(window, Card(99))
    window.machine.path = card
    spoil.spoil_card(window.bench, order.record, step="制卡", reason="card-damaged")
    assert order.record.step is S.SPOILED
    assert window.machine.rejected == [card]
    assert rows(window) == [
        (CardFate.SPOILED, CardPlace.REJECT_BIN),
        (CardFate.REFUSED, CardPlace.UNKNOWN),
    ]


@pytest.mark.field_case("G6")
def test_a_card_that_was_laid_into_the_feeder_is_inside_once_its_chip_was_read(
    window: Bench,
) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    window.bench.apply("test", UpdateCard(order.record.card or 0, place=CardPlace.FEEDER))
    chip.read_this_card(window.bench, order.record)
    assert rows(window) == [(CardFate.IN_MACHINE, CardPlace.CHIP_STATION)]


@pytest.mark.field_case("A3", "G6")
def test_a_card_in_the_path_goes_out_before_the_one_from_a_doubtful_release_is_fed(
    window: Bench,
) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    card, other = window.machine.path, Card(99)
    assert card is not None
    window.trap.spring("release", "before", Killed())
    with pytest.raises(Killed):
        order.step()
    window.machine.path = other  # a hand has exchanged them while the power was off
    order.restart()
    assert order.record.hold is not None
    window.machine.feeder.insert(0, card)
    service(window).orders.answer(order.id, A.PUT_BACK, "clerk")
    assert window.machine.path is card
    assert window.machine.out == [other]
    order.to(S.RELEASED)
    assert window.machine.out == [other, card]
    answers = [one for one in window.journal.history.after(0) if one.kind == "answered"]
    assert len(answers) == 1


@pytest.mark.field_case("A3", "A6")
@pytest.mark.parametrize("other", [Card(88), None])
def test_a_cancellation_that_finds_another_card_is_known_from_then_on(
    window: Bench, other: Card | None
) -> None:
    order = Walk.accept(window)
    order.to(S.FED)
    window.machine.path = other
    with pytest.raises(StationError):
        service(window).orders.cancel(order.id, "clerk")
    assert rows(window) == [(CardFate.IN_MACHINE, CardPlace.UNKNOWN)]
    assert seen(order).startswith("位置不明") or "还没有读卡核对" in seen(order)
    question = service(window).orders.one(order.id).question
    assert question is not None
    assert question.kind is Q.CARD_MISSING


@pytest.mark.field_case("A3", "A6")
def test_a_rejection_that_finds_another_card_is_known_from_then_on(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    window.machine.path = Card(88)
    with pytest.raises(WrongCardError):
        spoil.spoil_card(window.bench, order.record, step="making", reason="card-damaged")
    assert rows(window) == [(CardFate.IN_MACHINE, CardPlace.UNKNOWN)]
    assert "还没有读卡核对" in seen(order)

"""补打卡面, 重写芯片, remakes and test cards: which card, what is done to it, what is told."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from station.core.errors import (
    CardMismatchError,
    InputError,
    NotSupervisorError,
    OrderConflictError,
    OutcomeUnknownError,
    StepNotAllowedError,
)
from station.core.orders import CardFate, CardPlace, OrderKind, OrderStep, WriteBackState
from station.core.questions import AnswerKind
from station.core.recipes import RECIPES
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint, accept_test
from tests.unit.production.doubles import AGREED, Bench, Card, Killed, agreed
from tests.unit.production.in_place import Walk, service

S, K, R = OrderStep, OrderKind, ReprintReason
WHY = {K.FACE_ONLY: R.FACE_UNCLEAR, K.CHIP_ONLY: R.CHIP_DATA_DAMAGED, K.FULL: R.CARD_SPOILED}
OWN = [K.FACE_ONLY, K.CHIP_ONLY]


def made(window: Bench) -> Walk:
    """An order whose card is in its holder's hands."""
    order = Walk.accept(window)
    order.to(S.ACTIVATED)
    return order


def reprint(first: Walk, kind: OrderKind, key: str | None = None) -> Walk:
    wish = Reprint(first.id, kind, WHY[kind], AGREED, key)
    return Walk(first.window, service(first.window).orders.reprint(wish, "clerk").id)


def put_back(window: Bench) -> Card:
    """Lay the card that went out last into the feeder, before the blanks."""
    card = window.machine.out.pop()
    window.machine.feeder.insert(0, card)
    return card


def test_a_face_is_printed_again_on_its_own_card_and_nothing_else_happens(window: Bench) -> None:
    first = made(window)
    card, before = put_back(window), len(window.province.reports)
    order = reprint(first, K.FACE_ONLY)
    window.province.calls.clear()
    order.to(S.RELEASED)
    assert window.machine.out == [card]
    assert window.machine.counts == {"feeds": 2, "writes": 1, "prints": 2, "releases": 2}
    assert len(window.province.reports) == before
    assert not window.province.calls
    assert not order.step()
    assert order.record.previous == first.id


def test_a_chip_is_written_again_with_the_same_data_and_no_face_is_printed(window: Bench) -> None:
    first = made(window)
    card = put_back(window)
    data, card.holder = card.holder, dataclasses.replace(card.holder, AAZ500="")  # type: ignore[type-var]
    order = reprint(first, K.CHIP_ONLY)
    window.province.calls.clear()
    order.to(S.RELEASED)
    assert card.holder == data
    assert window.machine.counts["prints"] == 1
    assert window.machine.counts["writes"] == 2
    assert not window.province.calls
    assert window.machine.out == [card]


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("other", ["blank", "stranger", "mute"])
def test_another_card_goes_out_as_it_came_and_the_order_waits_for_its_own(
    window: Bench, kind: OrderKind, other: str
) -> None:
    first = made(window)
    own = put_back(window)
    wrong = Card(77, mute=other == "mute")
    if other == "stranger":
        wrong.holder = dataclasses.replace(own.holder, AAZ500="Z9999999")  # type: ignore[type-var]
    window.machine.feeder.insert(0, wrong)
    holder = wrong.holder
    order = reprint(first, kind)
    order.to(S.APPROVED)
    assert not order.step()
    assert order.code == "not-the-holders-card"
    assert (wrong.printed, wrong.holder) == ("", holder)
    assert window.machine.out == [wrong]
    row = window.journal.cards.newest(1)[0]
    assert (row.fate, row.blank) == (CardFate.RETURNED, other != "stranger")
    order.to(S.RELEASED)
    assert window.machine.out == [wrong, own]
    fates = [(card.fate, card.order) for card in window.journal.cards.all()]
    assert (CardFate.ISSUED, order.id) in fates
    assert len(fates) == 2


CUTS = ["feed", "print", "release"]


@pytest.mark.parametrize(("call", "when"), list(itertools.product(CUTS, ["before", "after"])))
def test_a_power_cut_in_a_reprint_prints_once_and_loses_nothing(
    window: Bench, call: str, when: str
) -> None:
    first = made(window)
    card = put_back(window)
    order = reprint(first, K.FACE_ONLY)
    window.trap.spring(call, when, Killed())
    with pytest.raises(Killed):
        order.to(S.RELEASED)
    order.restart()
    order.to(S.RELEASED)
    assert window.machine.counts["prints"] == 2
    assert window.machine.out == [card]
    assert [row.fate for row in window.journal.cards.all()] == [CardFate.ISSUED]


def test_a_power_cut_while_a_wrong_card_goes_out_leaves_the_order_open(window: Bench) -> None:
    first = made(window)
    own = put_back(window)
    window.machine.feeder.insert(0, Card(77))
    order = reprint(first, K.FACE_ONLY)
    order.to(S.APPROVED)
    window.trap.spring("release", "after", Killed())
    with pytest.raises(Killed):
        order.step()
    order.restart()
    assert order.record.step is S.APPROVED
    order.to(S.RELEASED)
    assert window.machine.out[-1] is own


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("step", [S.DATA_READY, S.APPROVED, S.REPORTED, S.FED])
def test_a_reprint_can_be_cancelled_and_the_card_stays_its_holders(
    window: Bench, kind: OrderKind, step: OrderStep
) -> None:
    if (kind, step) in {(K.FACE_ONLY, S.FED), (K.CHIP_ONLY, S.REPORTED)}:
        return
    first = made(window)
    card = put_back(window)
    order = reprint(first, kind)
    order.to(step)
    assert service(window).orders.cancel(order.id, "clerk").step is S.CANCELLED
    assert window.machine.path is None
    assert [row.fate for row in window.journal.cards.all()] == [CardFate.ISSUED]
    if step in (S.REPORTED, S.FED):
        assert window.machine.out == [card]


def test_a_rewrite_that_fails_spoils_the_card_and_the_province_hears_it(window: Bench) -> None:
    first = made(window)
    put_back(window)
    order = reprint(first, K.CHIP_ONLY)
    order.to(S.FED)
    window.trap.spring("write", "before", CardMismatchError("differs"))
    order.step()
    assert order.record.step is S.SPOILED
    order.step()
    assert [report.outcome for report in window.province.reports] == ["issued", "spoiled"]
    assert [row.fate for row in window.journal.cards.all()] == [CardFate.SPOILED]


@pytest.mark.parametrize("kind", OWN)
def test_the_same_reprint_pressed_again_is_the_same_order(window: Bench, kind: OrderKind) -> None:
    first = made(window)
    orders = {reprint(first, kind, key).id for key in (None, None, "k", "k")}
    assert len(orders) == 1
    other = K.CHIP_ONLY if kind is K.FACE_ONLY else K.FACE_ONLY
    with pytest.raises(OrderConflictError):
        reprint(first, other)


def test_a_reprint_of_a_reprint_is_linked_to_the_first_order(window: Bench) -> None:
    first = made(window)
    put_back(window)
    second = reprint(first, K.FACE_ONLY)
    second.to(S.RELEASED)
    put_back(window)
    third = reprint(second, K.FACE_ONLY)
    assert third.record.previous == first.id
    third.to(S.RELEASED)
    assert window.machine.counts["prints"] == 3


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (kind, reason)
        for kind, recipe in RECIPES.items()
        for reason in R
        if recipe.reprint is not None and reason not in recipe.reprint.reasons
    ],
)
def test_each_class_has_its_own_reasons(
    window: Bench, kind: OrderKind, reason: ReprintReason
) -> None:
    first = made(window)
    with pytest.raises(InputError, match=reason.value):
        service(window).orders.reprint(Reprint(first.id, kind, reason, AGREED), "clerk")


@pytest.mark.parametrize("approver", ["", "clerk"])
def test_a_rewrite_needs_a_supervisor_who_is_not_the_clerk(window: Bench, approver: str) -> None:
    first = made(window)
    wish = Reprint(first.id, K.CHIP_ONLY, R.CHIP_DATA_WRONG, agreed(approver) if approver else None)
    with pytest.raises(NotSupervisorError):
        service(window).orders.reprint(wish, "clerk")


def spoiled(window: Bench) -> Walk:
    order = Walk.accept(window)
    order.to(S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    order.step()
    return order


def test_a_remake_waits_for_the_first_cards_failure_report_and_is_linked(window: Bench) -> None:
    first = spoiled(window)
    order = reprint(first, K.FULL)
    assert not order.step()
    assert order.code == "earlier-report-owed"
    first.step()
    assert window.journal.outbox.rows(WriteBackState.OWED) == []
    order.to(S.RELEASED)
    assert order.record.previous == first.id
    assert [report.outcome for report in window.province.reports] == ["spoiled", "issued"]


def test_a_card_taken_back_is_spoiled_by_two_people_and_remade(window: Bench) -> None:
    first = Walk.accept(window)
    first.to(S.RELEASED)
    wish = Reprint(first.id, K.FULL, R.CARD_DEFECTIVE)
    with pytest.raises(NotSupervisorError):
        service(window).orders.reprint(wish, "clerk")
    assert stands(first, S.RELEASED)
    order = reprint_defective(first)
    assert stands(first, S.SPOILED)
    (card,) = window.journal.cards.all()
    assert (card.fate, card.place, card.reason) == (
        CardFate.SPOILED,
        CardPlace.REJECT_BIN,
        "card-defective",
    )
    first.step()
    order.to(S.RELEASED)
    outcomes = [report.outcome.value for report in window.province.reports]
    assert outcomes == ["issued", "spoiled", "issued"]


def stands(order: Walk, step: OrderStep) -> bool:
    return order.record.step is step


def reprint_defective(first: Walk) -> Walk:
    wish = Reprint(first.id, K.FULL, R.CARD_DEFECTIVE, AGREED)
    return Walk(first.window, service(first.window).orders.reprint(wish, "clerk").id)


@pytest.mark.parametrize("step", [S.DATA_READY, S.FED, S.REPORTED])
@pytest.mark.parametrize("kind", OrderKind)
def test_nothing_is_reprinted_while_the_first_order_runs(
    window: Bench, step: OrderStep, kind: OrderKind
) -> None:
    first = Walk.accept(window)
    first.to(step)
    with pytest.raises((StepNotAllowedError, OrderConflictError, InputError)):
        service(window).orders.reprint(
            Reprint(first.id, kind, WHY.get(kind, R.CARD_SPOILED), AGREED), "clerk"
        )


# -- a holder's card that was spoiled when it came back ----------------------------------------


def spoiled_in_reprint(window: Bench, step: OrderStep) -> tuple[Walk, Walk]:
    """A card that went out well, and was spoiled by a reprint; its order stands at `step`."""
    first = Walk.accept(window)
    first.to(step)
    put_back(window)
    again = reprint(first, K.FACE_ONLY)
    again.to(S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("torn"))
    assert not again.step()
    service(window).orders.answer(again.id, AnswerKind.SPOILED, "clerk")
    again.step()
    assert again.record.step is S.SPOILED
    return first, again


@pytest.mark.parametrize("step", [S.RELEASED, S.ACTIVATED])
@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("about", [0, 1])
def test_nothing_is_done_again_to_a_card_that_is_in_the_reject_bin(
    window: Bench, step: OrderStep, kind: OrderKind, about: int
) -> None:
    orders = spoiled_in_reprint(window, step)
    feeds = window.machine.counts["feeds"]
    with pytest.raises(StepNotAllowedError) as refused:
        reprint(orders[about], kind, "again")
    assert refused.value.details == {"step": "spoiled"}
    assert window.machine.counts["feeds"] == feeds


@pytest.mark.parametrize("step", [S.RELEASED, S.ACTIVATED])
@pytest.mark.parametrize("about", [0, 1])
def test_a_card_spoiled_in_a_reprint_is_remade_and_reported_as_spoiled_once(
    window: Bench, step: OrderStep, about: int
) -> None:
    orders = spoiled_in_reprint(window, step)
    remake = reprint(orders[about], K.FULL)
    assert orders[0].record.step is step  # it made a card, whatever became of that later
    remake.to(S.RELEASED)
    outcomes = [report.outcome.value for report in window.province.reports]
    assert outcomes == ["issued", "spoiled", "issued"]
    assert len(window.machine.out) == 1


def test_the_window_offers_only_a_remake_of_such_a_card(window: Bench) -> None:
    first, again = spoiled_in_reprint(window, S.ACTIVATED)
    views = [service(window).orders.one(order.id) for order in (first, again)]
    assert [view.card_step for view in views] == [S.SPOILED, S.SPOILED]
    assert [view.step for view in views] == [S.ACTIVATED, S.SPOILED]


# -- test cards and the stop after spoiled blanks ----------------------------------------------


def spoil_one(window: Bench, number: int) -> None:
    first = number == 1
    order = Walk.accept(window) if first else Walk.accept(window, OTHERS[number - 2], str(number))
    order.to(S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    order.step()
    order.step()


OTHERS = ["410701198506154822", "410702199003070011"]  # invented


def card_for_test(window: Bench) -> Walk:
    return Walk(window, accept_test(window.bench, "technician"))


def test_two_spoiled_blanks_stop_the_feeder_until_a_test_card_has_passed(window: Bench) -> None:
    spoil_one(window, 1)
    spoil_one(window, 2)
    order = Walk.accept(window, OTHERS[1], "third")
    order.to(S.APPROVED)
    assert not order.step()
    assert order.code == "feeder-stopped"
    assert window.machine.counts["feeds"] == 2
    judged(window, passed=False)
    assert not order.step()
    judged(window, passed=True)
    order.to(S.RELEASED)


def judged(window: Bench, *, passed: bool) -> None:
    card = card_for_test(window)
    card.to(S.RELEASED)
    service(window).ledger.judge_test_card(card.id, "technician", passed=passed)


def test_one_good_card_in_between_keeps_the_feeder_going(window: Bench) -> None:
    spoil_one(window, 1)
    again = Walk.accept(window, OTHERS[1], "good")
    again.to(S.RELEASED)
    spoil_one(window, 2)
    order = Walk.accept(window, OTHERS[1], "next")
    again.to(S.ACTIVATED)
    order.to(S.RELEASED)


def test_a_test_card_is_on_a_blank_and_in_the_ledger_as_such(window: Bench) -> None:
    card = card_for_test(window)
    assert card_for_test(window).id == card.id
    card.to(S.RELEASED)
    (row,) = window.journal.cards.all()
    assert (row.fate, row.place, row.ribbon_used) == (CardFate.TEST, CardPlace.OUTPUT_HOPPER, 1)
    assert window.machine.out[0].printed == "test card"
    assert window.machine.out[0].holder is None
    assert window.province.reports == []


def test_no_test_card_is_printed_on_somebodys_card(window: Bench) -> None:
    made(window)
    own = put_back(window)
    face = own.printed
    card = card_for_test(window)
    assert not card.step()
    assert card.code == "blank-already-personalised"
    assert (window.machine.out, own.printed) == ([own], face)


def test_a_torn_test_card_is_written_off_as_a_test(window: Bench) -> None:
    card = card_for_test(window)
    card.to(S.REPORTED)
    window.trap.spring("print", "inside", OutcomeUnknownError("torn"))
    assert not card.step()
    service(window).orders.answer(card.id, AnswerKind.SPOILED, "technician")
    (row,) = window.journal.cards.all()
    assert row.fate is CardFate.TEST
    assert window.journal.outbox.rows() == []

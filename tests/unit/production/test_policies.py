"""What a site may choose: printing first, waiting for reports, activation, cards not taken."""

from __future__ import annotations

import dataclasses

import pytest

from station.core.changes import BeginEffect
from station.core.errors import (
    DeviceError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    StepNotAllowedError,
)
from station.core.evidence import RetractCard
from station.core.orders import CardFate, CardPlace, EffectState, OrderStep
from station.core.questions import AnswerKind
from station.core.slips import Slip
from station.production.life.policies import Activation, Policies, WhenNotTaken, WhenOwedTooLong
from station.production.people.timers import run_timers
from tests.unit.production.doubles import AGREED, SUPERVISOR, Bench, FakeMachine, Killed
from tests.unit.production.in_place import Walk, service

S, A = OrderStep, AnswerKind
SOON = 1e-6  #: seconds; has always passed


class Retracting(FakeMachine):
    """A machine that can pull back in what nobody took."""

    def retract_card(self) -> None:
        self.trap.at("retract", "before")
        self.rejected.append(self.out.pop())
        self.counts["retracts"] += 1
        self.trap.at("retract", "after")


def choose(window: Bench, **chosen: object) -> None:
    """Have the window work by other policies."""
    policies = Policies(**chosen)  # type: ignore[arg-type]
    equipment = dataclasses.replace(window.bench.equipment, policies=policies)
    window.bench = dataclasses.replace(window.bench, equipment=equipment)


def silent(window: Bench) -> None:
    """Have the next report go without an answer, and never arrive."""
    window.trap.spring("report", "before", GatewayUnavailableError("no answer"))


def test_the_defaults_are_the_safest() -> None:
    chosen = Policies()
    assert not chosen.print_first
    assert chosen.when_owed_too_long is WhenOwedTooLong.ASK
    assert chosen.activation is Activation.AT_HAND_OVER
    assert chosen.when_not_taken is WhenNotTaken.ASK


def test_a_site_that_prints_first_still_lets_no_card_out_unreported(window: Bench) -> None:
    choose(window, print_first=True)
    order = Walk.accept(window)
    order.to(S.PRINTED_OWED)
    assert window.machine.counts["prints"] == 1
    assert window.province.reports == []
    silent(window)
    assert not order.step()
    assert (order.record.step, window.machine.out) == (S.PRINTED_OWED, [])
    order.to(S.RELEASED)
    assert window.machine.counts["prints"] == 1
    assert len(window.province.reports) == 1


def test_the_print_button_is_the_same_whichever_comes_first(window: Bench) -> None:
    choose(window, print_first=True)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    for _ in range(2):
        service(window).orders.press(order.id, S.PRINTED, "clerk")
    order.step()
    assert order.record.step is S.PRINTED_OWED
    assert service(window).orders.press(order.id, S.PRINTED, "clerk").step is S.PRINTED_OWED
    assert window.machine.counts["prints"] == 1


def test_what_follows_a_printed_card_can_be_asked_for_while_its_report_is_owed(
    window: Bench,
) -> None:
    choose(window, print_first=True)
    order = Walk.accept(window)
    order.to(S.PRINTED_OWED)
    following = service(window).orders.one(order.id).next_step
    assert following is not None
    service(window).orders.press(order.id, following, "clerk")
    assert order.record.goal is following
    order.to(S.PRINTED)
    assert len(window.province.reports) == 1
    assert window.machine.counts["prints"] == 1


def test_a_card_that_waits_too_long_is_spoiled_where_the_site_wants_that(window: Bench) -> None:
    choose(window, hold_owed=SOON, when_owed_too_long=WhenOwedTooLong.SPOIL)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    silent(window)
    order.step()
    run_timers(window.bench)
    assert order.record.step is S.SPOILED
    assert len(window.machine.rejected) == 1
    while order.step():
        if len(window.province.reports) == 1:
            break
    assert [report.outcome for report in window.province.reports] == ["spoiled"]


@pytest.mark.parametrize("hold_owed", [0.0, 3600.0])
def test_no_round_touches_a_card_whose_time_has_not_come(window: Bench, hold_owed: float) -> None:
    choose(window, hold_owed=hold_owed, when_owed_too_long=WhenOwedTooLong.SPOIL)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    silent(window)
    order.step()
    run_timers(window.bench)
    assert order.record.step is S.ENCODED


def test_a_site_that_asks_spoils_nothing_by_itself(window: Bench) -> None:
    choose(window, hold_owed=SOON)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    silent(window)
    order.step()
    run_timers(window.bench)
    assert order.record.step is S.ENCODED


def test_activated_at_once_without_a_button(window: Bench) -> None:
    choose(window, activation=Activation.AT_ONCE)
    order = Walk.accept(window)
    order.to(S.RELEASED)
    assert order.record.goal is S.ACTIVATED
    assert [head.id for head in window.journal.orders.heads()] == [order.id]
    order.to(S.ACTIVATED)
    assert (
        window.journal.cards.all()[0].place is CardPlace.OUTPUT_HOPPER
    )  # nobody said it was taken


def test_an_inactive_card_is_activated_at_once_when_its_report_has_arrived(window: Bench) -> None:
    choose(window, activation=Activation.AT_ONCE, hold_owed=SOON)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    silent(window)
    order.step()
    service(window).orders.answer(order.id, A.RELEASE_INACTIVE, "clerk", approval=AGREED)
    order.to(S.RELEASED_OWED)
    assert window.province.activated == []
    order.to(S.ACTIVATED)
    assert len(window.province.activated) == 1


def test_a_press_does_not_take_back_that_a_card_goes_out_inactive(window: Bench) -> None:
    choose(window, hold_owed=SOON)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    silent(window)
    order.step()
    service(window).orders.answer(order.id, A.RELEASE_INACTIVE, "clerk", approval=AGREED)
    service(window).orders.run(order.id, "clerk")
    assert order.record.goal is S.RELEASED_OWED
    order.to(S.RELEASED)
    service(window).orders.press(order.id, S.ACTIVATED, "clerk")
    assert window.journal.orders.one(order.id).goal is S.ACTIVATED


def test_an_inactive_card_has_a_slip_until_its_report_has_arrived(window: Bench) -> None:
    printed: list[Slip] = []

    def paper(slip: Slip) -> bytes:
        printed.append(slip)
        return b"%PDF"

    choose(window, hold_owed=SOON)
    equipment = dataclasses.replace(window.bench.equipment, print_slip=paper)
    window.bench = dataclasses.replace(window.bench, equipment=equipment)
    order = Walk.accept(window)
    order.to(S.ENCODED)
    with pytest.raises(StepNotAllowedError):
        service(window).papers.slip(order.id)
    silent(window)
    order.step()
    service(window).orders.answer(order.id, A.RELEASE_INACTIVE, "clerk", approval=AGREED)
    order.to(S.RELEASED_OWED)
    assert service(window).papers.slip(order.id) == b"%PDF"
    (slip,) = printed
    values = dict(slip.lines)
    assert (values["任务编号"], values["批准人"]) == (order.id, SUPERVISOR)
    assert order.record.id_number not in str(slip)
    order.to(S.RELEASED)
    with pytest.raises(StepNotAllowedError):
        service(window).papers.slip(order.id)


# -- cards that nobody takes -------------------------------------------------------------------


def out(window: Bench) -> Walk:
    """A card that nobody takes, at a machine that can pull it back in."""
    window.machine.__class__ = Retracting
    choose(window, take_within=SOON, when_not_taken=WhenNotTaken.RETRACT)
    order = Walk.accept(window)
    order.to(S.RELEASED)
    return order


def test_a_card_that_nobody_took_is_pulled_back_in_and_listed(window: Bench) -> None:
    order = out(window)
    for _ in range(3):
        run_timers(window.bench)
    assert window.machine.counts["retracts"] == 1
    (card,) = service(window).ledger.not_taken()
    assert (card.fate, card.place) == (CardFate.ISSUED, CardPlace.REJECT_BIN)
    assert order.record.step is S.RELEASED


def test_nothing_is_pulled_in_onto_a_card_that_is_being_made(window: Bench) -> None:
    out(window)
    following = Walk.accept(window, "410702199003070011", "next")
    following.to(S.FED)
    run_timers(window.bench)
    assert window.machine.counts["retracts"] == 0


def test_a_printer_that_refuses_to_pull_in_leaves_the_card_where_it_is(window: Bench) -> None:
    out(window)
    refusal = DeviceError("gone", native_code=1, code="media-jam")
    window.trap.spring("retract", "before", refusal)
    run_timers(window.bench)
    assert window.journal.cards.all()[0].place is CardPlace.OUTPUT_HOPPER


@pytest.mark.parametrize("how", ["no answer", "killed"])
def test_whether_it_was_pulled_in_is_asked_when_nobody_can_know(window: Bench, how: str) -> None:
    order = out(window)
    if how == "killed":
        window.trap.spring("retract", "after", Killed())
        with pytest.raises(Killed):
            run_timers(window.bench)
        order.restart()
    else:
        window.trap.spring("retract", "after", OutcomeUnknownError("no answer"))
        run_timers(window.bench)
    states = [effect.state for effect in window.journal.effects.of(order.id)]
    assert states[-1] is EffectState.NOT_DONE
    assert window.journal.cards.all()[0].place is CardPlace.UNKNOWN
    question = service(window).orders.one(order.id).question
    assert question is not None
    service(window).orders.answer(order.id, A.KEPT, "clerk")
    assert [card.place for card in service(window).ledger.not_taken()] == [CardPlace.KEPT]
    assert window.machine.counts["retracts"] == 1


def left_open(window: Bench) -> Walk:
    """A retract that has begun, and whose outcome the journal could not take: the disk was full."""
    order = out(window)
    retract = RetractCard(order.record.card)
    window.bench.apply("station", BeginEffect(order.id, retract, order.record.step))
    return order


def fed_next(window: Bench) -> bool:
    """Whether the next person's card can be fed."""
    following = Walk.accept(window, "410702199003070011", "next")
    following.to(S.APPROVED)
    return following.step()


def test_a_retract_that_was_left_open_does_not_stop_the_next_card(window: Bench) -> None:
    order = left_open(window)
    assert not fed_next(window)  # while it is open
    run_timers(window.bench)
    assert window.journal.effects.open() == []
    assert window.journal.cards.all()[0].place is CardPlace.UNKNOWN
    assert window.machine.counts["retracts"] == 0  # it is not begun again by itself
    assert service(window).orders.one(order.id).question is not None
    assert fed_next(window)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (A.TAKEN, CardPlace.TAKEN),
        (A.KEPT, CardPlace.KEPT),
        (A.RETRACT, CardPlace.REJECT_BIN),
    ],
)
def test_a_persons_answer_ends_a_retract_that_was_left_open(
    window: Bench, said: AnswerKind, place: CardPlace
) -> None:
    order = left_open(window)
    choose(window)  # the site asks about no card by its time
    service(window).orders.answer(order.id, said, "clerk")
    assert window.journal.effects.open() == []
    run_timers(window.bench)
    assert window.journal.cards.all()[0].place is place
    assert fed_next(window)

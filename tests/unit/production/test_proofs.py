"""What a proof may rest on: never an absence, never "a card", never a witness that can't move."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator

import pytest

from station.core.cards import ChipIdentity
from station.core.changes import BeginEffect
from station.core.errors import (
    BrokeOffError,
    GatewayUnavailableError,
    NotDoneError,
    ReaderNotConnectedError,
    StationError,
    WrongCardError,
    WrongCardReason,
)
from station.core.evidence import PrintCounted, PrintFace
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    OrderKind,
    OrderStep,
    WriteBackState,
)
from station.core.printing import CardPosition, PrinterStateReason, Reason, Severity
from station.core.questions import AnswerKind, QuestionKind
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint
from tests.unit.production.doubles import Bench, Card, Killed
from tests.unit.production.in_place import Walk, service, tell_the_truth

S, A, Q = OrderStep, AnswerKind, QuestionKind
OTHER_NUMBER = "410701198506154822"  # invented
JAM = Reason(PrinterStateReason.MEDIA_JAM, Severity.ERROR)
COVER = Reason(PrinterStateReason.COVER_OPEN, Severity.ERROR)


def jam(code: str = "media-jam") -> BrokeOffError:
    return BrokeOffError("the card did not reach its place", native_code=0x3000, code=code)


def asked(order: Walk) -> QuestionKind | None:
    question = service(order.window).orders.one(order.id).question
    return question.kind if question else None


def offered(order: Walk) -> list[AnswerKind]:
    question = service(order.window).orders.one(order.id).question
    return [one.answer for one in question.answers] if question else []


def answer(order: Walk, said: AnswerKind) -> OrderStep:
    return service(order.window).orders.answer(order.id, said, "clerk").step


def rows(window: Bench) -> list[tuple[CardFate, CardPlace]]:
    return [(card.fate, card.place) for card in window.journal.cards.all()]


def killed(order: Walk, call: str, when: str) -> None:
    order.window.trap.spring(call, when, Killed())
    with pytest.raises(Killed):
        order.step()


@contextlib.contextmanager
def meanwhile(window: Bench, call: str, happens: Callable[[], None]) -> Iterator[None]:
    """Have something happen in the machine just before the effect of `call`."""
    plain = window.trap.at

    def at(now: str, when: str) -> None:
        if (now, when) == (call, "before"):
            happens()
        plain(now, when)

    window.trap.at = at  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        window.trap.at = plain  # type: ignore[method-assign]


# -- print -----------------------------------------------------------------------------------------


@pytest.mark.field_case("G1")
@pytest.mark.parametrize("earlier", [False, True])
@pytest.mark.parametrize("ribbon", [0, None])
def test_a_power_cut_in_mid_print_is_asked_about_when_the_ribbon_counter_cannot_move(
    window: Bench, ribbon: int | None, earlier: bool
) -> None:
    window.machine.knows_jobs = False
    if earlier:
        Walk.accept(window, OTHER_NUMBER, "earlier").to(S.RELEASED)
    prints = window.machine.counts["prints"]
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.machine.ribbon = ribbon
    card = window.machine.path
    assert card is not None

    def power_cut() -> None:
        card.printed += "Y"
        raise Killed

    with meanwhile(window, "print", power_cut), pytest.raises(Killed):
        order.step()
    order.restart()
    for _ in range(3):  # "go on" is pressed
        assert not order.step()
    assert asked(order) is Q.FACE_IN_DOUBT
    assert card.printed == "Y"
    assert window.machine.counts["prints"] == prints
    assert answer(order, A.SPOILED) is S.SPOILED


@pytest.mark.field_case("G1")
def test_a_ribbon_counter_that_stayed_over_the_last_print_bears_no_witness(window: Bench) -> None:
    window.machine.knows_jobs = False
    Walk.accept(window, OTHER_NUMBER, "earlier").to(S.PRINTED)
    stuck = window.machine.ribbon
    assert stuck is not None
    Walk(window, window.journal.orders.heads()[0].id).to(S.RELEASED)
    effect = window.journal.effects.last_done(EffectKind.PRINT, 1)[0]
    with window.journal.transaction("test") as change:  # the same print with a counter that stuck
        change.apply(BeginEffect(effect.order, effect.before))
    again = window.journal.effects.open(effect.order)[0]
    assert isinstance(effect.after, PrintCounted)
    window.bench.end(
        again.id,
        EffectState.DONE,
        dataclasses.replace(effect.after, ribbon_left=effect.intent(PrintFace).ribbon_left),
    )
    order = Walk.accept(window)
    order.to(S.REPORTED)
    killed(order, "print", "before")
    order.restart()
    assert asked(order) is Q.FACE_IN_DOUBT


@pytest.mark.field_case("A4", "G1")
def test_counters_that_move_prove_nothing_once_the_card_has_left_the_chip_station(
    window: Bench,
) -> None:
    window.machine.knows_jobs = False
    Walk.accept(window, OTHER_NUMBER, "earlier").to(S.RELEASED)
    order = Walk.accept(window)
    order.to(S.REPORTED)
    killed(order, "print", "before")
    window.machine.position = CardPosition.PRINT_STATION
    order.restart()
    assert asked(order) is Q.FACE_IN_DOUBT


@pytest.mark.field_case("A4")
def test_a_job_that_is_still_listed_means_not_yet_and_the_print_is_made_once(
    window: Bench,
) -> None:
    Walk.accept(window, OTHER_NUMBER, "earlier").to(S.RELEASED)
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.trap.spring("print", "before", jam("cover-open"))
    window.machine.listed, window.machine.reasons = True, (COVER,)
    assert not order.step()
    assert order.code == "cover-open"
    assert asked(order) is Q.CARD_HELD
    window.machine.reasons, window.machine.busy = (), True  # closed: the printer resumes
    assert not order.step()
    assert order.code == "printer-busy"
    assert asked(order) is None
    job = window.journal.effects.open(order.id)[0].intent(PrintFace).job
    window.machine.busy = window.machine.listed = False
    assert window.machine.path is not None
    window.machine.path.printed = window.machine.path.identity().AAZ500
    window.machine.counts["prints"] += 1
    window.machine.jobs.add(job)
    order.to(S.RELEASED)
    assert window.machine.counts["prints"] == 2
    assert window.machine.out[-1].printed == window.machine.out[-1].identity().AAZ500


@pytest.mark.field_case("A4")
def test_a_listed_job_that_does_not_move_is_asked_about_and_not_begun_again(window: Bench) -> None:
    Walk.accept(window, OTHER_NUMBER, "earlier").to(S.RELEASED)
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.trap.spring("print", "before", jam("cover-open"))
    window.machine.listed = True
    assert not order.step()
    assert asked(order) is Q.FACE_IN_DOUBT
    window.machine.busy = True
    with pytest.raises(StationError, match="at work"):
        answer(order, A.NOT_PRINTED)


# -- feed ------------------------------------------------------------------------------------------


@pytest.mark.field_case("G2")
@pytest.mark.parametrize(
    ("said", "place"),
    [(A.DISCARDED, CardPlace.REJECT_BIN), (A.LOST, CardPlace.UNKNOWN)],
)
def test_a_blank_that_jammed_in_the_feed_and_was_taken_out_is_in_the_ledger(
    window: Bench, said: AnswerKind, place: CardPlace
) -> None:
    order = Walk.accept(window)
    order.to(S.APPROVED)
    killed(order, "feed", "after")
    window.machine.path = None  # pulled out by hand
    order.restart()
    assert asked(order) is Q.FEED_IN_DOUBT
    assert not order.step()  # a press proves nothing
    assert asked(order) is Q.FEED_IN_DOUBT
    assert answer(order, said) is S.APPROVED
    assert rows(window) == [(CardFate.SPOILED, place)]
    order.to(S.RELEASED)
    assert [fate for fate, _ in rows(window)] == [CardFate.SPOILED, CardFate.ISSUED]
    assert window.machine.counts["feeds"] == 2


@pytest.mark.field_case("G5")
@pytest.mark.parametrize("code", ["media-jam", "cover-open"])
def test_a_feed_that_broke_off_is_never_taken_for_no_feed(window: Bench, code: str) -> None:
    order = Walk.accept(window)
    order.to(S.APPROVED)
    window.trap.spring("feed", "after", jam(code))
    blank = window.machine.feeder[0]
    assert order.step()  # the blank is in the path: proven, and in the ledger
    assert window.machine.path is blank
    assert rows(window) == [(CardFate.IN_MACHINE, CardPlace.CHIP_STATION)]
    order.to(S.RELEASED)
    assert window.machine.counts["feeds"] == 1


@pytest.mark.field_case("G5")
def test_a_feed_that_broke_off_out_of_sight_names_its_cause_and_is_asked_about(
    window: Bench,
) -> None:
    order = Walk.accept(window)
    order.to(S.APPROVED)

    def jams() -> None:
        window.machine.reasons = (JAM,)
        raise jam()

    with meanwhile(window, "feed", jams):
        assert not order.step()
    assert order.code == "media-jam"
    assert asked(order) is Q.FEED_IN_DOUBT
    assert rows(window) == []
    window.machine.reasons = ()
    assert answer(order, A.NOT_FED) is S.APPROVED
    order.to(S.RELEASED)
    assert window.machine.counts["feeds"] == 1


@pytest.mark.field_case("G5")
def test_the_machines_own_evidence_goes_before_a_persons_word(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.APPROVED)
    killed(order, "feed", "after")
    blank, window.machine.path = window.machine.path, None
    order.restart()
    window.machine.path = blank  # it was there all the time
    with pytest.raises(NotDoneError):
        answer(order, A.LOST)
    assert [fate for fate, _ in rows(window)] == [CardFate.IN_MACHINE]
    order.to(S.RELEASED)


def reprinted(window: Bench) -> tuple[Walk, Card]:
    first = Walk.accept(window)
    first.to(S.ACTIVATED)
    card = window.machine.out.pop()
    window.machine.feeder.insert(0, card)
    wish = Reprint(first.id, OrderKind.FACE_ONLY, ReprintReason.FACE_UNCLEAR)
    order = Walk(window, service(window).orders.reprint(wish, "clerk").id)
    order.to(S.APPROVED)
    return order, card


@pytest.mark.field_case("G5")
@pytest.mark.parametrize("in_sight", [True, False])
def test_the_card_of_a_reprint_whose_feed_broke_off_never_reaches_the_reject_bin(
    window: Bench, in_sight: bool
) -> None:
    order, card = reprinted(window)
    if in_sight:
        window.trap.spring("feed", "after", jam())
        assert order.step()
    else:
        killed(order, "feed", "after")
        window.machine.path = None  # jammed where no sensor sees it
        order.restart()
        assert offered(order) == [A.GO_ON, A.NOT_FED]
        window.machine.path = card  # it shows itself
    if not in_sight:
        with pytest.raises(StationError):
            service(window).machine.reject_left_card("clerk")
    assert window.machine.rejected == []
    order.to(S.RELEASED)
    assert window.machine.out == [card]
    assert [fate for fate, _ in rows(window)] == [CardFate.ISSUED]


@pytest.mark.field_case("G5")
def test_a_holders_card_that_is_taken_out_of_a_broken_feed_is_fed_only_when_asked_for(
    window: Bench,
) -> None:
    order, card = reprinted(window)
    killed(order, "feed", "after")
    window.machine.path = None
    order.restart()
    assert answer(order, A.NOT_FED) is S.APPROVED
    assert order.record.goal is None
    window.machine.feeder.insert(0, card)
    order.to(S.RELEASED)
    assert window.machine.out == [card]


@pytest.mark.field_case("G5")
def test_a_left_card_is_read_and_a_holders_card_goes_out_at_the_outlet(window: Bench) -> None:
    first = Walk.accept(window)
    first.to(S.ACTIVATED)
    card = window.machine.path = window.machine.out.pop()
    service(window).machine.reject_left_card("clerk")
    assert window.machine.rejected == []
    assert window.machine.out == [card]


@pytest.mark.field_case("G5")
@pytest.mark.parametrize("hidden", ["mute", "reader"])
def test_a_left_card_that_cannot_be_read_is_not_rejected(window: Bench, hidden: str) -> None:
    window.machine.path = Card(77, mute=hidden == "mute")
    window.machine.reader = hidden != "reader"
    if hidden == "mute":
        service(window).machine.reject_left_card("clerk")
    else:
        with pytest.raises(StationError):
            service(window).machine.reject_left_card("clerk")
    assert window.machine.rejected == []


# -- release and reject ----------------------------------------------------------------------------


@pytest.mark.field_case("A3")
def test_two_stuck_blanks_do_not_make_a_good_card_a_spoiled_one(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    window.trap.spring("release", "after", jam("station-other"))
    stuck = Card(99)

    plain = window.machine.present_card

    def one_leaves() -> None:
        try:
            plain()
        finally:
            window.machine.path = stuck

    window.machine.present_card = one_leaves  # type: ignore[method-assign]
    assert not order.step()
    window.machine.present_card = plain  # type: ignore[method-assign]
    assert asked(order) is Q.RELEASE_IN_DOUBT
    assert answer(order, A.AT_OUTLET) is S.RELEASED
    assert [report.outcome.value for report in window.province.reports] == ["issued"]
    assert window.machine.rejected == []
    service(window).machine.reject_left_card("clerk")
    assert window.machine.rejected == [stuck]
    assert rows(window) == [
        (CardFate.ISSUED, CardPlace.OUTPUT_HOPPER),
        (CardFate.REFUSED, CardPlace.REJECT_BIN),
    ]


@pytest.mark.field_case("A3")
def test_the_chip_of_what_stayed_proves_that_the_card_did_not_go_out(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    window.trap.spring("release", "before", jam("output-area-full"))
    assert not order.step()
    assert order.code == "output-area-full"  # the cause is named, and nothing is in doubt
    assert window.journal.effects.open() == []
    order.to(S.RELEASED)
    assert window.machine.counts["releases"] == 1


@pytest.mark.field_case("G7")
def test_a_good_card_that_jammed_at_the_outlet_can_be_handed_over(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)

    def pulled_out() -> None:
        window.machine.path = None
        raise jam()

    with meanwhile(window, "release", pulled_out):
        assert not order.step()
    assert asked(order) is Q.RELEASE_IN_DOUBT
    assert A.AT_OUTLET in offered(order)
    assert answer(order, A.AT_OUTLET) is S.RELEASED
    assert rows(window) == [(CardFate.ISSUED, CardPlace.OUTPUT_HOPPER)]
    assert window.machine.counts["feeds"] == 1


@pytest.mark.field_case("G7")
def test_a_good_card_that_jammed_at_the_outlet_can_go_through_the_feeder_again(
    window: Bench,
) -> None:
    order = Walk.accept(window)
    order.to(S.PRINTED)
    killed(order, "release", "before")
    card, window.machine.path = window.machine.path, None
    assert card is not None
    order.restart()
    window.machine.feeder.insert(0, card)
    assert answer(order, A.PUT_BACK) is S.PRINTED
    order.to(S.RELEASED)
    assert window.machine.out == [card]
    assert rows(window) == [(CardFate.ISSUED, CardPlace.OUTPUT_HOPPER)]
    assert window.journal.effects.open() == []


@pytest.mark.field_case("A3", "G5")
def test_a_reject_is_not_proven_by_an_empty_path(window: Bench) -> None:
    window.machine.feeder[0].mute = True
    order = Walk.accept(window)
    order.to(S.APPROVED)
    killed(order, "reject", "before")
    window.machine.path = None
    order.restart()
    assert asked(order) is Q.REJECT_IN_DOUBT
    assert answer(order, A.LOST) is S.APPROVED
    assert rows(window) == [(CardFate.REFUSED, CardPlace.UNKNOWN)]
    order.to(S.RELEASED)


@pytest.mark.field_case("A3")
def test_another_card_in_the_path_is_not_spoiled_for_the_orders_own(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.trap.spring("print", "inside", jam())
    order.step()
    assert asked(order) is Q.FACE_IN_DOUBT
    stranger = window.machine.path = Card(88)
    with pytest.raises(WrongCardError):
        answer(order, A.SPOILED)
    assert window.machine.path is stranger
    assert order.record.step is S.REPORTED


# -- every state has a way out ---------------------------------------------------------------------


@pytest.mark.field_case("G6")
@pytest.mark.parametrize(
    ("said", "place"),
    [(A.DISCARDED, CardPlace.REJECT_BIN), (A.LOST, CardPlace.UNKNOWN)],
)
def test_a_card_pulled_out_of_the_flipper_can_be_written_off(
    window: Bench, said: AnswerKind, place: CardPlace
) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.trap.spring("print", "inside", jam())
    window.machine.reasons = (JAM,)
    order.step()
    assert order.code == "media-jam"
    window.machine.path, window.machine.reasons = None, ()
    with pytest.raises(StationError):
        answer(order, A.SPOILED)
    assert said in offered(order)
    assert answer(order, said) is S.SPOILED
    assert rows(window) == [(CardFate.SPOILED, place)]
    assert window.journal.effects.open() == []
    assert len(window.journal.outbox.rows(WriteBackState.OWED)) == 1


@pytest.mark.field_case("G6")
def test_a_card_pulled_out_of_the_machine_goes_on_when_it_is_put_back(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    card, window.machine.path = window.machine.path, None
    assert card is not None
    assert not order.step()
    assert asked(order) is Q.CARD_MISSING
    window.machine.feeder.insert(0, card)
    assert answer(order, A.PUT_BACK) is S.REPORTED
    order.to(S.RELEASED)
    assert window.machine.out == [card]
    assert rows(window) == [(CardFate.ISSUED, CardPlace.OUTPUT_HOPPER)]
    assert window.machine.counts["prints"] == 1


@pytest.mark.field_case("G6")
@pytest.mark.parametrize("cut", [None, "feed", "release"])
def test_a_card_that_came_instead_of_the_one_put_back_goes_out_and_is_in_the_ledger(
    window: Bench, cut: str | None
) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    card, window.machine.path = window.machine.path, None
    assert card is not None
    assert not order.step()
    window.machine.feeder.insert(0, Card(99))  # a blank lies on top
    if cut is None:
        with pytest.raises(WrongCardError):
            answer(order, A.PUT_BACK)
    else:
        window.trap.spring(cut, "after" if cut == "feed" else "before", Killed())
        with pytest.raises(Killed):
            answer(order, A.PUT_BACK)
        order.restart()
        if tell_the_truth(window, order.id) is None:
            order.step()
        assert asked(order) is Q.CARD_MISSING
    window.machine.feeder.insert(0, card)
    assert answer(order, A.PUT_BACK) is S.REPORTED
    order.to(S.RELEASED)
    assert window.machine.out[-1] is card
    assert sorted(fate for fate, _ in rows(window)) == [CardFate.ISSUED, CardFate.RETURNED]
    assert window.journal.effects.open() == []


@pytest.mark.field_case("G6")
def test_a_card_that_does_not_answer_as_one_is_not_said_to_be_in_the_bin(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)

    def garbled() -> None:
        raise WrongCardError(WrongCardReason.NOT_SOCIAL_SECURITY, "no such application")

    with monkeypatch.context() as patch:
        patch.setattr(window.machine, "identify", garbled)
        assert not order.step()
    assert order.code == "chip-not-recognised"
    assert A.GO_ON in offered(order)
    order.to(S.RELEASED)


# -- which machine ---------------------------------------------------------------------------------


@pytest.mark.field_case("A5")
@pytest.mark.parametrize("step", [S.FED, S.ENCODED, S.REPORTED, S.PRINTED])
def test_nothing_moves_in_another_printer_than_the_one_that_holds_the_card(
    window: Bench, step: OrderStep
) -> None:
    order = Walk.accept(window)
    order.to(step)
    window.machine.serial = "2"  # the links were swapped while the station was down
    other = window.machine.path = Card(88)
    window.trap.passed.clear()
    order.restart()
    assert order.code == "card-in-another-machine"
    for _ in range(3):
        order.step()
    with pytest.raises(StationError):
        answer(order, A.SPOILED)
    assert window.machine.path is other
    assert not {call for call, _ in window.trap.passed} & {"feed", "print", "release", "reject"}
    window.machine.serial = "1"
    assert A.LOST in offered(order)


def in_path(window: Bench) -> Card | None:
    """Return the card in the printer's path now."""
    return window.machine.path


@pytest.mark.field_case("A5")
@pytest.mark.parametrize("step", [S.ENCODED, S.REPORTED, S.PRINTED])
def test_a_card_out_of_a_broken_printer_goes_on_through_the_feeder_of_another(
    window: Bench, step: OrderStep
) -> None:
    order = Walk.accept(window)
    order.to(step)
    card, window.machine.path = window.machine.path, None
    assert card is not None
    window.machine.serial = "2"
    order.restart()
    assert order.code == "card-in-another-machine"
    assert offered(order) == [A.GO_ON, A.PUT_BACK, A.DISCARDED, A.LOST]  # none moves a card here
    window.machine.feeder.insert(0, card)
    answer(order, A.PUT_BACK)
    assert in_path(window) is card
    order.to(S.RELEASED)
    assert window.machine.out == [card]


@pytest.mark.field_case("A5")
def test_a_report_without_answer_keeps_no_card_in_the_broken_printer(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.ENCODED)
    window.trap.spring("report", "after", GatewayUnavailableError("no answer"))
    assert not order.step()
    card, window.machine.path = window.machine.path, None
    assert card is not None
    window.machine.serial = "2"
    order.restart()
    assert order.code == "card-in-another-machine"
    window.machine.feeder.insert(0, card)
    answer(order, A.PUT_BACK)
    assert in_path(window) is card
    order.to(S.RELEASED)
    assert window.machine.out == [card]


@pytest.mark.field_case("A5")
def test_another_card_in_the_feeder_of_another_printer_goes_out_again(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.REPORTED)
    window.machine.path, window.machine.serial = None, "2"
    order.restart()
    with pytest.raises(WrongCardError):
        answer(order, A.PUT_BACK)
    assert window.machine.path is None
    assert [card.printed for card in window.machine.out] == [""]
    assert offered(order) == [A.GO_ON, A.PUT_BACK, A.DISCARDED, A.LOST]


@pytest.mark.field_case("A5")
@pytest.mark.parametrize("call", ["feed", "print", "release"])
def test_another_printer_proves_nothing_about_an_effect_in_doubt(window: Bench, call: str) -> None:
    order = Walk.accept(window)
    order.to({"feed": S.APPROVED, "print": S.REPORTED, "release": S.PRINTED}[call])
    killed(order, call, "after")
    window.machine.serial = "2"
    order.restart()
    assert order.code == "card-in-another-machine"
    assert [effect.kind.value for effect in window.journal.effects.open()] == [call]


@pytest.mark.field_case("A5")
def test_a_printer_without_a_serial_number_is_known_by_its_link(window: Bench) -> None:
    window.machine.serial = ""
    order = Walk.accept(window)
    order.to(S.PRINTED)
    window.machine.address = "memory:another"
    order.restart()
    assert order.code == "card-in-another-machine"
    window.machine.address = "memory:"
    order.to(S.RELEASED)


# -- unusable blanks -------------------------------------------------------------------------------


@pytest.mark.field_case("A9")
@pytest.mark.parametrize("fault", ["mute", "used"])
def test_two_unusable_blanks_in_a_row_stop_the_feeder_whatever_the_reason(
    window: Bench, fault: str
) -> None:
    holder = None
    if fault == "used":
        made = Walk.accept(window, OTHER_NUMBER, "used")
        made.to(S.ENCODED)
        assert window.machine.path is not None
        holder = window.machine.path.holder
        window.machine.path.holder = holder
        made.to(S.ACTIVATED)
    for number in (91, 92, 93):
        bad = Card(number, holder=holder, mute=fault == "mute")
        window.machine.feeder.insert(0, bad)
    order = Walk.accept(window)
    order.to(S.APPROVED)
    before = window.machine.counts["feeds"]
    for _ in range(5):
        assert not order.step()
    assert order.code == "feeder-stopped"
    assert window.machine.counts["feeds"] == before + 2


def used_card_on_top(window: Bench) -> Walk:
    """Put a card with a holder's data on top of the blanks; returns another person's order."""
    made = Walk.accept(window, OTHER_NUMBER, "used")
    made.to(S.ENCODED)
    assert window.machine.path is not None
    holder = window.machine.path.holder
    made.to(S.ACTIVATED)
    window.machine.feeder.insert(0, Card(91, holder=holder))
    order = Walk.accept(window)
    order.to(S.APPROVED)
    return order


@pytest.mark.field_case("A3")
def test_a_card_with_a_holders_data_in_the_feeder_goes_out_to_be_looked_at(window: Bench) -> None:
    order = used_card_on_top(window)
    assert not order.step()
    assert order.code == "blank-already-personalised"
    assert window.machine.out[-1].serial == 91
    assert not window.machine.rejected
    assert rows(window)[-1] == (CardFate.REFUSED, CardPlace.OUTPUT_HOPPER)
    order.to(S.RELEASED)
    assert rows(window)[-1][0] is CardFate.ISSUED


@pytest.mark.field_case("A3")
def test_an_unread_card_that_is_called_spoiled_goes_out_when_it_is_somebodys(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = used_card_on_top(window)

    def no_reader() -> ChipIdentity:
        raise ReaderNotConnectedError("the cable is out")

    with monkeypatch.context() as patch:
        patch.setattr(window.machine, "identify", no_reader)
        assert not order.step()
    assert A.SPOILED in offered(order)
    with pytest.raises(WrongCardError):
        answer(order, A.SPOILED)
    assert window.machine.out[-1].serial == 91
    assert not window.machine.rejected
    assert rows(window)[-1] == (CardFate.REFUSED, CardPlace.OUTPUT_HOPPER)
    order.to(S.RELEASED)


@pytest.mark.field_case("A9")
def test_the_blank_that_is_gone_is_the_one_fed_last_and_not_the_refused_one_before_it(
    window: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.machine.feeder.insert(0, Card(91, mute=True))
    order = Walk.accept(window)
    order.to(S.APPROVED)
    assert not order.step()
    feed = window.machine.bring_card_to_chip_station

    def feed_and_lose() -> None:
        feed()
        window.machine.path = None  # a hand was quicker than the reader

    with monkeypatch.context() as patch:
        patch.setattr(window.machine, "bring_card_to_chip_station", feed_and_lose)
        assert not order.step()
    assert order.code == "card-not-in-machine"
    assert rows(window) == [
        (CardFate.REFUSED, CardPlace.REJECT_BIN),
        (CardFate.IN_MACHINE, CardPlace.UNKNOWN),
    ]
    answer(order, A.DISCARDED)
    assert not order.step()
    assert order.code == "feeder-stopped"


@pytest.mark.field_case("A6")
def test_a_test_card_that_is_gone_is_not_said_to_have_come_out(window: Bench) -> None:
    order = Walk(window, service(window).ledger.print_test_card("technician"))
    order.to(S.PRINTED)
    window.machine.path = None  # another host had it put into the bin
    assert not order.step()
    assert order.code == "card-not-in-machine"
    assert rows(window) == [(CardFate.IN_MACHINE, CardPlace.UNKNOWN)]
    assert A.DISCARDED in offered(order)


@pytest.mark.field_case("A3", "A4")
def test_a_card_put_in_after_a_broken_print_does_not_prove_that_nothing_was_printed(
    window: Bench,
) -> None:
    Walk.accept(window).to(S.RELEASED)  # its counters have moved over a finished print
    order = Walk.accept(window, OTHER_NUMBER, "second")
    order.to(S.REPORTED)
    window.trap.spring("print", "before", Killed())
    with pytest.raises(Killed):
        order.step()
    window.machine.path = Card(99)  # a hand has the torn card
    order.restart()
    assert [one.kind for one in window.journal.effects.open(order.id)] == [EffectKind.PRINT]
    question = service(window).orders.one(order.id).question
    assert question is not None
    assert question.kind is Q.FACE_IN_DOUBT

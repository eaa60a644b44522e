"""The ledger of blanks: what must be where at the end of a shift, and who destroyed what."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from station.core.changes import AddOrder, CountRibbon, OpenCard, UpdateCard
from station.core.errors import (
    CardLostError,
    CardMismatchError,
    CardNotFoundError,
    InputError,
    OrderConflictError,
    StepNotAllowedError,
    StockMissingError,
    WitnessNeededError,
)
from station.core.ledger import DRAWER, Counted, ShiftFigures, differences
from station.core.orders import CardFate, CardPlace, OrderKind, OrderReason, OrderStep, StockMove
from station.core.phrases import parse_phrase
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint
from station.production.life.feeder_stop import PASSED, spoiled_in_a_row
from station.production.life.policies import Policies
from station.production.services.ledger import LedgerService
from station.words import spoken
from tests.unit.production.doubles import Bench, agreed
from tests.unit.production.in_place import Walk, service

S, M = OrderStep, StockMove
_requests = itertools.count()


def ledger(window: Bench) -> LedgerService:
    return service(window).ledger


def moved(window: Bench, move: StockMove, count: int) -> None:
    ledger(window).move_stock(move, count, "clerk", request=f"r{next(_requests)}")


def stocked(window: Bench) -> None:
    """A package of 100 was opened, and the five blanks of the fake feeder loaded."""
    moved(window, M.OPENED, 100)
    moved(window, M.LOADED, 5)


def test_a_shift_with_every_fate_balances(window: Bench) -> None:
    stocked(window)
    patient = dataclasses.replace(window.bench.equipment, policies=Policies(spoiled_in_a_row=3))
    window.bench = dataclasses.replace(window.bench, equipment=patient)
    window.machine.feeder[0].mute = True  # refused
    order = Walk.accept(window)
    order.to(S.APPROVED)
    order.step()
    order.to(S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))  # spoiled
    order.step()
    order.step()
    order = Walk.accept(window, key="again")
    order.to(S.FED)
    service(window).orders.cancel(order.id, "clerk")  # given back
    order = Walk.accept(window, key="third")
    order.to(S.RELEASED)  # issued
    moved(window, M.RETURNED, 20)
    report = ledger(window).shift(Counted(drawer=100 - 5 + 1 - 20, feeder=1))
    figures = report.figures
    assert (figures.fed, figures.issued, figures.spoiled) == (4, 1, 1)
    assert (figures.refused, figures.given_back, figures.inside) == (1, 1, 0)
    assert (report.balances, report.differences) == (True, ())


@pytest.mark.parametrize(
    ("drawer", "feeder", "said"),
    [
        (94, 5, "抽屉实点 94 张，账面 95 张，少 1 张"),
        (97, 5, "抽屉实点 97 张，账面 95 张，多 2 张"),
        (95, 2, "进卡槽实点 2 张，账面 5 张，少 3 张"),
    ],
)
def test_a_difference_is_named_with_its_place(
    window: Bench, drawer: int, feeder: int, said: str
) -> None:
    stocked(window)
    report = ledger(window).shift(Counted(drawer, feeder))
    assert (report.balances, report.differences) == (False, (said,))


def test_blanks_that_nobody_entered_are_missed_even_before_counting(window: Bench) -> None:
    Walk.accept(window).to(S.FED)
    report = ledger(window).shift()
    assert report.differences == ("进卡槽账面为 -1 张：少登记了开包或装卡",)
    assert report.figures.inside == 1


def test_a_card_that_vanished_from_the_ledger_is_missed() -> None:
    figures = ShiftFigures(drawer_before=1, feeder_before=9, fed=4, issued=2, inside=1)
    (found,) = differences(figures, None)
    assert spoken(found) == "机内账面 2 张，记录 1 张"


def test_the_next_shift_begins_with_what_was_counted(window: Bench) -> None:
    stocked(window)
    Walk.accept(window).to(S.ENCODED)
    closed = ledger(window).close_shift(Counted(90, 4), "clerk", request="evening")
    assert closed.report["differences"] == ["抽屉实点 90 张，账面 95 张，少 5 张"]
    stored = window.journal.stock.last_shift()
    assert stored is not None
    assert parse_phrase(stored.report["differences"][0]) == (
        "difference.fewer",
        {"place": DRAWER, "counted": "90", "must": "95", "gap": "5"},
    )
    Walk(window, window.journal.orders.open()[0].id).to(S.RELEASED)
    report = ledger(window).shift(Counted(90, 4))
    figures = report.figures
    assert (figures.drawer_before, figures.feeder_before, figures.inside_before) == (90, 4, 1)
    assert (figures.fed, figures.issued) == (0, 1)
    assert report.balances
    assert (report.ribbon_planned, report.ribbon_used) == (1, 1)


def test_a_reprint_moves_no_blank(window: Bench) -> None:
    stocked(window)
    first = Walk.accept(window)
    first.to(S.ACTIVATED)
    ledger(window).close_shift(Counted(95, 4), "clerk", request="evening")
    window.machine.feeder.insert(0, window.machine.out.pop())
    wish = Reprint(first.id, OrderKind.FACE_ONLY, ReprintReason.FACE_UNCLEAR)
    again = Walk(window, service(window).orders.reprint(wish, "clerk").id)
    again.to(S.REPORTED)
    assert ledger(window).shift(Counted(95, 4)).balances
    again.to(S.RELEASED)
    report = ledger(window).shift(Counted(95, 4))
    assert report.balances
    assert (report.figures.issued, report.figures.inside_before) == (0, 0)


def test_pressed_twice_blanks_are_moved_once_and_a_shift_is_closed_once(window: Bench) -> None:
    book = ledger(window)
    for _ in range(2):
        report = book.move_stock(M.OPENED, 50, "clerk", request="same")
    assert report.drawer == 50
    with pytest.raises(OrderConflictError):
        book.move_stock(M.OPENED, 60, "clerk", request="same")
    closed = {book.close_shift(Counted(50, 0), "clerk", request="end").id for _ in range(2)}
    assert len(closed) == 1


def test_a_later_close_leaves_the_report_of_an_earlier_one_in_the_list(window: Bench) -> None:
    book = ledger(window)
    book.move_stock(M.OPENED, 50, "clerk", request="opened")
    book.close_shift(Counted(48, 0), "li", request="short")
    book.close_shift(Counted(48, 0), "wang", request="balanced")
    newest, earlier = book.closed_shifts(10)
    assert (newest.ended_by, newest.report["differences"]) == ("wang", [])
    assert (earlier.ended_by, len(earlier.report["differences"])) == ("li", 1)
    assert book.closed_shifts(1) == [newest]


@pytest.mark.parametrize("count", [0, -3])
def test_no_blanks_can_not_be_moved(window: Bench, count: int) -> None:
    with pytest.raises(InputError):
        ledger(window).move_stock(M.OPENED, count, "clerk", request="r")


def test_more_ribbon_than_planned_raises_the_alarm(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.RELEASED)
    assert not ledger(window).shift().ribbon_alarm
    card = window.journal.cards.all()[0].id
    with window.journal.transaction("test") as change:
        change.apply(CountRibbon(card, planned=0, used=1))
    report = ledger(window).shift()
    assert (report.ribbon_planned, report.ribbon_used, report.ribbon_alarm) == (1, 2, True)


def spoiled(window: Bench) -> int:
    order = Walk.accept(window)
    order.to(S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    order.step()
    return window.journal.cards.all()[0].id


def test_a_spoiled_card_is_destroyed_by_two_people_once(window: Bench) -> None:
    card = spoiled(window)
    book = ledger(window)
    assert [one.id for one in book.to_destroy()] == [card]
    for witness in (None, agreed("clerk")):
        with pytest.raises(WitnessNeededError):
            book.destroy(card, "clerk", witness=witness)
    for _ in range(2):
        done = book.destroy(card, "clerk", witness=agreed("wang"))
    assert (done.destroyed_by, done.witness) == ("clerk", "wang")
    assert done.destroyed_at is not None
    assert book.to_destroy() == []


def test_a_good_card_is_not_destroyed(window: Bench) -> None:
    Walk.accept(window).to(S.RELEASED)
    with pytest.raises(StepNotAllowedError):
        ledger(window).destroy(window.journal.cards.all()[0].id, "clerk", witness=agreed("wang"))
    with pytest.raises(CardNotFoundError):
        ledger(window).destroy(99, "clerk", witness=agreed("wang"))


def test_a_card_is_on_the_next_days_list_until_it_is_handed_over(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.RELEASED)
    assert [card.order for card in ledger(window).not_taken()] == [order.id]
    order.to(S.ACTIVATED)
    assert window.journal.cards.all()[0].place is CardPlace.TAKEN
    assert ledger(window).not_taken() == []


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ("", 0),
        ("s", 1),
        ("ss", 2),
        ("sis", 1),
        ("srs", 3),
        ("r", 1),
        ("ri", 1),
        ("sls", 2),
        ("spss", 1),
        ("sfs", 2),
    ],
)
def test_what_counts_as_spoiled_in_a_row(window: Bench, cards: str, expected: int) -> None:
    """Newest first: spoiled, issued, refused, lost, test passed, test failed."""
    with window.journal.transaction("test") as change:
        for number, word in enumerate(reversed(cards)):
            order = f"{number:032x}"
            change.apply(
                AddOrder(
                    order, machine="m", reason=OrderReason.NEW, id_number=str(number), previous=None
                )
            )
            (card,) = change.apply(OpenCard(order, CardPlace.CHIP_STATION))
            fate, place, reason = WORDS[word]
            change.apply(UpdateCard(card, fate=fate, place=place, reason=reason))
    assert spoiled_in_a_row(window.journal.cards.newest(50)) == expected


WORDS = {
    "s": (CardFate.SPOILED, CardPlace.REJECT_BIN, "chip-read-back-differs"),
    "i": (CardFate.ISSUED, CardPlace.TAKEN, ""),
    "r": (CardFate.REFUSED, CardPlace.REJECT_BIN, "blank-of-another-bank"),
    "l": (CardFate.SPOILED, CardPlace.UNKNOWN, "card-lost"),
    "p": (CardFate.TEST, CardPlace.OUTPUT_HOPPER, PASSED),
    "f": (CardFate.TEST, CardPlace.OUTPUT_HOPPER, "test-failed"),
}


@pytest.mark.parametrize(
    ("move", "place"), [(M.LOADED, "抽屉"), (M.RETURNED, "抽屉"), (M.UNLOADED, "进卡槽")]
)
def test_more_blanks_than_are_there_are_not_moved(
    window: Bench, move: StockMove, place: str
) -> None:
    stocked(window)
    before = ledger(window).shift().figures
    with pytest.raises(StockMissingError) as caught:
        moved(window, move, 500)
    assert spoken(caught.value.details["place"]) == place
    assert ledger(window).shift().figures == before


def test_a_lost_card_is_destroyed_only_once_it_was_found(window: Bench) -> None:
    card = spoiled(window)
    with window.journal.transaction("clerk") as change:
        change.apply(UpdateCard(card, place=CardPlace.UNKNOWN, reason="card-lost"))
    with pytest.raises(CardLostError):
        ledger(window).destroy(card, "clerk", witness=agreed("wang"))
    assert ledger(window).destroy(card, "clerk", witness=agreed("wang"), found=True).destroyed_at

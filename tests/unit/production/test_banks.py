"""Blanks per bank: what is where, the wrong bank's blank, and what stops the feeder."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from station.core.card_services import CardServices
from station.core.cards import BlankRule, CardEncoder
from station.core.errors import (
    BankNotConfiguredError,
    CardMismatchError,
    CardMuteError,
    InputError,
    ReaderNotConnectedError,
    StationError,
    StepNotAllowedError,
    StockMissingError,
    WrongCardError,
    WrongCardReason,
)
from station.core.ledger import BankStock, Counted
from station.core.orders import CardFate, CardPlace, OrderReason, OrderStep, StockMove
from station.production.desk.service import DeskService
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import StopCause, stop_cause
from station.production.machine.notifier import Notifier
from station.production.services.ledger import LedgerService
from tests.unit.production.doubles import BANK, RULE, Bench
from tests.unit.production.in_place import Walk, service

S, M = OrderStep, StockMove
OTHER, OTHER_BIN = "95588", "622202"
NAMES = {BANK: "中国建设银行", OTHER: "中国工商银行"}
_requests = itertools.count()


@pytest.fixture
def window(window: Bench) -> Bench:
    """A window that uses the blanks of two banks."""
    two = dataclasses.replace(
        window.bench.equipment,
        blanks={BANK: RULE, OTHER: BlankRule(frozenset({OTHER_BIN}), RULE.versions)},
        bank_names=NAMES,
    )
    window.bench = dataclasses.replace(window.bench, equipment=two)
    return window


def ledger(window: Bench) -> LedgerService:
    return service(window).ledger


def moved(window: Bench, move: StockMove, count: int, bank: str = "") -> None:
    ledger(window).move_stock(move, count, "clerk", request=f"r{next(_requests)}", bank=bank)


def by_bank(window: Bench) -> dict[str, tuple[int, int]]:
    return {one.bank: (one.drawer, one.feeder) for one in ledger(window).shift().banks}


def stocked(window: Bench, bank: str = BANK, feeder: int = 5) -> None:
    moved(window, M.OPENED, 50, bank)
    moved(window, M.LOADED, feeder, bank)


# -- what is where ---------------------------------------------------------------------------------


def test_blanks_are_counted_by_bank_in_drawer_and_feeder(window: Bench) -> None:
    stocked(window)
    moved(window, M.OPENED, 30, OTHER)
    Walk.accept(window).to(S.RELEASED)
    assert by_bank(window) == {BANK: (45, 4), OTHER: (30, 0)}
    report = ledger(window).shift()
    assert (report.drawer, report.feeder, report.balances) == (75, 4, True)
    assert [one.name for one in report.banks] == ["中国建设银行", "中国工商银行"]


def test_a_window_that_names_no_bank_counts_as_before(window: Bench) -> None:
    moved(window, M.OPENED, 50)
    moved(window, M.LOADED, 5)
    Walk.accept(window).to(S.RELEASED)
    report = ledger(window).shift()
    assert (report.banks, report.feeder, report.balances) == ((), 4, True)


def test_blanks_of_no_named_bank_are_counted_together(window: Bench) -> None:
    moved(window, M.OPENED, 20)
    stocked(window)
    assert by_bank(window) == {BANK: (45, 5), "": (20, 0)}
    assert ledger(window).shift().banks[-1].name == "未分银行"


def test_a_banks_blanks_are_not_loaded_from_anothers(window: Bench) -> None:
    moved(window, M.OPENED, 20, BANK)
    with pytest.raises(StockMissingError):
        moved(window, M.LOADED, 1, OTHER)
    with pytest.raises(BankNotConfiguredError):
        moved(window, M.OPENED, 1, "12345")
    assert by_bank(window) == {BANK: (20, 0)}


def test_the_next_shift_begins_with_each_banks_count(window: Bench) -> None:
    stocked(window)
    counted = Counted(44, 5, {BANK: 44})
    closed = ledger(window).close_shift(counted, "clerk", request="evening")
    assert closed.report["differences"] == [
        "抽屉实点 44 张，账面 45 张，少 1 张",
        "中国建设银行抽屉实点 44 张，账面 45 张，少 1 张",
    ]
    assert ledger(window).shift().banks == (BankStock(BANK, "中国建设银行", 44, 5),)
    moved(window, M.LOADED, 4, BANK)
    assert by_bank(window) == {BANK: (40, 9)}


def test_counts_of_banks_fit_into_the_drawers(window: Bench) -> None:
    with pytest.raises(InputError):
        ledger(window).close_shift(Counted(5, 0, {BANK: 3, OTHER: 3}), "clerk", request="r")
    with pytest.raises(BankNotConfiguredError):
        ledger(window).close_shift(Counted(5, 0, {"12345": 3}), "clerk", request="r")


# -- the feeder ------------------------------------------------------------------------------------


def test_the_page_says_whose_blanks_to_load_until_they_are(window: Bench) -> None:
    order = Walk.accept(window)
    order.to(S.APPROVED)
    assert service(window).orders.one(order.id).load == "中国建设银行"
    stocked(window)
    assert service(window).orders.one(order.id).load == ""


def test_a_feeder_of_other_banks_only_feeds_nothing(window: Bench) -> None:
    stocked(window, OTHER)
    order = Walk.accept(window)
    order.to(S.APPROVED)
    order.step()
    assert (order.code, window.machine.counts["feeds"]) == ("feeder-other-bank", 0)
    problem = service(window).orders.one(order.id).problem
    assert problem is not None
    assert "装入中国建设银行预制卡" in problem.remedy
    moved(window, M.UNLOADED, 5, OTHER)
    stocked(window)
    order.to(S.FED)


def test_another_banks_blank_goes_out_unharmed_and_back_into_its_stock(window: Bench) -> None:
    stocked(window)
    window.machine.feeder[0].bank = OTHER_BIN
    order = Walk.accept(window)
    order.to(S.APPROVED)
    order.step()
    assert order.code == "blank-of-another-bank"
    (row,) = window.journal.cards.all()
    assert (row.fate, row.place, row.bank) == (CardFate.RETURNED, CardPlace.OUTPUT_HOPPER, OTHER)
    assert len(window.machine.out) == 1
    assert window.machine.rejected == []
    moved(window, M.OPENED, 10, OTHER)
    assert by_bank(window) == {BANK: (45, 5), OTHER: (11, -1)}  # it was loaded as the other bank's
    order.to(S.FED)  # with the next one
    assert not ledger(window).feeder_stopped()


def test_a_blank_of_a_bank_that_the_window_does_not_know_stays_its_stacks(window: Bench) -> None:
    stocked(window)
    window.machine.feeder[0].bank = "999999"
    order = Walk.accept(window)
    order.to(S.APPROVED)
    order.step()
    assert by_bank(window) == {BANK: (46, 4)}


def test_a_test_card_takes_the_only_banks_blank(window: Bench) -> None:
    stocked(window)
    window.machine.feeder[0].mute = True
    order = Walk(window, ledger(window).print_test_card("tech"))
    order.to(S.RELEASED)
    assert by_bank(window) == {BANK: (45, 4)}


# -- mute blanks -----------------------------------------------------------------------------------


def mute_twice(window: Bench) -> Walk:
    for card in window.machine.feeder[:2]:
        card.mute = True
    order = Walk.accept(window)
    order.to(S.APPROVED)
    for _ in range(3):
        order.step()
    return order


def told(window: Bench, order: Walk) -> str:
    problem = service(window).orders.one(order.id).problem
    assert problem is not None
    return f"{problem.title} {problem.cause} {problem.remedy}"


def test_two_mute_blanks_stop_the_feeder_and_ask_for_a_trial(window: Bench) -> None:
    order = mute_twice(window)
    assert (order.code, window.machine.counts["feeds"]) == ("feeder-stopped", 2)
    assert "芯片不上电" in told(window, order)
    assert "试读不上电的卡" in told(window, order)
    assert service(window).ledger.stop_cause() is StopCause.MUTE


def test_other_faults_in_a_row_are_not_called_mute(window: Bench) -> None:
    window.machine.feeder[0].mute = True
    order = Walk.accept(window)
    order.to(S.APPROVED)
    order.step()
    assert service(window).ledger.stop_cause() is None  # one alone stops nothing
    order.to(S.FED)
    window.trap.spring("write", "after", CardMismatchError("differs"))
    order.step()
    order.step()
    assert service(window).ledger.stop_cause() is StopCause.MIXED


class Trial(CardServices):
    """The desk's reader: what it finds is the whole of the test."""

    def __init__(self, found: StationError | None) -> None:
        self.found = found

    def pin_tries(self, *, card: str = "") -> int:
        assert card == ""
        if self.found is not None:
            raise self.found
        return 3


class Reader:
    address = "memory:desk-reader"

    def __init__(self, found: StationError | None) -> None:
        self.services = Trial(found)  # type: ignore[abstract]

    @property
    def encoder(self) -> CardEncoder:
        raise NotImplementedError  # a blank is only tried, never written

    def check_reader(self) -> None:
        return None

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


def at_desk(window: Bench, found: StationError | None) -> DeskService:
    """Put what was mute into the desk's reader, which finds this."""
    desk = DeskEquipment(card_reader=Reader(found))
    equipment = dataclasses.replace(window.bench.equipment, desk=desk)
    return DeskService(Workbench(window.journal, equipment), Notifier(), nobody_is_accepted)


def nobody_is_accepted(number: str, reason: OrderReason, actor: str, key: str | None) -> str:
    raise AssertionError(f"{number} {reason} {actor} {key}")


NO_ATR = CardMuteError("mute", details={"cause": "no-atr"})


@pytest.mark.parametrize(
    ("found", "cause", "said"),
    [
        (None, StopCause.MUTE_MACHINE, "卡没有坏"),
        (WrongCardError(WrongCardReason.NOT_SOCIAL_SECURITY, "x"), StopCause.MUTE_MACHINE, "触点"),
        (NO_ATR, StopCause.MUTE_BLANK, "预制卡坏了"),
    ],
)
def test_a_trial_at_the_desk_tells_the_causes_apart(
    window: Bench, found: StationError | None, cause: StopCause, said: str
) -> None:
    order = mute_twice(window)
    assert at_desk(window, found).try_blank("clerk") is (cause is StopCause.MUTE_MACHINE)
    assert stop_cause(window.bench) is cause
    assert said in told(window, order)


def test_an_earlier_trial_says_nothing_of_the_next_mute_blank(window: Bench) -> None:
    order = mute_twice(window)
    at_desk(window, NO_ATR).try_blank("clerk")
    test = Walk(window, ledger(window).print_test_card("tech"))
    window.machine.feeder[0].mute = True
    test.to(S.RELEASED)
    ledger(window).judge_test_card(test.id, "tech", passed=True)
    for card in window.machine.feeder:
        card.mute = True
    for _ in range(3):
        order.step()
    assert (order.code, stop_cause(window.bench)) == ("feeder-stopped", StopCause.MUTE)


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (CardMuteError("nothing", details={"cause": "no-card"}), CardMuteError),
        (ReaderNotConnectedError("gone"), ReaderNotConnectedError),
    ],
)
def test_a_trial_that_could_not_be_made_says_nothing(
    window: Bench, found: StationError, error: type[StationError]
) -> None:
    with pytest.raises(StepNotAllowedError):
        at_desk(window, None).try_blank("clerk")
    mute_twice(window)
    with pytest.raises(error):
        at_desk(window, found).try_blank("clerk")
    assert stop_cause(window.bench) is StopCause.MUTE

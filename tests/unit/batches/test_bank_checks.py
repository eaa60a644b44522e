"""What the province has about a batch: its list by number, and what banks say about its people."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from station.batches.bank_checks import BankNow
from station.batches.confirming import RowAnswer, RowWish
from station.batches.service import NewBatch, ProvinceList
from station.core.batches import BankVerdict, BatchSource, RowReason, RowState
from station.core.errors import GatewayUnavailableError, InputError, ServiceNotThereError
from station.core.gateways import BankAnswer, ListedPerson
from station.core.identity import eighteen_digits
from station.core.units import Unit
from tests.unit.batches.lists import HEADINGS, as_csv, cells_of, good, number
from tests.unit.batches.rig import CLERK, batches
from tests.unit.batches.test_making import Turns, confirmed
from tests.unit.production.doubles import Bench

S, V = RowState, BankVerdict
BATCH = "41070020310504000017"


class Banks:
    """Implements `BatchGateway` in memory."""

    def __init__(self, window: Bench, people: Sequence[ListedPerson] = ()) -> None:
        self.people = list(people)
        self.sent: list[tuple[str, list[ListedPerson]]] = []
        self.answers: dict[str, BankAnswer] = {}
        self.fail_at = 0
        for name in ("fetch_batch_list", "send_to_bank", "bank_answers"):
            setattr(window.province, name, getattr(self, name))

    def fetch_batch_list(self, number: str) -> list[ListedPerson]:
        assert number == BATCH
        return list(self.people)

    def send_to_bank(self, number: str, people: Sequence[ListedPerson]) -> str:
        self.sent.append((number, list(people)))
        if len(self.sent) == self.fail_at:
            raise GatewayUnavailableError("no answer")
        for one in people:
            self.answers.setdefault(one.AAC002, BankAnswer(one.AAC002, None, ""))
        return "OK"

    def bank_answers(self, number: str) -> list[BankAnswer]:
        del number
        return list(self.answers.values())

    def say(self, of: str, passed: bool, reason: str = "") -> None:
        self.answers[of] = BankAnswer(of, passed, reason)


def listed(*places: int) -> list[ListedPerson]:
    return [ListedPerson(str(place), number(place), "张三", "95533") for place in places]


def of_bank(window: Bench, batch: str) -> dict[int, tuple[RowState, BankVerdict]]:
    return {head.line: (head.state, head.bank) for head in window.journal.batches.heads(batch)}


def test_the_list_of_a_batch_number_becomes_a_batch_and_its_changes_too(window: Bench) -> None:
    banks = Banks(window, listed(1, 2))
    banks.people.append(ListedPerson("3", "410701199003074535", "李四", "95533"))
    batch, taken = batches(window).fetch(ProvinceList(BATCH, unit="U-7"), CLERK)
    record = batches(window).one(batch).batch
    assert (record.source, record.number, record.unit) == (BatchSource.PROVINCE, BATCH, "U-7")
    assert (taken.added, taken.changed) == (3, 0)
    faulty = batches(window).row(batch, 3)
    assert [one.code.value for one in faulty.head.faults] == ["id-number-check-digit"]
    banks.people[2] = listed(3)[0]
    again, taken = batches(window).fetch(ProvinceList(BATCH), CLERK)
    assert (again, taken.added, taken.changed, taken.unchanged) == (batch, 0, 1, 2)
    # The province has the pictures of its own batch: rows are confirmed without one.
    answers = batches(window).confirming.decide(batch, [RowWish(1, True)], CLERK)
    assert answers == [RowAnswer(1, S.CONFIRMED)]
    banks.people.clear()
    with pytest.raises(InputError):
        batches(window).fetch(ProvinceList(BATCH), CLERK)


def test_a_province_without_lists_offers_neither(window: Bench) -> None:
    batch = confirmed(window, 1)
    assert not batches(window).banks.is_offered
    with pytest.raises(ServiceNotThereError):
        batches(window).fetch(ProvinceList(BATCH), CLERK)
    with pytest.raises(ServiceNotThereError):
        batches(window).banks.send(batch, (), CLERK)
    with pytest.raises(ServiceNotThereError):
        batches(window).banks.take_answers(batch, CLERK)


def test_no_card_of_a_row_at_the_bank_is_made_and_no_list_has_it(window: Bench) -> None:
    batch, banks = confirmed(window, 3), Banks(window)
    service = batches(window)
    assert service.banks.is_offered
    answers = service.banks.send(batch, [1, 2, 9], CLERK)
    assert answers == [
        RowAnswer(1, S.CONFIRMED),
        RowAnswer(2, S.CONFIRMED),
        RowAnswer(9, None, "batch-not-found"),
    ]
    ((reference, people),) = banks.sent
    assert reference == batch  # a batch of a file has no number of the province
    assert [(one.line, one.AAC002, one.AAC003) for one in people] == [
        ("1", number(1), "张三"),
        ("2", number(2), "张三"),
    ]
    service.banks.send(batch, [1, 2], CLERK)
    assert len(banks.sent) == 1  # who is at the bank is not sent again
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.run()
    assert [state for state, _ in of_bank(window, batch).values()] == [
        S.CONFIRMED,
        S.CONFIRMED,
        S.MADE,
    ]
    printed = service.papers.add_list(batch, (), CLERK)
    assert service.printed(printed).lines == 1
    banks.say(number(1), passed=True)
    assert service.banks.take_answers(batch, CLERK) == BankNow(0, 1, 1, 0)
    turns.run()
    assert of_bank(window, batch)[1] == (S.MADE, V.PASSED)
    assert of_bank(window, batch)[2] == (S.CONFIRMED, V.SENT)


def test_who_the_bank_does_not_pass_is_refused_with_its_own_words(window: Bench) -> None:
    batch, banks = confirmed(window, 2), Banks(window)
    service = batches(window)
    service.banks.send(batch, (), CLERK)
    assert service.banks.now(batch) == BankNow(0, 2, 0, 0)
    banks.say(number(1), passed=False, reason="客户身份证已过期")
    banks.say(number(2), passed=True)
    assert service.banks.take_answers(batch, CLERK) == BankNow(0, 0, 1, 1)
    row = service.row(batch, 1)
    assert (row.head.state, row.head.reason) == (S.REFUSED, RowReason.BANK_REFUSED)
    assert row.refusal == "客户身份证已过期"
    (told,) = cells_of(service.papers.exceptions(batch))[-1:]
    assert told[-1] == "银行校验不通过 客户身份证已过期"
    # Put right at the bank, confirmed again, sent again: not made before the bank has passed it.
    service.confirming.decide(batch, [RowWish(1, True)], CLERK)
    assert service.banks.now(batch) == BankNow(1, 0, 1, 0)
    assert service.row(batch, 1).refusal == ""  # what is over is not shown any more
    assert service.papers.unlisted(batch) == 1
    service.banks.send(batch, (), CLERK)
    banks.say(number(1), passed=True)
    service.banks.take_answers(batch, CLERK)
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.run()
    assert of_bank(window, batch) == {1: (S.MADE, V.PASSED), 2: (S.MADE, V.PASSED)}


def test_a_chosen_number_is_sent_and_kept(window: Bench) -> None:
    rows = [["1", "", "张三", "01", "410701600101100", "", "", "", "", "R0001"]]
    batch, _ = batches(window).add(NewBatch(as_csv(rows, (*HEADINGS, "照片回执码")), "x"), CLERK)
    whole = eighteen_digits("410701600101100")
    batches(window).confirming.decide(batch, [RowWish(1, True, number=whole)], CLERK)
    banks = Banks(window)
    batches(window).banks.send(batch, (), CLERK)
    assert [one.AAC002 for _, people in banks.sent for one in people] == [whole]
    banks.say(whole, passed=False, reason="x")
    batches(window).banks.take_answers(batch, CLERK)
    row = batches(window).row(batch, 1)
    assert (row.chosen, row.note) == (whole, "x")


def test_a_request_that_was_cut_off_is_sent_again(window: Bench) -> None:
    batch, banks = confirmed(window, 2), Banks(window)
    banks.fail_at = 1
    with pytest.raises(GatewayUnavailableError):
        batches(window).banks.send(batch, (), CLERK)
    assert {bank for _, bank in of_bank(window, batch).values()} == {V.NONE}
    batches(window).banks.send(batch, (), CLERK)
    assert {bank for _, bank in of_bank(window, batch).values()} == {V.SENT}


def test_a_bank_of_the_unit_is_named_where_the_list_names_none(window: Bench) -> None:
    service = batches(window)
    service.units.put(Unit("U1", "一厂", "95533"), CLERK)
    row = [*good(1), "R0001"]
    batch, _ = service.add(NewBatch(as_csv([row], (*HEADINGS, "照片回执码")), "x", "U1"), CLERK)
    service.confirming.decide(batch, [RowWish(1, True)], CLERK)
    banks = Banks(window)
    service.banks.send(batch, (), CLERK)
    ((_, (person,)),) = banks.sent
    assert person == dataclasses.replace(listed(1)[0], AAE008="95533")

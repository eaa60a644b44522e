"""Finished cards: where each is, who gave it to whom, what is taken back, and 验卡."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.batch_changes import PutUnit
from station.core.custody import (
    ACTS,
    ASKED_FOR,
    CheckCause,
    CheckHow,
    CheckVerdict,
    Contact,
    CustodyAct,
    CustodyPlace,
    DocumentState,
    FinishedCard,
)
from station.core.custody_changes import EraseCustody
from station.core.errors import (
    CardNotFoundError,
    IdNumberError,
    InputError,
    NotACollectorError,
    OrderConflictError,
    OrderNotFoundError,
    StepNotAllowedError,
    WitnessNeededError,
)
from station.core.lists import ListOfRows
from station.core.orders import OrderStep
from station.core.slips import PaperSize
from station.core.units import Collector, Unit
from station.face import default_font_files
from station.paper import print_list, print_slip
from station.production.life.effects import Workbench
from station.production.life.equipment import NoPapers
from station.production.services.card_checks import CardCheckService, CheckWish
from station.production.services.custody import (
    CustodySearch,
    CustodyService,
    CustodyWish,
    NewCard,
)
from tests.rigs.desk import Desk, finished_card
from tests.rigs.paper import text_of
from tests.unit.production.doubles import ID_NUMBER, production_data
from tests.unit.production.in_place import Walk

A, P = CustodyAct, CustodyPlace
FONTS = default_font_files()
LI = "410701198205063329"
TAKER = Contact("赵六", LI, "13800000000")
NUMBERS = ("A00000001", "A00000002", "A00000003")


class Lists(NoPapers):
    """Makes PDFs of lists in this process."""

    def document(self, listed: ListOfRows) -> bytes:
        return print_list(listed, FONTS)


class Store:
    """A window's store of finished cards."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        equipment = dataclasses.replace(
            self.desk.bench.bench.equipment,
            print_slip=lambda slip: print_slip(slip, FONTS),
            papers=Lists(),
        )
        self.journal = self.desk.bench.journal
        self.bench = Workbench(self.journal, equipment)
        self.service = CustodyService(self.bench, self.desk.service)
        self.checks = CardCheckService(self.bench, self.desk.service)

    def typed(self, number: str = NUMBERS[0], shelf: str = "A-1") -> int:
        new = NewCard(id_number=ID_NUMBER, name="张三", card_number=number, shelf=shelf)
        return self.service.receive(new, "clerk").id

    def act(self, act: CustodyAct, *cards: int, **more: object) -> int:
        given = {"unit": "410700123", "unit_name": "某村", "contact": TAKER, "shelf": "B-2"} | more
        return self.service.act(CustodyWish(act, cards, **given), "clerk").id  # type: ignore[arg-type]

    def at(self, card: int) -> FinishedCard:
        return self.service.card(card)

    def story(self, card: int) -> list[tuple[CustodyAct, bool]]:
        return [(one.act, one.undone) for one in self.service.moves(card)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    yield made
    made.journal.close()


# -- into the store --------------------------------------------------------------------------------


def test_a_card_that_was_made_here_comes_into_the_store_with_its_order(store: Store) -> None:
    walk = Walk.accept(store.desk.bench)
    with pytest.raises(StepNotAllowedError):
        store.service.receive(NewCard(order=walk.id), "clerk")
    walk.to(OrderStep.RELEASED)
    card = store.service.receive(NewCard(order=walk.id, shelf="A-1"), "clerk")
    assert (card.order, card.place, card.shelf) == (walk.id, P.STORE, "A-1")
    assert card.owner is not None
    assert card.owner.AAC003 == "张三"
    with pytest.raises(OrderConflictError):
        store.service.receive(NewCard(order=walk.id), "clerk")
    with pytest.raises(OrderNotFoundError):
        store.service.receive(NewCard(order="0" * 32), "clerk")


def test_a_card_made_elsewhere_is_read_or_typed(store: Store) -> None:
    data = production_data(ID_NUMBER).chip
    desk = store.desk.insert(finished_card(data))
    service = CustodyService(store.bench, desk)
    AAZ501 = desk.read_card().AAZ501
    assert service.receive(NewCard(AAZ501=AAZ501), "clerk").owner.AAZ500 == data.AAZ500  # type: ignore[union-attr]
    with pytest.raises(InputError):
        service.receive(NewCard(AAZ501="0" * 32), "clerk")
    card = store.typed()
    assert NUMBERS[0] == store.at(card).owner.AAZ500  # type: ignore[union-attr]
    for wrong in (NewCard(card_number="1"), NewCard(card_number=NUMBERS[1], id_number=ID_NUMBER)):
        with pytest.raises(InputError):
            store.service.receive(wrong, "clerk")
    with pytest.raises(IdNumberError):
        store.service.receive(NewCard(card_number=NUMBERS[1], name="x", id_number="1"), "clerk")


def test_nothing_personal_is_in_the_history(store: Store) -> None:
    store.act(A.GIVE_PERSON, store.typed())
    told = str(store.desk.events())
    for personal in (ID_NUMBER, "张三", NUMBERS[0], "赵六", LI, "13800000000"):
        assert personal not in told


def test_cards_are_found_by_card_person_unit_and_place(store: Store) -> None:
    first, second = store.typed(), store.typed(NUMBERS[1])
    store.act(A.GIVE_UNIT, first)

    def found(**wanted: object) -> list[int]:
        search = CustodySearch(**wanted)  # type: ignore[arg-type]
        return [card.id for card in store.service.find(search, 10)]

    assert found(card_number="a0000 0001") == [first]
    assert found(card_number="A99999999") == []
    assert found(id_number=ID_NUMBER) == [first, second]
    assert found(unit="410700123") == [first]
    assert found(place=P.STORE) == [second]
    with pytest.raises(InputError):
        found()


# -- acts ------------------------------------------------------------------------------------------


def test_a_hand_over_is_applied_for_and_approved_by_another_person(
    store: Store, tmp_path: Path
) -> None:
    cards = (store.typed(), store.typed(NUMBERS[1]))
    paper = store.act(A.REQUEST, *cards)
    assert {store.at(card).place for card in cards} == {P.REQUESTED}
    assert store.at(cards[0]).shelf == "A-1"
    with pytest.raises(WitnessNeededError):
        store.service.decide(paper, "clerk", approved=True)
    done = store.service.decide(paper, "wang", approved=True)
    assert (done.state, done.decided_by) == (DocumentState.DONE, "wang")
    assert store.service.decide(paper, "wang", approved=True) == done  # pressed twice
    assert {store.at(card).place for card in cards} == {P.OFFICE}
    with pytest.raises(StepNotAllowedError):
        store.service.decide(paper, "wang", approved=False)
    said = text_of(store.service.list_pdf(paper), tmp_path).replace(" ", "")
    for words in ("成品卡交接单", "某村", "赵六", "13800000000", "共2张", "张三", "签名", "wang"):
        assert words in said
    assert "〔" not in said
    for hidden in (ID_NUMBER, NUMBERS[0], LI):
        assert hidden not in said


def test_a_refused_application_leaves_the_cards_on_their_shelves(store: Store) -> None:
    card = store.typed()
    paper = store.act(A.REQUEST, card)
    store.service.decide(paper, "wang", approved=False)
    now = store.at(card)
    assert (now.place, now.shelf, now.unit) == (P.STORE, "A-1", "")


def test_a_unit_gets_cards_brings_some_back_and_its_receipt_is_kept(store: Store) -> None:
    first, second = store.typed(), store.typed(NUMBERS[1])
    paper = store.act(A.GIVE_UNIT, first, second)
    with pytest.raises(InputError):
        store.service.note_distribution(paper, 2, 1, "clerk")
    kept = store.service.note_distribution(paper, 1, 1, "clerk")
    assert (kept.distributed, kept.came_back, kept.receipt_by) == (1, 1, "clerk")
    events = len(store.desk.events())
    assert store.service.note_distribution(paper, 1, 1, "clerk") == kept
    assert len(store.desk.events()) == events
    back = store.act(A.RETURN, second)
    assert (store.at(second).place, store.at(second).shelf) == (P.STORE, "B-2")
    with pytest.raises(StepNotAllowedError):
        store.service.note_distribution(back, 1, 0, "clerk")


def with_collectors(store: Store, *collectors: Collector) -> None:
    with store.journal.transaction("clerk") as change:
        change.apply(PutUnit(Unit("U-1", "一厂", collectors=collectors)))


def test_the_only_collector_of_a_unit_takes_its_cards(store: Store) -> None:
    with_collectors(store, Collector(LI, "赵六", "13800000000"))
    card = store.typed()
    known = [
        None,
        Contact("", "", ""),
        Contact("赵六", "", ""),
        Contact("赵", LI.lower(), "139"),
    ]
    for given, phone in zip(known, (*3 * ["13800000000"], "139"), strict=True):
        paper = store.act(A.GIVE_UNIT, card, unit="U-1", contact=given)
        told = store.service.document(paper).contact
        assert told == Contact("赵六", LI, phone)
        store.act(A.UNDO, card)
    for other in (Contact("王五", "", "139"), Contact("赵六", ID_NUMBER, "139")):
        with pytest.raises(NotACollectorError):
            store.act(A.GIVE_UNIT, card, unit="U-1", contact=other)
    agent = Contact("王五", ID_NUMBER, "139", agent=True)
    paper = store.act(A.GIVE_UNIT, card, unit="U-1", contact=agent)
    assert store.service.document(paper).contact == agent


def test_of_two_collectors_one_is_named(store: Store) -> None:
    other = Collector(ID_NUMBER, "王五", "139")
    with_collectors(store, Collector(LI, "赵六", "138"), other)
    card = store.typed()
    with pytest.raises(InputError):
        store.act(A.GIVE_UNIT, card, unit="U-1", contact=None)
    paper = store.act(A.GIVE_UNIT, card, unit="U-1", contact=Contact("王五", "", ""))
    assert store.service.document(paper).contact == Contact("王五", ID_NUMBER, "139")


def test_several_cards_lie_at_one_place(store: Store) -> None:
    cards = [store.typed(number) for number in NUMBERS]
    store.act(A.GIVE_UNIT, *cards)
    store.act(A.RETURN, *cards, shelf="C-7")
    assert {store.at(card).shelf for card in cards} == {"C-7"}


def test_a_holder_or_an_agent_collects_a_card_once(store: Store) -> None:
    card = store.typed()
    agent = dataclasses.replace(TAKER, agent=True)
    paper = store.act(A.GIVE_PERSON, card, contact=agent)
    assert store.at(card).place is P.PERSON
    kept = store.service.document(paper).contact
    assert kept == agent
    with pytest.raises(StepNotAllowedError) as caught:
        store.act(A.GIVE_PERSON, card)
    assert caught.value.code == "custody-not-possible"
    with pytest.raises(IdNumberError):
        store.act(A.GIVE_PERSON, store.typed(NUMBERS[1]), contact=Contact("赵六", "1", ""))


def test_a_card_that_came_back_is_given_again(store: Store) -> None:
    card = store.typed()
    for act in (A.GIVE_PERSON, A.RETURN, A.GIVE_PERSON):
        store.act(act, card)
    acts = [act for act, _ in store.story(card)]
    assert acts == [A.RECEIVE, A.GIVE_PERSON, A.RETURN, A.GIVE_AGAIN]


def test_the_last_act_is_taken_back_and_the_ledger_keeps_both(store: Store) -> None:
    card = store.typed()
    store.act(A.GIVE_UNIT, card)
    store.act(A.RETURN, card)
    store.act(A.UNDO, card)
    now = store.at(card)
    assert (now.place, now.unit, now.unit_name, now.returned) == (
        *(P.UNIT, "410700123", "某村"),
        False,
    )
    store.act(A.UNDO, card)
    assert (store.at(card).place, store.at(card).shelf) == (P.STORE, "A-1")
    with pytest.raises(StepNotAllowedError):
        store.act(A.UNDO, card)  # that it came into the store stays
    acts = [(A.RECEIVE, False), (A.GIVE_UNIT, True), (A.RETURN, True), (A.UNDO, False)]
    assert store.story(card) == [*acts, (A.UNDO, False)]


def test_an_application_that_was_taken_back_is_not_approved(store: Store) -> None:
    first, second = store.typed(), store.typed(NUMBERS[1])
    paper = store.act(A.REQUEST, first, second)
    store.act(A.UNDO, first)
    store.service.decide(paper, "wang", approved=True)
    assert (store.at(first).place, store.at(second).place) == (P.STORE, P.OFFICE)


def test_all_cards_of_an_act_move_or_none(store: Store) -> None:
    first, second = store.typed(), store.typed(NUMBERS[1])
    store.act(A.GIVE_PERSON, second)
    events = len(store.desk.events())
    for wrong in ((first, second), (first, 99)):
        with pytest.raises((StepNotAllowedError, CardNotFoundError)):
            store.act(A.GIVE_UNIT, *wrong)
    assert store.at(first).place is P.STORE
    assert len(store.desk.events()) == events


@pytest.mark.parametrize(
    ("act", "missing"),
    [
        (A.REQUEST, {"unit": ""}),
        (A.GIVE_UNIT, {"unit_name": ""}),
        (A.GIVE_UNIT, {"contact": None}),
        (A.GIVE_PERSON, {"contact": Contact(" ", LI, "")}),
        (A.RETURN, {"shelf": " "}),
        (A.APPROVE, {}),
    ],
)
def test_what_an_act_needs_is_asked_for(
    store: Store, act: CustodyAct, missing: dict[str, object]
) -> None:
    card = store.typed()
    if act is A.RETURN:
        store.act(A.GIVE_PERSON, card)
    with pytest.raises(InputError):
        store.act(act, card, **missing)
    with pytest.raises(InputError):
        store.act(A.GIVE_UNIT)
    with pytest.raises(InputError):
        store.act(A.GIVE_UNIT, card, card)


@pytest.mark.parametrize("place", CustodyPlace)
@pytest.mark.parametrize("act", [one for one in ASKED_FOR if one in ACTS])
def test_an_act_begins_only_where_the_table_says(
    store: Store, act: CustodyAct, place: CustodyPlace
) -> None:
    card = store.typed()
    if place in (P.REQUESTED, P.OFFICE):
        paper = store.act(A.REQUEST, card)
        if place is P.OFFICE:
            store.service.decide(paper, "wang", approved=True)
    elif place is not P.STORE:
        store.act(A.GIVE_UNIT if place is P.UNIT else A.GIVE_PERSON, card)
    assert store.at(card).place is place
    if place in ACTS[act].before:
        store.act(act, card)
        assert store.at(card).place is ACTS[act].after
        return
    with pytest.raises(StepNotAllowedError):
        store.act(act, card)


# -- 验卡 ------------------------------------------------------------------------------------------


def test_a_mute_card_is_checked_by_its_number_and_the_receipt_is_kept(
    store: Store, tmp_path: Path
) -> None:
    store.typed()
    wish = CheckWish(CheckCause.MUTE, CheckVerdict.REMAKE, card_number=NUMBERS[0])
    check = store.checks.check(wish, "clerk")
    assert (check.how, check.cause, check.verdict) == (
        *(CheckHow.MANUAL, CheckCause.MUTE),
        CheckVerdict.REMAKE,
    )
    assert store.checks.checks(5) == [check]
    for paper in PaperSize:
        said = text_of(store.checks.check_receipt(check.id, paper), tmp_path).replace(" ", "")
        for words in ("验卡回执", "手动验卡", "读不出芯片", "需补换", "张三", "签名"):
            assert words in said
        assert NUMBERS[0] not in said
    told = [data for kind, data in store.desk.events() if kind == "card-checked"]
    assert told == [{"check": "1", "how": "manual", "cause": "mute", "verdict": "remake"}]


def test_a_mute_card_that_was_made_here_names_its_holder(store: Store) -> None:
    walk = Walk.accept(store.desk.bench)
    walk.to(OrderStep.RELEASED)
    data = walk.record.data
    assert data is not None
    number = data.chip.AAZ500
    wish = CheckWish(CheckCause.MUTE, CheckVerdict.DESTROY, card_number=number)
    owner = store.checks.check(wish, "clerk").owner
    assert owner is not None
    assert ("张三", number) == (owner.AAC003, owner.AAZ500)
    unknown = CheckWish(CheckCause.MUTE, CheckVerdict.DESTROY, card_number="Z99999999")
    assert store.checks.check(unknown, "clerk").owner.AAC003 == ""  # type: ignore[union-attr]


def test_a_card_that_was_read_is_not_called_mute(store: Store) -> None:
    desk = store.desk.insert(finished_card(production_data(ID_NUMBER).chip))
    checks = CardCheckService(store.bench, desk)
    AAZ501 = desk.read_card().AAZ501
    with pytest.raises(InputError):
        checks.check(CheckWish(CheckCause.MUTE, CheckVerdict.REMAKE, AAZ501), "clerk")
    check = checks.check(CheckWish(CheckCause.NONE, CheckVerdict.GOOD, AAZ501), "clerk")
    assert check.how is CheckHow.READ
    for nothing in (CheckWish(CheckCause.NONE, CheckVerdict.GOOD),):
        with pytest.raises(InputError):
            checks.check(nothing, "clerk")


# -- personal data ---------------------------------------------------------------------------------


def test_what_is_over_is_erased_and_what_is_in_the_store_is_not(store: Store) -> None:
    given, kept = store.typed(), store.typed(NUMBERS[1])
    paper = store.act(A.GIVE_PERSON, given)
    wish = CheckWish(CheckCause.MUTE, CheckVerdict.REMAKE, card_number=NUMBERS[0])
    check = store.checks.check(wish, "clerk").id
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    due = store.journal.custody.due(later, 1e9, 10)
    assert due == [
        ("custody_cards", given),
        ("custody_documents", paper),
        ("custody_checks", check),
    ]
    assert store.journal.custody.due(later, -1.0, 10) == []  # the station has not worked so long
    store.bench.apply("station", *(EraseCustody(table, row, 30) for table, row in due))
    assert store.at(given).owner is None
    assert store.service.document(paper).contact is None
    assert store.at(kept).owner is not None
    assert store.service.find(CustodySearch(id_number=ID_NUMBER), 9) == [store.at(kept)]
    with pytest.raises(CardNotFoundError):
        store.checks.check_receipt(check)
    held = store.journal.personal.held()
    assert (held.custody, held.collectors, held.checks) == (1, 0, 0)
    again = store.typed()  # the number is free again
    assert store.at(again).place is P.STORE

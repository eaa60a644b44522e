"""演练: the whole way with a marked test card and a person who does not exist."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable

import pytest

from station.core.applications import ApplicationType
from station.core.card_states import StateService
from station.core.certificates import NO_CERTIFICATES, CertificateData, CertificateRequest
from station.core.errors import OrderConflictError, StationError
from station.core.ledger import Counted
from station.core.orders import CardFate, OrderKind, OrderReason, OrderStep
from station.core.rehearsal import NUMBER
from station.core.reprints import ReprintReason
from station.production.desk.cards import PinService, PinWish
from station.production.intake.reprints import Reprint
from station.production.life.effects import Workbench
from station.production.life.stand_in import StandIn, leave_out_rehearsals
from station.production.services.applications import ApplicationWish
from station.production.services.card_states import StateWish
from station.production.services.persons import PersonSearch
from station.production.services.service import ProductionService
from tests.unit.production.doubles import (
    AGREED,
    ID_NUMBER,
    REHEARSAL,
    TEST_CARD,
    Bench,
    Card,
    FakeProvince,
    Killed,
    Trap,
)
from tests.unit.production.in_place import Walk, service

S = OrderStep


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(StationError) as refused:
        act()
    return refused.value.code


def rehearsing(window: Bench) -> Card:
    """Begin a rehearsal; the test card lies on top of the blanks."""
    service(window).rehearsal.begin("technician")
    card = Card(TEST_CARD)
    window.machine.feeder.insert(0, card)
    return card


def accepted(window: Bench) -> Walk:
    return Walk.accept(window, NUMBER, key="rehearsal")


def test_the_whole_way_is_taken_and_the_province_is_changed_in_nothing(window: Bench) -> None:
    card = rehearsing(window)
    order = accepted(window)
    assert order.record.kind is OrderKind.REHEARSAL
    order.to(S.ACTIVATED)
    assert window.machine.out == [card]
    assert window.machine.counts == {"feeds": 1, "writes": 1, "prints": 1, "releases": 1}
    assert card.holder is not None
    assert card.holder.AAC002 == NUMBER
    assert card.printed == card.holder.AAZ500
    # Data, write-back and activation each proved the link, and sent nothing.
    assert window.province.calls == {"check_link": 3}
    assert (window.province.reports, window.province.activated) == ([], [])


def test_the_test_card_is_used_again_and_never_counts_as_a_blank(window: Bench) -> None:
    before = service(window).ledger.shift().figures
    for turn in range(2):
        rehearsing(window)
        if window.machine.out:
            window.machine.feeder[0] = window.machine.out.pop()
        Walk.accept(window, NUMBER, key=f"rehearsal {turn}").to(S.ACTIVATED)
        service(window).rehearsal.end("technician")
    rows = window.journal.cards.all()
    assert [(row.fate, row.blank) for row in rows] == [(CardFate.TRAINING, False)] * 2
    assert service(window).ledger.shift().figures == before
    shift = service(window).ledger.close_shift(Counted(0, 0), "clerk", request="r")
    assert not shift.report["differences"]
    assert not service(window).ledger.to_destroy()


@pytest.mark.parametrize("other", ["blank", "stranger", "mute", "issued since"])
def test_any_other_card_goes_out_as_it_came(window: Bench, other: str) -> None:
    marked = rehearsing(window)
    wrong = Card(TEST_CARD if other == "issued since" else 77, mute=other == "mute")
    if other in ("stranger", "issued since"):
        order = Walk.accept(window, NUMBER, key="look")
        order.to(S.DATA_READY)
        data = order.record.data
        assert data is not None
        wrong.holder = dataclasses.replace(data.chip, AAZ500="Z9999999")
        service(window).orders.cancel(order.id, "clerk")
    window.machine.feeder.insert(0, wrong)
    holder = wrong.holder
    order = accepted(window)
    order.to(S.APPROVED)
    assert not order.step()
    assert order.code == "not-a-test-card"
    assert (wrong.holder, wrong.printed) == (holder, "")
    assert window.machine.out == [wrong]
    assert window.machine.counts["writes"] == 0
    order.to(S.RELEASED)
    assert window.machine.out == [wrong, marked]


def test_real_work_is_refused_while_the_window_rehearses(window: Bench) -> None:
    first = Walk.accept(window)
    first.to(S.ACTIVATED)
    window.province.calls.clear()
    rehearsing(window)
    at_window = service(window)
    again = Reprint(first.id, OrderKind.FACE_ONLY, ReprintReason.FACE_UNCLEAR, AGREED, None)
    person = PersonSearch(id_number=ID_NUMBER)
    acts: list[Callable[[], object]] = [
        lambda: Walk.accept(window, "410701199003074550", key="real"),
        lambda: at_window.orders.reprint(again, "clerk"),
        lambda: at_window.card_states.change(StateWish(StateService.REPORT_LOSS, person), "clerk"),
        lambda: at_window.applications.apply(ApplicationWish(person, ApplicationType.FIRST), "c"),
        lambda: at_window.desk.pin_service(PinWish(PinService.UNBLOCK, "0" * 32), "clerk"),
    ]
    assert [code_of(act) for act in acts] == ["rehearsal-running"] * len(acts)
    assert not window.province.calls
    assert [one.kind for one in window.journal.orders.heads()] == []
    at_window.ledger.print_test_card("technician")  # has no holder


def test_a_rehearsal_waits_for_real_orders_and_for_its_own_card(window: Bench) -> None:
    real = Walk.accept(window)
    real.to(S.FED)
    at_window = service(window)
    assert code_of(lambda: at_window.rehearsal.begin("technician")) == "rehearsal-beside-order"
    assert at_window.rehearsal.now() is None
    real.to(S.ACTIVATED)
    rehearsing(window)
    order = accepted(window)
    order.to(S.PRINTED)
    assert code_of(lambda: at_window.rehearsal.end("technician")) == "rehearsal-card-open"
    order.to(S.RELEASED)
    at_window.rehearsal.end("technician")
    assert at_window.rehearsal.now() is None
    assert code_of(lambda: Walk.accept(window, NUMBER, key="later")) == "rehearsal-not-running"


def test_a_rehearsal_outlives_the_process_and_is_begun_once(window: Bench) -> None:
    service(window).rehearsal.begin("technician")
    window.restart()
    now = service(window).rehearsal.now()
    assert now is not None
    assert (now.by, now.number) == ("technician", NUMBER)
    service(window).rehearsal.begin("supervisor")
    assert service(window).rehearsal.now() == now
    service(window).rehearsal.end("supervisor")
    service(window).rehearsal.end("supervisor")
    kinds = [event.kind for event in window.journal.history.after(0)]
    assert kinds == ["rehearsal-begun", "rehearsal-ended"]


def test_without_a_marked_test_card_nothing_is_begun(window: Bench) -> None:
    bare = dataclasses.replace(window.bench.equipment, rehearsal=None)
    window.bench = Workbench(window.journal, bare)
    refused = code_of(lambda: service(window).rehearsal.begin("technician"))
    assert refused == "rehearsal-no-test-card"


def test_what_a_rehearsal_owes_never_leaves_in_a_file(window: Bench) -> None:
    rehearsing(window)
    order = accepted(window)
    order.to(S.ENCODED)
    owed = service(window).outbox.owed()
    assert [row.order for row in owed] == [order.id]
    office = dataclasses.replace(window.bench.equipment, office=NoOffice())  # type: ignore[arg-type]
    window.bench = Workbench(window.journal, office)
    refused = code_of(lambda: service(window).outbox.export("clerk", again=True))
    assert refused == "nothing-to-export"


class NoOffice:
    """An office that must never be asked to seal anything."""


CUTS = ["feed", "write", "print", "release", "reject"]


@pytest.mark.parametrize(("call", "when"), list(itertools.product(CUTS[:4], ["before", "after"])))
def test_a_power_cut_in_a_rehearsal_is_recovered_as_in_real_work(
    window: Bench, call: str, when: str
) -> None:
    card = rehearsing(window)
    order = accepted(window)
    window.trap.spring(call, when, Killed())
    with pytest.raises(Killed):
        order.to(S.ACTIVATED)
    order.restart()
    order.to(S.ACTIVATED)
    assert window.machine.out == [card]
    assert window.machine.counts["prints"] == 1
    assert window.province.reports == []


def stand_in() -> StandIn:
    """Return one in front of a province that must not be asked: its `certify` fails."""
    return StandIn(FakeProvince(Trap()), REHEARSAL)


def test_a_test_card_gets_no_certificates_and_everybody_else_does() -> None:
    issued = CertificateData(b"1", b"2", b"3", "4", b"5")
    asked: list[str] = []

    def certify(request: CertificateRequest) -> CertificateData:
        asked.append(request.AAC002)
        return issued

    assert stand_in().certify(CertificateRequest("410700", NUMBER, "", "", b"")) is NO_CERTIFICATES
    certified = leave_out_rehearsals(certify)
    request = CertificateRequest("410700", NUMBER, "", "", b"")
    assert certified(request) is NO_CERTIFICATES
    assert certified(dataclasses.replace(request, AAC002=ID_NUMBER)) is issued
    assert asked == [ID_NUMBER]


def test_an_order_of_a_rehearsal_is_asked_for_by_the_number_alone(window: Bench) -> None:
    at_window: ProductionService = service(window)
    with pytest.raises(OrderConflictError):
        at_window.orders.create(NUMBER, OrderReason.NEW, "clerk")
    rehearsing(window)
    made = at_window.orders.create(NUMBER, OrderReason.NEW, "clerk")
    assert made.kind is OrderKind.REHEARSAL
    assert at_window.orders.create(NUMBER, OrderReason.NEW, "clerk").id == made.id

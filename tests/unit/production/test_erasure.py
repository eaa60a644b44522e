"""Personal data is erased when its time is over: all of it, once, and never too early."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.attendance import AttendanceRole, How
from station.core.changes import AddOrder, ErasePerson, MoveOrder, NoteAttendance, SetGoal
from station.core.errors import DataErasedError, OrderMovedError
from station.core.orders import OrderKind, OrderReason, OrderStep
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint, accept_reprint
from station.production.life.steps import data
from station.production.life.workflow import Workflow
from station.production.people.erasure import AT_ONCE, DAY, EVERY, Erasure
from station.production.services.papers import OrderPapers
from station.production.views.orders import order_view
from tests.rigs.doors import PlayedClock
from tests.unit.production.doubles import AGREED, ID_NUMBER, Bench

S = OrderStep
ORDER = "a" * 32
OTHER = "b" * 32
OTHER_NUMBER = "410701199003074550"  # invented


@pytest.fixture
def clock() -> PlayedClock:
    return PlayedClock()


@pytest.fixture
def window(tmp_path: Path, clock: PlayedClock) -> Iterator[Bench]:
    made = Bench(tmp_path, clock)
    yield made
    made.journal.close()


def accept(window: Bench, order: str = ORDER, number: str = ID_NUMBER) -> None:
    with window.journal.transaction("clerk") as change:
        change.apply(
            AddOrder(order, machine="m", reason=OrderReason.NEW, id_number=number, previous=None),
            SetGoal(order, S.ACTIVATED),
        )


def make(
    window: Bench, to: OrderStep = S.ACTIVATED, order: str = ORDER, number: str = ID_NUMBER
) -> None:
    """Accept an order and take it to a step."""
    accept(window, order, number)
    for _ in range(20):
        record = window.journal.orders.one(order)
        if record.step is to:
            return
        if record.step is S.DATA_READY:
            data.approve(window.bench, record, "clerk")
        else:
            assert Workflow(window.bench, random.Random(1)).step_once(record), record.hold
    pytest.fail("stuck")


def days(clock: PlayedClock, count: float) -> None:
    clock.pass_by(count * DAY)


def test_everything_personal_is_gone_after_the_days_and_the_history_says_so(
    window: Bench, clock: PlayedClock
) -> None:
    make(window)
    with window.journal.transaction("clerk") as change:
        agent = NoteAttendance(ORDER, AttendanceRole.AGENT, How.TYPED, "", "李四", OTHER_NUMBER)
        change.apply(agent)
    erasure = Erasure(window.bench)
    days(clock, 29.9)
    assert erasure.run() == 0
    assert window.journal.orders.one(ORDER).data is not None
    days(clock, 0.2)
    assert erasure.run() == 1
    order = window.journal.orders.one(ORDER)
    assert (order.id_number, order.data, order.chip, order.hold) == ("", None, None, None)
    assert order.erased_at is not None
    assert window.journal.orders.heads_of_person(ID_NUMBER) == []
    (person,) = window.journal.attendances.of(ORDER)
    assert (person.name, person.number) == ("", "")
    last = window.journal.history.after(0, 500)[-1]
    assert (last.kind, last.order) == ("personal-data-erased", ORDER)
    assert last.data == {"after_days": "30"}
    assert window.journal.history.verify_chain() == window.journal.last_seq
    days(clock, 1)
    assert erasure.run() == 0, "once"


def test_nothing_of_it_is_left_in_the_files(window: Bench, clock: PlayedClock) -> None:
    make(window)
    with window.journal._engine.connect() as connection:
        sealed = connection.exec_driver_sql(
            "SELECT o.sealed_data, o.sealed_photo, o.sealed_person, o.sealed_chip, w.sealed_report"
            " FROM orders o JOIN write_backs w ON w.order_id = o.id"
        ).one()
    assert all(one in content_of(window) for one in sealed)
    days(clock, 31)
    Erasure(window.bench).run()
    found = content_of(window)
    assert not [place for place, one in enumerate(sealed) if one in found]


def content_of(window: Bench) -> bytes:
    files = [window.folder / f"journal.db{end}" for end in ("", "-wal")]
    return b"".join(file.read_bytes() for file in files if file.exists())


@pytest.mark.parametrize("step", [S.ACCEPTED, S.DATA_READY, S.ENCODED, S.RELEASED])
def test_what_has_not_ended_is_kept(window: Bench, clock: PlayedClock, step: OrderStep) -> None:
    make(window, step)
    days(clock, 400)
    assert Erasure(window.bench).run() == 0
    assert window.journal.orders.one(ORDER).id_number == ID_NUMBER


def test_what_the_province_has_not_answered_is_kept(window: Bench, clock: PlayedClock) -> None:
    make(window)
    with window.journal._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE write_backs SET state = 'dead'")
    days(clock, 400)
    assert Erasure(window.bench).run() == 0
    with pytest.raises(OrderMovedError), window.journal.transaction("x") as change:
        change.apply(ErasePerson(ORDER, 30))
    assert window.journal.orders.one(ORDER).data is not None


def test_a_wall_clock_set_ahead_erases_nothing(window: Bench, clock: PlayedClock) -> None:
    make(window)
    clock.wall = clock.wall.replace(year=clock.wall.year + 1)
    assert Erasure(window.bench).run() == 0
    clock.reading += 30 / 8 * DAY + 1  # the station itself has worked for long enough
    assert Erasure(window.bench).run() == 1


def test_many_that_are_due_are_erased_in_rounds(window: Bench, clock: PlayedClock) -> None:
    for number in range(AT_ONCE + 1):
        order = f"{number:032x}"
        accept(window, order)
        with window.journal.transaction("clerk") as change:
            change.apply(MoveOrder(order, S.ACCEPTED, S.CANCELLED, "cancelled"))
    erasure = Erasure(window.bench)
    days(clock, 31)
    assert [erasure.run(), erasure.run(), erasure.run()] == [AT_ONCE, 1, 0]
    clock.pass_by(EVERY)
    assert erasure.run() == 0


def test_no_card_waits_for_it(window: Bench, clock: PlayedClock) -> None:
    make(window)
    make(window, S.FED, OTHER, OTHER_NUMBER)
    days(clock, 31)
    assert Erasure(window.bench).run() == 0


def test_what_is_asked_of_an_erased_order_is_explained(window: Bench, clock: PlayedClock) -> None:
    make(window)
    days(clock, 31)
    Erasure(window.bench).run()
    papers = OrderPapers(window.bench)
    wish = Reprint(ORDER, OrderKind.FACE_ONLY, ReprintReason.FACE_DAMAGED, AGREED)
    for ask in (
        lambda: papers.photo(ORDER),
        lambda: papers.preview(ORDER, "front"),
        lambda: accept_reprint(window.bench, wish, "clerk"),
    ):
        with pytest.raises(DataErasedError):
            ask()
    view = order_view(window.bench, window.journal.orders.one(ORDER), None)
    assert (view.holder, view.chip) == (None, None)
    assert [line.id_number for line in window.journal.orders.lines(5)] == [""]


def test_the_report_counts_what_is_held(window: Bench, clock: PlayedClock) -> None:
    make(window)
    accept(window, OTHER, OTHER_NUMBER)
    held = window.journal.personal.held()
    assert (held.orders, held.with_data, held.with_bank_number, held.reports) == (2, 1, 1, 1)
    assert (held.open, held.erased) == (1, 0)
    assert held.oldest == window.journal.orders.one(ORDER).created_at
    days(clock, 31)
    Erasure(window.bench).run()
    after = window.journal.personal.held()
    assert (after.orders, after.with_data, after.reports, after.erased) == (1, 0, 0, 1)

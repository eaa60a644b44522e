"""Personal data of a batch is erased when its time is over: all of it, once, never too early."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.batches.photos import photos_in
from station.core.batch_changes import EraseBatch
from station.core.batches import RowReason, RowState
from station.core.errors import BatchErasedError, StationError, StepNotAllowedError
from station.core.units import Collector, Unit
from station.production.people.erasure import DAY, Erasure
from tests.rigs.doors import PlayedClock
from tests.unit.batches.lists import as_csv, good, number
from tests.unit.batches.rig import CLERK, batch_of, batches, zip_of
from tests.unit.batches.test_making import Turns, confirmed
from tests.unit.production.doubles import Bench

S = RowState
CONTACT = ("王芳", "0411-1234567")
SEALED = {
    "batch_rows": ("sealed_cells", "sealed_chosen"),
    "batch_photos": ("sealed_name", "sealed_jpeg"),
    "batch_exports": ("sealed_contact",),
}


@pytest.fixture
def clock() -> PlayedClock:
    return PlayedClock()


@pytest.fixture
def window(tmp_path: Path, clock: PlayedClock) -> Iterator[Bench]:
    made = Bench(tmp_path, clock)
    yield made
    made.journal.close()


def sealed(window: Bench) -> list[bytes]:
    found: list[bytes] = []
    with window.journal._engine.connect() as connection:
        for table, columns in SEALED.items():
            for column in columns:
                rows = connection.exec_driver_sql(f"SELECT {column} FROM {table}")  # noqa: S608 - SEALED's own names
                found += [row[0] for row in rows if row[0]]
    return found


def made_batch(window: Bench) -> str:
    """Make a batch of two cards whose results have left, with a third row that is faulty."""
    batch = confirmed(window, 2)
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.run()
    wrong = good(3)
    wrong[4] = "410701199003074535"
    turns.batches.correct(batch, as_csv([wrong]), CLERK)
    turns.batches.photos.take(batch, photos_in(zip_of({"x.jpg": b"loose"})), CLERK)
    turns.batches.papers.add_list(batch, (), CLERK)
    turns.batches.results.export(batch, CONTACT, CLERK)
    return batch


def erase(window: Bench) -> None:
    erasure = Erasure(window.bench)
    for _ in range(5):
        erasure.run()


def test_everything_personal_is_overwritten_and_the_history_says_so(
    window: Bench, clock: PlayedClock
) -> None:
    batch = made_batch(window)
    orders = [head.order for head in window.journal.batches.heads(batch)]
    before = sealed(window)
    assert len(before) == 3 + 2 * 3 + 1
    clock.pass_by(29.9 * DAY)
    erase(window)
    assert sealed(window) == before
    clock.pass_by(0.2 * DAY)
    erase(window)
    assert sealed(window) == []
    files = [window.folder / f"journal.db{end}" for end in ("", "-wal")]
    content = b"".join(file.read_bytes() for file in files if file.exists())
    assert not [one for one in before if one in content]
    heads = window.journal.batches.heads(batch)
    assert [head.order for head in heads] == orders
    assert [head.state for head in heads] == [S.MADE, S.MADE, S.WITHDRAWN]
    assert [head.reason for head in heads] == ["", "", RowReason.ERASED]
    assert {(head.person, head.content) for head in heads} == {("", "")}
    told = [one for one in window.journal.history.after(0, 5000) if one.kind == "batch-erased"]
    assert [one.data for one in told] == [{"batch": batch, "after_days": "30"}]
    assert window.journal.history.verify_chain() == window.journal.last_seq
    held = window.journal.personal.held()
    assert (held.batch_rows, held.batch_photos, held.batch_contacts) == (0, 0, 0)
    clock.pass_by(40 * DAY)
    erase(window)
    assert sum(one.kind == "batch-erased" for one in window.journal.history.after(0, 5000)) == 1


def test_nothing_is_made_of_an_erased_batch(window: Bench, clock: PlayedClock) -> None:
    batch = made_batch(window)
    clock.pass_by(31 * DAY)
    erase(window)
    service = batches(window)
    assert service.one(batch).counts[S.MADE] == 2
    assert service.row(batch, 1).cells == {}
    assert service.results.all(batch)[0].contact == ("", "")
    (photo, *_) = window.journal.batch_photos.all(batch)
    for use in (
        lambda: service.correct(batch, as_csv([good(3)]), CLERK),
        lambda: service.photos.take(batch, photos_in(zip_of({"y.jpg": b"y"})), CLERK),
        lambda: service.photos.jpeg(batch, photo.id),
        lambda: service.photo_problems(batch),
        lambda: service.faults(batch),
        lambda: service.papers.forms(batch, [1]),
        lambda: service.papers.list_pdf(1),
        lambda: service.papers.add_list(batch, (), CLERK),
        lambda: service.papers.handover_pdf(batch),
        lambda: service.papers.exceptions(batch),
        lambda: service.results.export(batch, CONTACT, CLERK),
        lambda: service.results.file(batch, 1),
    ):
        with pytest.raises(BatchErasedError):
            use()
    with pytest.raises(StationError):
        service.making.start(batch, CLERK)
    assert sealed(window) == []
    # The same people apply again.
    again = batch_of(window, [good(1), good(2)])
    assert service.one(again).counts[S.READY] == 2


def test_a_batch_whose_cards_are_still_to_be_made_is_kept(
    window: Bench, clock: PlayedClock
) -> None:
    batch = confirmed(window, 1)
    clock.pass_by(400 * DAY)
    erase(window)
    assert sealed(window)
    with pytest.raises(StepNotAllowedError), window.journal.transaction("test") as change:
        change.apply(EraseBatch(batch, 30))
    assert sealed(window)


def test_a_batch_that_was_changed_lately_is_kept(window: Bench, clock: PlayedClock) -> None:
    batch = batch_of(window, [good(1)])
    clock.pass_by(25 * DAY)
    batches(window).photos.take(batch, photos_in(zip_of({"x.jpg": b"x"})), CLERK)
    clock.pass_by(25 * DAY)
    erase(window)
    assert sealed(window)
    clock.pass_by(6 * DAY)
    erase(window)
    assert sealed(window) == []


def test_a_clock_that_is_set_ahead_erases_nothing(window: Bench, clock: PlayedClock) -> None:
    batch_of(window, [good(1)])
    clock.pass_by(3600)
    clock.wall += dt.timedelta(days=400)
    erase(window)
    assert sealed(window)


def test_collectors_of_a_unit_go_when_others_replace_them(window: Bench) -> None:
    units = batches(window).units
    units.put(Unit("U1", "一厂", collectors=(Collector(number(9), "李四", "139"),)), CLERK)
    units.put(Unit("U1", "一厂"), CLERK)
    assert window.journal.personal.held().unit_contacts == 0

"""The journal in memory answers what the real one answers, after the same changes."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.changes import Change
from station.core.orders import OrderRecord
from station.journal import Journal
from station.journal.transaction import WRITERS
from tests.explore import memory
from tests.explore.choices import Budget
from tests.explore.courses import COURSES, quiet
from tests.explore.desk_acts import actions
from tests.explore.memory import NOW, MemoryJournal, MemoryTransaction
from tests.explore.rig import Rig
from tests.rigs.journals import journal_in

#: Changes that no course of the search makes: parcels, shifts, stock, destroyed cards, the desk,
#: erasures, remembered calls, card services, batches, custody, programs that receive the history.
ELSEWHERE = {
    "DestroyCard",
    "NoteExport",
    "NoteReceipt",
    "MoveBlanks",
    "CloseShift",
    "NoteAttendance",
    "NoteAgreement",
    "ErasePerson",
    "BeginCall",
    "EndCall",
    "ForgetCall",
    "AddWebhook",
    "RemoveWebhook",
    "MoveWebhook",
    "BuryEvent",
    "ChangeLetter",
    "BeginCardService",
    "EndCardService",
    "EraseCardService",
    "KeepFleetIdentity",
    "NoteFleet",
    "NoteLetter",
    "NoteTransfer",
    "AddBatch",
    "ChangeBatch",
    "PutBatchRows",
    "AddBatchPhotos",
    "AddBatchExport",
    "NoteBatchReceipt",
    "EraseBatch",
    "PutUnit",
    "DecideBatchRows",
    "AddBatchList",
    "PlaceBatchPhoto",
    "NotePhotoVerdicts",
    "ReceiveFinishedCard",
    "MoveFinishedCard",
    "AddCustodyDocument",
    "DecideDocument",
    "NoteDistribution",
    "NoteCardCheck",
    "EraseCustody",
}


def test_every_change_of_an_order_can_be_written() -> None:
    missing = {one.__name__ for one in WRITERS.keys() - memory.WRITERS.keys()}
    assert missing == ELSEWHERE


class _Both(MemoryTransaction):
    """Writes to the journal in memory and notes what it wrote."""

    def __init__(self, journal: MemoryJournal, actor: str, made: list[Change]) -> None:
        super().__init__(journal, actor)
        self._made = made

    def apply(self, *made: Change) -> tuple[int, ...]:
        ids = super().apply(*made)
        self._made.extend(made)
        return ids


@pytest.mark.parametrize("seed", range(16))
def test_both_journals_hold_the_same_after_a_walk(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    real = journal_in(tmp_path)
    with quiet(), _recording(real):
        rig, _ = COURSES[seed % len(COURSES)].begin()
        for _ in range(30):
            rig.choices.begin((), Budget(99, 99, 99))
            offered = [one for one in actions(rig) if one.name != "The power goes."]
            if not offered:
                break
            rig.run(chance.choice(offered).run, (), Budget(99, 99, 99))
            _compare(rig, real)
    real.close()


@contextlib.contextmanager
def _recording(real: Journal) -> Iterator[None]:
    """Have every transaction in memory written to the real journal too."""
    transaction = MemoryJournal.transaction

    @contextlib.contextmanager
    def both(self: MemoryJournal, actor: str) -> Iterator[MemoryTransaction]:
        made: list[Change] = []
        with transaction(self, actor):
            yield _Both(self, actor, made)
        with real.transaction(actor) as change:
            change.apply(*made)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryJournal, "transaction", both)
        yield


def _compare(rig: Rig, real: Journal) -> None:
    mine = rig.journal
    assert [_order(one) for one in mine.orders.recent(9)] == [
        _order(one) for one in real.orders.recent(9)
    ]
    assert [(one.id, one.step, one.goal) for one in mine.orders.heads()] == [
        (one.id, one.step, one.goal) for one in real.orders.heads()
    ]
    assert [_timeless(one) for one in mine.cards.all()] == [
        _timeless(one) for one in real.cards.all()
    ]
    assert [_timeless(one) for one in mine.outbox.rows()] == [
        _timeless(one) for one in real.outbox.rows()
    ]
    for order in mine.orders.recent(9):
        assert [_timeless(one) for one in mine.effects.of(order.id)] == [
            _timeless(one) for one in real.effects.of(order.id)
        ]


def _order(order: OrderRecord) -> OrderRecord:
    hold = order.hold
    if hold is not None and hold.retry_at is not None:
        hold = dataclasses.replace(hold, retry_at=NOW, due_age=0.0)
    return dataclasses.replace(order, created_at=NOW, updated_at=NOW, hold=hold)


def _timeless(record: object) -> dict[str, object]:
    fields = dataclasses.fields(record)  # type: ignore[arg-type]
    values = {one.name: getattr(record, one.name) for one in fields}
    times = {name for name in values if name.endswith("_at")}
    # Ribbon is counted for people; nothing here asks for it.
    left_out = times | {"ribbon_planned", "ribbon_used"}
    return {name: value for name, value in values.items() if name not in left_out}

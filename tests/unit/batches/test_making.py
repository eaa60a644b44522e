"""A batch is made: each person has one card or a reason, whatever breaks in between."""

from __future__ import annotations

import dataclasses
import random

import pytest

from station.batches.confirming import RowAnswer, RowWish
from station.batches.making import AHEAD
from station.batches.photos import photos_in
from station.batches.service import BatchService
from station.core.batch_changes import NotePhotoVerdicts, PhotoVerdict
from station.core.batches import PhotoState, RowReason, RowState
from station.core.errors import GatewayRejectedError, RejectionReason, StepNotAllowedError
from station.core.gateways import ProductionData
from station.core.life import Lane
from station.core.orders import CardFate, OrderStep
from station.production.life import recovery
from station.production.life.workflow import Workflow
from station.production.machine.schedule import Schedule
from tests.rigs.batches import batch_service
from tests.unit.batches.lists import good, number
from tests.unit.batches.rig import CLERK, batch_of, batches, zip_of
from tests.unit.production.doubles import Bench, Card, Killed, production_data
from tests.unit.production.in_place import service, tell_the_truth

S = RowState


def confirmed(window: Bench, lines: int) -> str:
    """Make a batch whose rows are confirmed, each beside the province's own picture."""
    batch = batch_of(window, [good(line) for line in range(1, lines + 1)])
    files = {f"{number(line)}.jpg": picture(number(line)) for line in range(1, lines + 1)}
    batches(window).photos.take(batch, photos_in(zip_of(files)), CLERK)
    photos = window.journal.batch_photos.all(batch)
    with window.journal.transaction("test") as change:
        verdicts = tuple(PhotoVerdict(one.id, PhotoState.FITS) for one in photos)
        change.apply(NotePhotoVerdicts(verdicts))
    wishes = [RowWish(line, True) for line in range(1, lines + 1)]
    for start in range(0, lines, 100):
        batches(window).confirming.decide(batch, wishes[start : start + 100], CLERK)
    window.province.fetch_production_data = data_of  # type: ignore[method-assign]
    window.machine.feeder = [Card(serial) for serial in range(1, 2 * lines + 9)]
    return batch


def picture(of: str) -> bytes:
    return b"\xff\xd8" + of.encode()


def data_of(id_number: str, *, name: str = "") -> ProductionData:
    del name
    return dataclasses.replace(production_data(id_number), photo_jpeg=picture(id_number))


class Turns:
    """The station's threads, turn by turn."""

    def __init__(self, window: Bench) -> None:
        self.window = window
        self.batches: BatchService = batches(window)

    def run(self, most: int = 4000) -> None:
        """Take turns until nothing changes any more."""
        for _ in range(most):
            if not (self.batches.making.turn() | self.lanes()):
                return
        raise AssertionError("it never comes to rest")

    def lanes(self) -> bool:
        """Have each lane do one step, as its thread does."""
        workflow = Workflow(self.window.bench, random.Random(1))
        worked = False
        for lane in Lane:
            head = Schedule(self.window.bench, workflow.link).next_order(lane)
            if head is not None:
                worked |= workflow.step_once(self.window.journal.orders.one(head.id), lane)
        return worked

    def restart(self) -> None:
        """Begin a new process on the same journal and world."""
        self.window.restart()
        self.batches = batches(self.window)


def states(window: Bench, batch: str) -> dict[int, tuple[RowState, str]]:
    return {head.line: (head.state, head.reason) for head in window.journal.batches.heads(batch)}


def balanced(window: Bench, batch: str) -> None:
    """Each person has exactly one card or a reason; the list balances with the ledger."""
    heads = window.journal.batches.heads(batch)
    issued = [one.order for one in window.journal.cards.of_fate(CardFate.ISSUED)]
    made = [head.order for head in heads if head.state is S.MADE]
    assert sorted(issued) == sorted(filter(None, made))
    assert len(set(issued)) == len(issued)
    holders = [card.holder.AAC002 for card in window.machine.out if card.holder]
    assert len(holders) == len(set(holders)) == len(made)
    for head in heads:
        order = window.journal.orders.head(head.order) if head.order else None
        assert head.state is S.MADE or head.reason or (order is not None and order.hold), head


def test_a_confirmed_batch_is_made_one_card_after_the_other(window: Bench) -> None:
    batch = confirmed(window, 12)
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.batches.making.turn()
    assert turns.batches.one(batch).counts[S.MAKING] == AHEAD
    turns.run()
    assert set(states(window, batch).values()) == {(S.MADE, "")}
    progress = turns.batches.making.progress(batch)
    assert (progress.made, progress.left, progress.held) == (12, 0, 0)
    assert progress.seconds == 0
    balanced(window, batch)
    approvals = [one for one in window.journal.history.after(0, 5000) if one.kind == "approved"]
    assert {one.actor for one in approvals} == {CLERK}  # the person who has compared it


def test_nothing_is_made_before_a_person_has_started_it(window: Bench) -> None:
    batch = confirmed(window, 2)
    Turns(window).run()
    assert set(states(window, batch).values()) == {(S.CONFIRMED, "")}
    other = batch_of(window, [good(40)])
    with pytest.raises(StepNotAllowedError):
        batches(window).making.start(other, CLERK)


def test_a_paused_batch_feeds_no_card_and_goes_on_after_a_restart(window: Bench) -> None:
    batch = confirmed(window, 5)
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    while not window.machine.counts["feeds"]:
        turns.batches.making.turn()
        turns.lanes()
    turns.batches.making.pause(batch, CLERK)
    turns.run()
    assert window.machine.counts["feeds"] == 1
    assert turns.batches.one(batch).counts[S.MADE] == 1  # the card in the machine was finished
    turns.restart()
    turns.run()
    assert window.machine.counts["feeds"] == 1
    turns.batches.making.start(batch, CLERK)
    turns.run()
    assert turns.batches.one(batch).counts[S.MADE] == 5
    balanced(window, batch)


def test_a_held_one_keeps_none_of_the_others_waiting(window: Bench) -> None:
    batch = confirmed(window, 4)

    def refused(id_number: str, *, name: str = "") -> ProductionData:
        if id_number == number(2):
            raise GatewayRejectedError(RejectionReason.NOT_MARKED, province_text="x")
        return data_of(id_number, name=name)

    window.province.fetch_production_data = refused  # type: ignore[method-assign]
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.run()
    found = states(window, batch)
    assert [line for line, (state, _) in found.items() if state is S.MADE] == [1, 3, 4]
    progress = turns.batches.making.progress(batch)
    assert (progress.made, progress.held, progress.left) == (3, 1, 1)
    balanced(window, batch)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"photo_jpeg": b"\xff\xd8 another"}, RowReason.COMPARE),
        ({"AAE008": "11111"}, ""),
    ],
)
def test_what_nobody_has_compared_waits_for_a_person(
    window: Bench, changed: dict[str, object], reason: str
) -> None:
    batch = confirmed(window, 1)

    def other(id_number: str, *, name: str = "") -> ProductionData:
        return dataclasses.replace(data_of(id_number, name=name), **changed)  # type: ignore[arg-type]

    window.province.fetch_production_data = other  # type: ignore[method-assign]
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.run()
    state, found = states(window, batch)[1]
    assert (state, found) == (S.MAKING, reason)
    assert window.machine.counts["feeds"] == 0
    if reason:
        assert turns.batches.making.approve(batch, [1], "wang") == [RowAnswer(1, S.MAKING)]
        turns.run()
        assert states(window, batch)[1] == (S.MADE, "")


def test_another_name_at_the_province_is_never_approved_without_a_person(window: Bench) -> None:
    batch = confirmed(window, 1)

    def other(id_number: str, *, name: str = "") -> ProductionData:
        data = data_of(id_number, name=name)
        return dataclasses.replace(data, chip=dataclasses.replace(data.chip, AAC003="李四"))

    window.province.fetch_production_data = other  # type: ignore[method-assign]
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.run()
    assert states(window, batch)[1] == (S.MAKING, "data-differs")


def test_rows_are_withdrawn_each_with_its_own_result(window: Bench) -> None:
    batch = confirmed(window, 3)
    turns = Turns(window)
    assert turns.batches.making.withdraw(batch, [3], CLERK) == [RowAnswer(3, S.WITHDRAWN)]
    turns.batches.making.start(batch, CLERK)
    while not window.machine.out:
        turns.batches.making.turn()
        turns.lanes()
    turns.batches.making.turn()
    answers = turns.batches.making.withdraw(batch, [1, 2, 3, 9], CLERK)
    assert answers == [
        RowAnswer(1, S.MADE, "row-is-made"),
        RowAnswer(2, S.WITHDRAWN),
        RowAnswer(3, S.WITHDRAWN),
        RowAnswer(9, None, "batch-not-found"),
    ]
    (row,) = window.journal.batches.lines(batch, [2])
    assert row.head.order is not None
    assert window.journal.orders.head(row.head.order).step is OrderStep.CANCELLED
    turns.run()
    assert len(window.machine.out) == 1


def test_a_spoiled_card_is_a_reason_until_its_remake_is_made(window: Bench) -> None:
    batch = confirmed(window, 2)
    turns = Turns(window)
    window.machine.feeder[0].mute = True
    window.machine.feeder[1].mute = True
    turns.batches.making.start(batch, CLERK)
    turns.run()
    balanced(window, batch)


@pytest.mark.parametrize("seed", range(4))
def test_a_kill_at_any_moment_makes_no_second_card(window: Bench, seed: int) -> None:
    chance = random.Random(seed)
    batch = confirmed(window, 8)
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    for _ in range(8):
        call = chance.choice(["feed", "write", "report", "print", "release"])
        window.trap.spring(call, chance.choice(["before", "after"]), Killed())
        try:
            turns.run()
        except Killed:
            _recover(window, turns)
    turns.run()
    for head in window.journal.orders.heads():
        service(window).orders.run(head.id, CLERK) if head.hold else None
    turns.run()
    balanced(window, batch)


@pytest.mark.alone
@pytest.mark.timeout(900)
def test_two_hundred_cards_with_twelve_faults_leave_each_person_a_card_or_a_reason(
    window: Bench,
) -> None:
    """On the machine in memory: power cuts, mute and foreign blanks, lost and refused answers."""
    batch = confirmed(window, 200)
    for place in (11, 87, 150):
        window.machine.feeder[place].mute = True
    window.machine.feeder[60].bank = "999999"
    refusing = {number(33), number(120)}

    def refused(id_number: str, *, name: str = "") -> ProductionData:
        if id_number in refusing:
            raise GatewayRejectedError(RejectionReason.NOT_MARKED, province_text="x")
        return data_of(id_number, name=name)

    window.province.fetch_production_data = refused  # type: ignore[method-assign]
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    kills = [("feed", "after"), ("write", "before"), ("write", "after"), ("print", "after")]
    for call, when in (*kills, ("release", "after"), ("report", "after")):
        window.trap.spring(call, when, Killed())
        try:
            turns.run()
        except Killed:
            _recover(window, turns)
    turns.run()
    for head in window.journal.orders.heads():
        if head.hold:
            service(window).orders.run(head.id, CLERK)
    turns.run()
    balanced(window, batch)
    progress = turns.batches.making.progress(batch)
    assert progress.made + progress.left == 200
    assert progress.made >= 190


def _recover(window: Bench, turns: Turns) -> None:
    turns.restart()
    recovery.recover(window.bench, Workflow(window.bench, random.Random(1)))
    for head in window.journal.orders.heads():
        tell_the_truth(window, head.id)


def test_the_service_keeps_nothing_itself(window: Bench) -> None:
    batch = confirmed(window, 2)
    equipment = window.bench.equipment
    one, other = (
        batch_service(window.journal, equipment, service(window), window.folder) for _ in range(2)
    )
    one.making.start(batch, CLERK)
    other.making.turn()
    assert one.one(batch).counts[S.MAKING] == 2

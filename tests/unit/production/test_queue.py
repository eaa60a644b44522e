"""Orders that were approved in advance: who goes first, and that one is made after the other."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import Iterator

import pytest

from station.core.errors import PhotoRulesError, StepNotAllowedError
from station.core.identity import check_digit
from station.core.life import Lane
from station.core.orders import OrderHead, OrderReason, OrderStep, Queue
from station.core.photos import PhotoFinding, PhotoReport, PhotoRule
from station.production.life.workflow import Workflow
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.machine.schedule import Schedule, in_order_of_work
from station.production.services.service import ProductionService
from tests.unit.production.doubles import Bench
from tests.unit.production.in_place import Walk, service

S = OrderStep
WAIT = 30.0  #: seconds; only a failure takes them


def number(place: int) -> str:
    """Return an invented person's number."""
    first = f"4107011990{1 + place % 12:02d}0745{place % 10}"
    return f"{first}{check_digit(first)}"


def waiting(window: Bench, place: int, queue: Queue = Queue.WINDOW) -> str:
    """Accept an order and have its data fetched; nobody has compared it yet."""
    made = service(window).orders.create(number(place), OrderReason.NEW, "clerk", queue=queue)
    Walk(window, made.id).to(S.DATA_READY)
    return made.id


@contextlib.contextmanager
def running(window: Bench) -> Iterator[ProductionService]:
    notifier = Notifier()
    window.journal.on_change(notifier.ring)
    engine = Engine(window.bench, notifier, random.Random(1))
    made = ProductionService(window.journal, window.bench.equipment, engine, notifier)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_the_window_goes_before_the_batch_and_the_older_before_the_younger() -> None:
    def head(name: str, step: OrderStep, queue: Queue) -> OrderHead:
        return OrderHead(name, step, S.RELEASED, None, queue=queue)

    heads = [
        head("batch, old", S.APPROVED, Queue.BATCH),
        head("window, old", S.APPROVED, Queue.WINDOW),
        head("batch, inside", S.ENCODED, Queue.BATCH),
        head("batch, young", S.APPROVED, Queue.BATCH),
        head("window, young", S.ACCEPTED, Queue.WINDOW),
    ]
    assert [one.id for one in in_order_of_work(heads)] == [
        "batch, inside",
        "window, old",
        "window, young",
        "batch, old",
        "batch, young",
    ]


def test_what_was_approved_in_advance_is_made_one_after_another(window: Bench) -> None:
    batch = [waiting(window, place, Queue.BATCH) for place in range(2)]
    person = waiting(window, 2)
    with running(window) as serves:
        done = serves.queue.approve([*batch, person], "clerk")
        assert [one.problem_code for one in done] == [None, None, None]
        for order in (*batch, person):
            assert serves.orders.wait_for(order, S.RELEASED, WAIT).step is S.RELEASED
    made = [card.order for card in window.journal.cards.all()]
    assert sorted(made) == sorted((*batch, person))
    assert made[-1] == batch[1]  # the first may have been fed before the person was approved


def test_a_person_at_the_window_goes_before_a_batch_that_was_approved_earlier(
    window: Bench,
) -> None:
    batch, person = waiting(window, 0, Queue.BATCH), waiting(window, 1)
    serves = service(window)
    serves.queue.approve([batch], "clerk")
    serves.queue.approve([person], "clerk")
    schedule = Schedule(window.bench, Workflow(window.bench, random.Random(1)).link)
    head = schedule.next_order(Lane.MACHINE)
    assert head is not None
    assert head.id == person
    assert [(one.order, one.place, one.queue) for one in serves.queue.waiting()] == [
        (person, 1, Queue.WINDOW),
        (batch, 2, Queue.BATCH),
    ]


def test_the_card_inside_has_place_0_and_the_next_one_place_1(window: Bench) -> None:
    first, second = waiting(window, 0), waiting(window, 1)
    serves = service(window)
    serves.queue.approve([second, first], "clerk")
    Walk(window, first).to(S.FED)
    assert [(one.order, one.place) for one in serves.queue.waiting()] == [(first, 0), (second, 1)]


def test_an_order_that_is_held_keeps_nobody_waiting(window: Bench) -> None:
    first, second = waiting(window, 0), waiting(window, 1)
    serves = service(window)
    serves.queue.approve([first, second], "clerk")
    window.bench = dataclasses.replace(
        window.bench, equipment=dataclasses.replace(window.bench.equipment, blanks={})
    )
    workflow = Workflow(window.bench, random.Random(1))
    assert not workflow.step_once(window.journal.orders.one(first), Lane.MACHINE)
    head = Schedule(window.bench, workflow.link).next_order(Lane.MACHINE)
    assert head is not None
    assert head.id == second


def test_one_that_cannot_be_approved_keeps_none_of_the_others_out(window: Bench) -> None:
    good = waiting(window, 0)
    finding = PhotoFinding(PhotoRule.BACKGROUND, "red", "white", is_soft=True)
    window.faces.photo_report = PhotoReport("fake", (finding,))
    waits_for_supervisor = waiting(window, 1)
    early = service(window).orders.create(number(2), OrderReason.NEW, "clerk").id
    unknown = "f" * 32
    done = service(window).queue.approve([early, waits_for_supervisor, unknown, good], "clerk")
    told = {one.order: (one.step, one.problem_code) for one in done}
    assert told[good] == (S.APPROVED, None)
    assert told[early] == (S.ACCEPTED, StepNotAllowedError.code)
    assert told[waits_for_supervisor] == (S.DATA_READY, PhotoRulesError.code)
    assert told[unknown][0] is None
    assert [one.order for one in service(window).queue.waiting()] == [good]


def test_an_approval_that_is_sent_twice_counts_once(window: Bench) -> None:
    order, serves = waiting(window, 0), service(window)
    first, second = serves.queue.approve([order], "clerk"), serves.queue.approve([order], "clerk")
    assert first == second
    approved = [one for one in window.journal.history.after(0) if one.kind == "approved"]
    assert len(approved) == 1


def test_the_queue_of_an_order_is_in_its_history_where_it_is_not_the_windows(
    window: Bench,
) -> None:
    batch, person = waiting(window, 0, Queue.BATCH), waiting(window, 1)
    accepted = {
        one.order: one.data.get("queue")
        for one in window.journal.history.after(0)
        if one.kind == "order-accepted"
    }
    assert accepted == {batch: "batch", person: None}


@pytest.mark.parametrize("queue", list(Queue))
def test_an_order_keeps_its_queue_over_a_restart(window: Bench, queue: Queue) -> None:
    order = waiting(window, 0, queue)
    window.restart()
    assert window.journal.orders.head(order).queue is queue

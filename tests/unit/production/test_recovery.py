"""What a start does with the orders it finds: every card is known, and nothing is printed."""

from __future__ import annotations

import random

import pytest

from station.core.changes import BeginEffect, SetHold
from station.core.evidence import ReleaseCard
from station.core.orders import EffectKind, Hold, OrderStep
from station.core.printing import CardPosition
from station.production.life.workflow import Workflow
from tests.unit.production.doubles import Bench, Card, Killed
from tests.unit.production.in_place import Walk, tell_the_truth

S, X = OrderStep, EffectKind
AT_THE_PROVINCE = {"hsm", "report", "find", "activate"}
CUTS = [
    ("write", "before", S.FED),
    ("write", "after", S.FED),
    ("report", "before", S.ENCODED),
    ("report", "after", S.ENCODED),
    ("print", "before", S.REPORTED),
    ("print", "after", S.REPORTED),
    ("release", "before", S.PRINTED),
    ("release", "after", S.PRINTED),
]


def cut(window: Bench, call: str, when: str, step: OrderStep) -> Walk:
    """An order whose process was killed before or after one effect of the step that follows."""
    order = Walk.accept(window)
    order.to(step)
    window.trap.spring(call, when, Killed())
    with pytest.raises(Killed):
        order.step()
    window.trap.passed.clear()
    return order


@pytest.mark.parametrize(("call", "when", "step"), CUTS)
def test_recovery_asks_printer_and_chip_and_never_waits_for_the_province(
    window: Bench, call: str, when: str, step: OrderStep
) -> None:
    order = cut(window, call, when, step)
    order.restart()
    asked = {point for point, _ in window.trap.passed}
    assert not asked & AT_THE_PROVINCE
    order.to(S.RELEASED)
    assert window.machine.counts == {"feeds": 1, "writes": 1, "prints": 1, "releases": 1}
    assert len(window.province.reports) == 1


@pytest.mark.parametrize(("call", "when", "step"), CUTS)
def test_recovery_itself_prints_writes_and_releases_nothing(
    window: Bench, call: str, when: str, step: OrderStep
) -> None:
    order = cut(window, call, when, step)
    before = window.machine.counts.copy()
    order.restart()
    assert window.machine.counts == before


@pytest.mark.parametrize(("call", "when", "step"), CUTS[:6])
def test_after_a_restart_nothing_is_printed_on_a_card_that_was_swapped(
    window: Bench, call: str, when: str, step: OrderStep
) -> None:
    order = cut(window, call, when, step)
    own = window.machine.path
    assert own is not None
    stranger = Card(88, holder=own.holder)
    window.machine.path = stranger
    order.restart()
    for _ in range(10):
        if tell_the_truth(window, order.id) is None:
            order.step()
    assert stranger.printed == ""
    assert stranger not in window.machine.out
    assert order.code == "chip-not-this-orders"


def test_a_chip_write_of_unknown_outcome_is_held_with_its_name_until_it_is_asked_for(
    window: Bench,
) -> None:
    order = cut(window, "write", "after", S.FED)
    order.restart()
    hold = order.record.hold
    assert hold is not None
    assert (hold.code, hold.effect) == ("outcome-unknown", EffectKind.WRITE_CHIP)


#: The request itself is not a cause: it has been completed.
NOT_RELEASED = {"cause": "outcome-unknown", "effect": "release"}


@pytest.mark.field_case("G2")
@pytest.mark.parametrize("out", [False, True])
def test_what_was_asked_of_a_person_is_not_asked_once_the_outcome_is_known(
    window: Bench, out: bool
) -> None:
    """Else a power cut between the two leaves a request for a card that no intent waits for."""
    order = Walk.accept(window)
    order.to(S.PRINTED)
    release = BeginEffect(order.id, ReleaseCard(order.record.card, machine="serial:1"), S.PRINTED)
    window.bench.apply("test", release, SetHold(order.id, Hold("take-card", {}, X.RELEASE)))
    window.machine.position = CardPosition.OUTPUT_HOPPER if out else CardPosition.CHIP_STATION
    settled = Workflow(window.bench, random.Random(1)).settle_card(order.record)
    assert settled.step is (S.RELEASED if out else S.PRINTED)
    assert window.journal.effects.open(order.id) == []
    assert settled.hold == (None if out else Hold("proven-not-done", NOT_RELEASED))

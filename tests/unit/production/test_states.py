import itertools

import pytest

from station.core.errors import StepNotAllowedError
from station.core.orders import EffectKind, OrderKind, OrderStep
from station.production.effects import PROVES_NOTHING_HAPPENED
from station.production.states import (
    EFFECTS,
    FINAL,
    HAPPY_PATH,
    IN_MACHINE,
    TRANSITIONS,
    OrderEvent,
    Way,
    advance,
    draw,
    reached,
)
from station.production.workflow import PROOFS, STEPS

S, K = OrderStep, OrderKind


@pytest.mark.parametrize("step", OrderStep)
@pytest.mark.parametrize("event", OrderEvent)
def test_every_pair_is_either_in_the_table_or_refused(step: OrderStep, event: OrderEvent) -> None:
    if (step, event) in TRANSITIONS:
        assert advance(step, event) is TRANSITIONS[step, event]
    else:
        with pytest.raises(StepNotAllowedError):
            advance(step, event)


@pytest.mark.parametrize("step", sorted(set(OrderStep) - FINAL))
def test_an_end_can_be_reached_from(step: OrderStep) -> None:
    seen = {step}
    while True:
        more = seen | {after for (before, _), after in TRANSITIONS.items() if before in seen}
        if more == seen:
            break
        seen = more
    assert seen & FINAL


def test_nothing_leaves_an_end() -> None:
    assert not [key for key in TRANSITIONS if key[0] in FINAL]


def test_the_window_order_of_design_section_2() -> None:
    words = "accepted data-ready approved fed encoded reported printed released activated"
    assert [step.value for step in HAPPY_PATH] == words.split()


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(HAPPY_PATH)))
def test_each_button_leads_to_the_next(before: OrderStep, after: OrderStep) -> None:
    assert Way().next_step(before) is after


def walk(way: Way) -> list[str]:
    """Follow one way from the first step to where it ends."""
    steps = [S.ACCEPTED]
    while (following := way.next_step(steps[-1])) is not None:
        steps.append(following)
        assert len(steps) < 20
    return [step.value for step in steps]


@pytest.mark.parametrize(
    ("way", "after_approved"),
    [
        (Way(), "fed encoded reported printed released activated"),
        (Way(print_first=True), "fed encoded printed-owed printed released activated"),
        (Way(inactive=True), "fed encoded printed-owed released-owed released activated"),
        (Way(faceless=True), "fed encoded reported printed released activated"),
        (
            Way(print_first=True, faceless=True),
            "fed encoded printed-owed printed released activated",
        ),
        (Way(K.FACE_ONLY), "reported printed released"),
        (Way(K.CHIP_ONLY), "fed printed released"),
        (Way(K.TEST), "reported printed released"),
    ],
)
def test_every_way_from_end_to_end(way: Way, after_approved: str) -> None:
    assert walk(way) == ["accepted", "data-ready", "approved", *after_approved.split()]


def test_only_a_window_that_prints_nothing_leaves_the_face_out() -> None:
    ways = [
        Way(kind, first, inactive, faceless=faceless)
        for kind in OrderKind
        for first in (False, True)
        for inactive in (False, True)
        for faceless in (False, True)
    ]
    for way, step in itertools.product(ways, OrderStep):
        event = way.next_event(step)
        assert event is None or (step, event) in TRANSITIONS
        leaves_out = way.faceless and way.kind is K.FULL
        assert event is not (OrderEvent.FACE_PRINTED if leaves_out else OrderEvent.NO_FACE)


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("print_first", [False, True])
@pytest.mark.parametrize("inactive", [False, True])
@pytest.mark.parametrize("step", OrderStep)
def test_no_way_leaves_the_table(
    kind: OrderKind, print_first: bool, inactive: bool, step: OrderStep
) -> None:
    event = Way(kind, print_first, inactive).next_event(step)
    assert event is None or (step, event) in TRANSITIONS


def passing(*, without: set[tuple[OrderStep, OrderEvent]]) -> set[OrderStep]:
    """Return what can be reached from `accepted` when some transitions are taken out."""
    seen = {S.ACCEPTED}
    while True:
        more = {
            after
            for (before, event), after in TRANSITIONS.items()
            if before in seen and (before, event) not in without
        }
        if more <= seen:
            return seen
        seen |= more


def test_no_card_goes_out_for_good_before_the_province_knows_it() -> None:
    told = {key for key in TRANSITIONS if key[1] is OrderEvent.REPORTED}
    reprints = {(S.APPROVED, OrderEvent.CHIP_STAYS), (S.FED, OrderEvent.CHIP_REWRITTEN)}
    assert not passing(without=told | reprints) & {S.RELEASED, S.ACTIVATED}


def test_no_card_goes_out_without_a_face() -> None:
    face = (OrderEvent.FACE_PRINTED, OrderEvent.NO_FACE)  # the latter: see below
    printed = {key for key in TRANSITIONS if key[1] in face}
    rewritten = {(S.FED, OrderEvent.CHIP_REWRITTEN)}
    assert not passing(without=printed | rewritten) & {S.RELEASED, S.RELEASED_OWED}


def test_only_a_reprint_can_be_cancelled_once_the_chip_may_be_written() -> None:
    late = [s for s in OrderStep if reached(s, S.ENCODED)]
    assert [s for s in late if (s, OrderEvent.CANCELLED) in TRANSITIONS] == [S.REPORTED]


@pytest.mark.parametrize("step", sorted(IN_MACHINE))
def test_a_card_in_the_machine_can_always_be_spoiled(step: OrderStep) -> None:
    assert advance(step, OrderEvent.CARD_SPOILED) is S.SPOILED


@pytest.mark.parametrize(
    ("step", "target", "expected"),
    [
        (S.PRINTED_OWED, S.ENCODED, True),
        (S.PRINTED_OWED, S.REPORTED, False),
        (S.PRINTED_OWED, S.PRINTED, False),
        (S.RELEASED_OWED, S.PRINTED_OWED, True),
        (S.RELEASED_OWED, S.RELEASED, False),
        (S.PRINTED, S.PRINTED_OWED, True),
        (S.ACTIVATED, S.RELEASED_OWED, True),
        (S.ENCODED, S.PRINTED_OWED, False),
    ],
)
def test_what_is_owed_is_not_reached(step: OrderStep, target: OrderStep, expected: bool) -> None:
    assert reached(step, target) is expected


def test_an_order_that_ended_otherwise_has_reached_nothing() -> None:
    assert not reached(OrderStep.SPOILED, OrderStep.ACCEPTED)
    assert Way().next_step(OrderStep.CANCELLED) is None


def test_every_effect_has_its_proof_and_what_proves_that_it_did_not_begin() -> None:
    assert set(PROOFS) == set(PROVES_NOTHING_HAPPENED) == set(EffectKind)


def test_every_event_of_a_way_has_its_step() -> None:
    switches = itertools.product((False, True), repeat=3)
    ways = [Way(kind, *three) for kind, three in itertools.product(K, list(switches))]
    events = {way.next_event(step) for way in ways for step in S} - {None, OrderEvent.APPROVED}
    assert events == set(STEPS)


def test_the_diagram_shows_every_transition_and_effect() -> None:
    drawing = draw()
    for (before, event), after in TRANSITIONS.items():
        arrow = f"{before.value} --> {after.value}: ".replace("-", "_").replace("__>", "-->")
        assert event.value in drawing
        assert arrow.split(" --> ")[0].strip() in drawing
    assert set(EFFECTS) <= {event for _, event in TRANSITIONS}

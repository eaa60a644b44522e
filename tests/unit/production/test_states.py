import itertools

import pytest

from station.core.errors import StepNotAllowedError
from station.core.orders import OrderStep
from station.production.states import (
    EFFECTS,
    FINAL,
    HAPPY_PATH,
    TRANSITIONS,
    OrderEvent,
    advance,
    draw,
    next_step,
    reached,
)


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
    assert next_step(before) is after
    assert after in {TRANSITIONS.get((before, event)) for event in OrderEvent}


def test_no_card_is_printed_before_it_is_reported() -> None:
    sources = {before for (before, _), after in TRANSITIONS.items() if after == "printed"}
    assert sources == {OrderStep.REPORTED}


def test_once_the_chip_may_be_written_an_order_cannot_be_cancelled() -> None:
    late = [s for s in HAPPY_PATH if reached(s, OrderStep.ENCODED)]
    assert not [s for s in late if (s, OrderEvent.CANCELLED) in TRANSITIONS]


def test_an_order_that_ended_otherwise_has_reached_nothing() -> None:
    assert not reached(OrderStep.SPOILED, OrderStep.ACCEPTED)
    assert next_step(OrderStep.CANCELLED) is None


def test_the_diagram_shows_every_transition_and_effect() -> None:
    drawing = draw()
    for (before, event), after in TRANSITIONS.items():
        arrow = f"{before.value} --> {after.value}: ".replace("-", "_").replace("__>", "-->")
        assert event.value in drawing
        assert arrow.split(" --> ")[0].strip() in drawing
    assert set(EFFECTS) <= set(HAPPY_PATH)

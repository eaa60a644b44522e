"""Every step of an order's life has its words on the page: a new step fails here."""

from __future__ import annotations

import itertools

from station.core.life import EVENTS, TRANSITIONS
from station.core.orders import OrderKind, OrderStep
from station.core.recipes import Way
from station.ui.order_panel import AHEAD, RUNNING, STANDING
from station.ui.window_orders import WORDS
from station.words.tables import STEP_TITLES


def led_to() -> set[OrderStep]:
    """Return the steps that some way leads to by a button which the station carries out."""
    ways = [
        Way(kind, *three)
        for kind, three in itertools.product(
            OrderKind, list(itertools.product((False, True), repeat=3))
        )
    ]
    pairs = {(step, way.next_event(step)) for way in ways for step in way.walk()}
    return {
        TRANSITIONS[step, event]
        for step, event in pairs
        if event is not None and EVENTS[event].button != "approve"
    }


def test_every_step_has_its_title_and_what_is_to_be_done_there() -> None:
    assert set(STANDING) == set(STEP_TITLES) == set(OrderStep)


def test_every_step_but_a_cancelled_one_is_listed() -> None:
    assert set(WORDS) == set(OrderStep) - {OrderStep.CANCELLED}


def test_whatever_the_station_carries_out_has_its_words_while_it_runs_and_before() -> None:
    assert set(RUNNING) == set(AHEAD) == led_to()

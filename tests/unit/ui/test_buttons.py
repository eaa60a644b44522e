"""The window's buttons against the life of an order."""

from __future__ import annotations

from station.core.life import EVENTS, OrderEvent
from station.production.life.workflow import STEPS
from station.ui.buttons import BUTTONS
from station.ui.temporary_panel import TEMPORARY_ACTIONS


def test_whatever_follows_for_an_order_has_its_button() -> None:
    pressed = {event for event, facts in EVENTS.items() if facts.button}
    assert pressed == set(STEPS) | {OrderEvent.APPROVED}
    at_desk = {"write-temporary", "take-back-temporary"}
    assert at_desk < set(TEMPORARY_ACTIONS)  # they stand beside the desk's reader
    assert {EVENTS[event].button for event in pressed} == set(BUTTONS) | at_desk


def test_the_buttons_in_their_order_and_where_each_leads() -> None:
    assert [(button, step.value) for button, step in BUTTONS.items()] == [
        ("fetch", "data-ready"),
        ("approve", "approved"),
        ("feed", "fed"),
        ("write", "encoded"),
        ("report", "reported"),
        ("print", "printed"),
        ("release", "released"),
        ("activate", "activated"),
    ]

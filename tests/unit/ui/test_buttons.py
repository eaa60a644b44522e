"""The window's buttons against the life of an order."""

from __future__ import annotations

from station.production.states import OrderEvent
from station.production.workflow import STEPS
from station.ui.buttons import BUTTONS, OF_EVENT


def test_whatever_follows_for_an_order_has_its_button() -> None:
    assert set(OF_EVENT) == set(STEPS) | {OrderEvent.APPROVED}
    assert set(OF_EVENT.values()) == set(BUTTONS)

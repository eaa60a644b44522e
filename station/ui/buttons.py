"""The window's buttons: which one is next for an order, which are done, which it does not need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.errors import PersonRequest
from station.core.life import EVENTS, OrderEvent, done, reached
from station.core.orders import OrderStep
from station.core.recipes import HAPPY_PATH, Way, recipe_of
from station.production.views.orders import Following, OrderView
from station.ui.contents import Button, Progress
from station.words import text

#: The buttons of a first card in their order, and the step that each one leads to.
BUTTONS: Final[Mapping[str, OrderStep]] = {
    EVENTS[event].button: step
    for step, event in zip(HAPPY_PATH[1:], map(Way().next_event, HAPPY_PATH), strict=False)
    if event is not None
}


def following(order: OrderView) -> str:
    """Return the button that is the order's next; "" for none."""
    return _button(order.next_event)


def step_of(action: str, following: Following) -> OrderStep:
    """Return the step that a button asks for: an order's own way may lead it elsewhere."""
    if following.step is not None and _button(following.event) == action:
        return following.step
    return BUTTONS[action]


def _button(event: OrderEvent | None) -> str:
    return EVENTS[event].button if event else ""


def buttons_of(
    order: OrderView | None, owed: int, *, waits_for_supervisor: bool
) -> Mapping[str, Button]:
    """Return every button: whether it can be pressed, and how far its step is."""
    buttons = {action: _step_button(action, order, waits_for_supervisor) for action in BUTTONS}
    running = order is not None and order.running is not None
    # With a number in the field these two begin the next person, whatever this order is doing.
    buttons["make"] = Button(enabled=True)
    buttons["retry-report"] = Button(enabled=owed > 0 and not running)
    buttons["cancel"] = Button(enabled=_can_cancel(order) and not running)
    return buttons


def _can_cancel(order: OrderView | None) -> bool:
    return order is not None and recipe_of(order.kind).may_cancel(order.step)


def _step_button(action: str, order: OrderView | None, waits_for_supervisor: bool) -> Button:
    if order is None:
        return Button(enabled=action == "fetch")
    follows = following(order) == action
    free = order.running is None
    enabled = follows and free and not waits_for_supervisor
    enabled = enabled or action == "fetch"
    spared = action not in recipe_of(order.kind).buttons
    state = _state(action, order, follows=follows)
    return Button(enabled, state, text("step-note.spared") if spared else "")


def _state(action: str, order: OrderView, *, follows: bool) -> Progress:
    step = step_of(action, Following(order.next_event, order.next_step))
    if reached(order.step, step) or done(order.step, BUTTONS[action]):
        return "done" if action in recipe_of(order.kind).buttons else "todo"
    if follows and order.running is not None:
        return "running"
    if follows and order.problem is not None:
        waits = order.problem.retry_at is not None or order.problem.code in set(PersonRequest)
        return "waiting" if waits else "failed"
    on_its_way = order.goal is not None and reached(order.goal, step)
    return "waiting" if follows and (on_its_way or step is OrderStep.APPROVED) else "todo"

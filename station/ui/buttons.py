"""The window's buttons: which one is next for an order, which are done, which it does not need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from station.core.errors import PersonRequest
from station.core.orders import OrderKind, OrderStep
from station.production.states import OrderEvent, reached
from station.production.views import OrderView

S, E, K = OrderStep, OrderEvent, OrderKind

#: The buttons of process.md section 1, and the step each one leads to.
BUTTONS: Final = {
    "fetch": S.DATA_READY,
    "approve": S.APPROVED,
    "feed": S.FED,
    "write": S.ENCODED,
    "report": S.REPORTED,
    "print": S.PRINTED,
    "release": S.RELEASED,
    "activate": S.ACTIVATED,
}
#: Which button makes an event happen.
OF_EVENT: Final[Mapping[OrderEvent, str]] = {
    E.DATA_FETCHED: "fetch",
    E.APPROVED: "approve",
    E.CARD_FED: "feed",
    E.CHIP_STAYS: "feed",
    E.CHIP_WRITTEN: "write",
    E.CHIP_REWRITTEN: "write",
    E.REPORTED: "report",
    E.FACE_PRINTED: "print",
    E.NO_FACE: "print",
    E.CARD_RELEASED: "release",
    E.ACTIVATED: "activate",
}
#: What a kind of order leaves out.
NOT_NEEDED: Final[Mapping[OrderKind, frozenset[str]]] = {
    K.FULL: frozenset(),
    K.FACE_ONLY: frozenset({"write", "report", "activate"}),
    K.CHIP_ONLY: frozenset({"report", "print", "activate"}),
    K.TEST: frozenset({"fetch", "approve", "write", "report", "activate"}),
}
#: Buttons that are done although their step is still owed something.
DONE_OWED: Final[Mapping[OrderStep, frozenset[str]]] = {
    S.PRINTED_OWED: frozenset({"print"}),
    S.RELEASED_OWED: frozenset({"print", "release"}),
}


def following(order: OrderView) -> str:
    """Return the button that is the order's next; "" for none."""
    return OF_EVENT[order.next_event] if order.next_event else ""


def step_of(action: str, order: OrderView) -> OrderStep:
    """Return the step that a button asks for: an order's own way may lead it elsewhere."""
    if order.next_step is not None and following(order) == action:
        return order.next_step
    return BUTTONS[action]


def buttons_of(
    order: OrderView | None, owed: int, *, waits_for_supervisor: bool
) -> dict[str, dict[str, Any]]:
    """Return every button: whether it can be pressed, and how far its step is."""
    buttons = {action: _step_button(action, order, waits_for_supervisor) for action in BUTTONS}
    running = order is not None and order.running is not None
    # With a number in the field these two begin the next person, whatever this order is doing.
    buttons["make"] = {"enabled": True, "state": "todo"}
    buttons["retry-report"] = {"enabled": owed > 0 and not running, "state": "todo"}
    buttons["cancel"] = {"enabled": _can_cancel(order) and not running, "state": "todo"}
    return buttons


def _can_cancel(order: OrderView | None) -> bool:
    if order is None or order.step in (S.CANCELLED, S.SPOILED):
        return False
    untouched = order.kind in (K.FACE_ONLY, K.TEST) and order.step is S.REPORTED
    return untouched or not reached(order.step, S.ENCODED)


def _step_button(
    action: str, order: OrderView | None, waits_for_supervisor: bool
) -> dict[str, Any]:
    if order is None:
        return {"enabled": action == "fetch", "state": "todo"}
    follows = following(order) == action
    free = order.running is None
    enabled = follows and free and not waits_for_supervisor
    enabled = enabled or action == "fetch"
    spared = action in NOT_NEEDED[order.kind]
    state = _state(action, order, follows=follows)
    return {"enabled": enabled, "state": state, "note": "不需要" if spared else ""}


def _state(action: str, order: OrderView, *, follows: bool) -> str:
    step = step_of(action, order)
    if reached(order.step, step) or action in DONE_OWED.get(order.step, ()):
        return "todo" if action in NOT_NEEDED[order.kind] else "done"
    if follows and order.running is not None:
        return "running"
    if follows and order.problem is not None:
        waits = order.problem.retry_at is not None or order.problem.code in set(PersonRequest)
        return "waiting" if waits else "failed"
    on_its_way = order.goal is not None and reached(order.goal, step)
    return "waiting" if follows and (on_its_way or step is S.APPROVED) else "todo"

"""What each button of the pages asks of the service; returns the id of the order to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.errors import InputError
from station.core.orders import OrderKind, OrderReason, OrderStep
from station.core.questions import AnswerKind
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint
from station.production.services.service import ProductionService
from station.production.views.orders import OrderView
from station.ui.buttons import BUTTONS, step_of
from station.ui.card_state_panel import STATE_ACTIONS
from station.ui.desk_panel import DESK_ACTIONS
from station.ui.ledger_panel import LEDGER_ACTIONS
from station.ui.people_panel import PEOPLE_ACTIONS
from station.ui.pressed import Action, Pressed
from station.ui.repair_panel import REPAIR_ACTIONS


def act(action: str, service: ProductionService, pressed: Pressed) -> str:
    """Do what the button says; returns the order to show.

    Raises:
        InputError: There is no such button.
        StationError: What the service says.
    """
    if action not in ACTIONS:
        raise InputError(f"there is no button {action!r}")
    return ACTIONS[action](service, pressed)


def _fetch(service: ProductionService, pressed: Pressed) -> str:
    if not pressed.id_number.strip() and pressed.order:
        return service.orders.press(pressed.order, OrderStep.DATA_READY, pressed.actor).id
    accepted = service.orders.create(pressed.id_number, OrderReason.REPLACEMENT, pressed.actor)
    return service.orders.press(accepted.id, OrderStep.DATA_READY, pressed.actor).id


def _make(service: ProductionService, pressed: Pressed) -> str:
    current = service.orders.one(pressed.order) if pressed.order else None
    typed = pressed.id_number.strip().upper()
    if current is None or (typed and not _is_holder(current, typed)):
        current = service.orders.create(pressed.id_number, OrderReason.REPLACEMENT, pressed.actor)
    return service.orders.run(current.id, pressed.actor).id


def _is_holder(order: OrderView, typed: str) -> bool:
    return order.holder is not None and typed == order.holder.AAC002


def _step(action: str) -> Action:
    def press(service: ProductionService, pressed: Pressed) -> str:
        step = step_of(action, service.orders.following(pressed.order))
        return service.orders.press(pressed.order, step, pressed.actor).id

    return press


def _retry(service: ProductionService, pressed: Pressed) -> str:
    service.outbox.retry(pressed.actor)
    return pressed.order


def _reject_left(service: ProductionService, pressed: Pressed) -> str:
    service.machine.reject_left_card(pressed.actor)
    return pressed.order


def _check(service: ProductionService, pressed: Pressed) -> str:
    service.machine.check_now(timeout=10.0)
    return pressed.order


def _start_up_read(service: ProductionService, pressed: Pressed) -> str:
    service.start_up.read(pressed.actor)
    return pressed.order


def _answer(service: ProductionService, pressed: Pressed) -> str:
    try:
        said = AnswerKind(pressed.answer)
    except ValueError as exc:
        raise InputError(f"there is no answer {pressed.answer!r}") from exc
    return service.orders.answer(pressed.order, said, pressed.actor, approval=pressed.approval).id


def _waive_photo(service: ProductionService, pressed: Pressed) -> str:
    return service.orders.waive_photo_rules(pressed.order, pressed.approval, pressed.actor).id


def _reprint(service: ProductionService, pressed: Pressed) -> str:
    kind, _, reason = pressed.reprint.partition(":")
    try:
        wish = Reprint(pressed.order, OrderKind(kind), ReprintReason(reason), pressed.approval)
    except ValueError as exc:
        raise InputError(f"there is no reprint {pressed.reprint!r}") from exc
    return service.orders.press(
        service.orders.reprint(wish, pressed.actor).id, OrderStep.DATA_READY, pressed.actor
    ).id


def _open_card_out(service: ProductionService, pressed: Pressed) -> str:
    found = service.orders.one(pressed.order).card_out
    if found is None:
        raise InputError("no card of this person is out")
    return found


ACTIONS: Final[Mapping[str, Action]] = {
    **{action: _step(action) for action in BUTTONS},
    "fetch": _fetch,
    "make": _make,
    "cancel": lambda service, pressed: service.orders.cancel(pressed.order, pressed.actor).id,
    "retry-report": _retry,
    "reject-left-card": _reject_left,
    "check": _check,
    "start-up-read": _start_up_read,
    "answer": _answer,
    "waive-photo": _waive_photo,
    "reprint": _reprint,
    "open-card-out": _open_card_out,
    **LEDGER_ACTIONS,
    **DESK_ACTIONS,
    **PEOPLE_ACTIONS,
    **STATE_ACTIONS,
    **REPAIR_ACTIONS,
}

"""补打卡面, 重写芯片 and remakes: a new order about an earlier one, linked to the first card's."""

from __future__ import annotations

from dataclasses import dataclass

from station.core.changes import (
    AddEvent,
    AddOrder,
    Changes,
    MoveOrder,
    RememberRequest,
    SetGoal,
)
from station.core.errors import InputError, OrderConflictError, StepNotAllowedError
from station.core.life import CLOSED, advance
from station.core.orders import CardPlace, OrderKind, OrderReason, OrderRecord, OrderStep
from station.core.recipes import recipe_of
from station.core.reprints import ReprintReason
from station.production.intake.reception import known_request, new_order_id
from station.production.life.approvals import require_approver
from station.production.life.effects import Workbench
from station.production.life.steps import report, spoil


@dataclass(frozen=True, slots=True)
class Reprint:
    """A request to process a card again.

    Attributes:
        about: The order that made the card, or a reprint of it.
        kind: `face-only`, `chip-only`, or `full` for a remake on a new blank.
        reason: One of the reasons that the kind's rule accepts.
        approver: The supervisor who agrees, where one is needed.
        idempotency_key: The caller's own name for this request, if any.
    """

    about: str
    kind: OrderKind
    reason: ReprintReason
    approver: str = ""
    idempotency_key: str | None = None


def accept_reprint(bench: Workbench, wish: Reprint, actor: str) -> str:
    """Return the id of the order that this request creates, or has created already.

    A remake of a card that was released spoils that card in the same transaction; it is then in the
    reject bin.

    Raises:
        InputError: The kind's rule does not accept the reason.
        NotSupervisorError: A supervisor must agree.
        StepNotAllowedError: The first order's card is not in a state for this.
        OrderConflictError: The person has another open order, or the key was used for another
            request.
    """
    order = new_order_id()
    with bench.journal.transaction(actor) as change:
        first = _first(bench, wish.about)
        known = known_request(
            bench.journal, wish.idempotency_key, lambda made: _is_wish(made, first, wish)
        )
        meant = known or _open_already(bench, first, wish)
        if meant is not None:
            return meant
        change.apply(*_allowed(bench, first, wish, actor))
        added = AddOrder(
            order,
            machine=bench.equipment.machine,
            reason=first.reason if recipe_of(wish.kind).own_card else OrderReason.REMAKE,
            id_number=first.id_number,
            previous=first.id,
            kind=wish.kind,
            reason_code=wish.reason.value,
            approver=wish.approver,
        )
        change.apply(added)
        if wish.idempotency_key is not None:
            change.apply(RememberRequest(wish.idempotency_key, order))
    return order


def accept_test(bench: Workbench, actor: str) -> str:
    """Return the id of the technician's open test card order, or of a new one that is started."""
    order = new_order_id()
    with bench.journal.transaction(actor) as change:
        for found in bench.journal.orders.heads():
            if recipe_of(found.kind).judged and found.step not in CLOSED:
                return found.id
        change.apply(*test_order(order, bench.equipment.machine))
    return order


def test_order(order: str, machine: str) -> Changes:
    """Return the changes that create a technician's test card order, ready to be fed. Pure."""
    added = AddOrder(
        order,
        machine,
        OrderReason.NEW,
        id_number="",
        previous=None,
        kind=OrderKind.TEST,
    )
    made: Changes = (added,)
    step = OrderStep.ACCEPTED
    for event in recipe_of(OrderKind.TEST).at_acceptance:
        after = advance(step, event)
        made += (MoveOrder(order, step, after, event.value),)
        step = after
    return (*made, SetGoal(order, OrderStep.RELEASED))


def _first(bench: Workbench, order: str) -> OrderRecord:
    first = bench.journal.orders.one(order)
    while recipe_of(first.kind).own_card and first.previous is not None:
        first = bench.journal.orders.one(first.previous)
    return first


def _is_wish(made: OrderRecord, first: OrderRecord, wish: Reprint) -> bool:
    return (made.previous, made.kind, made.reason_code, made.approver) == (
        first.id,
        wish.kind,
        wish.reason.value,
        wish.approver,
    )


def _open_already(bench: Workbench, first: OrderRecord, wish: Reprint) -> str | None:
    for found in bench.journal.orders.heads_of_person(first.id_number):
        if found.step not in CLOSED:
            if (found.previous, found.kind) == (first.id, wish.kind):
                return found.id
            raise OrderConflictError("this person has an open order", code="person-has-open-order")
    return None


def _allowed(bench: Workbench, first: OrderRecord, wish: Reprint, actor: str) -> Changes:
    rule = recipe_of(wish.kind).reprint
    of_first = recipe_of(first.kind).again
    if rule is None or wish.reason not in rule.reasons or wish.kind not in of_first:
        raise InputError(f"{wish.reason.value} is no reason for {wish.kind.value}")
    taken_back = first.step in rule.taken_back_at
    if rule.needs_approver or taken_back:
        require_approver(bench.equipment.policies, actor, wish.approver)
    if taken_back:
        return _take_back(bench, first, wish)
    if first.step not in rule.allowed_at:
        raise StepNotAllowedError(
            f"{wish.kind.value} is not possible at {first.step.value}",
            details={"step": first.step.value},
        )
    return ()


def _take_back(bench: Workbench, first: OrderRecord, wish: Reprint) -> Changes:
    withdraw = report.withdrawn(bench, first)
    gone = spoil.write_off(first, CardPlace.REJECT_BIN, wish.reason.value, withdraw)
    return (AddEvent(first.id, "card-taken-back", {"approver": wish.approver}), *gone)

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
from station.core.errors import (
    DataErasedError,
    InputError,
    OrderConflictError,
    StepNotAllowedError,
)
from station.core.life import CLOSED, advance
from station.core.orders import CardPlace, OrderKind, OrderReason, OrderRecord, OrderStep
from station.core.people import Approval
from station.core.recipes import recipe_of
from station.core.reprints import ReprintReason, step_of_card
from station.production.intake.reception import known_request, new_order_id
from station.production.life.approvals import as_data, require_approval
from station.production.life.effects import Workbench
from station.production.life.rehearsing import require_real_time
from station.production.life.steps import report, spoil


@dataclass(frozen=True, slots=True)
class Reprint:
    """A request to process a card again.

    Attributes:
        about: The order that made the card, or a reprint of it.
        kind: `face-only`, `chip-only`, or `full` for a remake on a new blank.
        reason: One of the class's reasons.
        approval: The second person's agreement, where one must agree.
        idempotency_key: The caller's own name for this request, if it has one.
    """

    about: str
    kind: OrderKind
    reason: ReprintReason
    approval: Approval | None = None
    idempotency_key: str | None = None


def accept_reprint(bench: Workbench, wish: Reprint, actor: str) -> str:
    """Return the id of the order that this request creates, or has created already.

    A remake of a card that was released spoils that card in the same transaction; it is then in the
    reject bin.

    Raises:
        InputError: The reason does not belong to the class.
        DataErasedError: The first order's data was erased when its time was over.
        NotSupervisorError: A supervisor must agree.
        StepNotAllowedError: The first order's card is not in a state for this.
        OrderConflictError: The person has another open order, or the key was used for another
            request.
    """
    order = new_order_id()
    with bench.journal.transaction(actor) as change:
        first = first_of(bench, wish.about)
        if first.erased_at is not None:
            raise DataErasedError(f"the data of order {first.id} was erased")
        known = known_request(
            bench.journal, wish.idempotency_key, lambda made: _is_wish(made, first, wish)
        )
        meant = known or _open_already(bench, first, wish)
        if meant is not None:
            return meant
        require_real_time(bench.journal)
        change.apply(*_allowed(bench, first, wish, actor))
        added = AddOrder(
            order,
            machine=bench.equipment.machine,
            reason=first.reason if recipe_of(wish.kind).own_card else OrderReason.REMAKE,
            id_number=first.id_number,
            previous=first.id,
            kind=wish.kind,
            reason_code=wish.reason.value,
            approver=_agreed(wish),
            approved_by=wish.approval.method.value if wish.approval else "",
        )
        change.apply(added)
        if wish.idempotency_key is not None:
            change.apply(RememberRequest(wish.idempotency_key, order))
    return order


def accept_test(bench: Workbench, actor: str, key: str | None = None) -> str:
    """Return the id of the technician's open test card order, or of a new one that is started.

    A key that made one before returns that one, whatever its step.

    Raises:
        KeyReusedError: The key came with another request.
    """
    order = new_order_id()
    with bench.journal.transaction(actor) as change:
        known = known_request(bench.journal, key, lambda made: recipe_of(made.kind).judged)
        if known is not None:
            return known
        for found in bench.journal.orders.heads():
            if recipe_of(found.kind).judged and found.step not in CLOSED:
                return found.id
        change.apply(*test_order(order, bench.equipment.machine))
        if key is not None:
            change.apply(RememberRequest(key, order))
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


def first_of(bench: Workbench, order: str) -> OrderRecord:
    """Return the order that a card was made for, of that order or of one about its card."""
    first = bench.journal.orders.one(order)
    while recipe_of(first.kind).own_card and first.previous is not None:
        first = bench.journal.orders.one(first.previous)
    return first


def _is_wish(made: OrderRecord, first: OrderRecord, wish: Reprint) -> bool:
    return (made.previous, made.kind, made.reason_code, made.approver) == (
        first.id,
        wish.kind,
        wish.reason.value,
        _agreed(wish),
    )


def _agreed(wish: Reprint) -> str:
    return "" if wish.approval is None else wish.approval.person


def _open_already(bench: Workbench, first: OrderRecord, wish: Reprint) -> str | None:
    for found in bench.journal.orders.heads_of_person(first.id_number):
        if found.step not in CLOSED:
            if (found.previous, found.kind) == (first.id, wish.kind):
                return found.id
            raise OrderConflictError("this person has an open order", code="person-has-open-order")
    return None


def needs_approval(bench: Workbench, first: OrderRecord, kind: OrderKind) -> bool:
    """Whether a second person must agree to doing this to the card of an order."""
    rule = recipe_of(kind).reprint
    step = step_of_card(first.step, bench.card_of(first))
    return rule is not None and (rule.needs_approver or step in rule.taken_back_at)


def _allowed(bench: Workbench, first: OrderRecord, wish: Reprint, actor: str) -> Changes:
    rule = recipe_of(wish.kind).reprint
    of_first = recipe_of(first.kind).again
    if rule is None or wish.reason not in rule.reasons or wish.kind not in of_first:
        raise InputError(f"{wish.reason.value} is no reason for {wish.kind.value}")
    step = step_of_card(first.step, bench.card_of(first))
    taken_back = step in rule.taken_back_at
    if needs_approval(bench, first, wish.kind):
        require_approval(actor, wish.approval)
    if taken_back:
        return _take_back(bench, first, wish)
    if step not in rule.allowed_at:
        raise StepNotAllowedError(
            f"{wish.kind.value} is not possible at {step.value}", details={"step": step.value}
        )
    return ()


def _take_back(bench: Workbench, first: OrderRecord, wish: Reprint) -> Changes:
    withdraw = report.withdrawn(bench, first)
    gone = spoil.write_off(first, CardPlace.REJECT_BIN, wish.reason.value, withdraw)
    return (AddEvent(first.id, "card-taken-back", as_data(wish.approval)), *gone)

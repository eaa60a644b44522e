"""撤销标注: what a cancelled order owes the province; pure checks of the evidence, part of I4."""

from __future__ import annotations

from collections.abc import Iterator

from station.core.gateways import ReportOutcome
from station.core.orders import OrderRecord, OrderStep, WriteBackState
from tests.torture.evidence import Evidence

Violations = Iterator[str]


def no_mark_is_given_back_in_the_middle(run: Evidence) -> Violations:
    """Only of cancelled orders: a card that is made in such a batch could not be reported."""
    for person, batch in run.given_back:
        for order in run.orders:
            if _is_in(order, person, batch) and order.step is not OrderStep.CANCELLED:
                yield f"I4 the mark of {batch} was given back, an order at {order.step} needs it"
    yield from _believed(run)


def _believed(run: Evidence) -> Violations:
    orders = {order.id: order for order in run.orders}
    locked = {(lock.person, lock.batch) for lock in run.locks}
    for row in run.write_backs:
        if row.outcome != ReportOutcome.CANCELLED:
            continue
        data = orders[row.order].data
        mark = (orders[row.order].id_number, data.batch if data else "")
        if row.state is WriteBackState.DONE and mark in locked:
            yield "I4 the outbox says that a mark is given back, the province has it"
        if row.state is WriteBackState.WITHDRAWN and mark not in run.kept and data is not None:
            yield "I4 a mark is not given back, and the province has not refused it"


def every_mark_is_given_back(run: Evidence) -> Violations:
    """In the end: whose last order was cancelled has no application that is locked to the window.

    What the province has refused stays locked. Data that was given out in a moment in which the
    power was cut is no order's: nobody knows its batch.
    """
    for lock in run.locks:
        newest = [order for order in run.orders if order.id_number == lock.person][-1]
        known = newest.data is not None or not lock.cut
        refused = (lock.person, lock.batch) in run.kept
        if newest.step is OrderStep.CANCELLED and known and not refused:
            yield f"I4 the mark of {lock.batch} is locked to this window, its order is cancelled"


def _is_in(order: OrderRecord, person: str, batch: str) -> bool:
    return order.id_number == person and order.data is not None and order.data.batch == batch

"""What the events of a station mean for central; each may come again, late, or after a restore."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from station.central.acts import log_act
from station.central.letters import post
from station.central.stock import receive
from station.central.tables import OPEN, applications, assignments
from station.core.fleet import EventMessage, FleetEvent, Withdrawal
from station.core.life import OrderEvent
from station.core.orders import OrderReason, OrderStep
from station.signing import Identity

_OUT = (OrderStep.RELEASED.value, OrderStep.RELEASED_OWED.value, OrderStep.ACTIVATED.value)


class Answers:
    """Keeps assignments and stock in step with the histories of the stations."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._by_kind = {
            FleetEvent.ACCEPTED.value: self._accepted,
            FleetEvent.REFUSED.value: self._refused,
            FleetEvent.RETURNED.value: self._returned,
            FleetEvent.KEPT.value: self._kept,
        }

    def __call__(
        self, connection: sa.Connection, station: str, new: Sequence[EventMessage]
    ) -> None:
        """Carry out what new events of a station mean, in their order."""
        assigned = _assigned(connection, station, {one.order for one in new if _moves(one)})
        for event in new:
            if event.kind == FleetEvent.ACCEPTED.value:
                assigned.add(event.order)
            self._carry_out(connection, event, assigned)

    def _carry_out(
        self, connection: sa.Connection, event: EventMessage, assigned: Collection[str]
    ) -> None:
        if event.kind == FleetEvent.RECEIVED.value:
            receive(connection, event)
            return
        answer = self._by_kind.get(event.kind)
        if answer is not None:
            answer(connection, event, _assignment(connection, event))
        elif _moves(event) and event.order in assigned:
            self._moved(connection, event)

    def _accepted(self, connection: sa.Connection, event: EventMessage, row: sa.Row[Any]) -> None:
        state = "accepted" if row.state == "sent" else row.state
        _set(connection, row.id, state=state, order_id=event.order)

    def _refused(self, connection: sa.Connection, event: EventMessage, row: sa.Row[Any]) -> None:
        _freed(connection, row, "refused", event.data.get("code", ""))

    def _returned(self, connection: sa.Connection, event: EventMessage, row: sa.Row[Any]) -> None:
        _freed(connection, row, "returned", event.data.get("code", ""))

    def _kept(self, connection: sa.Connection, event: EventMessage, row: sa.Row[Any]) -> None:
        step = event.data.get("step", event.data.get("code", ""))
        if row.state in ("overridden", "conflict"):
            # Somebody else may have been given the application: two cards for one person.
            data = {"assignment": row.id, "application": row.application, "step": step}
            log_act(connection, "kept-after-override", data, station=row.station, alarm=True)
        state = "kept" if row.state in ("sent", "accepted", "withdrawing") else row.state
        _set(connection, row.id, state=state, step=step, owes_answer=False)

    def _moved(self, connection: sa.Connection, event: EventMessage) -> None:
        """Follow the order of an assignment from step to step."""
        row = connection.execute(
            sa.select(assignments)
            .where(assignments.c.station == event.station, assignments.c.order_id == event.order)
            .with_for_update()
        ).one_or_none()
        if row is None:
            return
        step = event.data["to"]
        state = row.state
        if step in _OUT and state in OPEN:
            state = "done"
        elif event.kind == OrderEvent.CANCELLED.value and state in ("accepted", "kept"):
            state = "withdrawing"  # a person at the window: the station is asked to say so itself
            post(connection, self._identity, row.station, Withdrawal(row.id, row.epoch))
        elif event.kind == OrderEvent.CARD_SPOILED.value and state in OPEN:
            data = {"assignment": row.id, "application": row.application}
            log_act(connection, "assigned-card-spoiled", data, station=row.station, alarm=True)
        if step in _OUT and row.state in ("overridden", "conflict"):
            data = {"assignment": row.id, "application": row.application, "step": step}
            log_act(connection, "kept-after-override", data, station=row.station, alarm=True)
        _set(connection, row.id, state=state, step=step)


def _moves(event: EventMessage) -> bool:
    """Whether an order goes to another step with it."""
    return bool(event.order) and "to" in event.data


def _assigned(connection: sa.Connection, station: str, orders: Collection[str]) -> set[str]:
    """Return those orders of a station that central has assigned; most are people's own."""
    if not orders:
        return set()
    query = sa.select(assignments.c.order_id).where(
        assignments.c.station == station,
        assignments.c.order_id == sa.func.any(sa.literal(sorted(orders), sa.ARRAY(sa.Text))),
    )
    return set(connection.execute(query).scalars())


def _freed(connection: sa.Connection, row: sa.Row[Any], state: str, code: str) -> None:
    """Free the application: the only way without two people."""
    if row.state in ("overridden", "conflict"):
        state = row.state  # free already
    _set(connection, row.id, state=state, code=code, owes_answer=False)


def _set(connection: sa.Connection, assignment: str, **values: object) -> None:
    connection.execute(
        assignments.update()
        .where(assignments.c.id == assignment)
        .values(answered_at=sa.func.clock_timestamp(), **values)
    )


def _assignment(connection: sa.Connection, event: EventMessage) -> sa.Row[Any]:
    """Return the assignment that an answer names; one that a restored central forgot is made."""
    which = event.data.get("assignment", "")
    query = sa.select(assignments).where(assignments.c.id == which).with_for_update()
    row = connection.execute(query).one_or_none()
    return row if row is not None else _remembered(connection, event, query)


def _remembered(
    connection: sa.Connection, event: EventMessage, query: sa.Select[Any]
) -> sa.Row[Any]:
    application = event.data.get("application", "")
    now = sa.func.clock_timestamp()
    connection.execute(
        insert(applications)
        .values(
            application=application,
            reason=OrderReason.NEW.value,
            added_at=now,
            added_by=event.station,
        )
        .on_conflict_do_nothing()
    )
    others = connection.execute(
        sa.select(assignments.c.id, assignments.c.epoch)
        .where(assignments.c.application == application)
        .where(assignments.c.state.in_(OPEN))
    ).one_or_none()
    state = "sent" if others is None else "conflict"
    epoch = _free_epoch(connection, application, int(event.data.get("epoch", "0") or "0"))
    connection.execute(
        assignments.insert().values(
            id=event.data.get("assignment", ""),
            application=application,
            epoch=epoch,
            station=event.station,
            state=state,
            made_at=now,
            made_by=event.station,
        )
    )
    data = {"assignment": event.data.get("assignment", ""), "application": application}
    log_act(
        connection,
        "assignment-remembered" if others is None else "assigned-twice",
        data,
        station=event.station,
        alarm=others is not None,
    )
    return connection.execute(query).one()


def _free_epoch(connection: sa.Connection, application: str, wanted: int) -> int:
    """Return the epoch, or the next lower free number: after a restore it may be taken."""
    taken = set(
        connection.execute(
            sa.select(assignments.c.epoch).where(assignments.c.application == application)
        ).scalars()
    )
    while wanted in taken:
        wanted -= 1
    return wanted

"""Writes changes of the orders."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa

from station.core import changes
from station.core.errors import OrderMovedError
from station.core.orders import OrderStep, Queue
from station.journal import records, tables
from station.journal.writing import CHANGE_ORDER, Writing

REQUEST_KEY: Final = "requests.idempotency_key"  #: kind of the keyed digest of an Idempotency-Key
CARD_NUMBER: Final = "orders.card_number"  #: kind of the keyed digest of a 卡号

_MOVE_ORDER: Final = CHANGE_ORDER.where(tables.orders.c.step == sa.bindparam("before"))


def local_day(moment: dt.datetime) -> str:
    """Return the calendar day of a moment where the PC stands, for people to search by."""
    return moment.astimezone().date().isoformat()


def add_order(to: Writing, change: changes.AddOrder) -> None:
    """See `AddOrder`."""
    to.add(
        "orders",
        id=change.order,
        machine=change.machine,
        created_at=to.at,
        updated_at=to.at,
        reason=change.reason.value,
        step=OrderStep.ACCEPTED.value,
        person_index=to.sealer.person_index(change.id_number),
        sealed_person=records.seal_text(
            to.sealer, change.id_number, f"orders.person.{change.order}"
        ),
        face_sha256="",
        previous=change.previous,
        kind=change.kind.value,
        reason_code=change.reason_code or None,
        approver=change.approver or None,
        queue=change.queue.value,
        seq=to.upcoming(),
        day=local_day(to.at),
    )
    data = {
        "reason": change.reason.value,
        "approver": change.approver,
        "method": change.approved_by,
        "kind": change.kind.value,
        "reason_code": change.reason_code,
        "previous": change.previous or "",
        "queue": change.queue.value if change.queue is not Queue.WINDOW else "",
    }
    to.add_event(change.order, "order-accepted", {k: v for k, v in data.items() if v})


def remember_request(to: Writing, change: changes.RememberRequest) -> None:
    """See `RememberRequest`."""
    keyed = to.sealer.digest(REQUEST_KEY, change.key)
    to.add("requests", idempotency_key=keyed, order_id=change.order, created_at=to.at)


def move_order(to: Writing, change: changes.MoveOrder) -> None:
    """See `MoveOrder`.

    Raises:
        OrderMovedError: The order is not at `before` any more.
    """
    before, after = change.before.value, change.after.value
    moved = to.connection.execute(
        _MOVE_ORDER,
        {
            "which": change.order,
            "before": before,
            "step": after,
            "hold": None,
            "sealed_hold": None,
            "updated_at": to.at,
        },
    )
    if moved.rowcount != 1:
        raise OrderMovedError(f"order {change.order} is not at {before}", details={"step": before})
    to.add_event(change.order, str(change.event), {"from": before, "to": after})


def set_goal(to: Writing, change: changes.SetGoal) -> None:
    """See `SetGoal`."""
    goal = change.goal.value if change.goal else None
    to.update_order(change.order, goal=goal)
    to.add_event(change.order, "goal-set", {"goal": goal or "none"})


def set_hold(to: Writing, change: changes.SetHold) -> None:
    """See `SetHold`; free text is stored sealed in the row."""
    hold = change.hold
    sealed = records.seal_hold(to.sealer, hold, change.order)
    to.update_order(change.order, hold=records.hold_to_json(hold), sealed_hold=sealed)
    if hold is None:
        to.add_event(change.order, "hold-cleared", {})
    else:
        data = {"code": hold.code, **records.plain_details(hold)}
        to.add_event(change.order, "held", data | ({"effect": hold.effect} if hold.effect else {}))


def store_data(to: Writing, change: changes.StoreData) -> None:
    """See `StoreData`."""
    sealed, photo = records.seal_data(to.sealer, change.data, change.order)
    face = change.face_sha256
    to.update_order(
        change.order,
        sealed_data=sealed,
        sealed_photo=photo,
        face_sha256=face or "",
        card_index=to.sealer.digest(CARD_NUMBER, change.data.chip.AAZ500),
    )
    if face is None:
        to.add_event(change.order, "data-unusable", {})
    else:
        to.add_event(change.order, "face-fixed", {"sha256": face})


def set_waivers(to: Writing, change: changes.SetWaivers) -> None:
    """See `SetWaivers`."""
    to.update_order(change.order, waivers=dict(change.waivers))


def bind_chip(to: Writing, change: changes.BindChip) -> None:
    """See `BindChip`."""
    chip = change.chip
    to.update_order(change.order, sealed_chip=records.seal_chip(to.sealer, chip, change.order))
    to.add_event(change.order, "chip-read", {"AAZ501": chip.AAZ501, "AAZ508": chip.AAZ508})


def release_chip(to: Writing, change: changes.ReleaseChip) -> None:
    """See `ReleaseChip`."""
    to.update_order(change.order, sealed_chip=None, card=None)


def add_event(to: Writing, change: changes.AddEvent) -> None:
    """See `AddEvent`."""
    to.add_event(change.order, change.kind, change.data)

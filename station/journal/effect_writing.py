"""Writes intents and outcomes."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from station.core import changes
from station.core.errors import JournalError, OrderMovedError
from station.core.orders import EffectKind, EffectState
from station.journal import tables
from station.journal.writing import Writing

_STEP_OF: Final = sa.select(tables.orders.c.step).where(tables.orders.c.id == sa.bindparam("which"))
_REJECTING: Final = sa.select(tables.effects.c.id).where(
    tables.effects.c.order_id == sa.bindparam("which"),
    tables.effects.c.kind == EffectKind.REJECT.value,
    sa.text(tables.OPEN_EFFECT),
)
_REPORTING: Final = sa.select(tables.effects.c.id).where(
    tables.effects.c.order_id == sa.bindparam("which"),
    tables.effects.c.kind == EffectKind.REPORT.value,
    tables.effects.c.state == EffectState.INTENDED.value,
)
_EFFECT: Final = tables.effects.select().where(tables.effects.c.id == sa.bindparam("which"))
_END_EFFECT: Final = tables.effects.update().where(tables.effects.c.id == sa.bindparam("which"))


def begin_effect(to: Writing, change: changes.BeginEffect) -> int:
    """See `BeginEffect`; returns the effect's id.

    Raises:
        OrderMovedError: The order is not at `step` any more: it was cancelled meanwhile. Or its
            card is on the way into the reject bin: nobody reports it as issued any more. Or its
            report is on its way, and this was to begin only without one.
        JournalError: It has an open intent.
    """
    order, before = change.order, change.before
    if change.step is not None:
        now = to.connection.execute(_STEP_OF, {"which": order}).one()
        if now.step != change.step.value:
            raise OrderMovedError(
                f"order {order} is at {now.step}", details={"step": str(now.step)}
            )
    kind = before.kind_of_effect.value
    if kind == EffectKind.REPORT and to.connection.execute(_REJECTING, {"which": order}).first():
        raise OrderMovedError(f"the card of order {order} is being rejected")
    if change.unless_reporting and to.connection.execute(_REPORTING, {"which": order}).first():
        raise OrderMovedError(f"the report of order {order} is on its way")
    try:
        effect = to.add_numbered(
            "effects",
            order_id=order,
            kind=kind,
            state=EffectState.INTENDED.value,
            intended_at=to.at,
            evidence_before=before.to_json(),
            evidence_after={},
        )
    except sa.exc.IntegrityError as exc:
        raise JournalError(f"order {order} has an open intent already") from exc
    to.add_event(order, "intent", {"effect": kind, **before.facts()})
    return effect


def end_effect(to: Writing, change: changes.EndEffect) -> None:
    """See `EndEffect`.

    Raises:
        JournalError: The effect is not open.
    """
    row = to.connection.execute(_EFFECT, {"which": change.effect}).one()
    if row.state not in (EffectState.INTENDED.value, EffectState.UNKNOWN.value):
        raise JournalError(f"effect {change.effect} has its outcome already")
    ended = None if change.state is EffectState.UNKNOWN else to.at
    to.connection.execute(
        _END_EFFECT,
        {
            "which": change.effect,
            "state": change.state.value,
            "ended_at": ended,
            "evidence_after": change.after.to_json(),
            "ended_event": None if ended is None else to.upcoming(),
        },
    )
    data = {"effect": row.kind, "state": change.state.value, **change.after.facts()}
    to.add_event(row.order_id, "outcome", data)

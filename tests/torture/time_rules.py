"""What must hold whatever is done to the PC's clock: B1 to B4, as pure checks of the evidence."""

from __future__ import annotations

from collections.abc import Iterator

from station.core.evidence import RejectUsed
from station.core.orders import EffectKind
from station.production.people.timers import OWED_TOO_LONG
from tests.torture.evidence import Evidence

Violations = Iterator[str]


def the_wall_clock_decides_nothing(run: Evidence) -> Violations:
    """The newest is what was made last, a shift holds what happened in it, and nothing is early."""
    made = tuple(order.id for order in reversed(run.orders))
    if run.newest != made:
        yield "B1 the newest order is not the first of the list"
    loaded = sum(shift["loaded"] for shift in run.shifts)
    if run.shifts and loaded != run.loaded:
        yield f"B2 {run.loaded} blanks were loaded, the shifts have {loaded}"
    blanks = sum(row.blank for row in run.ledger)
    fed = sum(shift["fed"] for shift in run.shifts)
    if run.shifts and fed != blanks:
        yield f"B2 {blanks} blanks were fed, the shifts have {fed}"
    yield from _too_early(run)


def _too_early(run: Evidence) -> Violations:
    owed = {
        one.id
        for one in run.effects
        if isinstance(one.before, RejectUsed) and one.before.reason == OWED_TOO_LONG
    }
    last: dict[tuple[str, EffectKind], float] = {}
    for act in run.acts:
        if act.effect in owed:
            waited = act.at - last.get((act.order, EffectKind.WRITE_CHIP), 0.0)
            if waited < run.hold_owed:
                yield f"B3 spoiled as owed for too long after {waited:.0f} of {run.hold_owed} s"
        if act.kind is EffectKind.RETRACT:
            waited = act.at - last.get((act.order, EffectKind.RELEASE), 0.0)
            if waited < run.take_within:
                yield f"B3 pulled back in after {waited:.0f} of {run.take_within} s"
        last[act.order, act.kind] = act.at

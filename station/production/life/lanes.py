"""What an order has to do in each lane, and which of them it waits for.

`station.core.life.EVENTS` says to which lane each event belongs. Two things are not in that table:

* What is open about the card comes first: a movement whose outcome is unknown, a card that was
  called spoiled and is not in the bin, another card that came in instead. That is the machine's
  work, whatever comes next on the order's way, and nothing is reported before it is done.
* Where the site prints first, the report is owed from the write on and the print does not wait for
  it. The lane of reports then sends the report while the card is printed, once. When that gets no
  answer, the report waits for its turn behind the print, where it is tried again and again.
"""

from __future__ import annotations

from station.core.life import VOID, Lane, OrderEvent, lane_event
from station.core.orders import AnyOrder, EffectKind
from station.production.life.effects import Workbench
from station.production.life.steps import put_back, spoil


def event_in(bench: Workbench, order: AnyOrder, lane: Lane) -> OrderEvent | None:
    """Return what the order has to do next in a lane; None when there is nothing."""
    following = bench.way(order).next_event(order.step)
    return lane_event(order.step, following, lane, order.goal)


def waits_for(bench: Workbench, order: AnyOrder) -> Lane | None:
    """Return the lane that must work before the order gets further; None: a person must."""
    if has_card_work(bench, order):
        return Lane.MACHINE
    return next((lane for lane in Lane if event_in(bench, order, lane) is not None), None)


def has_card_work(bench: Workbench, order: AnyOrder) -> bool:
    """Whether something is open about the order's card, which comes before anything else."""
    if bench.open_effect(order) is not None:
        return True
    if order.step in VOID:
        return False
    called_spoiled = spoil.decided(bench, order) is not None
    return called_spoiled or bool(put_back.strangers(bench, order))


def reports_ahead(bench: Workbench, order: AnyOrder) -> bool:
    """Whether the order's report may be sent now although a movement of its card comes first."""
    if (
        order.hold is not None
        or event_in(bench, order, Lane.MACHINE) is not OrderEvent.FACE_PRINTED
    ):
        return False
    if event_in(bench, order, Lane.REPORTS) is not OrderEvent.REPORTED:
        return False
    effects = bench.journal.effects.of(order.id)
    begun = any(effect.kind is EffectKind.REPORT for effect in effects)
    return not begun and spoil.decided(bench, order) is None

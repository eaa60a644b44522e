"""An order as it is shown at this moment, with the machine's current work on it."""

from __future__ import annotations

from station.core.life import FINAL, MOVES_A_CARD, reached
from station.core.orders import OrderRecord
from station.production.life.effects import Workbench
from station.production.machine.engine import Engine
from station.production.views.orders import OrderView, order_view


def order_now(bench: Workbench, engine: Engine, record: OrderRecord) -> OrderView:
    """Return the order for people; a step that has ended is not delayed by a later reading."""
    with bench.journal.one_state():
        return _order_now(bench, engine, record)


def _order_now(bench: Workbench, engine: Engine, record: OrderRecord) -> OrderView:
    look = engine.last_look
    running = None if record.step in FINAL else engine.running_of(record.id)
    if running is None:
        return order_view(bench, record, None, look)
    if reached(record.step, running.step):
        # The step has ended: nothing is withheld from a person meanwhile. Where it moved the card,
        # the machine is being read, and the last reading is older than the step.
        still_true = running.step not in MOVES_A_CARD
        return order_view(bench, record, None, look if still_true else None)
    return order_view(bench, record, running, look)

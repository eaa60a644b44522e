"""The other person's order beside the one on the page: where it is, its step, what it needs."""

from __future__ import annotations

from typing import Final

from station.core.identity import masked_id_number
from station.production.services.beside import Beside, BesideKind
from station.production.services.service import ProductionService
from station.production.views.orders import OrderView
from station.ui.beside_contents import NOBODY_BESIDE, BesidePanel
from station.ui.machine_contents import Level
from station.ui.order_panel import RUNNING
from station.ui.window_orders import WORDS
from station.words import Table, text

WHERE: Final = Table("beside")


def beside_panel(service: ProductionService, shown: str, before: str) -> BesidePanel:
    """Return the order beside `shown`; `before` is what the same page showed before."""
    beside = service.beside.one(shown, before)
    if beside is None:
        return NOBODY_BESIDE
    order = beside.order
    holder = order.holder
    return BesidePanel(
        order=order.id,
        kind=beside.kind,
        where=WHERE[beside.kind],
        level=_level(beside),
        holder=holder.AAC003 if holder else "",
        number=masked_id_number(holder.AAC002)[-4:] if holder else "",
        state=_state(beside, order),
        deadline=order.running_until.isoformat() if order.running_until else "",
        alarm=beside.needs_person,
    )


def _level(beside: Beside) -> Level:
    if beside.needs_person:
        return "error"
    if beside.order.problem is not None and beside.order.running is None:
        return "warn"
    return "ok" if beside.kind is BesideKind.OUT else "info"


def _state(beside: Beside, order: OrderView) -> str:
    if order.running is not None:
        return RUNNING.get(order.running, text("order.running"))
    if order.problem is not None:
        return order.problem.title
    if order.question is not None:
        return order.question.text
    if beside.place:
        return text("listed-state.queued", place=beside.place)
    return WORDS[order.step]

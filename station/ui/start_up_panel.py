"""The start-up screen: what was found, what it means, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.identity import masked_id_number
from station.core.life import FINAL
from station.core.orders import OrderStep
from station.production.services.service import ProductionService
from station.production.services.start_up import FoundNow, LeftOver
from station.production.views.orders import OrderView
from station.ui.machine_contents import Level
from station.ui.start_up_contents import NOTHING_LEFT, LeftOverLine, StartUpPanel
from station.words import text
from station.words.tables import STEP_TITLES

#: Where the link of a finding without an order leads.
ADDRESSES: Final[Mapping[LeftOver, str]] = {
    LeftOver.REPORTS: "/diagnostics#owed",
    LeftOver.SHIFT: "/supervisor",
}


def start_up_panel(service: ProductionService, shown: str) -> StartUpPanel:
    """Return the screen as it is now, on a page that shows an order; nothing once it was read."""
    found = service.start_up.now()
    if not found:
        return NOTHING_LEFT
    lines = (_line(one) for one in found)
    since = service.machine.view().started_at.astimezone().strftime("%H:%M")
    first = {"error": 0, "warn": 1, "info": 2, "ok": 3}
    return StartUpPanel(tuple(sorted(lines, key=lambda one: first[one.level])), since, shown)


def _line(now: FoundNow) -> LeftOverLine:
    kind = now.finding.kind
    if now.order is not None:
        return _order_line(now, now.order)
    if not now.still:
        found = text(f"left-over.{kind}", count=now.finding.count, title=now.title)
        return LeftOverLine(
            kind, "ok", found, text(f"left-over-settled.{kind}"), text("left-over-do.nothing")
        )
    return LeftOverLine(
        kind=kind,
        level="error" if kind is LeftOver.STRANGE_CARD else "warn",
        found=text(f"left-over.{kind}", count=now.finding.count, title=now.title),
        meaning=text(f"left-over-means.{kind}", count=now.count),
        todo=text(f"left-over-do.{kind}"),
        label=text(f"left-over-link.{kind}") if kind is not LeftOver.STRANGE_CARD else "",
        address=_address(now),
    )


def _address(now: FoundNow) -> str:
    if now.finding.kind is LeftOver.BATCH:
        return f"/batches/{now.finding.about}?part=making"
    return ADDRESSES.get(now.finding.kind, "")


def _order_line(now: FoundNow, order: OrderView) -> LeftOverLine:
    step = now.finding.step or order.step
    level, meaning, todo = _state_of(now, order)
    return LeftOverLine(
        kind=now.finding.kind,
        level=level,
        found=text(f"left-over.{now.finding.kind}", who=_who(order), step=STEP_TITLES[step]),
        meaning=meaning,
        todo=todo,
        label=text("left-over-link.order"),
        address=f"/?order={order.id}",
        order=order.id,
    )


def _state_of(now: FoundNow, order: OrderView) -> tuple[Level, str, str]:
    """Return how an order stands at this moment: level, meaning, and what to do."""
    step = STEP_TITLES[order.step]
    if order.question is not None:
        return "error", order.question.text, text("left-over-do.question")
    if order.problem is not None:
        problem = order.problem
        waits = problem.retry_at is not None
        todo = text("left-over-do.retried" if waits else "left-over-do.problem")
        return ("warn" if waits else "error"), f"{problem.title} {problem.where}".strip(), todo
    if not now.still or order.step in FINAL:
        todo = "hand-out" if order.step in _TO_HAND_OUT else "nothing"
        meaning = text("left-over-settled.card", step=step)
        return "ok", meaning, text(f"left-over-do.{todo}")
    if order.running is not None or _goes_on(order):
        return "info", text("left-over-means.goes-on", step=step), text("left-over-do.wait")
    return "warn", text("left-over-means.stands", step=step), text("left-over-do.go-on")


#: Steps at which the card is to be taken out of the machine and given to its holder.
_TO_HAND_OUT: Final = frozenset({OrderStep.RELEASED, OrderStep.RELEASED_OWED})


def _goes_on(order: OrderView) -> bool:
    return order.goal is not None and order.goal is not order.step


def _who(order: OrderView) -> str:
    if order.holder is None:
        return text("left-over-who.nobody")
    number = masked_id_number(order.holder.AAC002)
    return f"{order.holder.AAC003} {number[-4:]}"
